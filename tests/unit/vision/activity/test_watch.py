"""A watch sees a machine stop and go on, whatever light, noise, shake and people do."""

from typing import Any

import cv2
import numpy as np
import pytest

from tests.unit.vision.activity.floor import HEIGHT, MACHINE, START_NS, WIDTH, Floor
from vision.activity.scene import Scene
from vision.activity.stops import Change, OpenStop, Reason, StopChange
from vision.activity.watch import RegionWatch

RESOLVING, WAITING, NOBODY = Reason.OPERATOR_RESOLVING_ANOMALY, Reason.WAITING, Reason.NO_OPERATOR
CAMERAS: dict[str, dict[str, float]] = {
    "still": {},
    "noisy": {"noise": 6.0},
    "flickering": {"flicker": 0.08},
    "shaking": {"shake_px": 1.5},
    "poor": {"noise": 4.0, "flicker": 0.04, "shake_px": 1.0},
}


def floor(**camera: Any) -> Floor:
    return Floor(RegionWatch(MACHINE, 4.0, 2.0), **camera)


def finished(told: list[StopChange]) -> list[StopChange]:
    return [each for each in told if each.kind is Change.FINISHED]


@pytest.mark.parametrize("camera", CAMERAS)
def test_a_stop_is_seen_from_its_first_to_its_last_second(camera: str) -> None:
    seen = floor(**CAMERAS[camera]).play(16, works=True).play(8, works=False).play(3, works=True)
    assert [each.kind for each in seen.told if each.kind is not Change.CHANGED] == [Change.STARTED, Change.FINISHED]
    (stop,) = finished(seen.told)
    assert seen.seconds_of(stop.detected_at_ms) == pytest.approx(16, abs=0.7)
    assert stop.ended_at_ms is not None
    assert seen.seconds_of(stop.ended_at_ms) == pytest.approx(24, abs=0.7)
    assert stop.reasons[NOBODY] == pytest.approx(stop.seconds, abs=0.5)


@pytest.mark.parametrize("camera", ["noisy", "poor"])
def test_work_with_changing_light_is_no_stop(camera: str) -> None:
    seen = floor(**CAMERAS[camera]).play(15, works=True, drift=0.02, passer=True).play(10, works=True, drift=-0.03)
    seen.light = 1.2
    seen.play(6, works=True)
    assert seen.told == []


def test_a_slow_drift_and_a_jump_of_light_are_no_activity() -> None:
    seen = floor(noise=3.0).play(16, works=True).play(12, works=False, drift=-0.02)
    seen.light = 1.1
    seen.play(8, works=False)
    assert finished(seen.told) == []
    assert seen.seconds_of(seen.told[-1].detected_at_ms) == pytest.approx(16, abs=0.7)


def test_hands_in_the_region_of_a_standing_machine_are_its_operators() -> None:
    seen = floor().play(20, works=True).play(6, works=False).play(8, works=False, hand=True).play(6, works=False).play(4, works=True)
    (stop,) = finished(seen.told)
    assert stop.seconds == pytest.approx(20, abs=1.0)
    assert stop.reasons[RESOLVING] == pytest.approx(8.5, abs=2.5)


def test_somebody_beside_a_standing_machine_makes_it_wait() -> None:
    seen = floor().play(20, works=True).play(10, works=False, passer=True).play(4, works=True)
    (stop,) = finished(seen.told)
    assert stop.reasons[WAITING] > 2
    assert sum(stop.reasons.values()) == pytest.approx(stop.seconds)


def test_where_hands_do_the_work_their_motion_is_work() -> None:
    seen = floor().play(25, works=False, hand=True)
    assert seen.told == []
    seen.play(8, works=False)
    assert seen.seconds_of(seen.told[0].detected_at_ms) == pytest.approx(25, abs=1.0)


def test_a_camera_that_freezes_for_a_while_is_no_stop_and_no_activity() -> None:
    seen = floor().play(10, works=True)
    seen.at_s += 30
    assert seen.play(6, works=True).told == []


