"""Flat maps of a sky with one polarisation everywhere: T, Q, U and weights in one file."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import NDArray

from sptjobs.archive.scan import read_map
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import Statement
from tests.support.small_maps import Cards, wcs_cards

SIDE = 160
DEGREE, ANGLE_DEG = 2.0, 25.0
"""Polarised intensity, and the angle of polarisation from ICRS north to east, everywhere."""


def rotated(degrees: float, **how: Any) -> Cards:
    """Cards of a grid that is turned against its frame's north."""
    sin, cos = np.sin(np.radians(degrees)), np.cos(np.radians(degrees))
    pc: Cards = {"PC1_1": cos, "PC1_2": -sin, "PC2_1": sin, "PC2_2": cos}
    return wcs_cards((SIDE, SIDE), **how) | pc


def galactic(**how: Any) -> Cards:
    """Cards of a grid in galactic coordinates."""
    cards = wcs_cards((SIDE, SIDE), **how)
    del cards["RADESYS"], cards["EQUINOX"]
    return cards | {"CTYPE1": "GLON-ZEA", "CTYPE2": "GLAT-ZEA"}


def up_angle(header: Any, frame: Any = "icrs") -> NDArray[Any]:
    """Position angle of +y at each pixel, from ICRS north to east, by astropy alone."""
    wcs = WCS(fits.Header(header))
    rows, columns = np.indices((SIDE, SIDE) if "NAXIS1" not in header else _shape(header))
    below, above = (
        SkyCoord(*wcs.wcs_pix2world(columns, rows + more, 0), unit="deg", frame=frame).icrs
        for more in (-1e-3, 1e-3)
    )
    return np.asarray(below.position_angle(above).rad)


def _shape(header: Any) -> tuple[int, int]:
    return int(header["NAXIS2"]), int(header["NAXIS1"])


def north_angle(cards: Cards, frame: str) -> NDArray[Any]:
    """Position angle of the frame's north at each pixel of a map, from ICRS north to east."""
    rows, columns = np.indices((SIDE, SIDE))
    lon_lat = WCS(fits.Header(cards)).wcs_pix2world(columns, rows, 0)
    pole = SkyCoord(0, 90, unit="deg", frame=frame).icrs
    return np.asarray(SkyCoord(*lon_lat, unit="deg", frame=frame).icrs.position_angle(pole).rad)


def write_polarised_flat(
    path: Path,
    cards: Cards,
    *,
    frame: str = "fk5",
    convention: str | None = "IAU",
    is_flat: bool = False,
    compressed: bool = False,
) -> Path:
    """Write such a sky, as a file of a frame and a convention has it."""
    against = up_angle(cards, frame) if is_flat else north_angle(cards, frame)
    angle = 2 * (np.radians(ANGLE_DEG) - against)
    q, u = DEGREE * np.cos(angle), DEGREE * np.sin(angle)
    planes = {"T": np.full_like(q, 5.0), "Q": q, "U": u if convention == "IAU" else -u}
    more: dict[str, Any] = {"FIELD": "a", "FLATPOL": is_flat}
    more |= {"DATE-BEG": "2019-03-01T06:00:00", "DATE-END": "2019-03-01T08:00:00"}
    more |= {} if convention is None else {"POLCCONV": convention}
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for name, plane in (planes | {"TT": np.ones_like(q)}).items():
        header = fits.Header(cards | more)
        if compressed:
            hdu = fits.CompImageHDU(
                plane, header, name=name, compression_type="GZIP_2", quantize_level=0
            )
        else:
            hdu = fits.ImageHDU(plane, header, name=name)
        hdus.append(hdu)
    hdus.writeto(path)
    return path


def record_of(path: Path, stokes: str) -> MapRecord:
    """Catalogue the map that one of the images is."""
    stated = Statement(image=stokes, weights="TT")
    return read_map(path, path.name, stated=stated)
