"""The value of a filtered map at a target, between the centres of its pixels.

In a map that is filtered for point sources and normalised to them, the flux density of a
source is the map's value where the source is. It is interpolated by Lagrange's polynomial
through six pixels each way, and divided by what that makes of the beam, which is 0.997 or
more where pixels are a quarter of the beam.
"""

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.photometry.beam_stamp import BeamStamp, MeasuredPeak
from sptjobs.formats.map_noise import LAGS, MapNoise

TAPS = 6
"""Pixels each way."""

_LEAST_RESPONSE = 0.5
"""Of a beam as narrow as a pixel there is nothing to interpolate."""


def interpolate_peak(stamp: BeamStamp, noise: MapNoise | None) -> MeasuredPeak | None:
    """Interpolate a map at the middle of a stamp; None where the beam is too narrow for it.

    Parameters
    ----------
    stamp
        Of ``TAPS`` pixels each way around the target at least.
    noise
        That of the map; None for independent pixels whose weights are right.

    Returns
    -------
    MeasuredPeak or None
        With a coverage below 1 where pixels are missing, and then without meaning.
    """
    (x, along_x), (y, along_y) = _weights(stamp.dx), _weights(stamp.dy)
    beam_x, beam_y = stamp.beam()
    response = float((along_x @ beam_x[x]) * (along_y @ beam_y[y]))
    if response < _LEAST_RESPONSE:
        return None
    weights = np.outer(along_y, along_x)
    observed = stamp.observed[y, x]
    if not observed.all():
        return MeasuredPeak(0.0, 0.0, float(observed.mean()))
    peak = float((weights * stamp.sci[y, x]).sum()) / response
    deviations = weights / np.sqrt(stamp.wgt[y, x])
    error = np.sqrt(_variance(deviations, noise)) / response
    return MeasuredPeak(peak, float(error), 1.0)


def _weights(places: NDArray[np.float64]) -> tuple[slice, NDArray[np.float64]]:
    """The pixels around the target along an axis, and their weights: Lagrange's polynomial."""
    first = int(np.searchsorted(places, 0.0, side="right")) - TAPS // 2
    first = min(max(first, 0), len(places) - TAPS)
    near = slice(first, first + TAPS)
    nodes = places[near]
    ratios = -nodes[None, :] / (nodes[:, None] - nodes[None, :] + np.eye(TAPS))
    np.fill_diagonal(ratios, 1.0)
    return near, ratios.prod(axis=1)


def _variance(deviations: NDArray[np.float64], noise: MapNoise | None) -> float:
    """Variance of a sum of pixels that have these standard deviations in it, with their signs."""
    if noise is None:
        return float((deviations**2).sum())
    across, up = _correlations(noise.across), _correlations(noise.up)
    mixed = float((deviations * (up @ deviations @ across)).sum())
    # MeasuredPeak correlations need not be those of any noise: a sum is never that sure.
    least = float((deviations**2).sum()) * _LEAST_SHARE
    return noise.rms**2 * max(mixed, least)


_LEAST_SHARE = 0.05


def _correlations(lags: tuple[float, ...]) -> NDArray[np.float64]:
    """Matrix of the correlations of pixels in a row."""
    by_distance = np.array([1.0, *lags])
    at = np.arange(LAGS + 1)
    matrix: NDArray[np.float64] = by_distance[np.abs(at[:, None] - at[None, :])]
    return matrix
