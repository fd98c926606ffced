"""MOCs, read, united and written, as mocpy does it."""

import io
import json
from pathlib import Path

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from mocpy import MOC

from sptapi.representations.moc import moc_document
from sptjobs.maps.moc import read_ascii, united


@st.composite
def mocs(draw: st.DrawFn) -> MOC:
    """A MOC of some cells of an order."""
    order = draw(st.integers(0, 6))
    cells = draw(st.sets(st.integers(0, 12 * 4**order - 1), min_size=1, max_size=40))
    return MOC.from_string(f"{order}/" + " ".join(map(str, sorted(cells))), "ascii")


@given(st.lists(mocs(), min_size=1, max_size=5))
def test_mocs_are_united_as_mocpy_unites_them(some: list[MOC]) -> None:
    ours = united(each.to_string("ascii") for each in some)
    whole = some[0]
    for each in some[1:]:
        whole = whole.union(each)
    assert MOC.from_string(ours, "ascii") == whole
    assert read_ascii(ours)[1] == max(each.max_order for each in some)


@given(mocs())
def test_each_form_is_read_by_mocpy_as_the_same(moc: MOC) -> None:
    text = united([moc.to_string("ascii")])
    document = moc_document(text, "application/fits")
    with fits.open(io.BytesIO(document)) as hdus:
        hdus.verify("exception")
        assert hdus[1].header["MOCORD_S"] == moc.max_order
    assert MOC.from_string(moc_document(text, "text/plain").decode(), "ascii") == moc
    as_json = moc_document(text, "application/json").decode()
    assert MOC.from_string(as_json, "json") == moc
    assert str(moc.max_order) in json.loads(as_json)


def test_a_fits_file_is_read_by_mocpy(tmp_path: Path) -> None:
    moc = MOC.from_string("3/3 10 4/16-18 22 5/19 20 17/222 29/123456789 29/", "ascii")
    (file := tmp_path / "moc.fits").write_bytes(
        moc_document(united([moc.to_string("ascii")]), "application/fits")
    )
    assert MOC.from_fits(str(file)) == moc


def test_of_nothing_the_union_is_the_empty_moc() -> None:
    assert united([]) == "0/"
    assert MOC.from_string("0/", "ascii").sky_fraction == 0


@pytest.mark.parametrize("text", ["1", "0/12", "3/5-4", "30/1", "a/1", "0/-1", "0/1.5"])
def test_what_is_no_moc_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no part of a MOC|are no cells of order"):
        read_ascii(text)
