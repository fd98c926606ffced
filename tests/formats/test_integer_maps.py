"""Maps of integers: what astropy reads of the parent map stands in its stamps, bit by bit."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.archive.scan import read_map
from tests.support.cutting import make
from tests.support.small_maps import request_for, wcs_cards

SHAPE = (60, 90)
PLACES = [(0.0, -57.5), (0.25, -57.45), (-0.25, -57.54)]
"""In the middle, and near two sides of the map."""


@dataclass(frozen=True)
class Integers:
    """How a map stores its pixels.

    Attributes
    ----------
    dtype
        Of the pixels as they stand in the file, but that unsigned ones have a BZERO by FITS.
    scale, zero, blank
        BSCALE, BZERO and BLANK, where it has them.
    stamp
        Type of the pixels of its stamps, which holds every value.
    """

    dtype: str
    stamp: str
    scale: float | None = None
    zero: float | None = None
    blank: int | None = None


KINDS = {
    "bytes": Integers("u1", ">f4"),
    "16 bits": Integers("i2", ">f4"),
    "16 bits, BSCALE": Integers("i2", ">f4", scale=0.01),
    "16 bits, BSCALE and BZERO": Integers("i2", ">f4", scale=-0.5, zero=12.25),
    "16 bits, BLANK": Integers("i2", ">f4", blank=-32768),
    "16 bits, BSCALE, BZERO, BLANK": Integers("i2", ">f4", 0.01, 7.0, -32768),
    "32 bits": Integers("i4", ">f8"),
    "32 bits, BSCALE and BLANK": Integers("i4", ">f8", scale=1e-6, blank=-(2**31)),
    "unsigned, 16 bits": Integers("u2", ">f4"),
    "unsigned, 32 bits": Integers("u4", ">f8"),
}
STORED: dict[str, dict[str, Any]] = {
    "plain": {"compression_type": None},
    "RICE_1": {"compression_type": "RICE_1", "tile_shape": (16, 32)},
    "GZIP_2": {"compression_type": "GZIP_2", "tile_shape": (16, 32)},
}


def raw_pixels(kind: Integers) -> NDArray[Any]:
    """Numbers all over the range of a type; some of them are BLANK."""
    limits = np.iinfo(kind.dtype)
    noise = np.random.default_rng(1)
    raw = noise.integers(limits.min, limits.max, SHAPE, kind.dtype, endpoint=True)
    if kind.blank is not None:
        raw[raw == kind.blank] += 1
        raw[::7, ::11] = kind.blank
    return raw


def written(folder: Path, kind: Integers, stored: dict[str, Any]) -> Path:
    """Write a map whose pixels are integers, and its weights too."""
    hdus = [fits.PrimaryHDU()]
    for name, raw in (("SCI", raw_pixels(kind)), ("WGT", np.full(SHAPE, 3, "i2"))):
        cards = wcs_cards(SHAPE, frame="ICRS") | {
            "OBSID": "282023912", "BAND": "90GHz", "FILETYPE": "PSTH", "FIELD": "f",
            "DATE-BEG": "2020-03-01T01:02:03", "DATE-END": "2020-03-01T02:40:03",
        }  # fmt: skip
        hdu = fits.ImageHDU(raw, fits.Header(cards), name=name)
        if stored["compression_type"] is not None:
            hdu = fits.CompImageHDU(raw, fits.Header(cards), name=name, **stored)
        hdus.append(hdu)
    path = folder / "282023912_90GHz_psth.fits"
    fits.HDUList(hdus).writeto(path)
    scaling = {"BSCALE": kind.scale, "BZERO": kind.zero, "BLANK": kind.blank}
    with fits.open(path, mode="update", disable_image_compression=True) as opened:
        header = opened["SCI"].header
        for card, value in scaling.items():
            if value is not None:
                header[card] = value
        if kind.blank is not None and stored["compression_type"] is not None:
            header["ZBLANK"] = kind.blank
    return path


@pytest.mark.parametrize("stored", STORED)
@pytest.mark.parametrize("name", KINDS)
def test_stamps_have_the_values_that_the_parent_map_has(
    tmp_path: Path, name: str, stored: str
) -> None:
    kind = KINDS[name]
    path = written(tmp_path, kind, STORED[stored])
    with fits.open(path) as parent:
        whole = parent["SCI"].data.astype(kind.stamp)
    expected = raw_pixels(kind).astype("f8")
    if kind.blank is not None:
        expected[expected == kind.blank] = np.nan
    expected = expected * (kind.scale or 1.0) + (kind.zero or 0.0)
    np.testing.assert_allclose(whole, expected, rtol=1e-6, atol=1e-4)

    made = make(tmp_path / "job", tmp_path, request_for(PLACES, 4), [read_map(path, path.name)])

    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            sci = stamp["SCI"]
            assert sci.data.dtype == kind.stamp
            assert not {"BSCALE", "BZERO", "BLANK", "ZBLANK"} & set(sci.header)
            x0, y0 = (round((SHAPE[1] + 1) / 2 - sci.header["CRPIX1"]),
                      round((SHAPE[0] + 1) / 2 - sci.header["CRPIX2"]))  # fmt: skip
            pixels = whole[y0 : y0 + 16, x0 : x0 + 16]
            assert sci.data.tobytes() == pixels.tobytes()
            np.testing.assert_array_equal(stamp["WGT"].data, 3)
            blank = np.isnan(pixels).any()
            assert blank == (kind.blank is not None)
            assert outcome.status == ("partial" if blank else "ok")
