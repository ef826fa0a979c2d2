import itertools

import pytest

from hub.coaching.sighting import Kind
from hub.coaching.view import View, settle

RATES = [5, 10, 15, 30]


def watched(kinds: list[Kind], frames_per_second: float, view: View | None = None) -> list[Kind]:
    shown = []
    view = view or View()
    for number, kind in enumerate(kinds):
        view = settle(view, kind, round(number / frames_per_second * 1e9))
        shown.append(view.kind)
    return shown


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", [Kind.WRONG, Kind.NOT_SURE, Kind.HANDS, Kind.SEEN])
def test_a_single_frame_does_not_turn_the_screen(rate: float, kind: Kind) -> None:
    frames = [Kind.WAITING] * 5 + [kind] + [Kind.WAITING] * 5
    assert set(watched(frames, rate)) == {Kind.WAITING}


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("kind", [Kind.WRONG, Kind.NOT_SURE, Kind.HANDS, Kind.SEEN])
def test_what_stays_is_said_within_a_third_of_a_second(rate: float, kind: Kind) -> None:
    frames = [Kind.WAITING] * 5 + [kind] * 30
    first = watched(frames, rate).index(kind) - 5
    assert first / rate <= 0.34


@pytest.mark.parametrize("rate", RATES)
def test_verdicts_that_take_turns_do_not_flicker(rate: float) -> None:
    shown = watched([Kind.WRONG, Kind.NOT_SURE] * 40, rate)
    changes = sum(before is not after for before, after in itertools.pairwise(shown))
    assert changes <= 1


@pytest.mark.parametrize("rate", RATES)
def test_wrong_and_not_sure_in_turns_never_look_like_waiting(rate: float) -> None:
    assert watched([Kind.WRONG, Kind.NOT_SURE] * 40, rate)[-1] in (Kind.WRONG, Kind.NOT_SURE)
