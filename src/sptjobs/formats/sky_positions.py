"""Positions on the sky in the frame of any map, for all positions in one call."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from astropy.coordinates import (
    FK4,
    FK5,
    ICRS,
    Angle,
    BarycentricMeanEcliptic,
    FK4NoETerms,
    Galactic,
    SkyCoord,
)
from astropy.time import Time
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]


class SkyFrame(NamedTuple):
    """A frame of ``FRAMES`` and its equinox [year, Besselian in FK4], which some do not have."""

    name: str
    equinox: float = 2000.0

    def to_astropy(self) -> Any:
        """Make the same frame of astropy."""
        return FRAMES[self.name](self.equinox)


FRAMES: Mapping[str, Callable[[float], Any]] = MappingProxyType(
    {
        "ICRS": lambda _: ICRS(),
        "FK5": lambda equinox: FK5(equinox=Time(equinox, format="jyear")),
        "FK4": lambda equinox: FK4(equinox=Time(equinox, format="byear")),
        "FK4-NO-E": lambda equinox: FK4NoETerms(equinox=Time(equinox, format="byear")),
        "GALACTIC": lambda _: Galactic(),
        "ECLIPTIC": lambda equinox: BarycentricMeanEcliptic(equinox=Time(equinox, format="jyear")),
    }
)
"""Frames that maps are in, by their names in ``MapRecord.frame``, of an equinox."""

ROTATED = frozenset({"ICRS", "FK5", "GALACTIC"})
"""Frames that are turned against ICRS, and nothing more."""

_NORTHWARD = Angle(1.0, "arcsec")


class FramedPositions(NamedTuple):
    """Positions in a map's frame, and points just north (ICRS) of them [deg]."""

    lon: Floats
    lat: Floats
    lon_north: Floats
    lat_north: Floats


class Positions:
    """Positions on the sky, and points just north of them, for maps of any frame.

    Parameters
    ----------
    ra, dec
        Positions [deg, ICRS].
    """

    def __init__(self, ra: Floats, dec: Floats) -> None:
        self._sky = SkyCoord(ra, dec, unit="deg", frame="icrs")
        self._north = self._sky.directional_offset_by(Angle(0, "deg"), _NORTHWARD)
        self._angles: dict[SkyFrame, FramedPositions] = {}

    def in_frame(self, frame: SkyFrame) -> FramedPositions:
        """All positions in a frame; computed once for each frame."""
        if frame not in self._angles:
            there = (each.transform_to(frame.to_astropy()) for each in (self._sky, self._north))
            places = (each.spherical for each in there)
            angles = (a for each in places for a in (each.lon.deg, each.lat.deg))
            self._angles[frame] = FramedPositions(*angles)
        return self._angles[frame]


@lru_cache(maxsize=8)
def rotation(frame: SkyFrame) -> Floats:
    """Matrix from ICRS to one of the ``ROTATED`` frames."""
    axes = SkyCoord(*np.eye(3), frame="icrs", representation_type="cartesian")
    there = axes.transform_to(frame.to_astropy())
    return np.asarray(there.cartesian.xyz.value, dtype=np.float64)
