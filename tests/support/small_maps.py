"""Small maps whose every pixel the tests know."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.block_sums import digest_and_sums
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Target

PAD_ROWS = 20
"""Rows without weight at the bottom of each map."""

Cards = dict[str, float | int | str | bool]


def wcs_cards(
    shape: tuple[int, int],
    *,
    projection: str = "ZEA",
    crval: tuple[float, float] = (0.0, -57.5),
    crpix: tuple[float, float] | None = None,
    frame: str = "FK5",
    scale: float = 0.25,
) -> Cards:
    """WCS cards of a map with its projection's centre in the middle, or at ``crpix``."""
    centre = crpix or ((shape[1] + 1) / 2, (shape[0] + 1) / 2)
    cards: Cards = {
        "WCSAXES": 2,
        "CTYPE1": f"RA---{projection}",
        "CTYPE2": f"DEC--{projection}",
        "CRPIX1": centre[0],
        "CRPIX2": centre[1],
        "CRVAL1": crval[0],
        "CRVAL2": crval[1],
        "CDELT1": -scale / 60,
        "CDELT2": scale / 60,
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "LONPOLE": 180.0,
        "RADESYS": frame,
    }
    return cards | ({"EQUINOX": 2000.0} if frame == "FK5" else {})


def make_map(
    folder: Path,
    name: str = "282023912_90GHz_psth",
    *,
    shape: tuple[int, int] = (300, 500),
    compression: str | None = None,
    hole: tuple[int, int, int, int] | None = None,
    dtype: str = "f4",
    seed: int = 1,
    tile: tuple[int, int] | None = None,
    wcs: Cards | None = None,
    summed: bool = False,
    quantize: float = 16,
    cards: Sequence[tuple[str, Any, str]] = (),
    raw: Sequence[bytes] = (),
    record: dict[str, Any] | None = None,
) -> MapRecord:
    """Write a map like those of the archive and return its record.

    Parameters
    ----------
    compression
        As in ``MapRecord.compression``.
    hole
        Box (x0, y0, x1, y1) without weight.
    wcs
        Cards of ``wcs_cards``.
    summed
        Whether the record has the sums of the file's blocks.
    quantize
        As in ``CompImageHDU``: steps for the noise; 0 keeps the values.
    cards
        More cards of both images: keyword, value, comment.
    raw
        More cards of both images, as they are to stand in the file.
    record
        Attributes of the record to set otherwise.
    """
    wcs = wcs or wcs_cards(shape)
    path = folder / f"{name}.fits{'.gz' if compression == 'gzip' else ''}"
    images = _images(shape, hole, dtype, seed)
    more = [*cards, *((_placeholder(index), 0, "") for index in range(len(raw)))]
    hdus = [
        _hdu(images[each], _header(wcs, each, more), each, compression, tile=tile, steps=quantize)
        for each in ("SCI", "WGT")
    ]
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path, checksum=True)
    if raw:
        _put_raw(path, raw)
    about = path.stat()
    fields: dict[str, Any] = {
        "map_id": name,
        "path": path.name,
        "collection": "small",
        "field": "ra0hdec-59.75",
        "band": "90GHz",
        "filetype": "passthrough",
        "obsid": "282023912",
        "tag": None,
        "season": None,
        "date_beg": "2019-03-01T06:00:00",
        "date_end": "2019-03-01T08:00:00.5",
        "unit": "mK",
        "weight_unit": "mK-2",
        "beam_arcmin": 1.6,
        "band_centre_ghz": 95.0,
        "projection": str(wcs["CTYPE1"])[-3:],
        "frame": str(wcs["RADESYS"]),
        "pixel_scale_arcmin": float(wcs["CDELT2"]) * 60,
        "shape": shape,
        "sci_hdu": 1,
        "wgt_hdu": 2,
        "compression": compression,
        "wcs": wcs,
        "footprint": (),
        "observed_box": (0, PAD_ROWS, shape[1], shape[0]),
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "size_bytes": about.st_size,
        "mtime_ns": about.st_mtime_ns,
    }
    if summed:
        with path.open("rb") as stream:
            fields["block_sums"] = digest_and_sums(stream, about.st_size)[1].to_text()
    return MapRecord(**fields | (record or {}))