def test_an_open_stop_survives_a_restart() -> None:
    began = floor().play(10, works=True).play(8, works=False)
    last = began.told[-1]
    reasons = {reason.value: seconds for reason, seconds in last.reasons.items()}
    again = Floor(RegionWatch(MACHINE, 4.0, 2.0, OpenStop(last.detected_at_ms, reasons, last.last_ms)), at_s=began.at_s + 5)
    again.play(5, works=False).play(4, works=True)
    (stop,) = finished(again.told)
    assert stop.detected_at_ms == last.detected_at_ms
    assert stop.ended_at_ms is not None
    assert again.seconds_of(stop.ended_at_ms) == pytest.approx(28, abs=0.7)


def test_regions_share_a_scene_and_do_not_disturb_each_other() -> None:
    scene, busy, calm = Scene(), RegionWatch(MACHINE, 4.0, 2.0), RegionWatch([(0.02, 0.8), (0.2, 0.8), (0.1, 0.98)], 4.0, 2.0)
    seen = floor()
    told: list[StopChange] = []

    class Both(RegionWatch):
        def look(self, image: Any, captured_at_ns: int) -> list[StopChange]:
            glance = scene.look(image, captured_at_ns)
            told.extend(calm.judge(glance))
            return busy.judge(glance)

    seen.watch = Both(MACHINE, 1, 1)
    assert seen.play(8, works=True).told == []
    assert (told[0].kind, told[0].reasons[RESOLVING]) == (Change.STARTED, 0.0)


def test_a_camera_that_is_moved_learns_its_new_place() -> None:
    seen = floor().play(12, works=True)
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 25, 1.3)
    seen.ground = np.asarray(cv2.warpAffine(seen.ground, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT), np.uint8)
    seen.play(15, works=True)
    assert seen.told == []
    assert seen.play(8, works=False).told[0].kind is Change.STARTED


@pytest.mark.parametrize("shape", [(1, 1, 3), (8, 2000, 3), (2000, 20, 3), (0, 0, 3)])
def test_a_picture_that_shows_nothing_changes_nothing(shape: tuple[int, int, int]) -> None:
    watch = RegionWatch(MACHINE, 4.0, 2.0)
    assert [watch.look(np.zeros(shape, np.uint8), START_NS + each * 10**9) for each in range(3)] == [[], [], []]


def test_a_black_camera_and_another_resolution_are_borne() -> None:
    watch = RegionWatch(MACHINE, 4.0, 2.0)
    sizes = [(480, 640), (480, 640), (720, 1280), (1280, 720), (480, 640)] * 3
    for number, size in enumerate(sizes):
        watch.look(np.zeros((*size, 3), np.uint8), START_NS + number * 200_000_000)


def test_pictures_out_of_order_and_twice_are_left_out() -> None:
    scene, picture = Scene(), np.zeros((240, 320, 3), np.uint8)
    assert [scene.look(picture, at) is None for at in (10**9, 2 * 10**9, 2 * 10**9, 10**9, 3 * 10**9)] == [True, False, True, True, False]


def test_a_clock_that_is_set_back_an_hour_blinds_no_region() -> None:
    seen = floor().play(16, works=True).play(8, works=False)
    first = seen.told[-1]
    seen.at_s -= 3600
    seen.play(8, works=False).play(4, works=True)
    ended, second, last = [each for each in seen.told if each.kind is not Change.CHANGED][1:]
    assert (ended.kind, ended.detected_at_ms, ended.ended_at_ms) == (Change.FINISHED, first.detected_at_ms, ended.last_ms)
    assert seen.seconds_of(ended.last_ms) == pytest.approx(24, abs=0.5)
    assert (second.kind, last.kind) == (Change.STARTED, Change.FINISHED)
    assert seen.seconds_of(second.detected_at_ms) == pytest.approx(24 - 3600, abs=1.0)
    assert seen.seconds_of(last.last_ms) == pytest.approx(32 - 3600, abs=0.7)


