"""VOTables that programs can act on: addresses, times, one unit in a column."""

import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from astropy.io.votable import parse
from astropy.table import Table
from astropy.units import Unit
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.packs.lightcurve import lightcurve_fits, lightcurve_votable
from sptjobs.packs.manifest import MANIFEST_COLUMNS, manifest_votable, units_of
from sptjobs.packs.points import Epoch, Point
from sptjobs.packs.records import Outcome
from sptjobs.packs.unit_columns import UnitsOfColumn, by_unit, vounit

OUT = "https://spt.example.org/files/jobs/0/out/"


def outcome(**changes: object) -> Outcome:
    row = Outcome(
        target=0, objid="a b", ra=1.0, dec=-57.0, xsize=10.0, ysize=10.0, map_id="m", band="90GHz",
        filetype="filtered", obsid="1", date_beg="2020-03-01T00:00:00.000", status="ok",
        file="a_b/a b+90GHz.fits", size=2880, sha256="0" * 64, preview="a_b/a.png",
        preview_range=3.0, sigma=0.5, unit="mK",
    )  # fmt: skip
    return row.changed(**changes)


def manifest(rows: list[Outcome], **options: object) -> bytes:
    for given_rows in (rows, [row.to_line().encode() for row in rows]):
        found = b"".join(manifest_votable({}, given_rows, units=units_of(given_rows), out=OUT))
    return found


def test_a_row_of_the_manifest_has_the_addresses_of_its_files() -> None:
    table = parse(
        BytesIO(manifest([outcome(), outcome(file=None, preview=None)]))
    ).get_first_table()
    fields = {each.name: each for each in table.fields}
    access = fields["access_url"]
    assert (access.ucd, access.utype) == ("meta.ref.url", "obscore:Access.Reference")
    assert fields["date_beg"].xtype == "timestamp"
    first, second = table.array
    assert first["access_url"] == OUT + "a_b/a%20b%2B90GHz.fits"
    assert first["access_format"] == "application/fits"
    assert first["preview_url"] == OUT + "a_b/a.png"
    assert [second[name] for name in ("access_url", "access_format", "preview_url")] == ["", "", ""]
    assert first["date_beg"] == "2020-03-01T00:00:00.000"


def test_a_manifest_on_disk_names_no_address() -> None:
    text = b"".join(manifest_votable({}, [outcome()]))
    assert b"access_url" not in text


def test_values_in_one_unit_state_it_and_in_two_have_a_column_for_each() -> None:
    one = parse(BytesIO(manifest([outcome(), outcome(unit=None, sigma=None, preview_range=None)])))
    assert {f.name: str(f.unit) for f in one.get_first_table().fields}["sigma"] == "mK"
    rows = [outcome(), outcome(unit="uK", sigma=7.0), outcome(unit=None, sigma=9.0)]
    two = parse(BytesIO(manifest(rows))).get_first_table()
    units = {field.name: field.unit for field in two.fields}
    assert str(units["sigma_mK"]) == "mK"
    assert str(units["sigma_uK"]) == "uK"
    assert units["sigma"] is None
    found = Table(two.array)
    assert found["sigma_mK"].tolist() == [0.5, None, None]
    assert found["sigma_uK"].tolist() == [None, 7.0, None]
    assert found["sigma"].tolist() == [None, None, 9.0]
    assert "access_url" in found.colnames


def test_a_reason_that_looks_like_a_unit_is_none() -> None:
    row = outcome(reason='"unit":"K"', unit="mK")
    assert units_of([row.to_line().encode()])["unit"] == ("mK",)
    assert units_of([row])["unit"] == ("mK",)


def test_weights_state_a_unit_of_their_own() -> None:
    rows = [
        outcome(value=2.0, weight=4.0, error=0.5, snr=4.0, weight_unit="mK-2"),
        outcome(unit=None, sigma=None, preview_range=None, reason='"weight":1,"weight_unit":"K"'),
    ]
    table = parse(BytesIO(manifest(rows))).get_first_table()
    fields = {field.name: field for field in table.fields}
    assert [str(fields[name].unit) for name in ("value", "error")] == ["mK", "mK"]
    assert fields["weight"].unit == Unit("mK-2")
    assert fields["snr"].unit is None
    assert fields["snr"].ucd == "stat.snr"
    assert Table(table.array)["snr"].tolist() == [4.0, None]
    other = outcome(value=2.0, weight=4.0, weight_unit="uK-2")
    columns = {f.name for f in parse(BytesIO(manifest([*rows, other]))).get_first_table().fields}
    assert {"weight_mK_2", "weight_uK_2", "value", "snr"} <= columns


EPOCH = Epoch("150GHz", "filtered", "f", "1", "m", 58850.25, 60.0, "mK", "mK-2")


def points() -> list[Point]:
    other = replace(EPOCH, unit="mJy", weight_unit="mJy-2", map_id="n")
    first = Point(0, "a&b", 0.25, -57.8, EPOCH, "ok", 1.5, 0.5, 4.0)
    return [first, replace(first, epoch=other, value=9.0)]


class Head:
    """What the tables ask of a pack's head."""

    points, objid_length, reason_length = 2, 3, 1

    def __init__(self, *epochs: Epoch) -> None:
        self.epochs = epochs


def heads() -> list[Head]:
    return [Head(*(point.epoch for point in points()))]


def test_rows_of_a_light_curve_tell_where_it_is_and_their_unit_where_they_have_several(
    tmp_path: Path,
) -> None:
    text = b"".join(lightcurve_votable({}, heads(), points(), OUT))  # type: ignore[arg-type]
    table = parse(BytesIO(text)).get_first_table()
    units = {field.name: field.unit for field in table.fields}
    assert (units["value"], str(units["flux"])) == (None, "mJy")
    found = Table(table.array)
    assert found["unit"].tolist() == ["mK", "mJy"]
    assert found["access_url"][0] == OUT + "lightcurve.vot?TARGET=a%26b"
    assert found["access_format"][0] == "application/x-votable+xml"
    file = tmp_path / "curve.fits"
    file.write_bytes(b"".join(lightcurve_fits({}, heads(), 2, points())))  # type: ignore[arg-type]
    fits = Table.read(file)
    assert fits["value"].unit is None
    assert fits["unit"].tolist() == ["mK", "mJy"]


@given(st.lists(st.sampled_from(["mK", "uK", "mJy", None]), min_size=1))
def test_each_value_stands_in_the_column_of_its_unit_and_in_no_other(
    units: list[str | None],
) -> None:
    rows = [outcome(unit=unit, sigma=float(place)) for place, unit in enumerate(units)]
    known = units_of(rows)["unit"]
    about = {"sigma": UnitsOfColumn("unit", known)}

    def cells(row: Outcome) -> tuple[object, ...]:
        return tuple(json.loads(row.to_line()).values())

    columns, apart = by_unit(MANIFEST_COLUMNS, cells, about, vounit)
    places = [at for at, column in enumerate(columns) if column.name.startswith("sigma")]
    assert len(places) == len(known)
    assert len({column.name for column in columns}) == len(columns)
    for row in rows:
        given_cells = apart(row)
        assert [given_cells[at] for at in places if given_cells[at] is not None] == [row.sigma]


@pytest.mark.parametrize(
    ("fits", "vo"), [("mK", "mK"), ("mK-2", "mK**-2"), ("mJy sr-1", "mJy.sr**-1"), ("what?", None)]
)
def test_units_are_written_as_the_virtual_observatory_does(fits: str, vo: str | None) -> None:
    assert vounit(fits) == vo