def pixels(folder: Path, record: MapRecord) -> tuple[NDArray[Any], NDArray[Any]]:
    """SCI and WGT of a whole map as astropy reads them."""
    with fits.open(folder / record.path) as hdus:
        return np.array(hdus[record.sci_hdu].data), np.array(hdus[record.wgt_hdu].data)


def request_for(
    places: Sequence[tuple[float, float]], size: float = 10, **kind: Any
) -> CutoutRequest:
    """Request square stamps at positions (ra, dec) [deg, ICRS]."""
    targets = tuple(
        Target(f"t{index}", ra % 360, dec, size, size) for index, (ra, dec) in enumerate(places)
    )
    return CutoutRequest(targets, **kind)


def _images(
    shape: tuple[int, int], hole: tuple[int, int, int, int] | None, dtype: str, seed: int
) -> dict[str, NDArray[Any]]:
    noise = np.random.default_rng(seed)
    sci = noise.normal(size=shape).astype(dtype)
    wgt = noise.uniform(1, 5, size=shape).astype(dtype)
    wgt[:PAD_ROWS] = 0
    if hole is not None:
        wgt[hole[1] : hole[3], hole[0] : hole[2]] = 0
    sci[wgt == 0] = 0
    return {"SCI": sci, "WGT": wgt}


def _placeholder(index: int) -> str:
    return f"RAW{index:05d}"


def _put_raw(path: Path, raw: Sequence[bytes]) -> None:
    content = path.read_bytes()
    for index, card in enumerate(raw):
        stands = str(fits.Card(_placeholder(index), 0)).encode()
        assert content.count(stands) == 2
        content = content.replace(stands, card.ljust(80)[:80])
    path.write_bytes(content)


def _header(wcs: Cards, image: str, more: Sequence[tuple[str, Any, str]]) -> fits.Header:
    header = fits.Header()
    values = wcs | {
        "BAND": "90GHz",
        "OBSID": "282023912",
        "OBS-ID": "282023912",
        "FIELD": "ra0hdec-59.75",
        "OBJECT": "ra0hdec-59.75",
        "PARENT": "/data/maps/282023912_90GHz_tonly.g3.gz",
        "FITSNAME": "282023912_90GHz_psth.fits",
        "FILETYPE": "PSTH",
        "HIERARCH SIZEINBYTES": 123456,
        "MD5SUM": "d41d8cd98f00b204e9800998ecf8427e",
        "DATE-BEG": "2019-03-01T06:00:00",
        "DATE-END": "2019-03-01T08:00:00.5",
        "BUNIT": "K",
        "PROJ": f"Proj{str(wcs['CTYPE1'])[-3:]}",
        "ALPHA0": wcs["CRVAL1"],
        "DELTA0": wcs["CRVAL2"],
        "X0": float(wcs["CRPIX1"]) - 1,
        "Y0": float(wcs["CRPIX2"]) - 1,
        "MAPTYPE": "FLAT",
        "COORDREF": "Equatorial",
        "UNITS": "Tcmb",
        "WEIGHTED": False,
        "POLAR": False,
    }
    values |= (
        {"ISWEIGHT": False, "POLTYPE": "T"} if image == "SCI" else {"ISWEIGHT": True, "WTYPE": "TT"}
    )
    for name, value in values.items():
        header[name] = value
    header["HISTORY"] = "made of /data/maps"
    for name, value, comment in more:
        if name in {"HISTORY", "COMMENT"}:
            header.add_history(value) if name == "HISTORY" else header.add_comment(value)
        else:
            header[name] = value, comment
    return header


def _hdu(
    image: NDArray[Any],
    header: fits.Header,
    name: str,
    compression: str | None,
    *,
    tile: tuple[int, int] | None,
    steps: float,
) -> fits.ImageHDU | fits.CompImageHDU:
    if compression in {None, "gzip"}:
        return fits.ImageHDU(image, header, name=name)
    return fits.CompImageHDU(
        image,
        header,
        name=name,
        compression_type=compression,
        quantize_level=steps,
        tile_shape=tile,
    )
