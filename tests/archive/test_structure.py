"""What the headers of a file state is compared with the file before anything believes it."""

import io
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.formats.structure import check_structure
from sptjobs.maps.map_error import MapError

MapWriter = Callable[..., Path]


def header(*cards: str) -> bytes:
    text = "".join(card.ljust(80) for card in (*cards, "END"))
    return text.ljust(-(-len(text) // 2880) * 2880).encode()


def primary(*cards: str) -> bytes:
    return header("SIMPLE  =                    T", *cards)


def number(name: str, value: object) -> str:
    return f"{name:<8}= {value!s:>20}"


EMPTY = primary(number("BITPIX", 8), number("NAXIS", 0))


def image(naxis: object = 2, bitpix: object = -32, **sides: object) -> bytes:
    sides = {"NAXIS1": 10, "NAXIS2": 10} | sides
    cards = [number(name, side) for name, side in sides.items() if side is not None]
    return header("XTENSION= 'IMAGE   '", number("BITPIX", bitpix), number("NAXIS", naxis), *cards)


@pytest.mark.parametrize("tiles", [None, "GZIP_2", "RICE_1"])
def test_a_whole_map_is_walked_to_its_end(write_map: MapWriter, tiles: str | None) -> None:
    with write_map(tiles=tiles).open("rb") as stream:
        check_structure(stream)
        assert stream.tell() == 0


@pytest.mark.parametrize("rest", [b"", b"\0" * 2880, b"junk", EMPTY])
def test_what_follows_the_last_hdu_is_no_matter(rest: bytes) -> None:
    check_structure(io.BytesIO(EMPTY + image() + bytes(2880) + rest))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "does not begin with SIMPLE"),
        (b"no FITS at all", "does not begin with SIMPLE"),
        (EMPTY[:2000], "HDU 0 has no END card"),
        (EMPTY[:80] + b" " * 2800 * 600, "has no END card in the first"),
        (EMPTY + image()[:-1], "HDU 1 has no END card"),
        (EMPTY + image(naxis=2147483647), "NAXIS is 2147483647"),
        (EMPTY + image(naxis=-1), "NAXIS is -1"),
        (EMPTY + image(TFIELDS=2147483648) + bytes(2880), "TFIELDS is 2147483648, not 0 to 999"),
        (EMPTY + image(ZNAXIS=2147483648) + bytes(2880), "ZNAXIS is 2147483648, not 0 to 16"),
        (EMPTY + image(NAXIS1=2147483647), "is truncated: HDU 1 has 85899345880 bytes"),
        (EMPTY + image(NAXIS2=2147483647, NAXIS1=2147483647), "is truncated"),
        (EMPTY + image(NAXIS2=None), "a size is missing"),
        (EMPTY + image(NAXIS1=-10), "a size is missing, or negative"),
        (EMPTY + image(PCOUNT=1 << 40), "is truncated"),
        (EMPTY + image(GCOUNT=-1), "negative"),
        (EMPTY + image(bitpix=7), "BITPIX is 7"),
        (EMPTY + image(bitpix="'x'"), "BITPIX is no integer"),
        (EMPTY + image(NAXIS1="1E30"), "NAXIS1 is no integer"),
        (EMPTY + image(NAXIS1="9" * 40), "NAXIS1 is no integer"),
        (EMPTY + image() + bytes(300), "is truncated"),
        (EMPTY + (image() + bytes(2880)) * 101, "more than 100 HDUs"),
        (EMPTY + image() + bytes(2880) + bytes(2 << 20), "goes on after HDU 1"),
    ],
)
def test_what_cannot_be_is_refused_at_once(content: bytes, reason: str) -> None:
    begun = time.monotonic()
    with pytest.raises(MapError, match=reason):
        check_structure(io.BytesIO(content))
    assert time.monotonic() - begun < 5


@given(st.integers(0, 8), st.lists(st.integers(0, 30), min_size=1, max_size=4), st.data())
def test_any_image_that_astropy_writes_is_whole_and_none_is_if_cut(
    extra: int, shape: list[int], data: st.DataObject
) -> None:
    hdu = fits.ImageHDU()
    hdu.header["NAXIS"] = len(shape)
    for axis, side in enumerate(shape, 1):
        hdu.header[f"NAXIS{axis}"] = side
    for extra_card in range(extra):
        hdu.header[f"EXTRA{extra_card}"] = extra_card
    size = 1
    for side in shape:
        size *= side
    head = hdu.header.tostring().encode()
    whole = EMPTY + head + bytes(size + -size % 2880)
    check_structure(io.BytesIO(whole))
    if size:
        cut = data.draw(st.integers(len(EMPTY) + len(head), len(EMPTY) + len(head) + size - 1))
        with pytest.raises(MapError, match="truncated"):
            check_structure(io.BytesIO(whole[:cut]))


@given(st.binary(max_size=6000))
def test_any_bytes_are_walked_or_refused(junk: bytes) -> None:
    for content in (junk, EMPTY + junk, EMPTY[:160] + junk):
        with suppress(MapError):
            check_structure(io.BytesIO(content))