def test_a_late_picture_is_left_out_however_old_it_is() -> None:
    seen = floor().play(16, works=True).play(6, works=False)
    now_s = seen.at_s
    seen.at_s = 2.0
    seen.play(0.2, works=False)
    seen.at_s = now_s
    seen.play(3, works=False)
    assert {each.detected_at_ms for each in seen.told} == {seen.told[0].detected_at_ms}
    assert finished(seen.told) == []


def test_a_gap_of_an_hour_ends_an_open_stop_with_its_last_look() -> None:
    seen = floor().play(16, works=True).play(8, works=False)
    seen.at_s += 3600
    seen.play(2, works=False)
    (stop,) = finished(seen.told)
    assert seen.seconds_of(stop.last_ms) == pytest.approx(24, abs=0.5)
    assert sum(stop.reasons.values()) == pytest.approx(stop.seconds)


@pytest.mark.parametrize("shape", [(480, 640), (180, 320), (360, 640)])
def test_another_resolution_in_the_middle_neither_ends_a_stop_nor_begins_one(shape: tuple[int, int]) -> None:
    seen = floor().play(16, works=True)
    seen.shape = shape
    assert seen.play(12, works=True).told == []
    seen.play(8, works=False)
    seen.shape = (HEIGHT, WIDTH)
    seen.play(4, works=False).play(4, works=True)
    (stop,) = finished(seen.told)
    assert seen.seconds_of(stop.detected_at_ms) == pytest.approx(28, abs=0.7)
    assert seen.seconds_of(stop.last_ms) == pytest.approx(40, abs=0.7)


def test_a_region_that_reaches_out_of_the_picture_is_watched_as_far_as_it_is_in_it() -> None:
    seen = Floor(RegionWatch([(-0.5, -0.5), (0.75, -0.5), (0.75, 1.5), (-0.5, 1.5)], 4.0, 2.0))
    seen.play(16, works=True).play(8, works=False).play(3, works=True)
    (stop,) = finished(seen.told)
    assert seen.seconds_of(stop.detected_at_ms) == pytest.approx(16, abs=0.7)
    assert stop.seconds == pytest.approx(8, abs=0.7)


def test_regions_that_overlap_see_the_same_stop() -> None:
    scene = Scene()
    parts: list[list[tuple[float, float]]] = [
        MACHINE,
        [(0.25, 0.25), (0.6, 0.25), (0.6, 0.8), (0.25, 0.8)],
        [(0, 0), (1, 0), (1, 1), (0, 1)],
    ]
    watches = [RegionWatch(part, 4.0, 2.0) for part in parts]
    told: list[list[StopChange]] = [[] for _ in parts]

    class All(RegionWatch):
        def look(self, image: Any, captured_at_ns: int) -> list[StopChange]:
            glance = scene.look(image, captured_at_ns)
            for one, watch in zip(told, watches, strict=True):
                one.extend(watch.judge(glance))
            return []

    seen = Floor(All(MACHINE, 1, 1)).play(20, works=True).play(8, works=False).play(4, works=True)
    for one in told:
        (stop,) = finished(one)
        assert seen.seconds_of(stop.detected_at_ms) == pytest.approx(20, abs=0.7)
        assert seen.seconds_of(stop.last_ms) == pytest.approx(28, abs=0.7)


@pytest.mark.parametrize("polygon", [[], [(0.1, 0.1), (0.5, 0.5)]])
def test_a_region_has_three_points(polygon: list[tuple[float, float]]) -> None:
    with pytest.raises(ValueError, match="3 points"):
        RegionWatch(polygon, 4.0, 2.0)


@pytest.mark.parametrize("polygon", [[(0, 0), (0.001, 0), (0, 0.001)], [(1, 1), (1, 0.999), (0.999, 1)], [(0, 0), (1, 0), (1, 1), (0, 1)]])
def test_a_tiny_region_and_the_whole_picture_are_watched(polygon: list[tuple[float, float]]) -> None:
    seen = Floor(RegionWatch(polygon, 2.0, 1.0))
    assert seen.play(3, works=False).told[0].kind is Change.STARTED
