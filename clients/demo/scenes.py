"""The composer: a scene, what lies on it and a session's conditions in, one picture out. Deterministic; no clock.

`Scene.render` serves the emulated camera; `render_placement` draws single labelled pictures for measuring.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

import numpy as np

from clients.demo.assemblies import KITS, Kit
from clients.demo.backgrounds import ground
from clients.demo.conditions import Conditions, Lens, Light
from clients.demo.cutouts import Sprite, cut_out
from clients.demo.hands import HandPose, shaded_hand, sprite_pose
from clients.demo.layers import Pose, put, put_with_shadow, shadow_of
from clients.demo.photographs import Image

SCENES: tuple[str, ...] = tuple(KITS)
Placement = Literal["start", "correct", "occluded", "wrong_part", "shifted", "tilted", "turned", "missing"]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)

# How a right part may lie: an operator's hand is not exact, and the tolerance taught is 5 px.
SEATING_PX, SEATING_DEGREES = 1.5, 1.0
SHIFTED_PX = (12.0, 30.0)
TILTED_DEGREES = (12.0, 28.0)
TURNED_DEGREES = (90.0, 270.0)

# Composed pictures without hands that are kept: the same parts lie for many frames.
CACHED_LAYERS = 8
CACHED_LENSES = 4


@dataclass(frozen=True, slots=True)
class Item:
    """A cut-out lying (or held, `lift` > 1) somewhere."""

    cutout: str
    scale: float
    pose: Pose
    lift: float = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """What there is to see: parts lying, a part carried below the hands, and the hands."""

    lying: tuple[Item, ...] = ()
    carried: Item | None = None
    hands: tuple[HandPose, ...] = ()


@cache
def _shadow(cutout: str, scale: float) -> Sprite:
    return shadow_of(cut_out(cutout, scale))


def _lay(picture: Image, item: Item) -> None:
    put_with_shadow(picture, cut_out(item.cutout, item.scale), _shadow(item.cutout, item.scale), item.pose, item.lift)


class Scene:
    """One background and its assembly. Not safe for use from several threads at once."""

    def __init__(self, name: str) -> None:
        """Raises KeyError for a name that is not in SCENES."""
        self.kit: Kit = KITS[name]
        self.name = name
        self._layers: OrderedDict[tuple[Item, ...], Image] = OrderedDict()
        self._lenses: OrderedDict[Conditions, Lens] = OrderedDict()

    @property
    def steps(self) -> int:
        """How many parts the assembly has."""
        return len(self.kit.parts)

    def part(self, step: int, dx: float = 0.0, dy: float = 0.0, degrees: float = 0.0) -> Item:
        """The part of a step (from 1) at its place, or off it by pixels and degrees."""
        part = self.kit.parts[step - 1]
        return Item(part.cutout, part.scale, part.pose.moved(dx, dy, degrees))

    def seated(self, step: int, seed: int) -> Item:
        """The part of a step as a hand puts it: within the tolerance, another way for another seed."""
        rng = np.random.default_rng((seed, step, 23))
        dx, dy = rng.uniform(-SEATING_PX, SEATING_PX, 2)
        return self.part(step, float(dx), float(dy), float(rng.uniform(-SEATING_DEGREES, SEATING_DEGREES)))

    def wrong(self, step: int, which: int) -> Item:
        """A part that does not belong, in the place of the step's."""
        part = self.kit.parts[step - 1]
        cutout, scale = part.wrong[which % len(part.wrong)]
        return Item(cutout, scale, part.pose)

    def render(self, state: State, session: Conditions, t: float) -> Image:
        """The picture (480 × 640 × 3, BGR) at second `t` of the session. The same arguments give the same bytes."""
        picture = self._lying(state.lying)
        if state.carried is not None or state.hands:
            picture = picture.copy()
            if state.carried is not None:
                _lay(picture, state.carried)
            for hand in state.hands:
                put(picture, shaded_hand(hand), sprite_pose(hand))
        return self._lens(session).take(picture, t)

    def _lying(self, items: tuple[Item, ...]) -> Image:
        if items in self._layers:
            self._layers.move_to_end(items)
            return self._layers[items]
        picture = ground(self.name).copy() if not items else self._lying(items[:-1]).copy()
        if items:
            _lay(picture, items[-1])
        self._layers[items] = picture
        while len(self._layers) > CACHED_LAYERS:
            self._layers.popitem(last=False)
        return picture

    def _lens(self, session: Conditions) -> Lens:
        lens = self._lenses.get(session) or Lens(session)
        self._lenses[session] = lens
        self._lenses.move_to_end(session)
        while len(self._lenses) > CACHED_LENSES:
            self._lenses.popitem(last=False)
        return lens


