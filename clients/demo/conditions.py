"""How one session looks to the camera: light, camera, sensor and hands, all from a seed."""

import math
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from clients.demo.layers import HEIGHT, WIDTH
from clients.demo.photographs import Image, Plane

Light = Literal["same", "moderate", "hard"]


@dataclass(frozen=True, slots=True)
class Span:
    """How far a session may differ from the plain picture: logarithms of gain, gamma and colour, pixels, degrees."""

    gain: tuple[float, float]
    gamma: float
    colour: float
    gradient: tuple[float, float]
    shift_px: float
    degrees: float
    noise: tuple[float, float]


SPANS: dict[Light, Span] = {
    "same": Span((-0.04, 0.04), 0.03, 0.02, (0.0, 0.06), 1.0, 0.1, (1.5, 2.5)),
    "moderate": Span((-0.22, 0.2), 0.1, 0.06, (0.05, 0.2), 4.0, 0.4, (2.0, 3.5)),
    "hard": Span((-0.5, 0.42), 0.2, 0.1, (0.15, 0.36), 10.0, 1.2, (3.0, 5.0)),
}

# A nudged bench swings out within this time.
BUMP_SETTLES_S = 0.25


@dataclass(frozen=True, slots=True)
class Conditions:
    """One session's light and camera. `bumps` are (second, dx, dy): from then on the camera stands so much aside."""

    seed: int
    gain: float = 1.0
    gamma: float = 1.0
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    gradient: float = 0.0
    gradient_degrees: float = 0.0
    shift_px: tuple[float, float] = (0.0, 0.0)
    degrees: float = 0.0
    noise: float = 2.0
    flicker: float = 0.01
    bumps: tuple[tuple[float, float, float], ...] = ()

    @classmethod
    def draw(cls, seed: int, light: Light = "moderate", bumps: tuple[tuple[float, float, float], ...] = ()) -> "Conditions":
        """The session of this seed; the same seed and light give the same session."""
        rng = np.random.default_rng((seed, 7))
        span = SPANS[light]
        away, angle = span.shift_px * math.sqrt(rng.uniform(0, 1)), rng.uniform(0, 2 * math.pi)
        blue, green, red = np.exp(rng.uniform(-span.colour, span.colour, 3))
        return cls(
            seed=seed,
            gain=float(np.exp(rng.uniform(*span.gain))),
            gamma=float(np.exp(rng.uniform(-span.gamma, span.gamma))),
            colour=(float(blue), float(green), float(red)),
            gradient=float(rng.uniform(*span.gradient)),
            gradient_degrees=float(rng.uniform(0, 360)),
            shift_px=(away * math.cos(angle), away * math.sin(angle)),
            degrees=float(rng.uniform(-span.degrees, span.degrees)),
            noise=float(rng.uniform(*span.noise)),
            bumps=bumps,
        )

    def camera(self, t: float) -> tuple[float, float, float]:
        """Where the camera stands at second t: dx, dy in pixels and degrees."""
        dx, dy = self.shift_px
        swing = 0.0
        for at, bump_x, bump_y in self.bumps:
            since = t - at
            if since >= 0:
                ringing = math.exp(-since / BUMP_SETTLES_S) * math.cos(since * 30)
                dx, dy, swing = dx + bump_x * (1 + ringing), dy + bump_y * (1 + ringing), swing + 0.3 * ringing
        return dx, dy, self.degrees + swing


# Offsets of the noise picture stay under this: the picture is so much larger than a frame.
NOISE_ROOM_PX = 64


class Lens:
    """Applies one session's conditions to composed pictures; holds what they have in common (about 8 MB)."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions = conditions
        levels = (np.arange(256) / 255) ** conditions.gamma * 255
        self._gamma = np.clip(levels, 0, 255).astype(np.uint8)
        self._field = self._light_field()
        rng = np.random.default_rng((conditions.seed, 11))
        size = (HEIGHT + NOISE_ROOM_PX, WIDTH + NOISE_ROOM_PX, 3)
        self._noise = np.clip(np.round(rng.normal(0, conditions.noise, size)), -40, 40).astype(np.int8)

    def _light_field(self) -> Plane:
        c = self.conditions
        x = np.linspace(-1, 1, WIDTH, dtype=np.float32)[None, :]
        y = np.linspace(-1, 1, HEIGHT, dtype=np.float32)[:, None]
        angle = math.radians(c.gradient_degrees)
        slope = 1 + c.gradient * (math.cos(angle) * x + math.sin(angle) * y)
        return (slope[..., None] * (np.array(c.colour, np.float32) * c.gain)).astype(np.float32)

    def take(self, picture: Image, t: float) -> Image:
        """The composed picture as this session's camera sees it at second t; a new array."""
        dx, dy, degrees = self.conditions.camera(t)
        matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, 1.0)
        matrix[:, 2] += np.array((dx, dy))
        moved = cv2.warpAffine(picture, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        frame = np.random.default_rng((self.conditions.seed, 13, round(t * 1000)))
        glow = 1 + self.conditions.flicker * float(frame.standard_normal())
        lit = cv2.multiply(cv2.LUT(moved, self._gamma), self._field, scale=glow, dtype=cv2.CV_8U)
        x, y = frame.integers(0, NOISE_ROOM_PX, 2)
        return cv2.add(lit, self._noise[y : y + HEIGHT, x : x + WIDTH], dtype=cv2.CV_8U).astype(np.uint8, copy=False)
