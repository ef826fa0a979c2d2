"""Hands and forearms, drawn: no photograph shows any. Skin, size, sleeve and grip come from a seed."""

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from clients.demo.cutouts import Sprite
from clients.demo.layers import Pose
from clients.demo.photographs import Image, Plane

# The sprite: fingers point up, the forearm leaves at the bottom, longer than the picture's diagonal from any place.
SPRITE_WIDTH, SPRITE_HEIGHT = 300, 1100
# Where the middle of the palm is in the sprite.
PALM_X, PALM_Y = 150.0, 215.0

# Skin, BGR, from light to dark.
SKINS = ((158, 184, 232), (125, 160, 215), (98, 134, 190), (72, 100, 150), (52, 72, 110))
SLEEVES = ((120, 84, 52), (70, 70, 74), (60, 110, 60), (48, 60, 150), (150, 140, 130))


@dataclass(frozen=True, slots=True)
class HandPose:
    """A hand in the picture: the palm's middle in pixels, the way the arm comes in (0° from below, clockwise), open or gripping."""

    x: float
    y: float
    degrees: float
    grip: bool = False
    left: bool = False
    look: int = 0
    """Seed of skin, size and sleeve."""


def _fingers(rng: np.random.Generator, grip: bool) -> list[tuple[tuple[float, float], tuple[float, float], float]]:
    """Capsules (from, to, radius) of the fingers and the thumb."""
    length = 0.6 if grip else 1.0
    shape = []
    for at, long, slope in ((-44, 92, -13), (-15, 112, -4), (14, 106, 4), (41, 84, 12)):
        lean = slope * (1.0 if grip else 1.5) + rng.uniform(-4, 4)
        reach = long * length * rng.uniform(0.94, 1.06)
        tip = (PALM_X + at + reach * math.sin(math.radians(lean)), PALM_Y - 46 - reach * math.cos(math.radians(lean)))
        shape.append(((PALM_X + at, PALM_Y - 40), tip, rng.uniform(13.5, 15.5)))
    thumb = math.radians(rng.uniform(-62, -48) if not grip else -32)
    shape.append(((PALM_X - 40, PALM_Y + 22), (PALM_X - 34 + 92 * math.sin(thumb), PALM_Y + 12 - 92 * math.cos(thumb)), 16.5))
    return shape


def _rounded(mask: Image, deep_px: float) -> tuple[Plane, Plane]:
    """Height of a rounded body over its outline, 0..1, and how much light from the upper left its surface catches."""
    inside = np.minimum(cv2.distanceTransform(mask, cv2.DIST_L2, 5) / deep_px, 1.0)
    height = np.sqrt(1 - (1 - inside) ** 2).astype(np.float32)
    height = cv2.GaussianBlur(height, (0, 0), 2.0)
    slope_x, slope_y = cv2.Sobel(height, cv2.CV_32F, 1, 0), cv2.Sobel(height, cv2.CV_32F, 0, 1)
    return height.astype(np.float32), (0.80 + 0.24 * height + 0.42 * (slope_x + 1.2 * slope_y)).astype(np.float32)


def _draw(mask: Image, a: tuple[float, float], b: tuple[float, float], radius: float) -> None:
    points = [(round(p[0] * 16), round(p[1] * 16)) for p in (a, b)]
    cv2.line(mask, points[0], points[1], 255, round(2 * radius), cv2.LINE_AA, 4)


