"""A step's number and name as a picture of their own, and over one."""

import cv2
import numpy as np
import numpy.typing as npt

Picture = npt.NDArray[np.uint8]

_WHITE, _GREY, _BACK = (255, 255, 255), (190, 190, 190), (43, 33, 26)
_FONT = "sans"
_BOLD, _REGULAR = 700, 400
_MARGIN = 48
_NUMBER_PX, _NAME_PX, _STRIP_PX = 72, 44, 28
_STRIP_HEIGHT = 52
# What a title holds; more is cut.
_LINES = 5
_LEADING, _GAP = 12, 14


def title(number: int, name: str, width: int, height: int) -> Picture:
    """The title of a step: its number, and its name in a few lines."""
    picture: Picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _BACK
    lines = _lines(name, width - 2 * _MARGIN)[: min(_LINES, max(1, (height - 150) // (_NAME_PX + _LEADING)))]
    block = _NUMBER_PX + _GAP + len(lines) * (_NAME_PX + _LEADING)
    baseline = max(_NUMBER_PX, (height - block) // 2 + _NUMBER_PX)
    _put(picture, f"Step {number}", (_MARGIN, baseline), _NUMBER_PX, _BOLD, _WHITE)
    for at, line in enumerate(lines, start=1):
        _put(picture, line, (_MARGIN, baseline + _GAP + at * (_NAME_PX + _LEADING)), _NAME_PX, _REGULAR, _GREY)
    return picture


def over_picture(picture: Picture, number: int, name: str) -> Picture:
    """The picture with the step's number and name on a dark strip at its foot."""
    height, width = picture.shape[:2]
    strip = picture[height - _STRIP_HEIGHT :]
    strip[:] = strip // 4
    label = _cut(f"{number}  {name}", width - _MARGIN, _STRIP_PX)
    _put(picture, label, (_MARGIN // 2, height - 17), _STRIP_PX, _REGULAR, _WHITE)
    return picture


def _put(picture: Picture, text: str, at: tuple[int, int], size: int, weight: int, colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, at, colour, cv2.FontFace(_FONT), size, weight)


def _width(text: str, size: int) -> int:
    # As one endless line: without a size of the picture it would be wrapped.
    return int(cv2.getTextSize((1 << 20, 1 << 10), text, (0, 0), cv2.FontFace(_FONT), size, _REGULAR)[2])


def _cut(text: str, width: int, size: int) -> str:
    """The text, or as much of its beginning as is `width` wide with an ellipsis."""
    if _width(text, size) <= width:
        return text
    least, most = 0, len(text)
    while most - least > 1:
        middle = (least + most) // 2
        least, most = (middle, most) if _width(text[:middle] + "…", size) <= width else (least, middle)
    return text[:least].rstrip() + "…"


def _lines(text: str, width: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _width(longer, _NAME_PX) <= width:
            lines[-1] = longer
        else:
            lines.append(_cut(word, width, _NAME_PX))
        if len(lines) > _LINES:
            break
    return lines
