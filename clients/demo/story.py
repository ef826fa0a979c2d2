"""What the operator does with one unit: a pure machine of values and seconds that follows what the coach says.

The next part is put on only after the coach has moved on; a wrong part lies until the coach has said so (and long enough to be
seen), and once the hands rest over the place. Times are seconds of the unit; nothing here knows a clock.
"""

import math
from dataclasses import dataclass, replace
from enum import Enum

import numpy as np

from clients.demo.hands import HandPose
from clients.demo.layers import HEIGHT, Pose
from clients.demo.scenes import Item, Scene, State, palm_at

REACH_S, HOLD_S, LEAVE_S = 0.8, 0.3, 0.75
# A wrong part and a covered view are shown for so long at least, and at most this long if nobody says anything.
SHOWN_AT_LEAST_S, SHOWN_AT_MOST_S = 2.6, 20.0
# Whoever waits longer for the coach puts the part straight.
PATIENCE_S = 8.0
LIFTED = 2.2


class Act(Enum):
    """One thing the operator does. SHOW and COVER are what the coach has to notice."""

    PUT = "puts the part"
    WAIT = "waits for the coach"
    PUT_WRONG = "puts a wrong part"
    SHOW = "has left a wrong part there"
    ADJUST = "puts the part straight"
    TAKE_OFF = "takes the wrong part off"
    REACH_OVER = "reaches over"
    COVER = "covers the view"
    DRAW_BACK = "draws back"


_LASTS_S = {
    Act.PUT: REACH_S + HOLD_S + LEAVE_S,
    Act.ADJUST: REACH_S + HOLD_S + LEAVE_S,
    Act.PUT_WRONG: REACH_S + HOLD_S + LEAVE_S,
    Act.TAKE_OFF: REACH_S + HOLD_S + LEAVE_S,
    Act.REACH_OVER: REACH_S,
    Act.DRAW_BACK: LEAVE_S,
}
_NOTICED = {Act.SHOW: "INCORRECT", Act.COVER: "OCCLUDED"}


@dataclass(frozen=True, slots=True)
class Now:
    """Where the operator is: the step on the bench, what is being done since when, and what comes after."""

    step: int = 0
    """0 = the unit has not begun; one more than the last step = it is done."""
    acts: tuple[Act, ...] = ()
    since_s: float = 0.0
    told: bool = False
    seating: int = 0
    """How many times a part was put straight."""


