"""The photographs that scikit-image's wheel carries: read once, straight from the installed package."""

import struct
from functools import cache
from importlib.resources import files

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Plane = NDArray[np.float32]


PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def _without_profile(raw: bytes) -> bytes:
    """A PNG without its iCCP chunk (libpng complains aloud about one of them); anything else as it is."""
    if not raw.startswith(PNG_HEAD):
        return raw
    kept, at = [PNG_HEAD], len(PNG_HEAD)
    while at + 12 <= len(raw):
        size, kind = struct.unpack_from(">I4s", raw, at)
        if kind != b"iCCP":
            kept.append(raw[at : at + 12 + size])
        at += 12 + size
    return b"".join(kept)


@cache
def photograph(name: str) -> Image:
    """A photograph by its file name in the wheel, height × width × 3, BGR. Raises FileNotFoundError with what to install.

    The result is shared: it is read-only.
    """
    try:
        raw = files("skimage").joinpath("data", name).read_bytes()
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise FileNotFoundError(f"the demo's photograph {name} is missing: install scikit-image (requirements/demo.txt)") from error
    picture = cv2.imdecode(np.frombuffer(_without_profile(raw), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(f"the demo's photograph {name} cannot be read: reinstall scikit-image")
    pixels: Image = picture.astype(np.uint8)
    pixels.setflags(write=False)
    return pixels
