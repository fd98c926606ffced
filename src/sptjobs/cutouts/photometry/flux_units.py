"""From the confirmed unit of a map to flux densities of point sources [mJy]."""

import math
from enum import Enum
from functools import lru_cache

from astropy import units

T_CMB_K = 2.7255
"""Temperature of the cosmic microwave background (Fixsen 2009, ApJ 707, 916)."""


class Quantity(Enum):
    """What the pixels of a map are."""

    FLUX_DENSITY = "flux density"
    TEMPERATURE = "temperature"


@lru_cache
def quantity_of(unit: str | None) -> tuple[Quantity, float] | None:
    """Tell what a FITS unit string is of, and how many mJy or mK it is.

    None for any other unit, from which no flux density of a point source follows.
    """
    if unit is None:
        return None
    try:
        parsed = units.Unit(unit, format="fits")
    except ValueError:
        return None
    kinds = (
        (Quantity.FLUX_DENSITY, parsed, units.mJy),
        (Quantity.FLUX_DENSITY, parsed * units.beam, units.mJy),
        (Quantity.TEMPERATURE, parsed, units.mK),
    )
    for quantity, each, base in kinds:
        if each.is_equivalent(base):
            return quantity, float(each.to(base))
    return None


@lru_cache
def mjy_per_mk(centre_ghz: float, beam_arcmin: float) -> float:
    """Flux density [mJy] of a point source whose peak is 1 mK of CMB temperature.

    It is dB/dT of the black body at the temperature of the CMB, at the centre of the band,
    times the solid angle of a Gaussian beam.

    Parameters
    ----------
    centre_ghz
        Centre of the band [GHz].
    beam_arcmin
        Full width at half maximum [arcmin].
    """
    equivalency = units.thermodynamic_temperature(centre_ghz * units.GHz, T_CMB_K * units.K)
    brightness = (1 * units.mK).to(units.mJy / units.sr, equivalencies=equivalency)
    return float(brightness.value * solid_angle_sr(beam_arcmin))


def solid_angle_sr(beam_arcmin: float) -> float:
    """Solid angle [sr] of a Gaussian beam of a full width at half maximum [arcmin]."""
    return 2 * math.pi * (math.radians(beam_arcmin / 60) ** 2) / (8 * math.log(2))
