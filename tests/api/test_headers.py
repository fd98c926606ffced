"""Headers of stamps as JSON, compared with astropy's reading."""

import hashlib
import io
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from sptapi.services.fits_headers import read_headers
from sptjobs.uws.errors import UnavailableError
from tests.api.conftest import Api

pytestmark = pytest.mark.any_database

Cut = Callable[..., Awaitable[dict[str, bytes]]]


def headers(content: bytes) -> list[tuple[str, list[Any]]]:
    return read_headers(lambda start, count: content[start : start + count], len(content))


def written(*hdus: Any) -> bytes:
    out = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(out, checksum=True)
    return out.getvalue()


def check(content: bytes) -> None:
    with fits.open(io.BytesIO(content)) as opened:
        found = headers(content)
        assert [name for name, _ in found] == [hdu.name for hdu in opened]
        for (_, cards), hdu in zip(found, opened, strict=True):
            expected = [card for card in hdu.header.cards if card.keyword]
            assert [card[0] for card in cards] == [card.keyword for card in expected]
            for mine, theirs in zip(cards, expected, strict=True):
                value = None if isinstance(theirs.value, fits.card.Undefined) else theirs.value
                assert mine[1] == value, theirs.keyword
                assert mine[2] == theirs.comment


def test_a_file_of_several_hdus_is_read_as_astropy_reads_it() -> None:
    header = fits.Header()
    header["OBJECT"] = ("it's a 'name'", "with / a slash")
    header["EMPTY"] = ""
    header["NOVALUE"] = None
    header["TRUTH"] = True
    header["WHOLE"] = -12
    header["REAL"] = (1.5e-7, "[mK] unit")
    header["LONG"] = "a text of many words " * 12 + "end"
    header["HIERARCH long key word"] = 5
    header["HISTORY"] = "made = of something"
    header["COMMENT"] = "and said so"
    image = fits.ImageHDU(np.zeros((7, 300), "f4"), header, name="SCI")
    table = fits.BinTableHDU.from_columns([fits.Column("a", "PJ()", array=[[1, 2], [3]])])
    check(written(fits.PrimaryHDU(), image, table, fits.ImageHDU(np.ones((3, 3, 3)), name="WGT")))
    check(written(fits.PrimaryHDU(np.zeros((1, 1), "i2"))))


@given(
    st.dictionaries(
        st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=7).map(lambda k: "X" + k),
        st.booleans()
        | st.integers(-(10**15), 10**15)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(st.characters(min_codepoint=40, max_codepoint=126), max_size=60),
        max_size=12,
    )
)
def test_any_card_is_read_as_it_was_written(values: dict[str, Any]) -> None:
    header = fits.Header()
    for key, value in values.items():
        header[key] = value
    check(written(fits.PrimaryHDU(), fits.ImageHDU(np.zeros((2, 2)), header)))


@pytest.mark.parametrize("content", [b"x" * 2880, b"SIMPLE  =  T" + b" " * 2868, b"short"])
def test_what_is_no_fits_file_is_unavailable_and_not_a_crash(content: bytes) -> None:
    with pytest.raises(UnavailableError):
        headers(content)


@given(st.binary(max_size=6000))
def test_any_bytes_are_headers_or_unavailable(content: bytes) -> None:
    for each in (content, b"SIMPLE  =                    T".ljust(80) + content):
        with suppress(UnavailableError):
            assert isinstance(headers(each), list)


async def test_the_header_of_a_stamp_is_given_as_json(api: Api, cut: Cut) -> None:
    path = await api.new_job(PHASE="RUN")
    contents = await cut(path)
    out = f"/files/jobs/{path.rpartition('/')[2]}/out"
    name = "J0000-5748/J0000-5748_90GHz_1_fltd.fits"
    wrong = await api.get(f"{out}/{name}?header")
    assert (wrong.status, "FITS file" in await wrong.text()) == (503, True)
    # Whoever has the cards of the same bytes learns it before they are read again.
    had = {"If-None-Match": f'"{hashlib.sha256(contents[name]).hexdigest()}-header"'}
    assert (await api.get(f"{out}/{name}?header", headers=had)).status == 304
    assert (await api.get(f"{out}/{name}", headers=had)).status == 200
    assert (await api.get(f"{out}/request.json?header")).status == 400
