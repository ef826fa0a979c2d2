"""Where a reason code may hang, and what of the tree is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.coaching.reason_tree import DEEPEST, Branch, check_parent, tree
from hub.errors import Invalid
from storage.entities.reason_code import ReasonCode


def reason(id_: str, parent: str | None = None, *, active: bool = True) -> ReasonCode:
    return ReasonCode(organisation="o", id=id_, code=id_, name=id_, parent_id=parent, is_active=active, created_at_ms=1, updated_at_ms=1)


def flat(branches: list[Branch]) -> list[str]:
    return [id_ for branch in branches for id_ in (branch.reason.id, *flat(branch.children))]


def chain(length: int) -> list[ReasonCode]:
    return [reason(str(n), str(n - 1) if n else None) for n in range(length)]


Moves = st.lists(st.tuples(st.integers(0, 11), st.one_of(st.none(), st.integers(0, 12))), max_size=40)


@given(Moves)
def test_whatever_moves_are_allowed_every_code_stays_in_a_tree_that_is_not_too_deep(moves: list[tuple[int, int | None]]) -> None:
    reasons = {str(n): reason(str(n)) for n in range(12)}
    for number, under in moves:
        moved, parent = str(number), None if under is None else str(under)
        try:
            check_parent(list(reasons.values()), moved, parent)
        except Invalid:
            continue
        reasons[moved] = reason(moved, parent)
    branches = tree(list(reasons.values()), active_only=False)
    assert sorted(flat(branches)) == sorted(reasons)
    assert depth(branches) <= DEEPEST


def depth(branches: list[Branch]) -> int:
    return max((1 + depth(branch.children) for branch in branches), default=0)


@given(st.lists(st.booleans(), min_size=6, max_size=6))
def test_what_is_switched_on_is_shown_once_wherever_it_hangs(active: list[bool]) -> None:
    reasons = [reason(each.id, each.parent_id, active=on) for each, on in zip(chain(6), active, strict=True)]
    assert flat(tree(reasons, active_only=True)) == [each.id for each in reasons if each.is_active]


def test_a_code_hangs_under_no_one_who_is_not_there_and_not_under_itself() -> None:
    reasons = chain(3)
    for parent in ("nobody", "0", "1", "2"):
        with pytest.raises(Invalid) as refused:
            check_parent(reasons, "0", parent)
        assert refused.value.field == "parent_id"
    check_parent(reasons, None, "2")
    check_parent(reasons, "0", None)


def test_what_hangs_under_a_code_moves_with_it_and_counts() -> None:
    reasons = [*chain(DEEPEST), reason("a"), reason("b", "a")]
    check_parent(reasons, "a", str(DEEPEST - 3))
    for parent in (DEEPEST - 2, DEEPEST - 1):
        with pytest.raises(Invalid, match="levels"):
            check_parent(reasons, "a", str(parent))
    with pytest.raises(Invalid, match="levels"):
        check_parent(reasons, None, str(DEEPEST - 1))