class Operator:
    """Builds one unit of a scene. `wrong_step` gets a wrong part first; before `cover_step` the hands rest over its place."""

    def __init__(self, scene: Scene, seed: int, wrong_step: int, cover_step: int) -> None:
        self._scene = scene
        self._seed = seed
        self.wrong_step = wrong_step
        self.cover_step = cover_step
        self._seated: dict[int, Item] = {}
        self._done: set[Act] = set()
        self._now = Now()
        rng = np.random.default_rng((seed, 41))
        self._look = seed
        self._left = bool(rng.integers(2))
        self._angles = rng.uniform(-26, 26, 64)
        self._which = int(rng.integers(8))

    @property
    def act(self) -> Act:
        """What is being done."""
        return self._now.acts[0] if self._now.acts else Act.WAIT

    @property
    def step(self) -> int:
        """The step on the bench, from 1; 0 before the unit begins."""
        return self._now.step

    def move_to(self, step: int, at_s: float) -> None:
        """The coach is at this step now, forward or back."""
        if step == self._now.step:
            return
        acts: list[Act] = []
        if step == self.wrong_step and Act.SHOW not in self._done:
            acts += [Act.PUT_WRONG, Act.SHOW, Act.TAKE_OFF]
        if step == self.cover_step and Act.COVER not in self._done:
            acts += [Act.REACH_OVER, Act.COVER, Act.DRAW_BACK]
        acts += [Act.PUT, Act.WAIT] if step <= self._scene.steps else []
        self._seated = {n: self._seated.get(n) or self._scene.seated(n, self._seed) for n in range(1, min(step, self._scene.steps + 1))}
        self._now = Now(step, tuple(acts), at_s, seating=self._now.seating)

    def hear(self, status: str, at_s: float) -> None:
        """The coach says what it sees: INCORRECT or OCCLUDED count while they are shown."""
        if _NOTICED.get(self.act) == status and at_s >= self._now.since_s:
            self._now = replace(self._now, told=True)

    def go_on(self, at_s: float) -> None:
        """Finishes what has lasted long enough by this second."""
        while self._now.acts and (ends_s := self._ends_s(at_s)) <= at_s:
            now = self._now
            self._done.add(self.act)
            if self.act in (Act.PUT, Act.ADJUST):
                self._seated[now.step] = self._seating()
            is_tired = self.act is Act.WAIT
            acts = (Act.ADJUST, Act.WAIT) if is_tired else now.acts[1:]
            self._now = Now(now.step, acts, ends_s, seating=now.seating + is_tired)

    def state(self, at_s: float) -> State:
        """What there is to see at this second."""
        self.go_on(at_s)
        lying = tuple(item for n, item in sorted(self._seated.items()) if self._is_lying(n))
        since = at_s - self._now.since_s
        match self.act:
            case Act.PUT:
                return self._carry(lying, self._seating(), since)
            case Act.ADJUST:
                return self._adjust(lying, since)
            case Act.PUT_WRONG:
                return self._carry(lying, self._wrong(), since)
            case Act.SHOW:
                return State((*lying, self._wrong()))
            case Act.TAKE_OFF:
                return self._carry(lying, self._wrong(), since, away=True)
            case Act.REACH_OVER:
                return State(lying, None, self._over(_smooth(since / REACH_S), since))
            case Act.COVER:
                return State(lying, None, self._over(1.0, since))
            case Act.DRAW_BACK:
                return State(lying, None, self._over(1 - _smooth(since / LEAVE_S), since))
        return State(lying)

    def _ends_s(self, at_s: float) -> float:
        now = self._now
        if self.act in _NOTICED:
            least = now.since_s + SHOWN_AT_LEAST_S
            # Noticed late: it ends at this moment, not in the past.
            return max(least, at_s) if now.told else now.since_s + SHOWN_AT_MOST_S
        return now.since_s + (PATIENCE_S if self.act is Act.WAIT else _LASTS_S[self.act])

    def _is_lying(self, step: int) -> bool:
        return step < self._now.step or (step == self._now.step and self.act is Act.WAIT)

    def _seating(self) -> Item:
        return self._scene.seated(self._now.step, self._seed + 1000 * self._now.seating)

    def _wrong(self) -> Item:
        return self._scene.wrong(self._now.step, self._which)

    def _carry(self, lying: tuple[Item, ...], item: Item, since: float, *, away: bool = False) -> State:
        """A hand with the item comes in, holds still and leaves without it; `away` = comes empty and takes it along."""
        arriving, leaving = _smooth(since / REACH_S), _smooth((since - REACH_S - HOLD_S) / LEAVE_S)
        near = arriving if since < REACH_S + HOLD_S else 1 - leaving
        is_held = (since < REACH_S + HOLD_S / 2) != away
        hand = self._hand(item.pose, near, grip=True)
        if not is_held:
            return State((*lying, item), None, (hand,))
        palm_x, palm_y = palm_at(item.pose, hand.degrees)
        dx, dy = hand.x - palm_x, hand.y - palm_y
        lift = 1 + (LIFTED - 1) * min(1.0, math.hypot(dx, dy) / 60)
        return State(lying, replace(item, pose=item.pose.moved(dx, dy, 8 * (1 - near)), lift=lift), (hand,))

    def _adjust(self, lying: tuple[Item, ...], since: float) -> State:
        item = self._seated[self._now.step] if since < REACH_S + HOLD_S / 2 else self._seating()
        near = _smooth(since / REACH_S) if since < REACH_S + HOLD_S else 1 - _smooth((since - REACH_S - HOLD_S) / LEAVE_S)
        return State((*lying, item), None, (self._hand(item.pose, near, grip=True),))

    def _angle(self) -> float:
        return float(self._angles[(self._now.step * 7 + self._now.seating) % len(self._angles)])

    def _hand(self, place: Pose, near: float, *, grip: bool) -> HandPose:
        degrees = self._angle()
        x, y = palm_at(place, degrees) if grip else (place.x, place.y + 12)
        return self._drawn_back(HandPose(x, y, degrees, grip, self._left, self._look), near)

    def _over(self, near: float, since: float) -> tuple[HandPose, ...]:
        """Two hands over the place, never quite still."""
        place = self._scene.kit.parts[self._now.step - 1].pose
        sway_x, sway_y = 5 * math.sin(since * 2.1), 4 * math.sin(since * 1.3)
        first = self._hand(place.moved(sway_x, sway_y), near, grip=False)
        aside = HandPose(place.x + 62, place.y + 44 - sway_y, first.degrees - 24, False, not self._left, self._look)
        return (self._drawn_back(aside, near), first)

    def _drawn_back(self, hand: HandPose, near: float) -> HandPose:
        """The hand on its way: out of the picture along its own arm at `near` 0, in its place at 1."""
        turn = math.radians(hand.degrees)
        out = (HEIGHT + 260 - hand.y) / math.cos(turn)
        return replace(hand, x=hand.x - math.sin(turn) * out * (1 - near), y=hand.y + math.cos(turn) * out * (1 - near))


def _smooth(share: float) -> float:
    """From 0 to 1 with soft ends."""
    x = min(1.0, max(0.0, share))
    return x * x * (3 - 2 * x)
