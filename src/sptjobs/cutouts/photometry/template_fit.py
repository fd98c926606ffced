"""A point source in a map of temperature: the beam and a plane, fitted to the pixels around.

The plane takes up the sky behind the source, whose fluctuations are wide against the beam.
"""

import numpy as np

from sptjobs.cutouts.photometry.beam_stamp import BeamStamp, MeasuredPeak

APERTURE_FWHM = 2.0
"""Radius of the aperture in widths of the beam."""

_LEAST_DETERMINED = 1e-6
"""Share of the source's own information that is left beside the plane, at least."""


def fit_peak(stamp: BeamStamp, white: float) -> MeasuredPeak | None:
    """Fit the beam and a plane to the observed pixels within the aperture by their weights.

    Parameters
    ----------
    stamp
        Of the aperture at least.
    white
        What errors by weight have to be multiplied with.

    Returns
    -------
    MeasuredPeak or None
        None where too few pixels are observed to tell a source from a plane.
    """
    beam_x, beam_y = stamp.beam()
    beam = np.outer(beam_y, beam_x)
    # The aperture is as wide as the beam is: both in widths of it.
    squared = (stamp.dx / stamp.sigma_x) ** 2 + ((stamp.dy / stamp.sigma_y) ** 2)[:, None]
    inside = squared <= (APERTURE_FWHM**2) * 8 * np.log(2)
    weights = np.where(inside, stamp.wgt, 0.0)
    coverage = float((beam**2)[inside & stamp.observed].sum() / (beam**2)[inside].sum())
    dx, dy = np.broadcast_arrays(stamp.dx[None, :], stamp.dy[:, None])
    columns = np.stack([beam, np.ones_like(beam), dx / stamp.sigma_x, dy / stamp.sigma_y])
    design = columns.reshape(len(columns), -1)
    weighted = design * weights.ravel()
    normal, right = weighted @ design.T, weighted @ stamp.sci.ravel()
    try:
        inverse = np.linalg.inv(normal)
    except np.linalg.LinAlgError:
        return None
    if not inverse[0, 0] > 0 or inverse[0, 0] * normal[0, 0] > 1 / _LEAST_DETERMINED:
        return None
    peak = float(inverse[0] @ right)
    return MeasuredPeak(peak, float(white * np.sqrt(inverse[0, 0])), coverage)
