"""From north-up gnomonic stamps to the pixels of zenithal maps, without trigonometry a pixel.

A pixel of the stamp lies in the direction c + xi e + eta n: the unit vector of the target, and
those towards east and north there. The map's projection takes from a direction two components
that are linear in it and one factor that depends on its distance from the map's pole. So three
planes over the stamp and a root are all that it takes.

References
----------
Calabretta & Greisen 2002, A&A 395, 1077, sections 2.3, 2.4 and 5.1.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from astropy.coordinates import SkyCoord

from sptjobs.compiled.loops import compiled_loops
from sptjobs.formats.flat_sky.wcs import full_cards, map_wcs, record_frame
from sptjobs.formats.map_content import OutputGrid
from sptjobs.formats.north_up import axes_of, offsets_of
from sptjobs.formats.sky_positions import ROTATED, Floats, SkyFrame, rotation
from sptjobs.maps.record import MapRecord


def _arc(r: Floats, z: Floats) -> Floats:
    """The angle from the pole itself, over its sine."""
    across = np.sqrt(np.maximum(r * r - z * z, 0))
    at_pole = across == 0
    return np.asarray(np.where(at_pole, 1 / r, np.arctan2(across, z) / (across + at_pole)))


_FACTORS: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {
        "ZEA": lambda r, z: np.sqrt(2 / (r * (r + z))),
        "TAN": lambda _, z: 1 / z,
        "STG": lambda r, z: 2 / (r + z),
        "SIN": lambda r, _: 1 / r,
        "ARC": _arc,
    }
)
"""By projection: the plane's distance from the pole over the length of the direction's component
across it, of directions of length r with a component z along it [radian]."""

_COMPILED = {"ZEA": 0, "TAN": 1, "STG": 2, "SIN": 3}
"""Projections that the compiled loops know."""

PROJECTIONS = frozenset(_FACTORS)
"""Projections of maps whose pixels this gives."""
_LEAST_HEIGHT = 0.05
"""Least component along the map's pole: 87 degrees from it is as far as this is good for."""
_AGREEMENT = 1e-6
"""What may be between this and wcslib [pixel]."""


class MapPlaces(NamedTuple):
    """Map pixels from 0 of the pixels of n stamps: x and y, each (n, ny, nx)."""

    x: Floats
    y: Floats


class Zenithal:
    """The way from stamps to the pixels of one map.

    Parameters
    ----------
    projection
        Of ``PROJECTIONS``.
    linear
        Matrix that turns a direction (ICRS) to its two linear components, in pixels, and the
        one along the map's pole.
    crpix
        The pole's pixel, from 0.
    """

    def __init__(self, projection: str, linear: Floats, crpix: Floats) -> None:
        self._factor, self._compiled = _FACTORS[projection], _COMPILED.get(projection)
        self._linear, self._crpix = linear.tolist(), crpix.tolist()

    def pixels(
        self, targets: Sequence[tuple[float, float]], xi: Floats, eta: Floats
    ) -> MapPlaces | None:
        """Map pixels of stamps; None where one of them lies too far from the map's pole.

        Parameters
        ----------
        targets
            Right ascension and declination of each [deg, ICRS].
        xi, eta
            Offsets of columns and rows from the target in its tangent plane, towards east and
            north [radian].
        """
        planes = np.array([self._planes(*target) for target in targets])
        loops = compiled_loops()
        if loops is not None and self._compiled is not None:
            places = MapPlaces(*np.empty((2, len(targets), len(eta), len(xi))))
            about = self._compiled, planes, xi, eta, np.array(self._crpix)
            return None if loops.zenithal_places(*about, *places) < _LEAST_HEIGHT else places
        # (3, 3, n, 1, 1): component, and its part that is constant, of xi, of eta.
        constant, along_xi, along_eta = planes.transpose(2, 1, 0)[..., None, None]
        across = constant + along_xi * xi
        up, over, height = across + along_eta * eta[:, None]
        length = np.sqrt(1 + xi * xi + (eta * eta)[:, None])
        if height.min(initial=1.0) < _LEAST_HEIGHT:
            return None
        factor = self._factor(length, height)
        up *= factor
        over *= factor
        up += self._crpix[0]
        over += self._crpix[1]
        return MapPlaces(up, over)

    def _planes(self, ra: float, dec: float) -> list[list[float]]:
        """Components of the target's direction, and of those towards east and north there."""
        # One by one: the result does not depend on how many there are.
        axes = axes_of(math.radians(ra), math.radians(dec))
        return [
            [row[0] * axis[0] + row[1] * axis[1] + row[2] * axis[2] for axis in axes]
            for row in self._linear
        ]


def grid_places(way: Zenithal, grids: Sequence[OutputGrid]) -> MapPlaces | None:
    """Map pixels of north-up gnomonic grids of one shape and scale; None as ``Zenithal.pixels``."""
    offsets = offsets_of(grids)
    if offsets is None:
        return None
    targets = [(float(grid.wcs["CRVAL1"]), float(grid.wcs["CRVAL2"])) for grid in grids]
    return way.pixels(targets, *offsets)


def zenithal(record: MapRecord) -> Zenithal | None:
    """The way to a map's pixels; None where its WCS is another one, or wcslib disagrees."""
    if record.projection not in _FACTORS or record.frame not in ROTATED:
        return None
    cards = full_cards(record)
    if any(name.startswith("PV") for name in cards):
        return None
    return _zenithal(record.projection, record_frame(record), tuple(cards.items()), record.shape)


@lru_cache(maxsize=8)
def _zenithal(
    projection: str, frame: SkyFrame, cards: tuple[tuple[str, Any], ...], shape: tuple[int, int]
) -> Zenithal | None:
    wcs = map_wcs(dict(cards))
    lon, lat = (math.radians(value) for value in wcs.wcs.crval)
    centre, east, north = (np.array(axis) for axis in axes_of(lon, lat))
    turn = math.radians(wcs.wcs.lonpole)
    plane = np.array(
        [
            math.sin(turn) * north - math.cos(turn) * east,
            -math.cos(turn) * north - math.sin(turn) * east,
        ]
    )
    to_pixels = np.linalg.inv(wcs.pixel_scale_matrix) * math.degrees(1)
    linear = np.vstack([to_pixels @ plane, centre]) @ rotation(frame)
    found = Zenithal(projection, linear, wcs.wcs.crpix - 1)
    return found if _agrees(found, wcs, frame, shape) else None


def _agrees(found: Zenithal, wcs: Any, frame: SkyFrame, shape: tuple[int, int]) -> bool:
    """Whether places around the map are where wcslib has them."""
    sides = (np.linspace(0, side - 1.0, 5) for side in shape[::-1])
    pixels = np.array([axis.ravel() for axis in np.meshgrid(*sides)])
    lon, lat = wcs.wcs_pix2world(*pixels, 0)
    known = np.isfinite(lon) & np.isfinite(lat)
    sky = SkyCoord(lon[known], lat[known], unit="deg", frame=frame.to_astropy()).icrs
    targets = list(zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True))
    if not targets:
        return False
    places = found.pixels(targets, np.zeros(1), np.zeros(1))
    if places is None:
        return False
    apart = np.abs(np.array([axis.ravel() for axis in places]) - pixels[:, known])
    return bool(apart.max() <= _AGREEMENT)
