"""Real objects cut out of the photographs: an outline each, in pixels of its photograph."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from clients.demo.photographs import Image, Plane, photograph

BIKE, COFFEE, CREW, COINS = "motorcycle_left.png", "coffee.png", "astronaut.png", "coins.png"

# Room around the outline, so that the soft edge blends real pixels of the photograph.
MARGIN_PX = 6


@dataclass(frozen=True)
class Outline:
    """Where an object is in its photograph: a polygon, or an ellipse as (x, y, rx, ry, degrees)."""

    photo: str
    polygon: tuple[tuple[float, float], ...] = ()
    ellipse: tuple[float, float, float, float, float] | None = None
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    """Factors of blue, green, red: a grey photograph's coin becomes brass."""


@dataclass(frozen=True)
class Sprite:
    """A cut-out: colour h × w × 3 BGR, alpha h × w 0..1 with a soft edge."""

    colour: Image
    alpha: Plane


def coin(x: float, y: float, radius: float, tint: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Outline:
    """A coin of the coin photograph, in pixels of that photograph."""
    return Outline(COINS, ellipse=(x, y, radius, radius, 0.0), tint=tint)


BRASS = (0.55, 0.86, 1.06)
COPPER = (0.5, 0.68, 1.02)

OUTLINES: dict[str, Outline] = {
    "engine": Outline(
        BIKE,
        (
            *((340, 306), (352, 300), (356, 287), (375, 282), (391, 287), (400, 299), (404, 285), (406, 265), (405, 250), (411, 244)),
            *((419, 246), (423, 254), (425, 268), (432, 279), (440, 268), (450, 260), (455, 253), (463, 249), (473, 252), (477, 260)),
            *((475, 268), (466, 277), (457, 288), (448, 297), (443, 304), (449, 318), (448, 333), (441, 344), (435, 355), (420, 363)),
            *((404, 367), (385, 364), (372, 360), (355, 357), (344, 349), (336, 340), (334, 322)),
        ),
    ),
    "tank": Outline(
        BIKE,
        (
            *((327, 226), (340, 214), (356, 199), (375, 188), (383, 196), (388, 189), (390, 181), (402, 173), (425, 166), (443, 162)),
            *((458, 165), (469, 171), (462, 180), (462, 192), (469, 201), (476, 204), (469, 222), (460, 235), (452, 240), (435, 240)),
            *((412, 238), (390, 239), (370, 242), (349, 249), (338, 239)),
        ),
    ),
    "headlight": Outline(
        BIKE,
        (
            *((509, 157), (511, 144), (518, 132), (528, 125), (540, 124), (551, 129), (558, 138), (561, 150), (559, 163), (552, 175)),
            *((542, 183), (532, 187), (523, 183), (516, 175), (511, 167)),
        ),
    ),
    "wheel": Outline(BIKE, ellipse=(197, 321, 54, 58, 0)),
    "cover": Outline(BIKE, ellipse=(368, 334, 29, 29, 0)),
    "fender": Outline(
        BIKE,
        (
            *((541, 273), (560, 267), (580, 266), (600, 274), (618, 284), (632, 295), (643, 303), (639, 310), (628, 315), (615, 310)),
            *((600, 300), (585, 294), (570, 291), (562, 296), (561, 305), (556, 299), (549, 285)),
        ),
    ),
    "seat": Outline(
        BIKE,
        (
            *((157, 171), (175, 160), (200, 164), (227, 176), (257, 184), (280, 194), (313, 194), (346, 190), (355, 194), (340, 208)),
            *((320, 223), (293, 243), (270, 258), (257, 250), (233, 227), (207, 213), (180, 205), (164, 193)),
        ),
    ),
    "indicator": Outline(BIKE, ellipse=(475, 188, 12, 12.5, 0)),
    "carton": Outline(BIKE, ((592, 67), (635, 65), (635, 100), (592, 99))),
    "box": Outline(BIKE, ((531, 33), (588, 30), (588, 96), (531, 97))),
    "cup": Outline(
        COFFEE,
        (
            *((174, 100), (180, 76), (201, 49), (240, 27), (285, 20), (330, 26), (374, 49), (399, 81), (406, 108), (399, 140)),
            *((384, 190), (362, 226), (345, 241), (328, 254), (318, 273), (300, 282), (262, 281), (246, 262), (235, 288), (221, 303)),
            *((206, 298), (198, 284), (202, 265), (216, 236), (192, 200), (180, 160)),
        ),
    ),
    "spoon": Outline(
        COFFEE,
        (
            *((327, 275), (333, 259), (345, 249), (360, 244), (372, 237), (376, 223), (382, 226), (382, 239), (392, 251), (403, 268)),
            *((404, 280), (397, 299), (385, 314), (368, 323), (352, 322), (338, 312), (330, 298)),
        ),
    ),
    "patch": Outline(CREW, ellipse=(171, 385.5, 36, 36.5, 0)),
    "badge": Outline(CREW, ((279, 341), (329, 348), (325, 377), (283, 373))),
    "shuttle": Outline(
        CREW,
        (
            *((390, 81), (395, 77), (401, 81), (405, 89), (409, 105), (410, 140), (410, 178), (424, 179), (436, 191), (451, 208)),
            *((454, 227), (446, 233), (430, 229), (421, 236), (410, 239), (407, 246), (400, 242), (396, 242), (388, 224), (380, 234)),
            *((370, 228), (357, 226), (356, 218), (359, 206), (367, 195), (378, 186), (380, 150), (379, 120), (383, 100)),
        ),
    ),
    "drachma": coin(45, 259.5, 28),
    "owl": coin(171.5, 262, 28),
    "eagle": coin(334.5, 43, 29.5),
    "portrait": coin(347, 187, 31, BRASS),
    "profile": coin(270, 119, 25),
    "crown": coin(213, 193, 24),
    "rider": coin(275, 50.5, 20.5),
    "temple": coin(114, 265, 21.5),
    "helmsman": coin(274.5, 194.5, 22.5, COPPER),
    "consul": coin(155.5, 50.5, 23),
}


def _mask(outline: Outline, height: int, width: int) -> Image:
    mask = np.zeros((height, width), np.uint8)
    if outline.ellipse:
        x, y, rx, ry, degrees = outline.ellipse
        centre, axes = (round(x * 16), round(y * 16)), (round(rx * 16), round(ry * 16))
        cv2.ellipse(mask, centre, axes, degrees, 0, 360, 255, -1, cv2.LINE_AA, 4)
    else:
        points = np.round(np.array(outline.polygon) * 16).astype(np.int32)
        cv2.fillPoly(mask, [points], 255, cv2.LINE_AA, 4)
    return mask


@cache
def cut_out(name: str, scale: float) -> Sprite:
    """The object `name` of OUTLINES, `scale` times as large as in its photograph. Raises KeyError for an unknown name."""
    outline = OUTLINES[name]
    photo = photograph(outline.photo)
    mask = _mask(outline, *photo.shape[:2])
    x, y, width, height = cv2.boundingRect(mask)
    top, left = max(0, y - MARGIN_PX), max(0, x - MARGIN_PX)
    window = np.s_[top : y + height + MARGIN_PX, left : x + width + MARGIN_PX]
    tinted = np.clip(photo[window].astype(np.float32) * np.array(outline.tint, np.float32), 0, 255).astype(np.uint8)
    enlarge = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    colour = cv2.resize(tinted, None, fx=scale, fy=scale, interpolation=enlarge)
    alpha = cv2.resize(mask[window], None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR).astype(np.float32) / 255
    # The edge is drawn in by a pixel and softened, so that none of the photograph's own background shows.
    soft = cv2.GaussianBlur(cv2.erode(alpha, np.ones((3, 3), np.uint8)), (0, 0), 0.8)
    return Sprite(colour.astype(np.uint8), soft.astype(np.float32))
