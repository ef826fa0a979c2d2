"""A drawn bench with parts on it, from a seed: enough to hold on to and enough to learn, without any photograph."""

from functools import cache

import cv2
import numpy as np

from vision.detectors.pictures import Picture

WIDTH, HEIGHT = 640, 480
_PARTS = ((210, 200), (400, 180), (300, 330), (460, 340))
"""Where the centre of each part lies, in pixels."""


@cache
def _bench(width: int) -> Picture:
    random = np.random.default_rng(7)
    picture = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    for _ in range(220):
        x, y = int(random.integers(0, WIDTH)), int(random.integers(0, HEIGHT))
        w, h = (int(side) for side in random.integers(6, 60, 2))
        colour = tuple(int(part) for part in random.integers(40, 210, 3))
        cv2.rectangle(picture, (x, y), (x + w, y + h), colour, -1 if random.random() < 0.6 else 2)
    scaled = cv2.resize(picture, (width, width * HEIGHT // WIDTH), interpolation=cv2.INTER_LINEAR)
    return np.asarray(scaled, np.uint8)


def draw(parts: int, seed: int, *, shifted: float = 0.0, covered: bool = False, width: int = WIDTH) -> Picture:
    """The bench with so many parts on it, the last one `shifted` pixels aside, or covered by a hand; `seed` moves light and noise."""
    random = np.random.default_rng(seed)
    scale = width / WIDTH
    picture = _bench(width).astype(np.float32)
    for number in range(parts):
        x, y = _PARTS[number]
        aside = shifted if number == parts - 1 else 0.0
        centre = (round((x + aside) * scale), round((y + aside / 2) * scale))
        cv2.ellipse(picture, centre, (round(34 * scale), round(20 * scale)), 25.0 + 40 * number, 0, 360, (30, 60 + 40 * number, 200), -1)
        cv2.circle(picture, centre, round(7 * scale), (240, 240, 230), -1)
    if covered:
        x, y = _PARTS[max(0, parts - 1)]
        cv2.ellipse(picture, (round(x * scale), round(y * scale)), (round(150 * scale), round(90 * scale)), 30, 0, 360, (120, 150, 205), -1)
    light = 1.0 + random.uniform(-0.06, 0.06)
    noise = random.normal(0.0, 2.0, picture.shape).astype(np.float32)
    return np.asarray(np.clip(picture * light + noise, 0, 255), np.uint8)


def jpeg(picture: Picture, quality: int = 92) -> bytes:
    """The picture as a camera sends it."""
    _, content = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return content.tobytes()
