"""The background's power spectrum, and the filter that removes it from point sources."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from sptjobs.simulation.grid import SCALE_ARCMIN
from sptjobs.simulation.instrument import Band

PIXEL = float(np.radians(SCALE_ARCMIN / 60))
"""Side of a pixel [rad]."""

_ELLS = np.array(
    [2, 30, 100, 220, 410, 535, 675, 815, 1020, 1125, 1300, 1450, 1650, 1800, 2000, 2500, 3000,
     4000, 6000, 50_000],
    dtype=np.float64,
)  # fmt: skip
_D_ELLS = np.array(
    [1000, 1050, 2200, 5750, 1700, 2580, 1750, 2540, 1030, 1240, 720, 820, 400, 400, 240, 85, 27,
     4, 0.2, 1e-6],
    dtype=np.float64,
)  # fmt: skip
_TABLE_ELLS = np.arange(0.0, 70_000.0, 10.0)


def background_power(ell: NDArray[np.floating]) -> NDArray[np.floating]:
    """C_ell of a background like the cosmic microwave one [mK^2 sr]: rough, not a fit."""
    ell = np.maximum(ell, 2.0)
    d_ell = np.exp(np.interp(np.log(ell), np.log(_ELLS), np.log(_D_ELLS)))
    return np.asarray(d_ell * 1e-6 * 2 * np.pi / (ell * (ell + 1)))


def beam(band: Band, ell: NDArray[np.floating]) -> NDArray[np.floating]:
    """Transfer function of the band's beam."""
    return np.asarray(np.exp(-0.5 * (ell * band.sigma) ** 2))


def depth_to_power(depth_uk_arcmin: float) -> float:
    """White-noise power [mK^2 sr] of a depth [uK arcmin]."""
    return float((depth_uk_arcmin * 1e-3 * np.radians(1 / 60)) ** 2)


def ell_plane(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Multipole of each element of a real FFT of an image of this shape."""
    rows = np.asarray(fft.fftfreq(shape[0], PIXEL), np.float32)
    columns = np.asarray(fft.rfftfreq(shape[1], PIXEL), np.float32)
    return np.asarray(np.hypot(rows[:, None], columns[None, :]) * np.float32(2 * np.pi))


@dataclass(frozen=True, slots=True)
class PointSourceFilter:
    """A matched filter: a point source of S mJy peaks at S, the background is gone.

    Attributes
    ----------
    transfer
        Value at each multipole of the table, mJy in the map per mK.
    noise_mjy
        Standard deviation of the filtered noise of a coadd [mJy].

    References
    ----------
    Tegmark & de Oliveira-Costa 1998, ApJ 500, L83.
    """

    transfer: NDArray[np.floating]
    noise_mjy: float
    _planes: dict[tuple[int, int], NDArray[np.float32]] = field(default_factory=dict)

    def apply(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Filter a map [mK] to flux densities [mJy]; its edges wrap around."""
        shape = (fft.next_fast_len(image.shape[0], True), fft.next_fast_len(image.shape[1], True))
        modes = fft.rfft2(image, s=shape)
        modes *= self._plane(shape)
        rows, columns = image.shape
        return np.asarray(fft.irfft2(modes, s=shape)[:rows, :columns], np.float32)

    def _plane(self, shape: tuple[int, int]) -> NDArray[np.float32]:
        """Transfer function on the plane of an image's FFT, kept for the next image."""
        if shape not in self._planes:
            plane = np.interp(ell_plane(shape), _TABLE_ELLS, self.transfer)
            self._planes[shape] = plane.astype(np.float32)
        return self._planes[shape]


def point_source_filter(band: Band) -> PointSourceFilter:
    """Make the filter for a band's beam and depth."""
    ell, noise = _TABLE_ELLS, depth_to_power(band.depth_uk_arcmin)
    shape = beam(band, ell)
    transfer = shape / (noise + background_power(ell) * shape**2)
    transfer[0] = 0.0
    peak = float(np.sum(transfer * shape * ell) * 10 / (2 * np.pi)) * band.solid_angle
    transfer *= band.mjy_per_mk / peak
    variance = float(np.sum(transfer**2 * noise * ell) * 10 / (2 * np.pi))
    return PointSourceFilter(transfer, variance**0.5)


def background_tile(band: Band, side: int, seed: int) -> NDArray[np.float32]:
    """Make a square of the background [mK] that continues itself across its edges.

    Bands see the same background, each through its own beam.
    """
    white = np.random.default_rng([seed, 1]).standard_normal((side, side), np.float32)
    modes = fft.rfft2(white)
    ell = ell_plane((side, side))
    amplitude = np.sqrt(background_power(_TABLE_ELLS)) * beam(band, _TABLE_ELLS) / PIXEL
    amplitude[0] = 0.0
    modes *= np.interp(ell, _TABLE_ELLS, amplitude).astype(np.float32)
    return np.asarray(fft.irfft2(modes, s=(side, side)), np.float32)
