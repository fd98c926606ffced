"""How large a map's pixels are on the sky at a position, about: for estimates, without numpy.

Cutting divides sizes by the sides that pixels have at the target where these are not squares
of one area (``sptjobs.formats.flat_sky.pixel_sides``). A plate carree has twice as many columns
for an arc minute at a declination of -60 as at the equator.

References
----------
Calabretta & Greisen 2002, A&A 395, 1077, sections 2.4 and 5.2.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sptjobs.maps.record import MapRecord

Sides = tuple[float, float]
"""Width and height of a pixel [arcmin]."""

_POLE_COSINE = 1e-3
"""Nearer to a pole of a cylindrical map, scales are not resolved."""

_STRETCHES: Mapping[str, Callable[[float, float], Sides]] = {
    "CAR": lambda cosine, _: (cosine, 1.0),
    "CEA": lambda cosine, squared: (cosine, squared / cosine),
    "MER": lambda cosine, _: (cosine, cosine),
}
"""Sides at a native latitude of that cosine, of those at the projection's equator."""


@dataclass(frozen=True, slots=True)
class _Pole:
    """Pole of a system of coordinates in another one, and the longitude of the other's [rad]."""

    lon: float
    lat: float
    other: float

    def turned(self, lon: float, lat: float) -> tuple[float, float]:
        """Longitude and latitude in the system of this pole [rad]."""
        away = lon - self.lon
        x = math.sin(lat) * math.cos(self.lat) - math.cos(lat) * math.sin(self.lat) * math.cos(away)
        y = -math.cos(lat) * math.sin(away)
        z = math.sin(lat) * math.sin(self.lat) + math.cos(lat) * math.cos(self.lat) * math.cos(away)
        return self.other + math.atan2(y, x), math.asin(max(-1.0, min(1.0, z)))


_FRAMES = {
    "GALACTIC": _Pole(*map(math.radians, (192.85948, 27.12825, 122.93192))),
    "ECLIPTIC": _Pole(*map(math.radians, (270.0, 66.56071, 90.0))),
}
"""Frames that are turned against ICRS by more than a degree."""


def pixel_sides_of(record: MapRecord) -> Callable[[float, float], Sides]:
    """Give what tells the sides of a map's pixels at a position (ra, dec) [deg, ICRS]."""
    wide, high = _nominal(record)
    stretch = _STRETCHES.get(record.projection)
    pole = _native_pole(record.wcs)
    if stretch is None or pole is None:
        return lambda _ra, _dec: (wide, high)
    squared = float(record.wcs.get("PV2_1", 1.0))
    frame = _FRAMES.get(record.frame)

    def sides(ra: float, dec: float) -> Sides:
        place = math.radians(ra), math.radians(dec)
        if frame is not None:
            place = frame.turned(*place)
        cosine = max(_POLE_COSINE, math.cos(pole.turned(*place)[1]))
        across, up = stretch(cosine, squared)
        return wide * across, high * up

    return sides


def _nominal(record: MapRecord) -> Sides:
    """Sides where the projection is true."""
    cards, whole = record.wcs, record.pixel_scale_arcmin
    try:
        if "CD1_1" in cards:
            matrix = [[float(cards.get(f"CD{i}_{j}", 0.0)) for j in (1, 2)] for i in (1, 2)]
        else:
            steps = [float(cards[f"CDELT{i}"]) for i in (1, 2)]
            matrix = [
                [steps[i] * float(cards.get(f"PC{i + 1}_{j + 1}", i == j)) for j in (0, 1)]
                for i in (0, 1)
            ]
    except (KeyError, ValueError):
        return whole, whole
    wide, high = (math.hypot(matrix[0][j], matrix[1][j]) * 60 for j in (0, 1))
    return (wide, high) if wide > 0 < high else (whole, whole)


def _native_pole(cards: Mapping[str, Any]) -> _Pole | None:
    """The native pole of a cylindrical map; None where its cards do not tell it."""
    try:
        lon, lat = (math.radians(float(cards[f"CRVAL{i}"])) for i in (1, 2))
        other = math.radians(float(cards.get("LONPOLE", 0.0 if lat >= 0 else 180.0)))
        wished = float(cards.get("LATPOLE", 90.0))
    except (KeyError, ValueError):
        return None
    if abs(math.cos(other)) < 1e-9 or abs(math.sin(lat)) > abs(math.cos(other)) + 1e-9:
        return None
    middle = math.atan2(0.0, math.cos(other))
    aside = math.acos(max(-1.0, min(1.0, math.sin(lat) / abs(math.cos(other)))))
    lats = [math.remainder(each, math.tau) for each in (middle + aside, middle - aside)]
    possible = [each for each in lats if abs(each) <= math.pi / 2 + 1e-9]
    if not possible:
        return None
    pole = min(possible, key=lambda each: abs(math.degrees(each) - wished))
    return _Pole(_pole_longitude(lon, lat, pole, other), pole, other)


def _pole_longitude(lon: float, lat: float, pole: float, other: float) -> float:
    if abs(math.cos(lat)) < 1e-9:
        return lon
    if abs(math.cos(pole)) < 1e-9:
        return lon + other - math.pi if pole > 0 else lon - other
    sine = math.sin(other) / math.cos(lat)
    cosine = -math.sin(pole) * math.sin(lat) / (math.cos(pole) * math.cos(lat))
    return lon - math.atan2(sine, cosine)
