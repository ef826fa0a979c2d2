"""What stands before the demo's camera: shows to record labels from, and units to coach."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import cv2
import numpy as np

from clients.demo.conditions import Conditions
from clients.demo.photographs import Image
from clients.demo.scenes import Scene, State, covering_hands, gripping_hand
from clients.demo.story import Act, Operator

JPEG_QUALITY = 88
# A recording's part is put again so often, so that it is taught as people put it: never quite the same.
RESEATED_EVERY_S = 0.75
HANDS_MOVE_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Lesson:
    """One label to record: its name, and the fields of /model/start that say which it is."""

    label: str
    step_index: int
    step_type: str
    label_index: int = 0
    name: str = ""
    instruction: str = ""
    benchmark_s: float = 0.0
    frames: int = 45


Look = Callable[[], bytes]


class Show(Protocol):
    """Something to see."""

    def look(self, t: float) -> Look:
        """What draws the picture at second t, as JPEG; it may run in a worker thread, one at a time."""


class Unit(Show, Protocol):
    """A unit whose operator follows the coach; `t` are seconds since it was shown first."""

    def move_to(self, step: int, t: float) -> None:
        """The coach is at this step (from 1)."""

    def hear(self, status: str, t: float) -> None:
        """The coach says what it sees."""

    def doing(self) -> Act:
        """What the operator does now."""


class Bench(Protocol):
    """The lessons of an assembly, and units of it without end."""

    assembly_id: str
    title: str
    lessons: tuple[Lesson, ...]
    has_mistakes: bool
    """Whether each unit shows a wrong part and a covered view."""

    def lesson(self, lesson: Lesson) -> Show:
        """What is shown while a label is recorded."""

    def unit(self, number: int) -> Unit:
        """A unit to coach; another number looks different."""

    def step_names(self) -> tuple[str, ...]:
        """Names of the steps, in order."""


def encode(picture: Image) -> bytes:
    """The picture as JPEG."""
    is_ok, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert is_ok
    return packed.tobytes()


class ComposedBench:
    """The bench that is composed of photographs."""

    has_mistakes = True
    # One assembly, whose labels a later run of the demo records anew.
    assembly_id = "5f0c9a52-7d0e-4c7e-9a39-6b1f1f6d7a01"

    def __init__(self, scene: Scene, seed: int | None = None) -> None:
        """`seed` None = another one each time."""
        self._scene = scene
        self._seed = int(time.time()) % 1_000_000 if seed is None else seed
        self.title = scene.kit.title
        parts = scene.kit.parts
        steps = [
            Lesson(f"step-{n}_good", n, "MASTER", 0, part.name, part.instruction, part.benchmark_s) for n, part in enumerate(parts, start=1)
        ]
        start = Lesson("step-1_previous", 0, "MASTER", name="The empty bench")
        # Of each step its own: hands over one place are none over another.
        hands = [Lesson(f"step-{n}_occluded", n, "OCCLUDED", name="Hands in the way", frames=40) for n in range(1, len(parts) + 1)]
        self.lessons: tuple[Lesson, ...] = (start, *steps, *hands)

    def step_names(self) -> tuple[str, ...]:
        """Names of the steps, in order."""
        return tuple(part.name for part in self._scene.kit.parts)

    def lesson(self, lesson: Lesson) -> Show:
        """What is shown while a label is recorded: one light for all of them."""
        return _LessonShow(self._scene, lesson, self._seed)

    def unit(self, number: int) -> Unit:
        """Another seed, light, camera and hands than those that were taught; one wrong part, one covered view."""
        seed = self._seed + 7919 * (number + 1)
        wrong, cover = (int(n) + 1 for n in np.random.default_rng((seed, 43)).permutation(self._scene.steps)[:2])
        return _ComposedUnit(self._scene, seed, wrong, cover)


class _LessonShow:
    def __init__(self, scene: Scene, lesson: Lesson, seed: int) -> None:
        self._scene = scene
        self._lesson = lesson
        self._seed = seed
        self._conditions = Conditions.draw(seed, "same")

    def look(self, t: float) -> Look:
        """What draws the picture at second t."""
        state = self._hands(t) if self._lesson.step_type == "OCCLUDED" else self._parts(t)
        return lambda: encode(self._scene.render(state, self._conditions, t))

    def _parts(self, t: float) -> State:
        last = self._lesson.step_index
        seating = self._seed + int(t / RESEATED_EVERY_S)
        before = tuple(self._scene.seated(n, self._seed) for n in range(1, last))
        return State((*before, self._scene.seated(last, seating)) if last else ())

    def _hands(self, t: float) -> State:
        """Hands over the place, at its edge, and bringing the part, before the part is there and after; others each time."""
        step, turn = self._lesson.step_index, int(t / HANDS_MOVE_EVERY_S)
        rng = np.random.default_rng((self._seed, step, turn, 47))
        look = self._seed + turn // 8
        before = tuple(self._scene.seated(n, self._seed) for n in range(1, step))
        own = self._scene.seated(step, self._seed + turn)
        if turn % 3 == 2:
            # It comes from below.
            carried = replace(own, pose=own.pose.moved(rng.uniform(-40, 40), rng.uniform(-20, 90)), lift=2.0)
            return State(before, carried, (gripping_hand(carried.pose, rng, look),))
        lying = (*before, own) if turn % 2 else before
        near = own.pose.moved(*rng.uniform(-50, 50, 2)) if turn % 3 == 1 else own.pose
        return State(lying, None, covering_hands(near, rng, look))


class _ComposedUnit:
    def __init__(self, scene: Scene, seed: int, wrong_step: int, cover_step: int) -> None:
        rng = np.random.default_rng((seed, 53))
        # Somebody leans on the bench twice a unit.
        when, aside = rng.uniform(4, 40, 2), rng.uniform(-2.5, 2.5, (2, 2))
        bumps = tuple((float(at), float(dx), float(dy)) for at, (dx, dy) in zip(when, aside, strict=True))
        self._scene = scene
        self._conditions = Conditions.draw(seed, "moderate", bumps)
        self._operator = Operator(scene, seed, wrong_step, cover_step)

    def look(self, t: float) -> Look:
        """What draws the picture at second t."""
        state = self._operator.state(t)
        return lambda: encode(self._scene.render(state, self._conditions, t))

    def move_to(self, step: int, t: float) -> None:
        """The coach is at this step."""
        self._operator.move_to(step, t)

    def hear(self, status: str, t: float) -> None:
        """The coach says what it sees."""
        self._operator.hear(status, t)

    def doing(self) -> Act:
        """What the operator does now."""
        return self._operator.act
