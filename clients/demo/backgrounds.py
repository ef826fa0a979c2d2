"""The fixed scenes behind the parts, 640 × 480, made of the photographs."""

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from clients.demo.cutouts import BIKE, COFFEE, COINS, OUTLINES, Sprite, cut_out
from clients.demo.layers import HEIGHT, WIDTH, Pose, put_with_shadow, shadow_of
from clients.demo.photographs import Image, photograph

# The table beside the saucer: the only wide piece of bare wood, columns from here on.
WOOD_LEFT_PX = 486
PLANK_HEIGHT_PX = 120


def _fill(photo: Image, shift: float = 0.5) -> Image:
    """The photograph scaled to cover the picture; `shift` 0..1 chooses which part is cut off."""
    factor = max(WIDTH / photo.shape[1], HEIGHT / photo.shape[0])
    large = cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA)
    x, y = round((large.shape[1] - WIDTH) * shift), round((large.shape[0] - HEIGHT) * shift)
    return large[y : y + HEIGHT, x : x + WIDTH].astype(np.uint8)


def _tint(picture: Image, blue: float, green: float, red: float) -> Image:
    return np.clip(picture.astype(np.float32) * np.array((blue, green, red), np.float32), 0, 255).astype(np.uint8)


def _lay(picture: Image, name: str, scale: float, pose: Pose) -> None:
    sprite = cut_out(name, scale)
    put_with_shadow(picture, sprite, shadow_of(sprite), pose)


def _lay_sheet(picture: Image, scale: float, pose: Pose) -> None:
    """A printed work instruction."""
    page = cv2.resize(photograph("page.png")[4:-4, 4:-4], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    page = _tint(cv2.convertScaleAbs(page, alpha=1.15, beta=10).astype(np.uint8), 0.97, 1.0, 1.01)
    colour = cv2.copyMakeBorder(page, 4, 4, 4, 4, cv2.BORDER_REPLICATE).astype(np.uint8)
    alpha = np.zeros(colour.shape[:2], np.float32)
    alpha[3:-3, 3:-3] = 1
    sprite = Sprite(colour, cv2.GaussianBlur(alpha, (0, 0), 0.7).astype(np.float32))
    put_with_shadow(picture, sprite, shadow_of(sprite, 0.4, 3.0), pose, 0.4)


def _wood() -> Image:
    """Planks side by side, each another piece of the table, with dark joints."""
    strip = cv2.rotate(photograph(COFFEE)[:, WOOD_LEFT_PX:], cv2.ROTATE_90_CLOCKWISE)
    strip = cv2.resize(strip, None, fx=1.75, fy=1.75, interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for row, (flip, top, left, gain) in enumerate(((0, 0, 0, 1.0), (1, 60, 40, 0.9), (-1, 20, 10, 1.06), (0, 70, 60, 0.95))):
        plank = cv2.flip(strip, flip)[top : top + PLANK_HEIGHT_PX, left : left + WIDTH]
        plank = cv2.convertScaleAbs(plank, alpha=gain)
        plank[-3:] = (plank[-3:] * np.array([0.75, 0.45, 0.6]).reshape(3, 1, 1)).astype(np.uint8)
        picture[row * PLANK_HEIGHT_PX : (row + 1) * PLANK_HEIGHT_PX] = plank
    # The table was photographed under a warm lamp: a workshop is whiter.
    grey = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    return _tint(cv2.addWeighted(picture, 0.55, grey, 0.45, 0).astype(np.uint8), 1.1, 1.05, 1.0)


def bench() -> Image:
    """A wooden bench with a printed instruction, a carton and a spoon left lying about."""
    picture = _wood()
    _lay_sheet(picture, 0.5, Pose(540, 66, 4))
    _lay(picture, "carton", 1.9, Pose(62, 60, -8))
    _lay(picture, "indicator", 1.7, Pose(612, 440))
    return picture


def coins() -> Image:
    """The coin tray with the taught coins taken out."""
    photo = photograph(COINS).copy()
    mask = np.zeros(photo.shape[:2], np.uint8)
    for name in ("drachma", "owl", "eagle", "portrait"):
        ellipse = OUTLINES[name].ellipse
        assert ellipse is not None
        cv2.circle(mask, (round(ellipse[0]), round(ellipse[1])), round(ellipse[2]) + 4, 255, -1)
    return _tint(_fill(cv2.inpaint(photo, mask, 7, cv2.INPAINT_TELEA).astype(np.uint8)), 1.0, 0.97, 0.95)


def garage() -> Image:
    """The garage around the motorcycle."""
    return _fill(photograph(BIKE), 0.62)


def table() -> Image:
    """The coffee table."""
    return _fill(photograph(COFFEE), 0.9)


def gravel() -> Image:
    """A tray of stones: the most restless ground."""
    return _tint(cv2.convertScaleAbs(_fill(photograph("gravel.png")), alpha=0.8).astype(np.uint8), 0.9, 0.98, 1.04)


def brick() -> Image:
    """A paved floor: the same pattern again and again."""
    return _tint(_fill(photograph("brick.png")), 0.8, 0.9, 1.1)


GROUNDS: dict[str, Callable[[], Image]] = {
    "bench": bench,
    "coins": coins,
    "garage": garage,
    "table": table,
    "gravel": gravel,
    "brick": brick,
}


@cache
def ground(name: str) -> Image:
    """The background by name; shared, read-only. Raises KeyError."""
    picture = GROUNDS[name]()
    picture.setflags(write=False)
    return picture