def _skin_mask(fingers: list[tuple[tuple[float, float], tuple[float, float], float]]) -> tuple[Image, Plane]:
    """The hand's outline and its shading, finger by finger so that each is round and keeps a dark line to the next."""
    outline = np.zeros((SPRITE_HEIGHT, SPRITE_WIDTH), np.uint8)
    palm = np.array([(-58, -40), (58, -42), (62, 20), (46, 78), (38, 150), (44, 900), (-44, 900), (-36, 150), (-50, 72), (-62, 18)])
    cv2.fillPoly(outline, [np.round((palm + (PALM_X, PALM_Y)) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    smooth = cv2.GaussianBlur(outline, (0, 0), 8)
    outline = np.where(smooth > 127, np.uint8(255), np.uint8(0)).astype(np.uint8)
    _, shade = _rounded(outline, 40)
    rows, columns = np.mgrid[0:SPRITE_HEIGHT, 0:SPRITE_WIDTH].astype(np.float32)
    for a, b, radius in fingers:
        finger = np.zeros_like(outline)
        _draw(finger, a, b, radius)
        _, round_shade = _rounded(finger, radius)
        # Towards its root a finger flows into the back of the hand.
        x, y = b[0] - a[0], b[1] - a[1]
        along = (columns - a[0]) * x + (rows - a[1]) * y
        fade = np.clip(along / (math.hypot(x, y) * 45.0), 0.0, 1.0) * (finger > 127)
        shade = shade * (1 - fade) + round_shade * fade
        outline = np.maximum(outline, finger)
    return outline, shade.astype(np.float32)


def _details(colour: Plane, fingers: list[tuple[tuple[float, float], tuple[float, float], float]]) -> None:
    """Knuckles, joints and nails, in place."""
    for index, (a, b, radius) in enumerate(fingers):
        along = (b[0] - a[0], b[1] - a[1])
        length = math.hypot(*along)
        angle = math.degrees(math.atan2(along[1], along[0])) + 90
        for part, deep in ((0.0, 0.1), (0.45, 0.13), (0.75, 0.1)):
            spot: Plane = np.zeros(colour.shape[:2], np.float32)
            centre = (round(a[0] + along[0] * part), round(a[1] + along[1] * part))
            cv2.ellipse(spot, centre, (round(radius * 0.8), 3 if part else 7), angle, 0, 360, 1.0, -1)
            spot = cv2.GaussianBlur(spot, (0, 0), 2.2).astype(np.float32)
            colour *= 1 - deep * spot[..., None] * np.array((1.0, 0.8, 0.4), np.float32)
        nail: Plane = np.zeros(colour.shape[:2], np.float32)
        tip = (round(b[0] + along[0] / length * 3), round(b[1] + along[1] / length * 3))
        cv2.ellipse(nail, tip, (round(radius * 0.55), round(radius * (0.75 if index < 4 else 0.65))), angle, 0, 360, 1.0, -1, cv2.LINE_AA)
        nail = cv2.GaussianBlur(nail, (0, 0), 0.8).astype(np.float32)[..., None]
        colour *= 1 - nail * 0.12
        colour += nail * np.array((24, 20, 34), np.float32)


def _sleeve(colour: Plane, outline: Image, rng: np.random.Generator) -> None:
    """Cloth over the forearm, in place."""
    top = PALM_Y + rng.uniform(140, 260)
    mask = np.zeros_like(outline)
    arm = np.array([(-52, 0), (-20, -7), (20, -7), (52, 0), (64, 900), (-64, 900)]) + (PALM_X, top)
    cv2.fillPoly(mask, [np.round(arm * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    _, shade = _rounded(mask, 55)
    folds = cv2.GaussianBlur(rng.standard_normal(outline.shape).astype(np.float32), (0, 0), sigmaX=22, sigmaY=6)
    weave = rng.standard_normal(outline.shape).astype(np.float32)
    light = shade * (1 + 2.2 * folds + 0.04 * weave)
    cloth = np.array(SLEEVES[rng.integers(len(SLEEVES))], np.float32) * light[..., None]
    cuff = np.clip((np.arange(SPRITE_HEIGHT) - top) / 26, 0, 1)[:, None, None] < 1
    cloth = np.where(cuff, cloth * 0.86, cloth)
    colour[:] = np.where(mask[..., None] > 127, cloth, colour)
    outline[:] = np.maximum(outline, mask)


@lru_cache(maxsize=6)
def hand_sprite(look: int, grip: bool, left: bool) -> Sprite:
    """One hand with its forearm, fingers up. The same arguments draw the same hand."""
    rng = np.random.default_rng((look, 17, grip))
    own = np.random.default_rng((look, 19))
    skin = np.array(SKINS[own.integers(len(SKINS))], np.float32) * np.exp(own.uniform(-0.08, 0.08))
    fingers = _fingers(rng, grip)
    outline, shade = _skin_mask(fingers)
    pores = rng.standard_normal(outline.shape).astype(np.float32)
    blotches = cv2.GaussianBlur(pores, (0, 0), 9) * 1.1 + cv2.GaussianBlur(pores, (0, 0), 1.2) * 0.06
    colour = (skin * shade[..., None] * (1 + blotches[..., None] * np.array((1.0, 0.9, 0.5), np.float32))).astype(np.float32)
    _details(colour, fingers)
    _sleeve(colour, outline, own)
    picture = np.clip(colour, 0, 255).astype(np.uint8)
    alpha = cv2.GaussianBlur(outline.astype(np.float32) / 255, (0, 0), 1.1)
    if left:
        picture, alpha = picture[:, ::-1].copy(), alpha[:, ::-1].copy()
    return Sprite(picture, alpha.astype(np.float32))


# A hand is held higher than a lying part: its shadow falls further off. Drawn for every so many degrees of the arm.
SHADOW_PX = (9.0, 13.0)
SHADOW_EVERY_DEGREES = 30


@lru_cache(maxsize=24)
def _shaded(look: int, grip: bool, left: bool, degrees: int) -> Sprite:
    """A hand and its shadow as one sprite: one blend instead of two."""
    hand = hand_sprite(look, grip, left)
    turn = math.radians(-degrees)
    dx = SHADOW_PX[0] * math.cos(turn) - SHADOW_PX[1] * math.sin(turn)
    dy = SHADOW_PX[0] * math.sin(turn) + SHADOW_PX[1] * math.cos(turn)
    aside = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    shadow = cv2.warpAffine(cv2.GaussianBlur(hand.alpha, (0, 0), 9), aside, (SPRITE_WIDTH, SPRITE_HEIGHT)) * 0.42
    alpha = hand.alpha + shadow * (1 - hand.alpha)
    share = hand.alpha / np.maximum(alpha, 1e-3)
    return Sprite((hand.colour * share[..., None]).astype(np.uint8), alpha.astype(np.float32))


def shaded_hand(hand: HandPose) -> Sprite:
    """The sprite of a hand in the picture, with its shadow; place it by `sprite_pose`."""
    degrees = round(hand.degrees / SHADOW_EVERY_DEGREES) * SHADOW_EVERY_DEGREES
    return _shaded(hand.look, hand.grip, hand.left, degrees)


def sprite_pose(hand: HandPose) -> Pose:
    """Where the sprite's centre must be so that the palm is at the hand's place."""
    turn = math.radians(hand.degrees)
    palm_x = PALM_X if not hand.left else SPRITE_WIDTH - 1 - PALM_X
    away_x, away_y = (SPRITE_WIDTH - 1) / 2 - palm_x, (SPRITE_HEIGHT - 1) / 2 - PALM_Y
    dx = math.cos(turn) * away_x - math.sin(turn) * away_y
    dy = math.sin(turn) * away_x + math.cos(turn) * away_y
    return Pose(hand.x + dx, hand.y + dy, hand.degrees)
