"""Whose motion it is: the machine's inside the region, or that of somebody who came from outside it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.activity.change import CELL, Mask
from vision.activity.scene import Glance
from vision.activity.steady import WIDTH

_EDGE = 2
"""Cells around the polygon that belong to nobody: its drawer did not hit the machine's edge exactly."""
_BESIDE = 0.5
"""Somebody is near the region within this part of its size (the root of its area)."""
_REMEMBERED_S = 1.5
"""Whoever stopped moving over unknown ground is remembered for so long."""
_OWN_S = 1.0
"""What moved so recently as the machine's own stays the machine's when somebody touches it while it works."""
_STEP, _PACE = 2, 20.0
"""Cells, and cells a second, by which somebody comes farther in: the whole picture in 4 s. What starts to move beyond is the machine."""
_LEAST, _LEAST_SHARE = 3, 0.004
"""Cells of motion that count, at least and as a share of the region: less is noise."""
_SOMEBODY = 8
"""Cells that a person or a hand covers at least."""
_LEARN_S, _LEARNT_S, _HABITUAL = 60.0, 12.0, 0.05
"""Where something of its own moved in so large a share of the last minute of work, the machine usually moves; known after 12 s."""
_NEVER = -1e9


@dataclass(frozen=True)
class Motion:
    """What happens in a region at one look, in cells.

    `own` is the machine's motion (seen twice at a place), `own_usual` that of it where the machine usually moves; `foreign` came from
    outside; `usual` is everybody's motion where the machine usually moves. `inside` and `near` tell whether somebody is in the region or
    beside it.
    """

    own: int
    foreign: int
    own_usual: int
    usual: int
    inside: bool
    near: bool


class Region:
    """One polygon's cells and who moves in them. Raises ValueError for a polygon of fewer than 3 points."""

    def __init__(self, polygon: Sequence[tuple[float, float]]) -> None:
        if len(polygon) < 3:
            raise ValueError("A region has at least 3 points.")
        self._polygon = np.clip(np.asarray(polygon, np.float64), 0, 1)
        self._shape: tuple[int, int] | None = None

    def _lay_out(self, shape: tuple[int, int]) -> None:
        self._shape = shape
        self.inside = _cells_of(self._polygon, shape)
        size = int(self.inside.sum())
        self.least = max(_LEAST, round(_LEAST_SHARE * size))
        self._wide = _grown(self.inside, _EDGE)
        self._beside = _grown(self.inside, _EDGE + max(2, round(_BESIDE * size**0.5)))
        self._foreign: Mask = np.zeros(shape, np.bool_)
        self._foreign_s = np.full(shape, _NEVER)
        self._own: Mask = np.zeros(shape, np.bool_)
        self._own_s = np.full(shape, _NEVER)
        self._moved_beside: Mask = np.zeros(shape, np.bool_)
        self._habit = np.zeros(shape)
        self._near_s = self._at_s = _NEVER
        self._quiet = False
        self._learnt_s = 0.0

    def judge(self, glance: Glance, *, quiet: bool) -> Motion:
        """Tells apart who moves and marks in `glance.held` where somebody is.

        `quiet` tells that the machine seems to stand. Only then somebody is followed over ground where the machine usually moves:
        while it works, its motion and that of who touches it cannot be told apart there.
        """
        if self._shape != glance.moving.shape:
            self._lay_out((glance.moving.shape[0], glance.moving.shape[1]))
        at_s = glance.captured_at_ns / 1e9
        there = self._foreign & (glance.standing | (at_s - self._foreign_s < _REMEMBERED_S))
        habitual = self._habit >= _HABITUAL if self._learnt_s >= _LEARNT_S else self.inside
        if not quiet:
            there &= ~habitual
        if quiet and not self._quiet:
            self._own_s[:] = _NEVER
        self._quiet = quiet
        machine = (at_s - self._own_s < _OWN_S) & habitual
        foreign = self._came(glance.moving, there, machine, _STEP + round(_PACE * min(_OWN_S, at_s - self._at_s)))
        self._at_s = at_s
        own = glance.moving & self.inside & ~foreign
        coherent = own & _grown(self._own, 1)
        self._own, self._own_s[own] = own, at_s
        self._foreign_s[foreign] = at_s
        self._foreign = (foreign | there) & ~own
        np.logical_or(glance.held, self._foreign, out=glance.held)
        beside = glance.moving & self._beside & ~self._wide
        if (beside & _grown(self._moved_beside, 1)).sum() >= max(_SOMEBODY, self.least):
            self._near_s = at_s
        self._moved_beside = beside
        return Motion(
            int(coherent.sum()),
            int((foreign & self.inside).sum()),
            int((coherent & habitual).sum()),
            int((glance.moving & self.inside & habitual).sum()),
            int((self._foreign & self.inside).sum()) >= max(_SOMEBODY, self.least),
            at_s - self._near_s < _REMEMBERED_S,
        )

    def learn(self, glance: Glance, elapsed_s: float) -> None:
        """Takes the motion of this look as usual: to be called while no stop is open."""
        if self._shape == glance.moving.shape:
            self._habit += min(1.0, elapsed_s / _LEARN_S) * (self._own - self._habit)
            self._learnt_s += elapsed_s

    def _came(self, moving: Mask, there: Mask, machine: Mask, reach: int) -> Mask:
        """Moving cells that hang together with somebody outside or inside already, in their reach and nearer to them than the machine."""
        seeds = (moving & ~self._wide) | there
        count, labels = cv2.connectedComponents(((moving & ~machine) | seeds).astype(np.uint8), connectivity=8)
        has_seed = np.zeros(count, np.bool_)
        has_seed[labels[seeds]] = True
        has_seed[0] = False
        nearer = _distance(seeds) <= _distance(machine)
        return np.asarray(has_seed[labels] & moving & self._wide & nearer & _grown(seeds, reach), np.bool_)


def _cells_of(polygon: NDArray[np.float64], shape: tuple[int, int]) -> Mask:
    """Cells whose greater part lies in the polygon; at least the one in its middle."""
    fine = np.zeros((shape[0] * CELL, shape[1] * CELL), np.uint8)
    corners = np.round(polygon * [WIDTH, fine.shape[0]] - 0.5).astype(np.int32)
    cv2.fillPoly(fine, [corners], 255)
    cells = cv2.resize(fine, shape[::-1], interpolation=cv2.INTER_AREA) > 127
    column, row = np.clip(polygon.mean(0) * [shape[1], shape[0]], 0, [shape[1] - 1, shape[0] - 1]).astype(int)
    cells[row, column] = True
    return np.asarray(cells, np.bool_)


def _distance(mask: Mask) -> NDArray[np.float32]:
    """Cells from each cell to the mask; far where there is none."""
    if not mask.any():
        return np.full(mask.shape, 1e6, np.float32)
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3), np.float32)


def _grown(mask: Mask, cells: int) -> Mask:
    """The mask with every cell within so many cells of it."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((2 * cells + 1, 2 * cells + 1), np.uint8)) > 0, np.bool_)
