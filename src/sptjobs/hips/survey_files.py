"""The files of a survey: their names, their media types, and how deep its tiles go."""

import math
import re

TILE_PIXELS = 512
"""Pixels along a side of a tile."""

ALLSKY_ORDER = 3
"""Order whose tiles stand in one picture of the sky; a survey goes as deep at least."""

PROPERTIES, COVERAGE = "properties", "Moc.fits"
"""Names of the file that says what a survey is, and of that with the cells that it covers."""

DEEPEST = 20
"""Order whose pixels are cells of order 29, beyond which there are none."""

_MEDIA_TYPES = {"fits": "application/fits", "png": "image/png"}
_NUMBER = r"(0|[1-9][0-9]{0,13})"
_TILE = re.compile(rf"Norder{_NUMBER}/Dir{_NUMBER}/Npix{_NUMBER}\.(fits|png)")
_ALLSKY = re.compile(rf"Norder{ALLSKY_ORDER}/Allsky\.(fits|png)")


def tile_path(order: int, cell: int, form: str) -> str:
    """Path of a tile in its survey.

    Parameters
    ----------
    cell
        Number in the nested scheme.
    form
        ``fits`` or ``png``.
    """
    return f"Norder{order}/Dir{cell // 10_000 * 10_000}/Npix{cell}.{form}"


def allsky_path(form: str) -> str:
    """Path of the picture of the whole sky."""
    return f"Norder{ALLSKY_ORDER}/Allsky.{form}"


def media_type(path: str) -> str | None:
    """Media type of a survey's file; None for a path that no file of a survey has."""
    if path == PROPERTIES:
        return "text/plain"
    if path == COVERAGE:
        return _MEDIA_TYPES["fits"]
    if (allsky := _ALLSKY.fullmatch(path)) is not None:
        return _MEDIA_TYPES[allsky[1]]
    if (tile := _TILE.fullmatch(path)) is None:
        return None
    order, folder, cell = (int(tile[place]) for place in (1, 2, 3))
    if order > DEEPEST or cell >= 12 << 2 * order or folder != cell // 10_000 * 10_000:
        return None
    return _MEDIA_TYPES[tile[4]]


def pixel_arcmin(order: int) -> float:
    """Side of a square of the area of a pixel [arcmin]."""
    return math.degrees(math.sqrt(math.pi / 3)) * 60 / (TILE_PIXELS << order)


def order_for(scale_arcmin: float) -> int:
    """The coarsest order whose pixels are no wider than those of a map [arcmin]."""
    orders = range(ALLSKY_ORDER, DEEPEST)
    return next((order for order in orders if pixel_arcmin(order) <= scale_arcmin), DEEPEST)
