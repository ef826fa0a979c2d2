"""Which polygons can be watched."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Invalid
from hub.services.polygons import LEAST_AREA, POINTS_LIMIT, Point, area, check_polygon

SQUARE = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]


def refused(points: list[Point]) -> bool:
    try:
        check_polygon(points)
    except Invalid as error:
        return error.field == "polygon"
    return False


@st.composite
def stars(draw: st.DrawFn) -> list[Point]:
    """Corners by their angle around a middle that sees them all: such a polygon never crosses itself."""
    count = draw(st.integers(4, 20))
    radii = draw(st.lists(st.floats(0.1, 0.45), min_size=count, max_size=count))
    return [
        (0.5 + radius * math.cos(2 * math.pi * n / count), 0.5 + radius * math.sin(2 * math.pi * n / count))
        for n, radius in enumerate(radii)
    ]


@given(stars(), st.integers(0, 19))
def test_a_polygon_that_does_not_cross_itself_is_taken_wherever_it_begins_and_whichever_way_it_runs(points: list[Point], at: int) -> None:
    turned = points[at % len(points) :] + points[: at % len(points)]
    for same in (points, turned, points[::-1]):
        assert check_polygon(same) == tuple(same)
    assert math.isclose(area(points), area(turned[::-1]))


@given(st.integers(4, 20), st.data())
def test_two_corners_of_a_convex_polygon_that_change_places_make_it_cross(count: int, data: st.DataObject) -> None:
    points = [(0.5 + 0.4 * math.cos(2 * math.pi * n / count), 0.5 + 0.4 * math.sin(2 * math.pi * n / count)) for n in range(count)]
    one = data.draw(st.integers(0, count - 1))
    other = data.draw(st.integers(0, count - 1).filter(lambda other: other != one))
    points[one], points[other] = points[other], points[one]
    # Of four corners, opposite ones that change places only turn the way around.
    assert refused(points) == (not (count == 4 and abs(one - other) == 2))


@pytest.mark.parametrize(
    "points",
    [
        [*SQUARE[:3], SQUARE[0], SQUARE[3]],
        [(0.2, 0.2), (0.8, 0.2), (0.5, 0.2), (0.5, 0.8)],
        [(0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.5, 0.1), (0.1, 0.9)],
        [(0.2, 0.2), (0.2, 0.2), (0.8, 0.2), (0.8, 0.8)],
        [(0.2, 0.2), (0.5, 0.5), (0.8, 0.8)],
        [(0.2, 0.2), (float("nan"), 0.5), (0.8, 0.2)],
        [(0.2, 0.2), (float("inf"), 0.5), (0.8, 0.2)],
        [(n / 200, (n % 2) / 2) for n in range(POINTS_LIMIT + 1)],
        SQUARE[:2],
        [],
    ],
)
def test_a_side_that_runs_back_touches_or_has_no_length_and_what_has_no_area_is_refused(points: list[Point]) -> None:
    assert refused(points)


def test_the_least_area_is_a_dozen_pixels_square() -> None:
    side = math.sqrt(LEAST_AREA)
    assert refused([(0, 0), (0.99 * side, 0), (0.99 * side, 0.99 * side), (0, 0.99 * side)])
    assert not refused([(0, 0), (1.01 * side, 0), (1.01 * side, 1.01 * side), (0, 1.01 * side)])
    assert not refused([(0, 0), (1, 0), (1, 1), (0, 1)])
