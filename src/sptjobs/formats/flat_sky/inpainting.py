"""Values for unobserved pixels that leave a spline through the observed ones undisturbed.

A spline's filter reaches over many pixels: whatever stands in a hole is felt beside it,
by a factor of 0.268 less with each pixel. Zeros there make it ring. Holes are filled with
the least bent surface through the observed pixels, as the spline itself is the least bent
curve through its points: it continues planes exactly, and smooth skies nearly so.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse.linalg import lsmr

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
Bend = tuple[tuple[tuple[int, int], float], ...]

_REACH = 6
"""Pixels that are solved for beside observed ones; of what is beyond them 4e-4 is felt."""

_STEPS, _PRECISION = 200, 1e-8

_BENDS: tuple[Bend, ...] = (
    (((0, 0), 1.0), ((0, 1), -2.0), ((0, 2), 1.0)),
    (((0, 0), 1.0), ((1, 0), -2.0), ((2, 0), 1.0)),
    (((0, 0), 2**0.5), ((0, 1), -(2**0.5)), ((1, 0), -(2**0.5)), ((1, 1), 2**0.5)),
)
"""Second differences across, up, and mixed, the last with its weight: offsets and factors."""


def inpainted(pixels: Values) -> Values:
    """Fill the NaN pixels of an image.

    Parameters
    ----------
    pixels
        With at least one that is no NaN; those that are none are kept.
    """
    hole = np.isnan(pixels)
    filled = _nearest(pixels, hole)
    if not hole.any():
        return filled
    solved = hole & ndimage.binary_dilation(~hole, np.ones((3, 3)), iterations=_REACH)
    equations, bends = _equations(filled, solved, ~hole | solved)
    correction = lsmr(equations, -bends, atol=_PRECISION, btol=_PRECISION, maxiter=_STEPS)[0]
    filled[solved] += correction
    # Beyond, the surface goes on level.
    return np.where(hole, _nearest(filled, hole & ~solved), pixels)


def _nearest(pixels: Values, hole: Mask) -> Values:
    """The image, with pixels of the hole as the nearest one outside of it."""
    y, x = ndimage.distance_transform_edt(hole, return_distances=False, return_indices=True)
    return np.asarray(pixels[y, x])


def _equations(filled: Values, solved: Mask, known: Mask) -> tuple[Any, Values]:
    """How changes of the ``solved`` pixels change the second differences, and these now.

    Differences that touch a pixel which is not ``known`` do not count: there the surface is
    free.
    """
    number = np.cumsum(solved.ravel()).reshape(solved.shape) - 1
    rows, columns, factors, bends, count = [], [], [], [], 0
    for bend in _BENDS:
        counts = np.logical_and.reduce([part for part, _ in _parts(known, bend)])
        counts &= np.logical_or.reduce([part for part, _ in _parts(solved, bend)])
        bends.append(np.sum([f * part[counts] for part, f in _parts(filled, bend)], axis=0))
        of_bend = np.arange(count, count + len(bends[-1]))
        count += len(of_bend)
        parts = zip(_parts(solved, bend), _parts(number, bend), strict=True)
        for (changes, factor), (numbers, _) in parts:
            changed = changes[counts]
            rows.append(of_bend[changed])
            columns.append(numbers[counts][changed])
            factors.append(np.full(len(rows[-1]), factor))
    places = np.concatenate(rows), np.concatenate(columns)
    shape = count, int(np.count_nonzero(solved))
    return sparse.csr_matrix((np.concatenate(factors), places), shape), np.concatenate(bends)


def _parts(image: NDArray[Any], bend: Bend) -> Iterator[tuple[NDArray[Any], float]]:
    """The image shifted by each offset of a difference, over all its places; and the factors."""
    ny, nx = image.shape
    height = max(dy for (dy, _), _ in bend)
    width = max(dx for (_, dx), _ in bend)
    for (dy, dx), factor in bend:
        yield image[dy : max(dy, ny - height + dy), dx : max(dx, nx - width + dx)], factor
