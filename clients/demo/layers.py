"""Putting cut-outs and their shadows on a picture: affine placement and soft blending."""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from clients.demo.cutouts import Sprite
from clients.demo.photographs import Image, Plane

WIDTH, HEIGHT = 640, 480

# The lamp hangs over the upper left of the bench: shadows fall down and to the right.
SHADOW_OFFSET_PX = (4.0, 6.0)
SHADOW_BLUR_PX = 5.0
SHADOW_DEPTH = 0.5


@dataclass(frozen=True, slots=True)
class Pose:
    """Where a sprite's centre lies in the picture, in pixels, and how it is turned, in degrees clockwise."""

    x: float
    y: float
    degrees: float = 0.0

    def moved(self, dx: float, dy: float, degrees: float = 0.0) -> "Pose":
        """The pose shifted by pixels and turned further."""
        return Pose(self.x + dx, self.y + dy, self.degrees + degrees)


def placement(sprite: Sprite, pose: Pose) -> tuple[Plane, tuple[int, int, int, int]]:
    """The 2 × 3 matrix that maps the sprite into its window of the picture, and that window x0, y0, x1, y1 (maybe empty)."""
    height, width = sprite.alpha.shape
    turn = math.radians(pose.degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    x0, y0, x1, y1 = _visible(pose, cos, sin, width / 2 + 1, height / 2 + 1)
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    matrix = np.array(
        [
            [cos, -sin, pose.x - x0 - cos * middle_x + sin * middle_y],
            [sin, cos, pose.y - y0 - sin * middle_x - cos * middle_y],
        ],
        np.float32,
    )
    return matrix, (x0, y0, x1, y1)


_PICTURE = np.array([(0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT)], np.float32)


def _visible(pose: Pose, cos: float, sin: float, half_width: float, half_height: float) -> tuple[int, int, int, int]:
    """The box around what is in the picture of a turned rectangle: of a long arm a small part."""
    axes = np.array(((cos, sin), (-sin, cos))) * ((half_width,), (half_height,))
    corners = np.array([axes[0] * u + axes[1] * v for u, v in ((-1, -1), (1, -1), (1, 1), (-1, 1))]) + (pose.x, pose.y)
    area, common = cv2.intersectConvexConvex(corners.astype(np.float32), _PICTURE)
    if area <= 0 or common is None:
        return 0, 0, 0, 0
    (left, top), (right, bottom) = common.reshape(-1, 2).min(axis=0), common.reshape(-1, 2).max(axis=0)
    return max(0, math.floor(left)), max(0, math.floor(top)), min(WIDTH, math.ceil(right)), min(HEIGHT, math.ceil(bottom))


def put(picture: Image, sprite: Sprite, pose: Pose) -> None:
    """Blends the sprite into the picture, in place."""
    matrix, (x0, y0, x1, y1) = placement(sprite, pose)
    if x1 <= x0 or y1 <= y0:
        return
    size = (x1 - x0, y1 - y0)
    colour = cv2.warpAffine(sprite.colour, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(sprite.alpha, matrix, size, flags=cv2.INTER_LINEAR)
    window = picture[y0:y1, x0:x1]
    window[:] = cv2.blendLinear(window, colour, 1 - alpha, alpha)


def shadow_of(sprite: Sprite, depth: float = SHADOW_DEPTH, blur_px: float = SHADOW_BLUR_PX) -> Sprite:
    """The soft dark shape that the sprite throws."""
    pad = math.ceil(3 * blur_px)
    wide = cv2.copyMakeBorder(sprite.alpha, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0)
    alpha = (cv2.GaussianBlur(wide, (0, 0), blur_px) * depth).astype(np.float32)
    return Sprite(np.zeros((*alpha.shape, 3), np.uint8), alpha)


def put_with_shadow(picture: Image, sprite: Sprite, shadow: Sprite, pose: Pose, lift: float = 1.0) -> None:
    """Blends a sprite and the shadow below it; `lift` moves the shadow away, as of a part held in the air."""
    put(picture, shadow, pose.moved(SHADOW_OFFSET_PX[0] * lift, SHADOW_OFFSET_PX[1] * lift))
    put(picture, sprite, pose)
