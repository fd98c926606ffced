"""HEALPix maps as files, made by astropy and healpy, apart from the code that reads them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import healpy
import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

Values = NDArray[Any]

STATED = {"OBS-ID": "yearly_winter_2020", "BAND": "150GHz", "FILETYPE": "passthrough"}
"""Cards that say which coadd a map is."""


def cap(nside: int, ra: float, dec: float, radius: float, *, nested: bool = False) -> Values:
    """Numbers of the pixels around a place of a map's frame [deg], rising."""
    middle = healpy.ang2vec(ra, dec, lonlat=True)
    return np.sort(healpy.query_disc(nside, middle, np.radians(radius), nest=nested))


def lonlat(nside: int, pixels: Values, *, nested: bool = False) -> tuple[Values, Values]:
    """Longitudes and latitudes of pixels [deg]."""
    lon, lat = healpy.pix2ang(nside, pixels, nest=nested, lonlat=True)
    return lon, lat


def write_healpix(
    path: Path,
    nside: int,
    columns: Mapping[str, Values],
    *,
    pixels: Values | None = None,
    nested: bool = False,
    width: int = 1,
    cards: Mapping[str, Any] | None = None,
) -> Path:
    """Write columns as a map: of ``pixels``, or of the whole sky.

    Parameters
    ----------
    width
        Values in a row.
    cards
        More cards of the table, or None in place of one.
    """
    every = dict(columns) if pixels is None else {"PIXEL": pixels, **columns}
    made = [_column(name, values, width) for name, values in every.items()]
    table = fits.BinTableHDU.from_columns(made)
    stated: dict[str, Any] = {
        "PIXTYPE": "HEALPIX",
        "ORDERING": "NESTED" if nested else "RING",
        "NSIDE": nside,
        "INDXSCHM": "IMPLICIT" if pixels is None else "EXPLICIT",
        "OBJECT": "FULLSKY" if pixels is None else "PARTIAL",
        "COORDSYS": "C",
        **STATED,
        **(cards or {}),
    }
    names = set(table.header)
    for name, value in stated.items():
        if value is not None and name not in names:
            table.header[name] = value
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)
    content = path.read_bytes()
    for name in names.intersection(stated):
        # What astropy would put right when it writes the table.
        start = content.index(f"{name:<8}=".encode())
        card = str(fits.Card(name, stated[name])).encode()
        content = content[:start] + card + content[start + 80 :]
    path.write_bytes(content)
    return path


def _column(name: str, values: Values, width: int) -> fits.Column:
    codes = {"f4": "E", "f8": "D", "i4": "J", "i8": "K", "i2": "I"}
    code = codes[values.dtype.str[1:]]
    shaped = values.reshape(-1, width) if width > 1 else values
    return fits.Column(name, f"{width if width > 1 else ''}{code}", array=shaped)
