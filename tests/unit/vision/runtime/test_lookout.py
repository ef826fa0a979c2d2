"""Looks at a camera's regions: at a bounded rate, each region for itself."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from tests.unit.vision.runtime.waiting import until
from vision.activity.scene import Glance
from vision.activity.stops import Change, Reason, StopChange
from vision.frame import Frame
from vision.lookout import LOOKS_A_SECOND, Lookout, Told, Watched

CHANGE = StopChange(Change.STARTED, 1_000, None, 6_000, dict.fromkeys(Reason, 0.0) | {Reason.WAITING: 5.0})


class Watch:
    """Says what the test wants at every look."""

    def __init__(self, judge: Callable[[], list[StopChange]]) -> None:
        self.looks = 0
        self._judge = judge

    def judge(self, _: Glance | None) -> list[StopChange]:
        self.looks += 1
        return self._judge()


def frame(number: int) -> Frame:
    now_ns = time.time_ns()
    return Frame(number, now_ns, now_ns, np.full((48, 64, 3), 90, np.uint8))


def show(lookout: Lookout, seconds: float) -> None:
    """30 frames a second."""
    for number in range(round(30 * seconds)):
        lookout.offer(frame(number))
        time.sleep(1 / 30)


def failing() -> list[StopChange]:
    raise RuntimeError("broken")


def test_it_looks_a_few_times_a_second_however_many_frames_come() -> None:
    watch = Watch(list)
    lookout = Lookout(lambda _: None)
    lookout.start()
    lookout.watch({"R1": Watched(1, watch)})  # type: ignore[dict-item]  # a fake
    show(lookout, 2.0)
    assert lookout.stop(1.0)
    assert 1.2 * LOOKS_A_SECOND <= watch.looks <= 2.2 * LOOKS_A_SECOND + 1


def test_a_region_that_fails_leaves_the_others_alone_and_is_counted(caplog: pytest.LogCaptureFixture) -> None:
    told: list[Told] = []
    watches = {"broken": Watched(1, Watch(failing)), "sound": Watched(2, Watch(lambda: [CHANGE]))}  # type: ignore[arg-type]  # fakes
    lookout = Lookout(told.append)
    lookout.start()
    lookout.watch(watches)
    show(lookout, 0.8)
    until(lambda: len(told) >= 2)
    assert lookout.stop(1.0)
    assert told[0] == Told("sound", 2, CHANGE)
    assert lookout.failed >= 2
    assert "region broken failed" in caplog.text


def test_without_regions_no_frame_is_taken() -> None:
    lookout = Lookout(lambda _: None)
    lookout.start()
    show(lookout, 0.2)
    assert lookout.regions == {}
    assert lookout.stop(1.0)
