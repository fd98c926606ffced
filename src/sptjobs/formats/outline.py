"""Outlines of the true parts of a mask, as polygons with few corners.

Lengths are in cells of the mask; the cell with index i spans i to i + 1.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Points = NDArray[np.float64]

_MAX_PARTS = 8
_FIRST_REACH = 2
_TOLERANCE = 0.75
_ALL_ROUND = np.ones((3, 3), bool)


def parts_of(mask: NDArray[np.bool_], limit: int = _MAX_PARTS) -> list[NDArray[np.bool_]]:
    """Connected parts of a mask, their holes filled.

    Parts are joined with their neighbours, by growing and shrinking the mask, until
    no more than ``limit`` are left.
    """
    reach = 0
    joined = mask
    while True:
        labels, count = ndimage.label(joined, _ALL_ROUND)
        if count <= limit:
            return [ndimage.binary_fill_holes(labels == i + 1) for i in range(count)]
        reach = 2 * reach + 1
        joined = _closed(mask, reach)


def _closed(mask: NDArray[np.bool_], reach: int) -> NDArray[np.bool_]:
    padded = np.pad(mask, reach)
    closed = ndimage.binary_closing(padded, _ALL_ROUND, iterations=reach)
    inner = closed[reach:-reach, reach:-reach]
    return np.asarray(inner | mask)


def outline(part: NDArray[np.bool_], limit: int) -> tuple[Points, float]:
    """Polygon around a part, which it contains with half a cell to spare.

    Parameters
    ----------
    part
        One connected part without holes.
    limit
        Maximum of corners; the polygon is drawn further out until that is met.

    Returns
    -------
    corners
        (x, y), shape (n, 2), counter-clockwise.
    spare
        Least distance between the polygon and the part [cells].
    """
    reach = _FIRST_REACH
    while True:
        grown = ndimage.binary_dilation(np.pad(part, reach + 1), _ALL_ROUND, iterations=reach)
        corners = _simplified(_boundary(grown), _TOLERANCE * reach)
        if len(corners) <= limit or reach >= max(part.shape):
            return corners - (reach + 1), (1 - _TOLERANCE) * reach
        reach *= 2


def _boundary(mask: NDArray[np.bool_]) -> Points:
    """Corner points of the outer boundary, walked with the mask on the left."""
    filled = ndimage.binary_fill_holes(mask)
    steps = _edges(filled)
    start = min(steps, key=lambda point: (point[1], point[0]))
    points, here, heading = [start], steps[start][0], (1, 0)
    while here != start:
        points.append(here)
        last = points[-2]
        heading = (here[0] - last[0], here[1] - last[1])
        # Where two cells touch at a corner only, the right turn keeps them together.
        here = _rightmost(steps[here], heading, here)
    return np.array(points, dtype=np.float64)


def _edges(mask: NDArray[np.bool_]) -> dict[tuple[int, int], list[tuple[int, int]]]:
    """Unit steps along the mask's boundary, with the mask on the left, by their start."""
    padded = np.pad(mask, 1)
    here = padded[1:-1, 1:-1]
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    sides = (
        (padded[:-2, 1:-1], (0, 0), (1, 0)),
        (padded[1:-1, 2:], (1, 0), (1, 1)),
        (padded[2:, 1:-1], (1, 1), (0, 1)),
        (padded[1:-1, :-2], (0, 1), (0, 0)),
    )
    for neighbour, begin, end in sides:
        rows, columns = np.nonzero(here & ~neighbour)
        for y, x in zip(rows.tolist(), columns.tolist(), strict=True):
            start = (x + begin[0], y + begin[1])
            steps.setdefault(start, []).append((x + end[0], y + end[1]))
    return steps


def _rightmost(
    ways: list[tuple[int, int]], heading: tuple[int, int], here: tuple[int, int]
) -> tuple[int, int]:
    return min(ways, key=lambda there: _turn(heading, here, there))


def _turn(heading: tuple[int, int], here: tuple[int, int], there: tuple[int, int]) -> int:
    """Sine of the turn from a heading to the next step: right is -1, left is 1."""
    return heading[0] * (there[1] - here[1]) - heading[1] * (there[0] - here[0])


def _simplified(points: Points, tolerance: float) -> Points:
    """Leave out points that lie within a tolerance of the line between those kept.

    References
    ----------
    Douglas & Peucker 1973, Cartographica 10, 112.
    """
    far = int(np.argmax(np.hypot(*(points - points[0]).T)))
    ring = np.concatenate([points, points[:1]])
    kept = {0, far}
    pending = [(0, far), (far, len(points))]
    while pending:
        first, last = pending.pop()
        if last - first < 2:
            continue
        distance = _distance(ring[first + 1 : last], ring[first], ring[last])
        worst = int(np.argmax(distance))
        if distance[worst] > tolerance:
            middle = first + 1 + worst
            kept.add(middle)
            pending += [(first, middle), (middle, last)]
    return points[sorted(kept)]


def _distance(points: Points, begin: Points, end: Points) -> Points:
    """Distance of points from a stretch of a line."""
    along = end - begin
    offset = points - begin
    share = np.clip(offset @ along / max(float(along @ along), 1e-300), 0, 1)
    return np.asarray(np.hypot(*(offset - share[:, None] * along).T))
