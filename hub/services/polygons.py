"""Which polygons can be watched. Pure; points are (x, y), normalised 0..1."""

from collections.abc import Sequence
from itertools import pairwise

from hub.errors import Invalid

Point = tuple[float, float]

POINTS_LIMIT = 64
"""More corners than any machine's outline needs; keeps the check of all pairs of sides short."""
LEAST_AREA = 0.0005
"""Of the picture: 12 x 12 pixels at 640 x 480. In less than that the noise of a camera is all there is."""
# Corners come with few decimals; what is nearer to a line than this lies on it.
_ON_LINE = 1e-12


def check_polygon(points: Sequence[Point]) -> tuple[Point, ...]:
    """The polygon as it is stored, without a last point that repeats the first.

    Raises Invalid: fewer than three points, points outside the picture, sides that cross or touch, or hardly any area.
    """
    corners = tuple((float(x), float(y)) for x, y in points)
    if len(corners) > 3 and corners[0] == corners[-1]:
        corners = corners[:-1]
    if not 3 <= len(corners) <= POINTS_LIMIT:
        raise Invalid(f"A polygon has 3 to {POINTS_LIMIT} points.", field="polygon")
    if not all(0.0 <= value <= 1.0 for corner in corners for value in corner):
        raise Invalid("The points of a polygon lie in the picture: x and y from 0 to 1.", field="polygon")
    if _crosses_itself(corners):
        raise Invalid("The sides of a polygon do not cross or touch.", field="polygon")
    if area(corners) < LEAST_AREA:
        raise Invalid(f"The polygon is too small to be watched: it covers less than {LEAST_AREA:.2%} of the picture.", field="polygon")
    return corners


def area(corners: Sequence[Point]) -> float:
    """Area of a simple polygon, as a share of the picture (shoelace formula)."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in _sides(corners))) / 2


def _sides(corners: Sequence[Point]) -> list[tuple[Point, Point]]:
    return [*pairwise(corners), (corners[-1], corners[0])]


def _crosses_itself(corners: Sequence[Point]) -> bool:
    sides = _sides(corners)
    if any(a == b for a, b in sides):
        return True
    for number, (a, b) in enumerate(sides):
        _, after = sides[(number + 1) % len(sides)]
        if _side_of(a, b, after) == 0 and _dot(a, b, after) < 0:
            # The next side runs back over this one.
            return True
        for other in range(number + 2, len(sides) - (number == 0)):
            if _touch(a, b, *sides[other]):
                return True
    return False


def _side_of(a: Point, b: Point, p: Point) -> int:
    """On which side of the line from a to b a point lies: -1, 0 (on it), 1."""
    turn = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
    return 0 if abs(turn) < _ON_LINE else 1 if turn > 0 else -1


def _dot(a: Point, b: Point, after: Point) -> float:
    return (b[0] - a[0]) * (after[0] - b[0]) + (b[1] - a[1]) * (after[1] - b[1])


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two sides have a point in common."""
    of_c, of_d, of_a, of_b = _side_of(a, b, c), _side_of(a, b, d), _side_of(c, d, a), _side_of(c, d, b)
    if of_c != of_d and of_a != of_b:
        return True
    # On one line: they touch where one has an end of the other within.
    return (of_c == 0 and _within(a, b, c)) or (of_d == 0 and _within(a, b, d)) or (of_a == 0 and _within(c, d, a))


def _within(a: Point, b: Point, p: Point) -> bool:
    return min(a[0], b[0]) <= p[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= p[1] <= max(a[1], b[1])
