"""The pixels around a target, and the beam over them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sptjobs.formats.map_content import MapWindow

_Image = NDArray[np.float64]

_SIGMA_PER_FWHM = 1 / math.sqrt(8 * math.log(2))


@dataclass(frozen=True, slots=True, eq=False)
class BeamStamp:
    """Pixels with their weights and places.

    Attributes
    ----------
    sci, wgt
        Pixels and weights, (ny, nx); both 0 where they are not observed.
    observed
        Which are.
    dx, dy
        Places of columns and rows from the target [pixel].
    sigma_x, sigma_y
        Standard deviation of the beam [pixel].
    """

    sci: _Image
    wgt: _Image
    observed: NDArray[np.bool_]
    dx: _Image
    dy: _Image
    sigma_x: float
    sigma_y: float

    @classmethod
    def of(cls, window: MapWindow, beam_arcmin: float, sides: tuple[float, float]) -> "BeamStamp":
        """Take a window of a map.

        Parameters
        ----------
        beam_arcmin
            Full width at half maximum of the beam [arcmin].
        sides
            Width and height of a pixel there [arcmin].
        """
        sci, wgt = np.asarray(window.sci, np.float64), np.asarray(window.wgt, np.float64)
        observed = (wgt > 0) & np.isfinite(sci) & np.isfinite(wgt)
        ny, nx = sci.shape
        sigma_x, sigma_y = (beam_arcmin * _SIGMA_PER_FWHM / side for side in sides)
        return cls(
            np.where(observed, sci, 0.0),
            np.where(observed, wgt, 0.0),
            observed,
            np.arange(1, nx + 1) - window.x,
            np.arange(1, ny + 1) - window.y,
            sigma_x,
            sigma_y,
        )

    def beam(self) -> tuple[_Image, _Image]:
        """The beam along columns and along rows; it is their product, 1 at the target."""
        return (
            np.exp(-0.5 * (self.dx / self.sigma_x) ** 2),
            np.exp(-0.5 * (self.dy / self.sigma_y) ** 2),
        )


@dataclass(frozen=True, slots=True)
class MeasuredPeak:
    """What is measured at a target, in the map's unit.

    Attributes
    ----------
    peak
        What the map of a point source is where the source is.
    error
        Standard deviation of ``peak`` by weights that are inverse variances in the map's
        unit, times the map's own factor.
    coverage
        How much of the beam that is looked at is on observed pixels, from 0 to 1.
    """

    peak: float
    error: float
    coverage: float
