"""Positions on the sky in the frame of any map, for all positions in one call."""

from typing import NamedTuple

import numpy as np
from astropy.coordinates import FK5, ICRS, Angle, SkyCoord
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

FRAMES = {"ICRS": ICRS, "FK5": FK5}
"""Frames that maps are in, by their names in ``MapRecord.frame``."""

_NORTHWARD = Angle(1.0, "arcsec")


class FramedPositions(NamedTuple):
    """Positions in a map's frame, and points just north (ICRS) of them [deg]."""

    ra: Floats
    dec: Floats
    ra_north: Floats
    dec_north: Floats


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
        self._angles: dict[str, FramedPositions] = {}

    def in_frame(self, name: str) -> FramedPositions:
        """All positions in a frame of ``FRAMES``; computed once for each frame."""
        if name not in self._angles:
            frame = FRAMES[name]()
            there = (self._sky.transform_to(frame), self._north.transform_to(frame))
            angles = (a for each in there for a in (each.ra.deg, each.dec.deg))
            self._angles[name] = FramedPositions(*angles)
        return self._angles[name]
