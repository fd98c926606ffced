"""The pixels of a HEALPix map by number: where they lie, and which of them a place needs.

References
----------
Gorski et al. 2005, ApJ 622, 759.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy import units
from astropy_healpix import healpix_to_lonlat, lonlat_to_healpix
from astropy_healpix.core import nested_to_ring, ring_to_nested

from sptjobs.formats.healpix.ring_neighbours import ring_neighbours
from sptjobs.formats.sky_positions import Floats, Indices, SkyFrame, rotation
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

MAX_NSIDE = 1 << 29
_SIDE_ARCMIN = 60 * math.degrees(math.sqrt(math.pi / 3))
"""Side of a square of the area of a pixel of NSIDE 1 [arcmin]."""


@dataclass(frozen=True, slots=True)
class Pixelisation:
    """A map's pixels: NSIDE, a power of two; whether they are NESTED; and their frame."""

    nside: int
    nested: bool
    frame: SkyFrame

    @classmethod
    def of(cls, record: MapRecord) -> "Pixelisation":
        """That of a catalogued map."""
        nside, ordering = record.wcs.get("NSIDE"), record.wcs.get("ORDERING")
        if not isinstance(nside, int) or ordering not in {"RING", "NESTED"}:
            raise MapError(f"the map was catalogued with NSIDE {nside}, ORDERING {ordering}")
        return cls(nside, ordering == "NESTED", SkyFrame(record.frame))

    @property
    def count(self) -> int:
        """Number of pixels of the whole sky."""
        return 12 * self.nside**2

    @property
    def order(self) -> int:
        """Order of its cells: NSIDE is two to the power of it."""
        return self.nside.bit_length() - 1

    @property
    def scale_arcmin(self) -> float:
        """Side of a square of a pixel's area [arcmin]."""
        return _SIDE_ARCMIN / self.nside

    @property
    def cards(self) -> Mapping[str, int | str]:
        """Cards that say it."""
        return {"NSIDE": self.nside, "ORDERING": "NESTED" if self.nested else "RING"}

    @property
    def _names(self) -> dict[str, Any]:
        return {"nside": self.nside, "order": "nested" if self.nested else "ring"}

    def pixels(self, lon: Floats, lat: Floats) -> Indices:
        """Numbers of the pixels that hold places of its frame [deg]."""
        found = lonlat_to_healpix(lon * units.deg, lat * units.deg, **self._names)
        return np.asarray(found, dtype=np.int64)

    def neighbours(self, lon: Floats, lat: Floats) -> tuple[Indices, Floats]:
        """Numbers of the four pixels between which bilinear interpolation is, and their shares.

        Parameters
        ----------
        lon, lat
            Places of its frame [deg], of any shape.

        Returns
        -------
        numbers, shares
            Each of shape (4, ...).
        """
        found, shares = ring_neighbours(self.nside, np.radians(lon), np.radians(90 - lat))
        return (ring_to_nested(found, self.nside) if self.nested else found), shares

    def directions(self, pixels: Indices) -> Floats:
        """Unit vectors [ICRS] of the centres of pixels: (3, ...)."""
        lon, lat = (angle.rad for angle in healpix_to_lonlat(pixels, **self._names))
        flat = np.cos(lat)
        vectors = np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)])
        return np.asarray(np.tensordot(rotation(self.frame).T, vectors, axes=1))

    def angles(self, directions: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes in its frame [deg] of directions (3, ...) [ICRS]."""
        x, y, z = np.tensordot(rotation(self.frame), directions, axes=1)
        return np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))

    @property
    def pole(self) -> Floats:
        """Unit vector [ICRS] of the north pole of its frame."""
        return np.asarray(rotation(self.frame)[2])

    def to_nested(self, pixels: Indices) -> Indices:
        """Numbers of its pixels in NESTED order."""
        if self.nested:
            return pixels
        return np.asarray(ring_to_nested(pixels, self.nside), dtype=np.int64)

    def of_nested(self, pixels: Indices) -> Indices:
        """Its own numbers of pixels in NESTED order."""
        if self.nested:
            return pixels
        return np.asarray(nested_to_ring(pixels, self.nside), dtype=np.int64)
