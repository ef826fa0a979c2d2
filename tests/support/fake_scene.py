"""Drawn pictures of a bench for the screens' tests: nothing is recognised in them."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 960, 720
ROI = (0.325, 0.54, 0.19, 0.25)


@cache
def jpeg(parts: int, flicker: int = 0, hand: bool = False, width: int = WIDTH, wrong: bool = False) -> bytes:
    """A bench with so many `parts` on it, the last one out of place if `wrong`; `flicker` changes the light a little."""
    picture = _bench(flicker)
    for part in range(parts):
        _part(picture, part, 34 if wrong and part == parts - 1 else 0)
    if hand:
        cv2.ellipse(picture, (760, 560), (260, 120), -35, 0, 360, (120, 150, 205), -1, cv2.LINE_AA)
        cv2.ellipse(picture, (580, 440), (120, 42), -40, 0, 360, (126, 156, 210), -1, cv2.LINE_AA)
    small = cv2.resize(picture, (width, width * HEIGHT // WIDTH), interpolation=cv2.INTER_AREA)
    return cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()


def _bench(flicker: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(3)
    rows = np.linspace(0.0, 1.0, HEIGHT)[:, None]
    columns = np.linspace(0.0, 1.0, WIDTH)[None, :]
    light = 0.82 + 0.18 * columns - 0.12 * rows + 0.01 * flicker
    grain = random.normal(0, 5, (HEIGHT, 1)) + random.normal(0, 4, (HEIGHT, WIDTH))
    base = np.stack([(150 + grain) * light, (164 + grain) * light, (172 + grain) * light], axis=2)
    picture = np.clip(base, 0, 255).astype(np.uint8)
    cv2.rectangle(picture, (250, 150), (720, 610), (86, 92, 96), -1, cv2.LINE_AA)
    cv2.rectangle(picture, (262, 162), (708, 598), (108, 114, 118), -1, cv2.LINE_AA)
    for x, y in ((285, 185), (685, 185), (285, 575), (685, 575)):
        cv2.circle(picture, (x, y), 13, (52, 56, 60), -1, cv2.LINE_AA)
    return picture


def _part(picture: NDArray[np.uint8], part: int, off: int) -> None:
    x, y = ((485, 380), (485, 300), (400, 470), (570, 470), (485, 210), (600, 260))[part % 6]
    x, y = x + off, y - off // 3
    colour = ((96, 70, 52), (70, 140, 190), (66, 120, 84), (60, 60, 150), (170, 150, 80), (40, 40, 44))[part % 6]
    cv2.circle(picture, (x + 6, y + 8), 64, (70, 74, 78), -1, cv2.LINE_AA)
    cv2.circle(picture, (x, y), 62, colour, -1, cv2.LINE_AA)
    cv2.circle(picture, (x - 12, y - 14), 38, tuple(min(255, c + 34) for c in colour), -1, cv2.LINE_AA)
    cv2.circle(picture, (x, y), 14, (30, 32, 34), -1, cv2.LINE_AA)
