"""What may stand as a station's camera, and how much of it is shown to whom."""

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from hub.errors import Invalid

PUSH = "push"
_SCHEMES = frozenset({"rtsp", "rtsps", "http", "https"})
_DEVICE = re.compile(r"^(\d{1,2}|/dev/video\d{1,2}|/dev/v4l/by-(id|path)/[\w.:+-]+)$")
_ALLOWED = "Allowed are a device number, rtsp(s):// or http(s)://, a folder of images or a video on the hub's machine, or push."
_MASK = "***"


def check_camera(camera: str, allowed_folders: Iterable[Path] | None) -> str:
    """The camera as it is stored. `allowed_folders` None = any folder (the console's own user asks).

    Raises Invalid naming what is allowed; no other scheme may reach FFmpeg, which would open files and pipes by it.
    """
    if camera == PUSH or _DEVICE.match(camera):
        return camera
    if "://" in camera:
        return _check_url(camera)
    if camera.startswith("/"):
        return _check_path(Path(camera), allowed_folders)
    raise Invalid(f"That is no camera. {_ALLOWED}", field="camera")


def mask_camera(camera: str) -> str:
    """The camera without the credentials of its URL."""
    if "://" not in camera:
        return camera
    parts = urlsplit(camera)
    _, at, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{_MASK}@{host}")) if at else camera


def _check_url(camera: str) -> str:
    try:
        parts = urlsplit(camera)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise Invalid(f"That is not a readable address. {_ALLOWED}", field="camera") from error
    if parts.scheme.lower() not in _SCHEMES or not host:
        raise Invalid(f"That address cannot be a camera. {_ALLOWED}", field="camera")
    if any(c.isspace() or not c.isprintable() for c in camera):
        raise Invalid("An address has no spaces.", field="camera")
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return camera
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        raise Invalid("A camera does not live at a link-local, multicast or unspecified address.", field="camera")
    return camera


def _check_path(path: Path, allowed_folders: Iterable[Path] | None) -> str:
    real = path.resolve()
    if allowed_folders is not None and not any(real.is_relative_to(folder.resolve()) for folder in allowed_folders):
        raise Invalid("This folder is not one of TAKT_CAMERA_FOLDERS.", field="camera")
    if not real.exists():
        raise Invalid("There is no such folder or video on the hub's machine.", field="camera")
    return str(real)