@cache
def scene(name: str) -> Scene:
    """The scene of this name, one a process. Raises KeyError."""
    return Scene(name)


def covering_hands(place: Pose, rng: np.random.Generator, look: int) -> tuple[HandPose, ...]:
    """One or two hands so near a place that it cannot be seen well."""
    first = HandPose(
        place.x + float(rng.uniform(-18, 18)),
        place.y + float(rng.uniform(-18, 18)),
        float(rng.uniform(-75, 75)),
        grip=bool(rng.integers(2)),
        left=bool(rng.integers(2)),
        look=look,
    )
    if rng.random() < 0.5:
        return (first,)
    side = 1 if first.degrees < 0 else -1
    other = HandPose(
        place.x + side * float(rng.uniform(20, 80)),
        place.y + float(rng.uniform(0, 50)),
        first.degrees + side * 60,
        False,
        not first.left,
        look,
    )
    return (first, other)


# From the palm to the middle of a part that is held.
GRIP_PX = 62.0


def palm_at(place: Pose, degrees: float) -> tuple[float, float]:
    """Where the palm is of a hand that comes in at this angle and holds a part at the place."""
    turn = math.radians(degrees)
    return place.x - GRIP_PX * math.sin(turn), place.y + GRIP_PX * math.cos(turn)


def gripping_hand(place: Pose, rng: np.random.Generator, look: int) -> HandPose:
    """A hand from below that holds a part at the place."""
    degrees = float(rng.uniform(-30, 30))
    return HandPose(*palm_at(place, degrees), degrees, True, bool(rng.integers(2)), look)


def _away(rng: np.random.Generator, span: tuple[float, float]) -> tuple[float, float]:
    distance, angle = rng.uniform(*span), rng.uniform(0, 2 * math.pi)
    return float(distance * math.cos(angle)), float(distance * math.sin(angle))


def _in_place(of: Scene, step: int, placement: Placement, session_seed: int, frame_index: int) -> tuple[Item, ...]:
    """What lies in the step's place. A session holds one placement; from frame to frame the part trembles by 0.3 px."""
    rng = np.random.default_rng((session_seed, step, PLACEMENTS.index(placement), 29))
    tremble = np.random.default_rng((session_seed, step, frame_index, 31)).uniform(-0.3, 0.3, 3)
    item = of.seated(step, session_seed)
    if placement in ("start", "missing") or (placement == "occluded" and rng.random() < 0.5):
        return ()
    if placement == "wrong_part":
        item = of.wrong(step, int(rng.integers(8)))
    elif placement == "shifted":
        item = of.part(step, *_away(rng, SHIFTED_PX))
    elif placement == "tilted":
        item = of.part(step, 0, 0, float(rng.uniform(*TILTED_DEGREES) * rng.choice((-1, 1))))
    elif placement == "turned":
        item = of.part(step, 0, 0, float(rng.uniform(*TURNED_DEGREES)))
    dx, dy, degrees = (float(v) for v in tremble)
    return (Item(item.cutout, item.scale, item.pose.moved(dx, dy, degrees)),)


def render_placement(
    of: Scene,
    step: int,
    placement: Placement,
    session_seed: int,
    light: Light = "moderate",
    frame_index: int = 0,
    *,
    earlier_seed: int | None = None,
) -> Image:
    """One labelled picture of a step (from 1), 480 × 640 × 3, BGR; everything before the step lies right.

    "start": the part is not there; "correct": within ±1.5 px and ±1°; "occluded": hands over the place; "wrong_part": another
    part; "shifted" by 12 to 30 px; "tilted" by 12 to 28°; "turned" by 90 to 270°; "missing": the part before is gone too
    (of step 1: the place is empty). `session_seed` fixes light, camera, hands and how the part lies; `frame_index` the noise,
    the flicker, a slight trembling and where the hands are. With `earlier_seed` the parts of earlier steps lie as that session's do.
    """
    before = step - 1 - (placement == "missing" and step > 1)
    lying = tuple(of.seated(n, session_seed if earlier_seed is None else earlier_seed) for n in range(1, before + 1))
    lying += _in_place(of, step, placement, session_seed, frame_index)
    hands: tuple[HandPose, ...] = ()
    if placement == "occluded":
        rng = np.random.default_rng((session_seed, step, frame_index, 37))
        hands = covering_hands(of.kit.parts[step - 1].pose, rng, session_seed)
    return of.render(State(lying, None, hands), Conditions.draw(session_seed, light), frame_index / 15)
