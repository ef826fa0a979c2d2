"""The tree of reason codes: where a code may hang, and what of the tree is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.errors import Invalid
from storage.entities.reason_code import ReasonCode

# Nobody chooses from deeper levels, and readers of JSON have limits of their own.
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Branch:
    """A reason code and what hangs under it, by code."""

    reason: ReasonCode
    children: list["Branch"] = field(default_factory=list)


def check_parent(reasons: Sequence[ReasonCode], reason_id: str | None, parent_id: str | None) -> None:
    """Raises Invalid (parent_id) when the reason code, None = a new one, cannot hang under `parent_id`, None = at the top.

    The parent must be there and not be the code itself nor hang under it; the tree stays at most DEEPEST levels deep.
    """
    if parent_id is None:
        return
    by_id = {reason.id: reason for reason in reasons}
    above: list[str] = []
    at: str | None = parent_id
    while at is not None and at in by_id and at not in above:
        if at == reason_id:
            raise Invalid("This parent would make a cycle: it is the reason code itself or hangs under it.", field="parent_id")
        above.append(at)
        at = by_id[at].parent_id
    if not above:
        raise Invalid("There is no such reason code to hang under.", field="parent_id")
    if len(above) + _height(reasons, reason_id) > DEEPEST:
        raise Invalid(f"A tree of reason codes has at most {DEEPEST} levels.", field="parent_id")


def tree(reasons: Sequence[ReasonCode], *, active_only: bool) -> list[Branch]:
    """The reason codes, in the order given, nested. What hangs under a code that is not shown moves up to the next that is."""
    by_id = {reason.id: reason for reason in reasons}
    branches = {reason.id: Branch(reason) for reason in reasons if reason.is_active or not active_only}
    tops: list[Branch] = []
    for branch in branches.values():
        above = branch.reason.parent_id
        while above is not None and above not in branches:
            above = by_id[above].parent_id if above in by_id else None
        (tops if above is None else branches[above].children).append(branch)
    return tops


def _height(reasons: Sequence[ReasonCode], reason_id: str | None) -> int:
    """Levels of a code with all that hangs under it; 1 for a new one."""
    height, level = 1, {reason_id}
    while reason_id is not None and (level := {reason.id for reason in reasons if reason.parent_id in level}):
        height += 1
    return height
