"""Cylindrical maps that reach over the meridian where their projection closes.

A plate carree whose reference is at longitude 0 may well show longitudes 170 to 190. Its
pixels have right positions; but the way back, from a position to a pixel, ends at 180 degrees
from the reference, so that half of the map would not be found. The same map is described
with its reference in its middle.
"""

from typing import Any

import numpy as np

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.formats.map_content import Cards

_CYLINDRICAL = frozenset({"CAR", "CEA", "MER", "CYP"})


def recentred(cards: Cards, projection: str, shape: tuple[int, int]) -> Cards:
    """Cards of the same map with its reference in its middle, if it reaches over that meridian.

    Parameters
    ----------
    cards
        The WCS, without default left open.
    """
    if projection not in _CYLINDRICAL:
        return cards
    wcs = map_wcs(cards)
    round_the_sky = 180.0 * (float(cards.get("PV2_2", 1.0)) if projection == "CYP" else 1.0)
    ny, nx = shape
    corners = np.array([(x, y) for x in (0.5, nx + 0.5) for y in (0.5, ny + 0.5)])
    along = (corners - wcs.wcs.crpix) @ wcs.pixel_scale_matrix.T
    if np.abs(along[:, 0]).max() <= round_the_sky:
        return cards
    return _moved(cards, wcs, float(along[:, 0].mean()), round_the_sky)


def _moved(cards: Cards, wcs: Any, along: float, round_the_sky: float) -> Cards:
    """Move the reference by a way along the projection's equator, of whole pixels."""
    way = np.linalg.solve(wcs.pixel_scale_matrix, [along, 0.0])
    axis = int(np.argmax(np.abs(way)))
    if abs(way[axis]) < 1:
        # It reaches over that meridian on both sides: there is no better middle.
        return cards
    part = round(float(way[axis])) / float(way[axis])
    way, along = way * part, along * part
    free = wcs.deepcopy()
    free.wcs.bounds_check(False, False)
    crpix = wcs.wcs.crpix + way
    lon, lat = np.round(free.wcs_pix2world([crpix], 1)[0], 10)
    moved = dict(cards) | {
        "CRPIX1": float(crpix[0]),
        "CRPIX2": float(crpix[1]),
        "CRVAL1": float(lon) % 360,
        "CRVAL2": float(lat),
    }
    if abs(abs(float(cards["LATPOLE"])) - 90) > 1e-9:
        turn = 180.0 * along / round_the_sky
        moved["LONPOLE"] = (float(cards["LONPOLE"]) - turn + 180) % 360 - 180
    return moved
