"""Positions in the frames that tables declare, as ICRS."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import (
    FK4,
    FK5,
    BarycentricMeanEcliptic,
    Galactic,
    SkyCoord,
    Supergalactic,
    UnitSphericalRepresentation,
)
from astropy.utils import iers

from sptjobs.request.sky_frames import DeclaredFrame

# None of the frames needs the Earth's rotation, and nothing is fetched for it.
iers.conf.auto_download = False


def to_icrs(
    frame: DeclaredFrame, longitudes: Sequence[float], latitudes: Sequence[float]
) -> tuple[list[float], list[float]]:
    """Transform positions [deg] in a frame to right ascensions and declinations [deg, ICRS]."""
    lon, lat = np.asarray(longitudes, float) * u.deg, np.asarray(latitudes, float) * u.deg
    found = SkyCoord(_frame(frame).realize_frame(UnitSphericalRepresentation(lon, lat))).icrs
    return found.ra.wrap_at(360 * u.deg).deg.tolist(), found.dec.deg.tolist()


def _frame(frame: DeclaredFrame) -> Any:
    match frame.name:
        case "fk4":
            return FK4(equinox=frame.equinox, obstime=frame.epoch or frame.equinox)
        case "fk5":
            return FK5(equinox=frame.equinox)
        case "galactic":
            return Galactic()
        case "supergalactic":
            return Supergalactic()
        case "ecliptic":
            return BarycentricMeanEcliptic(equinox=frame.equinox)
    raise ValueError(frame.name)
