from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

MapWriter = Callable[..., Path]


def grid_cards(projection: str, ra: float, dec: float, shape: tuple[int, int]) -> dict[str, Any]:
    """Cards of a small map around a position."""
    ny, nx = shape
    cylindrical = projection in {"CAR", "SFL"}
    scale = 0.25 / 60
    return {
        "CTYPE1": f"RA---{projection}",
        "CTYPE2": f"DEC--{projection}",
        "CRVAL1": ra,
        "CRVAL2": 0.0 if cylindrical else dec,
        "CRPIX1": (nx + 1) / 2,
        "CRPIX2": (ny + 1) / 2 - (dec / scale if cylindrical else 0),
        "CDELT1": -scale,
        "CDELT2": scale,
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "RADESYS": "FK5",
        "EQUINOX": 2000.0,
    }


@pytest.fixture
def write_map(tmp_path: Path) -> MapWriter:
    """Return a function that writes a small map whose middle is observed."""

    def write(
        name: str = "102030405_150GHz_psth.fits",
        *,
        sci: np.ndarray[Any, Any] | None = None,
        wgt: np.ndarray[Any, Any] | None = None,
        projection: str = "ZEA",
        names: tuple[str, str] = ("SCI", "WGT"),
        tiles: str | None = None,
        without: tuple[str, ...] = (),
        **cards: Any,
    ) -> Path:
        if sci is None:
            random = np.random.default_rng(1)
            sci = random.standard_normal((60, 80)).astype(np.float32)
        if wgt is None:
            wgt = np.zeros(sci.shape, np.float32)
            wgt[10:50, 20:70] = 1.0
        header = fits.Header()
        values = {
            **grid_cards(projection, 0.3, -57.0, (sci.shape[0], sci.shape[1])),
            "DATE-BEG": "2020-03-23T04:11:52",
            "DATE-END": "2020-03-23T05:49:52",
            "OBS-ID": "102030405",
            "BAND": "150GHz",
            "FIELD": "ra0hdec-59.75",
            "FILETYPE": "PSTH",
            **{key.replace("_", "-"): value for key, value in cards.items()},
        }
        for key, value in values.items():
            if key not in without:
                header[key] = value
        hdus = fits.HDUList([fits.PrimaryHDU()])
        for image, extname in zip((sci, wgt), names, strict=True):
            if tiles is None:
                hdu = fits.ImageHDU(image, header)
            else:
                hdu = fits.CompImageHDU(image, header, compression_type=tiles)
            if extname:
                hdu.header["EXTNAME"] = extname
            hdus.append(hdu)
        path = tmp_path / "archive" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        hdus.writeto(path, overwrite=True)
        return path

    return write
