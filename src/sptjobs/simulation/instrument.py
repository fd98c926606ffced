"""The three bands: beams, depths and conversions between temperature and flux density."""

from dataclasses import dataclass

import numpy as np

T_CMB = 2.7255
"""Temperature of the cosmic microwave background [K]."""

_PLANCK, _BOLTZMANN, _LIGHT = 6.62607015e-34, 1.380649e-23, 299792458.0
_SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))


@dataclass(frozen=True, slots=True)
class Band:
    """One observing band.

    Attributes
    ----------
    name
        As file names spell it.
    centre_ghz
        Band centre [GHz].
    beam_arcmin
        Full width at half maximum of the beam, a Gaussian here [arcmin].
    depth_uk_arcmin
        White noise of a coadd of years of observations [uK arcmin].
    sz_uk
        Sunyaev-Zel'dovich signal of a Compton parameter of 1e-4 [uK].
    """

    name: str
    centre_ghz: float
    beam_arcmin: float
    depth_uk_arcmin: float
    sz_uk: float

    @property
    def sigma_arcmin(self) -> float:
        """Standard deviation of the beam [arcmin]."""
        return float(self.beam_arcmin * _SIGMA_PER_FWHM)

    @property
    def sigma(self) -> float:
        """Standard deviation of the beam [rad]."""
        return float(np.radians(self.sigma_arcmin / 60))

    @property
    def solid_angle(self) -> float:
        """Solid angle of the beam [sr]."""
        return 2 * np.pi * self.sigma**2

    @property
    def mjy_per_mk(self) -> float:
        """Flux density [mJy] of a point source whose peak is 1 mK."""
        x = _PLANCK * self.centre_ghz * 1e9 / (_BOLTZMANN * T_CMB)
        slope = (2 * _BOLTZMANN**3 * T_CMB**2 / (_PLANCK * _LIGHT) ** 2) * (
            x**4 * np.exp(x) / np.expm1(x) ** 2
        )
        # 1 mK is 1e-3 K, and 1 mJy is 1e-29 W m-2 Hz-1.
        return float(slope * self.solid_angle * 1e-3 / 1e-29)


SIMULATED_BANDS = (
    Band("90GHz", 95.0, 1.6, 5.4, -424.0),
    Band("150GHz", 150.0, 1.2, 4.4, -260.0),
    Band("220GHz", 220.0, 1.0, 16.2, 10.0),
)
"""Depths: two years of observations of the main field, arXiv:2603.20163."""

SINGLE_OBSERVATION_NOISE = 14.0
"""Noise of one observation over that of the coadd, as if that held some 200: an assumption."""
