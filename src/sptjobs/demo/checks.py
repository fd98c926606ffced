"""What the demonstration verifies of each file that it downloaded."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

_PIXEL_TOLERANCE = 0.01

_Row = Mapping[str, Any]


class CheckError(Exception):
    """A file is not what the manifest or its own header says."""


def check_checksums(rows: Iterable[_Row], folder: Path) -> int:
    """Compare each stamp with the manifest's size and SHA-256; return how many there are."""
    named = [row for row in rows if row["file"]]
    for row in named:
        content = (folder / row["file"]).read_bytes()
        if len(content) != row["size"]:
            raise CheckError(f"{row['file']}: {len(content)} bytes, {row['size']} expected")
        if hashlib.sha256(content).hexdigest() != row["sha256"]:
            raise CheckError(f"{row['file']}: its SHA-256 is not the manifest's")
    return len(named)


def check_stamp_wcs(rows: Iterable[_Row], folder: Path) -> float:
    """Check that each header puts its target where it says; return the worst error [pixels]."""
    worst = 0.0
    for row in rows:
        if not row["file"]:
            continue
        with fits.open(folder / row["file"], checksum=True) as hdus:
            header = hdus["SCI"].header
            x, y = WCS(header, fix=False).all_world2pix(*_in_map_frame(row, header), 1)
        error = float(np.hypot(x - header["TARG_X"], y - header["TARG_Y"]))
        if not error < _PIXEL_TOLERANCE:
            raise CheckError(f"{row['file']}: the WCS misses the target by {error:.3f} pixels")
        worst = max(worst, error)
    return worst


def check_pixels(rows: Iterable[_Row], folder: Path, maps: Mapping[str, Path]) -> int:
    """Compare native stamps with the pixels of the maps they come from; return how many pixels.

    Parameters
    ----------
    maps
        Map files by map id.
    """
    compared = 0
    for row in rows:
        with fits.open(folder / row["file"]) as stamp, fits.open(maps[row["map_id"]]) as source:
            compared += _same_pixels(stamp["SCI"], _image(source, "SCI"), row["file"])
            compared += _same_pixels(stamp["WGT"], _image(source, "WGT"), row["file"])
    return compared


def _image(hdus: fits.HDUList, name: str) -> Any:
    """The image of a map file, which may leave its HDUs unnamed: then SCI comes first."""
    if name in hdus:
        return hdus[name]
    images = [hdu for hdu in hdus if hdu.header.get("NAXIS", 0) == 2 or "ZCMPTYPE" in hdu.header]
    return images[0 if name == "SCI" else 1]


def _same_pixels(stamp: Any, source: Any, name: str) -> int:
    offset = [source.header[key] - stamp.header[key] for key in ("CRPIX1", "CRPIX2")]
    x, y = (round(value) for value in offset)
    if not np.allclose(offset, (x, y), atol=1e-6):
        raise CheckError(f"{name}: its pixels are not the map's")
    height, width = stamp.shape
    (ny, nx) = source.shape
    rows, columns = slice(max(y, 0), min(y + height, ny)), slice(max(x, 0), min(x + width, nx))
    expected = source.section[rows, columns]
    found = stamp.data[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    if not np.array_equal(found, expected):
        raise CheckError(f"{name}: {stamp.name} differs from the map")
    return int(found.size)


def _in_map_frame(row: _Row, header: fits.Header) -> tuple[float, float]:
    """The target in the frame of the stamp's WCS [deg]."""
    if header.get("RADESYS", "ICRS") == "ICRS":
        return row["ra"], row["dec"]
    from astropy.coordinates import SkyCoord  # noqa: PLC0415 - slow to load, not always needed

    place = SkyCoord(row["ra"], row["dec"], unit="deg").transform_to(header["RADESYS"].lower())
    return place.ra.deg, place.dec.deg
