"""The smallest circle on the sky around some positions.

References
----------
Welzl 1991, "Smallest enclosing disks", in its form of three loops; on the sphere for
positions within a hemisphere.
"""

import random
from collections.abc import Sequence

from sptjobs.sky.vectors import Vector, cross, dot, normed, separation, vector_sum

_WITHIN = 1e-15
"""By how much a cosine may fall short: rounding."""


def smallest_circle(points: Sequence[Vector]) -> tuple[Vector, float] | None:
    """Find centre and radius [rad] of the smallest circle around directions.

    Returns
    -------
    tuple, optional
        None where no circle smaller than a hemisphere holds them all.
    """
    if all(point == points[0] for point in points):
        return points[0], 0.0
    # In an order that nobody can have chosen, three loops take linear time on average.
    shuffled = random.Random(len(points)).sample(points, len(points))  # noqa: S311 - no secret
    centre = shuffled[0]
    cosine = 1.0
    for i, third in enumerate(shuffled):
        if dot(centre, third) >= cosine - _WITHIN:
            continue
        centre, cosine = third, 1.0
        for j, second in enumerate(shuffled[:i]):
            if dot(centre, second) >= cosine - _WITHIN:
                continue
            centre, cosine = _of_two(third, second)
            for first in shuffled[:j]:
                if dot(centre, first) < cosine - _WITHIN:
                    centre, cosine = _of_three(first, second, third)
    radius = max(separation(centre, point) for point in points)
    nearest = min(dot(centre, point) for point in points)
    return None if nearest <= 1e-9 else (centre, radius)


def _of_two(a: Vector, b: Vector) -> tuple[Vector, float]:
    middle = normed(vector_sum((a, b)))
    return middle, min(dot(middle, a), dot(middle, b))


def _of_three(a: Vector, b: Vector, c: Vector) -> tuple[Vector, float]:
    across = normed(
        cross((b[0] - a[0], b[1] - a[1], b[2] - a[2]), (c[0] - a[0], c[1] - a[1], c[2] - a[2]))
    )
    if dot(across, vector_sum((a, b, c))) < 0:
        across = -across[0], -across[1], -across[2]
    return across, min(dot(across, each) for each in (a, b, c))
