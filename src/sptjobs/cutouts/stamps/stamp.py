"""The pixels of a stamp, whichever way they were made."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.stamps.local_noise import LocalNoise


@dataclass(frozen=True)
class Stamp:
    """A stamp before it is written.

    Attributes
    ----------
    sci, wgt
        Pixels (ny, nx), floating point, in the map's precision.
    wcs
        WCS cards of the stamp.
    targ_x, targ_y
        The target in the stamp's FITS pixels, from 1.
    north
        Position angle of north from +y, counter-clockwise [deg].
    noise
        Its noise, where that was asked for.
    further
        Stamps of further planes of polarisation, on the same pixels.
    """

    sci: NDArray[Any]
    wgt: NDArray[Any]
    wcs: dict[str, float | int | str | bool]
    targ_x: float
    targ_y: float
    north: float
    noise: LocalNoise | None = None
    further: tuple["Stamp", ...] = ()

    @cached_property
    def observed(self) -> NDArray[np.bool_]:
        """Which pixels are observed: WGT > 0 and SCI finite."""
        return np.asarray((self.wgt > 0) & np.isfinite(self.sci))

    @cached_property
    def sci_alone(self) -> NDArray[Any]:
        """A copy of the pixels, NaN where they are not observed: one for all who keep it."""
        own = self.sci.dtype.newbyteorder("=")
        return np.where(self.observed, self.sci, np.nan).astype(own, copy=False)

    @cached_property
    def wgt_alone(self) -> NDArray[Any]:
        """A copy of the weights, 0 where they are not observed: one for all who keep it."""
        own = self.sci.dtype.newbyteorder("=")
        return np.where(self.observed, self.wgt, 0).astype(own, copy=False)

    @property
    def covered(self) -> float:
        """Observed fraction of the pixels, 0 to 1."""
        return float(np.count_nonzero(self.observed) / self.observed.size)

    @property
    def target_pixel(self) -> tuple[int, int]:
        """Row and column of the pixel that holds the target, from 0; maybe beside the stamp."""
        # floor(v + 0.5) - 1 is the index, from 0, of the pixel that holds FITS pixel v.
        return int(np.floor(self.targ_y + 0.5)) - 1, int(np.floor(self.targ_x + 0.5)) - 1

    @property
    def centre_covered(self) -> bool:
        """Whether the pixel that holds the target is observed."""
        (ny, nx), (row, column) = self.observed.shape, self.target_pixel
        return bool(0 <= column < nx and 0 <= row < ny and self.observed[row, column])
