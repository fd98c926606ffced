"""HEALPix files of a sky with one polarisation everywhere, in any frame and convention."""

from pathlib import Path

import healpy
import numpy as np
from astropy.coordinates import SkyCoord

from tests.support.healpix_maps import write_healpix

NSIDE = 64
DEGREE, ANGLE_DEG = 2.0, 25.0
"""Polarised intensity, and the angle of polarisation from ICRS north to east, everywhere."""


def sky(frame: str) -> SkyCoord:
    """Places of all pixels of a map of equatorial (C) or galactic (G) coordinates."""
    lon, lat = healpy.pix2ang(NSIDE, np.arange(12 * NSIDE**2), lonlat=True)
    return SkyCoord(lon, lat, unit="deg", frame="icrs" if frame == "C" else "galactic")


def write_polarised(path: Path, frame: str, convention: str | None) -> Path:
    """Write such a sky, as a file of a frame and a convention has it."""
    pole = SkyCoord(0, 90, unit="deg", frame="icrs" if frame == "C" else "galactic")
    # Position angle of the frame's north from ICRS north, to the east.
    north = sky(frame).icrs.position_angle(pole.icrs).rad
    angle = 2 * (np.radians(ANGLE_DEG) - north)
    q, u = DEGREE * np.cos(angle), DEGREE * np.sin(angle)
    columns = {
        "T": np.zeros_like(q),
        "Q": q,
        "U": u if convention == "IAU" else -u,
        "WEIGHT": np.ones_like(q),
    }
    cards = {"COORDSYS": frame, "POLCCONV": convention}
    return write_healpix(path, NSIDE, columns, cards=cards)
