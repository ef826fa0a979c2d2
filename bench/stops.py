"""Video with known stops, made from real footage: a machine is a window of the yard that repeats a few seconds of
people walking at other times.

While the machine stands, its window keeps one picture; noise, flicker, shake, light and passers-by go on everywhere. Everything
follows from the seed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.footage import HEIGHT, PER_SECOND, WIDTH, Footage
from vision.detectors.pictures import Picture

FPS = 5.0
_BLOCK = 8
_OFFSETS = 3
_TRIES = 400
_LEAST_BLOCKS = 0.04
"""A machine moves so much of its window at any time of its work."""
_EDGE = 6
"""Pixels that the polygon is drawn wider than the machine."""
_LARGEST = 0.12
"""Part of the machine that a person may hide: a crowd before it would be all that the camera sees."""
_COMES_S = 1.0
_GRAINS = 12
_LIVELY_S = 2.5
"""No dwell so near a stop: its beginning and its end are known to a picture."""


@dataclass(frozen=True)
class Conditions:
    """What the camera and the floor do to the picture.

    `noise` in grey levels, `flicker` and `bands` as parts of the light from picture to picture, `shake_px` at WIDTH, `drift` the part
    by which light changes over minutes, `sudden` the part by which it jumps every half minute. `people` come before the machine never,
    from a second after it has stopped ("resolving"), or whenever the footage has them there ("always"); beside it they pass in any case.
    """

    name: str
    noise: float = 2.0
    flicker: float = 0.0
    bands: float = 0.0
    shake_px: float = 0.0
    drift: float = 0.0
    sudden: float = 0.0
    people: Literal["never", "resolving", "always"] = "never"


@dataclass(frozen=True)
class Clip:
    """What is played: stops as (start, end) in s."""

    conditions: Conditions
    seed: int
    seconds: float
    stops: tuple[tuple[float, float], ...]


def plan(conditions: Conditions, seed: int, seconds: float, *, stops: bool) -> Clip:
    """A clip of work of 12 to 22 s between stops of 5.2 to 20 s; without stops, of work alone."""
    random = np.random.default_rng([seed, 1])
    planned, at = [], float(random.uniform(14, 24))
    while stops and at < seconds - 24:
        lasts = float(random.choice([random.uniform(5.2, 8), random.uniform(8, 20)]))
        planned.append((at, at + lasts))
        at += lasts + float(random.uniform(12, 22))
    return Clip(conditions, seed, seconds, tuple(planned))


@dataclass(frozen=True)
class Machine:
    """A window of moving footage: taken from (x, y), laid to (left, top)."""

    x: int
    y: int
    width: int
    height: int
    left: int
    top: int
    offsets: tuple[int, ...]
    cycle: int

    def position(self, worked: float) -> float:
        """Where in the film the machine is after so many pictures of work: its cycle runs forwards, then backwards."""
        return abs((worked + self.cycle) % (2 * self.cycle) - self.cycle)

    @property
    def polygon(self) -> list[tuple[float, float]]:
        """The region as somebody draws it, a little wider."""
        x0, y0 = (self.left - _EDGE) / WIDTH, (self.top - _EDGE) / HEIGHT
        x1, y1 = (self.left + self.width + _EDGE) / WIDTH, (self.top + self.height + _EDGE) / HEIGHT
        return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def build_machine(footage: Footage, seed: int) -> Machine:
    """A window that is lively in every part of its cycle of 2.5 to 4.5 s there and as long back, at a place of its own."""
    random = np.random.default_rng([seed, 2])
    best, most = None, -1.0
    for _ in range(_TRIES):
        columns, rows = int(random.integers(11, 18)), int(random.integers(9, 14))
        x, y = int(random.integers(0, WIDTH // _BLOCK - columns + 1)), int(random.integers(6, HEIGHT // _BLOCK - rows - 4))
        cycle = int(random.integers(25, 46))
        offsets = tuple(int(each) for each in random.integers(0, len(footage.motion) - cycle, _OFFSETS))
        windows = [footage.motion[offset : offset + cycle, y : y + rows, x : x + columns] for offset in offsets]
        moved = np.maximum.reduce(windows).mean((1, 2))
        least = float(np.convolve(moved, np.ones(8) / 8, "valid").min())
        if least > most:
            most, best = least, (x * _BLOCK, y * _BLOCK, columns * _BLOCK, rows * _BLOCK, offsets, cycle)
        if most > _LEAST_BLOCKS:
            break
    assert best is not None
    x, y, width, height, offsets, cycle = best
    left = int(random.integers(_EDGE + 4, WIDTH - width - _EDGE - 4))
    top = int(random.integers(_EDGE + 4, HEIGHT - height - _EDGE - 4))
    return Machine(x, y, width, height, left, top, offsets, cycle)


class Camera:
    """Spoils clean pictures as the conditions say."""

    def __init__(self, conditions: Conditions, seed: int) -> None:
        self._conditions = conditions
        self._random = np.random.default_rng([seed, 3])
        self._grain = self._random.normal(0, 1, (_GRAINS, HEIGHT, WIDTH)).astype(np.float32)
        self._phase = self._random.uniform(0, 6, 4)
        x, y = np.meshgrid(np.linspace(-1, 1, WIDTH, dtype=np.float32), np.linspace(-1, 1, HEIGHT, dtype=np.float32))
        angle = float(self._random.uniform(0, 6.28))
        self._slope = np.cos(angle) * x + np.sin(angle) * y
        self._rows = y

    def take(self, picture: Picture, at_s: float) -> Picture:
        """The picture as the camera gives it, in grey as it is watched."""
        asked, random = self._conditions, self._random
        shown: NDArray[np.float32] = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY).astype(np.float32)
        if asked.shake_px:
            x, y = random.uniform(-asked.shake_px, asked.shake_px, 2)
            matrix = np.array([[1, 0, x], [0, 1, y]], np.float32)
            shown = cv2.warpAffine(shown, matrix, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT).astype(np.float32)
        drift = asked.drift * (np.sin(at_s / 31 + self._phase[0]) + 0.6 * self._slope * np.sin(at_s / 23 + self._phase[1]))
        jump = asked.sudden * (1 if int(at_s / 30 + self._phase[2]) % 2 else -1) * (1 + 0.4 * self._slope)
        flicker = asked.flicker * random.uniform(-1, 1) + asked.bands * np.sin(9 * self._rows + random.uniform(0, 6.28))
        shown *= 1 + drift + jump + flicker
        grain = np.roll(self._grain[random.integers(_GRAINS)], int(random.integers(WIDTH)), axis=1)
        shown += grain * (asked.noise * (0.6 + 0.4 * cv2.sqrt(np.maximum(shown, 0) / 128)))
        return np.asarray(cv2.cvtColor(cv2.convertScaleAbs(np.maximum(shown, 0)), cv2.COLOR_GRAY2BGR), np.uint8)


def play(footage: Footage, clip: Clip, machine: Machine) -> Iterator[tuple[float, Picture]]:
    """(time in s, picture) of the clip, FPS a second with a little jitter; cycles of work have dwells of up to 2 s."""
    random = np.random.default_rng([clip.seed, 4])
    camera, yard = Camera(clip.conditions, clip.seed), Yard(footage, machine)
    start = float(random.uniform(0, 700))
    worked, dwell_until, cycle_until, speed = 0.0, 0.0, 0.0, 1.0
    last_s = 0.0
    for number in range(int(clip.seconds * FPS)):
        at_s = number / FPS + float(random.uniform(0, 0.04))
        if at_s > cycle_until:
            dwell_until = at_s + float(random.uniform(0.3, 2.0))
            cycle_until = dwell_until + float(random.uniform(4, 9))
            speed = float(random.uniform(0.8, 1.6))
        stands = any(begin <= at_s < end for begin, end in clip.stops)
        near_stop = any(begin - _LIVELY_S < at_s < end + _LIVELY_S for begin, end in clip.stops)
        if not stands and (near_stop or at_s >= dwell_until):
            worked += speed * PER_SECOND * (at_s - last_s)
        last_s = at_s
        resolving = any(begin + _COMES_S <= at_s < end for begin, end in clip.stops)
        people = clip.conditions.people == "always" or (clip.conditions.people == "resolving" and resolving)
        yield at_s, camera.take(yard.compose(start + PER_SECOND * at_s, worked, people), at_s)


class Yard:
    """The footage with the machine in it, and one person or group at a time in front of the machine if the conditions say so."""

    def __init__(self, footage: Footage, machine: Machine) -> None:
        self._footage, self._machine = footage, machine
        self._somebody = np.zeros((machine.height, machine.width), np.bool_)

    def compose(self, position: float, worked: float, people: bool) -> Picture:
        """The yard at one place of the film, the machine at another; `people` tells whether somebody may step before it."""
        machine, yard = self._machine, self._footage.at(position)
        taken = (slice(machine.y, machine.y + machine.height), slice(machine.x, machine.x + machine.width))
        laid = (slice(machine.top, machine.top + machine.height), slice(machine.left, machine.left + machine.width))
        window = np.minimum.reduce([self._footage.at(machine.position(worked) + offset)[taken] for offset in machine.offsets])
        picture = yard.copy()
        picture[laid] = window
        if people or self._somebody.any():
            somebody = self._one_of(self._footage.people(yard, laid), people)[..., None]
            picture[laid] = (somebody * yard[laid] + (1 - somebody) * window).astype(np.uint8)
        return picture

    def _one_of(self, people: NDArray[np.uint8], may_come: bool) -> NDArray[np.float32]:
        """How much of each pixel belongs to who was there before, or to one who comes in over the edge."""
        _, labels, stats, _ = cv2.connectedComponentsWithStats(people)
        before = np.bincount(labels[self._somebody], minlength=len(stats))
        inner = np.zeros_like(self._somebody)
        inner[1:-1, 1:-1] = True
        coming = np.bincount(labels[~inner], minlength=len(stats))
        before[0] = coming[0] = 0
        coming[stats[:, cv2.CC_STAT_AREA] > _LARGEST * people.size] = 0
        chosen = int(before.argmax()) if before.any() else int(coming.argmax()) * may_come
        self._somebody = (labels == chosen) & (chosen > 0)
        return np.asarray(cv2.GaussianBlur(self._somebody.astype(np.float32), (3, 3), 0), np.float32)
