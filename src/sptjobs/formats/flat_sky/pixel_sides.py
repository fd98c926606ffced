"""How wide and high a map's pixels are on the sky, at a place on the map."""

from functools import lru_cache
from typing import Any

import numpy as np

from sptjobs.formats.flat_sky.wcs import full_cards, map_wcs, record_wcs
from sptjobs.formats.sky_positions import Floats
from sptjobs.maps.record import MapRecord

_EQUAL_AREA = frozenset({"ZEA", "SFL"})
"""Projections whose square pixels are taken for squares of one size everywhere."""
_STRETCH = 0.005
"""Of the nominal side: 10 arcmin of 0.25 are 40 pixels also a degree from a TAN map's centre."""
_SHORTEST = 1e-3
"""Of the nominal side: nearer to a pole of a cylindrical map, sides are not resolved."""


def has_even_pixels(record: MapRecord) -> bool:
    """Whether all pixels of a map count as squares of its nominal side."""
    return record.projection in _EQUAL_AREA and _is_square(tuple(full_cards(record).items()))


@lru_cache(maxsize=64)
def _is_square(cards: tuple[tuple[str, Any], ...]) -> bool:
    a, b, c, d = map_wcs(dict(cards)).pixel_scale_matrix.ravel().tolist()
    area = abs(a * d - b * c)
    return bool(max(abs(a * a + c * c - area), abs(b * b + d * d - area)) <= 1e-5 * area)


def pixel_sides(record: MapRecord, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Sides of pixels along both axes at places on a map, in pixels from 0 [arcmin].

    Where pixels are not square, or not of one area, these are what a size on the sky is
    divided by. Where the projection has no place, or stretches by less than half a percent,
    the nominal side of each axis.
    """
    if has_even_pixels(record):
        nominal = record.pixel_scale_arcmin
        return np.full_like(x, nominal), np.full_like(y, nominal)
    wcs = record_wcs(record)
    wide, high = np.round(np.linalg.norm(wcs.pixel_scale_matrix, axis=0) * 60, 9).tolist()
    return (
        _apart(wcs, (x - 0.5, y), (x + 0.5, y), wide),
        _apart(wcs, (x, y - 0.5), (x, y + 0.5), high),
    )


def sides_at(record: MapRecord, x: float, y: float) -> tuple[float, float]:
    """Sides of the pixels at one place [arcmin]."""
    if has_even_pixels(record):
        return record.pixel_scale_arcmin, record.pixel_scale_arcmin
    across, up = pixel_sides(record, np.array([x]), np.array([y]))
    return float(across[0]), float(up[0])


def _apart(
    wcs: Any, first: tuple[Floats, Floats], second: tuple[Floats, Floats], nominal: float
) -> Floats:
    """Distances on the sky between places [arcmin]."""
    lon, lat = np.radians(wcs.wcs_pix2world(*first, 0))
    lon_2, lat_2 = np.radians(wcs.wcs_pix2world(*second, 0))
    half = np.sin((lat_2 - lat) / 2) ** 2
    half += np.cos(lat) * np.cos(lat_2) * np.sin((lon_2 - lon) / 2) ** 2
    apart = np.degrees(2 * np.arcsin(np.sqrt(np.clip(half, 0, 1)))) * 60
    apart = np.maximum(apart, _SHORTEST * nominal)
    # What is not finite compares as false.
    return np.where(np.abs(apart / nominal - 1) > _STRETCH, apart, nominal)
