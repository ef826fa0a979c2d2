"""The composed pictures: the same from the same seed, different where they must be, parts of a credible size."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clients.demo.conditions import Conditions
from clients.demo.cutouts import cut_out
from clients.demo.layers import HEIGHT, WIDTH
from clients.demo.scenes import CACHED_LAYERS, PLACEMENTS, SCENES, Placement, Scene, State, render_placement, scene


def changed(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> int:
    """How many pixels differ by more than noise does."""
    return int((np.abs(a.astype(np.int16) - b).max(axis=2) > 50).sum())


@pytest.mark.parametrize("name", SCENES)
def test_the_same_arguments_draw_the_same_bytes_in_another_scene_object(name: str) -> None:
    for placement in ("correct", "occluded"):
        first = render_placement(Scene(name), 2, placement, 7, "hard", 3)
        again = render_placement(Scene(name), 2, placement, 7, "hard", 3)
        assert first.shape == (HEIGHT, WIDTH, 3)
        assert first.dtype == np.uint8
        assert np.array_equal(first, again)


@pytest.mark.parametrize("name", SCENES)
def test_every_part_takes_one_to_seven_hundredths_of_the_picture(name: str) -> None:
    for part in scene(name).kit.parts:
        share = float(cut_out(part.cutout, part.scale).alpha.sum()) / (WIDTH * HEIGHT)
        assert 0.009 < share < 0.07, part.cutout


@pytest.mark.parametrize("name", SCENES)
def test_every_part_lies_wholly_in_the_picture(name: str) -> None:
    for part in scene(name).kit.parts:
        high, wide = cut_out(part.cutout, part.scale).alpha.shape
        assert wide / 2 - 8 < part.pose.x < WIDTH - wide / 2 + 8, part.cutout
        assert high / 2 - 8 < part.pose.y < HEIGHT - high / 2 + 8, part.cutout


@pytest.mark.parametrize("placement", [p for p in PLACEMENTS if p not in ("correct", "missing")])
def test_every_other_placement_differs_from_the_right_one(placement: Placement) -> None:
    bench = scene("bench")
    right, again = (render_placement(bench, 2, "correct", 3, "same", frame) for frame in (0, 1))
    assert changed(again, right) < 100
    assert changed(render_placement(bench, 2, placement, 3, "same", 0), right) > 600


def test_a_missing_part_is_the_one_before() -> None:
    bench = scene("bench")
    calm = Conditions(1, noise=0.0, flicker=0.0)
    only_first = bench.render(State((bench.seated(1, 4),)), calm, 0.0)
    missing = bench.render(State(()), calm, 0.0)
    assert changed(only_first, missing) > 3000
    assert render_placement(bench, 1, "missing", 4).shape == only_first.shape


def test_sessions_differ_in_light_camera_and_noise() -> None:
    sessions = [Conditions.draw(seed, "hard") for seed in range(8)]
    assert len({round(s.gain, 3) for s in sessions}) == 8
    assert max(np.hypot(*s.shift_px) for s in sessions) > 3
    assert Conditions.draw(5, "hard") == sessions[5]


def test_a_bump_moves_the_camera_and_settles() -> None:
    bumped = Conditions.draw(1, "same", bumps=((2.0, 3.0, 0.0),))
    before, at, after = (bumped.camera(t)[0] for t in (1.9, 2.0, 6.0))
    assert at - before == pytest.approx(6.0, abs=0.01)
    assert after - before == pytest.approx(3.0, abs=0.01)


def test_no_more_pictures_are_kept_than_are_allowed() -> None:
    own = Scene("bench")
    session = Conditions(1)
    for seed in range(3 * CACHED_LAYERS):
        own.render(State((own.seated(1, seed),)), session, 0.0)
    assert len(own._layers) <= CACHED_LAYERS


def test_rendering_leaves_the_background_as_it_was() -> None:
    own, calm = Scene("bench"), Conditions(1, noise=0.0, flicker=0.0)
    empty = own.render(State(), calm, 0.0)
    render_placement(own, 4, "occluded", 1)
    assert np.array_equal(own.render(State(), calm, 0.0), empty)


def test_an_unknown_scene_is_refused() -> None:
    with pytest.raises(KeyError):
        scene("nowhere")
