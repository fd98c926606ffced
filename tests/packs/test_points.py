"""Points of light curves in packs, and the table of them in each of its forms."""

import csv
import io
import json
import random
import tracemalloc
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.io.votable import parse as parse_votable
from astropy.io.votable import validate
from astropy.table import Table
from astropy.time import Time
from astropy.timeseries import TimeSeries
from astropy.units import Unit

from sptjobs.packs.curves import iter_points, points_of, read_head
from sptjobs.packs.lightcurve import (
    lightcurve_csv,
    lightcurve_fits,
    lightcurve_json,
    lightcurve_votable,
)
from sptjobs.packs.points import POINTS_FILE, Epoch, Point
from sptjobs.packs.writer import PackWriter
from sptjobs.uws.errors import UnavailableError

FACTS = {"job": "ab12"}


def epoch(day: int, band: str = "150GHz", unit: str = "mJy") -> Epoch:
    return Epoch(
        band, "filtered", "ra0hdec-59.75", f"2{day:03d}", f"2{day:03d}_{band}_fltd",
        58849.5 + day, 6000.0, unit, f"{unit}-2",
    )  # fmt: skip


def point(target: int, at: Epoch) -> Point:
    if (target + int(at.mjd)) % 5 == 0:
        why = "the pixel that holds the target is not observed \u2014 \xfc"
        return Point(
            target, f"t{target}", 0.1 * target, -57.5, at, "no-data", weight=0.0, reason=why
        )
    value = target + at.mjd / 7
    return Point(target, f"t{target}", 0.1 * target, -57.5, at, "ok", value, 0.5, 4.0)


def every(targets: int, days: int) -> list[Point]:
    """Points in the order of the table."""
    return [
        point(target, epoch(day, band))
        for target in range(targets)
        for band in ("90GHz", "150GHz")
        for day in range(days)
    ]


def packs_of(folder: Path, parts: Iterable[Sequence[Point]]) -> list[Path]:
    folders = []
    for number, points in enumerate(parts):
        with PackWriter(folder / "job" / f"{number}-1-abc") as pack:
            pack.write_points(points)
        folders.append(pack.folder)
    return folders


def dealt(points: Sequence[Point], packs: int) -> list[list[Point]]:
    """The points in any order over some packs; one pack stays empty."""
    mixed = list(points)
    random.Random(1).shuffle(mixed)
    return [*(mixed[start::packs] for start in range(packs)), []]


def as_fits(folders: Sequence[Path]) -> bytes:
    heads = [read_head(folder) for folder in folders]
    count = sum(head.points for head in heads)
    return b"".join(lightcurve_fits({}, heads, count, iter_points(folders, heads)))


def as_votable(folders: Sequence[Path]) -> bytes:
    heads = [read_head(folder) for folder in folders]
    return b"".join(lightcurve_votable(FACTS, heads, iter_points(folders, heads)))


@pytest.mark.parametrize("packs", [1, 2, 7])
def test_points_come_in_order_however_they_are_spread_over_packs(
    tmp_path: Path, packs: int
) -> None:
    points = every(30, 11)
    folders = packs_of(tmp_path, dealt(points, packs))
    heads = [read_head(folder) for folder in folders]
    assert list(iter_points(folders, heads)) == points
    assert points_of(folders, heads, "t7") == [p for p in points if p.objid == "t7"]
    assert points_of(folders, heads, "t") == []
    assert points_of(folders, heads, "t31") == []


def test_csv_and_json_give_back_every_number_exactly(tmp_path: Path) -> None:
    points = every(5, 4)
    text = b"".join(lightcurve_csv({}, points)).decode()
    for row, written in zip(csv.DictReader(io.StringIO(text, newline="")), points, strict=True):
        assert (row["objid"], row["band"], row["status"]) == (
            written.objid,
            written.epoch.band,
            written.status,
        )
        assert row["value"] == ("" if written.value is None else repr(written.value))
        assert float(row["mjd"]) == written.epoch.mjd
    document = json.loads(b"".join(lightcurve_json(FACTS, points)))
    assert document["job"] == "ab12"
    assert [row["value"] for row in document["rows"]] == [p.value for p in points]
    assert [row["reason"] for row in document["rows"]] == [p.reason for p in points]


def test_the_fits_table_is_valid_and_opens_in_astropy(tmp_path: Path) -> None:
    points = every(40, 9)
    content = as_fits(packs_of(tmp_path, dealt(points, 3)))
    assert len(content) % 2880 == 0
    with fits.open(io.BytesIO(content)) as hdus:
        hdus.verify("exception")
        header, data = hdus[1].header, hdus[1].data
        assert header["NAXIS2"] == len(points) == len(data)
        assert (header["EXTNAME"], header["TIMESYS"], header["MJDREF"]) == (
            "LIGHTCURVE",
            "UTC",
            0.0,
        )
        units = {column.name: column.unit for column in hdus[1].columns}
        assert units["mjd"] == "d"
        assert {units[name] for name in ("flux", "flux_err", "flux_limit")} == {"mJy"}
        assert (units["value"], units["error"]) == ("mJy", "mJy")
        expected = [np.nan if p.value is None else p.value for p in points]
        np.testing.assert_array_equal(data["value"], expected)
    table = Table.read(io.BytesIO(content), format="fits", hdu=1)
    assert list(table["objid"]) == [p.objid for p in points]
    assert list(table["target"]) == [p.target for p in points]
    assert set(table["reason"].filled("")) == {
        "", "the pixel that holds the target is not observed - u",
    }  # fmt: skip


def test_the_votable_is_valid_and_says_what_its_times_mean(tmp_path: Path) -> None:
    points = every(6, 5)
    content = as_votable(packs_of(tmp_path, dealt(points, 2)))
    path = tmp_path / "curves.vot"
    path.write_bytes(content)
    report = io.StringIO()
    assert validate(str(path), output=report, xmllint=False), report.getvalue()
    votable = parse_votable(io.BytesIO(content), verify="exception")
    (system,) = votable.resources[0].time_systems
    assert (system.timescale, system.timeorigin, system.refposition) == (
        "UTC", "MJD-origin", "TOPOCENTER",
    )  # fmt: skip
    table = votable.get_first_table().to_table()
    assert votable.get_field_by_id("mjd").ref == "time"
    assert str(table["value"].unit) == str(table["error"].unit) == "mJy"
    assert {str(table[name].unit) for name in ("flux", "flux_err", "flux_limit")} == {"mJy"}
    good = table[table["status"] == "ok"]
    curve = TimeSeries(
        good["value", "error"], time=Time(list(good["mjd"]), format="mjd", scale="utc")
    )
    assert list(curve["value"].value) == [p.value for p in points if p.status == "ok"]


def test_values_of_several_units_are_not_given_as_of_one(tmp_path: Path) -> None:
    folders = packs_of(
        tmp_path, [[point(1, epoch(1, unit="mJy"))], [point(1, epoch(2, unit="mK"))]]
    )
    with fits.open(io.BytesIO(as_fits(folders))) as hdus:
        assert {c.unit for c in hdus[1].columns if c.name in {"value", "error"}} == {None}
        assert list(hdus[1].data["unit"]) == ["mJy", "mK"]
    table = parse_votable(io.BytesIO(as_votable(folders)), verify="exception").get_first_table()
    assert table.get_field_by_id("value").unit is None


def test_units_that_vounits_spells_in_another_way_are_spelt_so(tmp_path: Path) -> None:
    at = replace(epoch(1), unit="MJy sr-1", weight_unit="MJy-2 sr2")
    content = as_votable(packs_of(tmp_path, [[point(1, at)]]))
    table = parse_votable(io.BytesIO(content), verify="exception").get_first_table()
    assert table.get_field_by_id("value").unit == Unit("MJy sr-1")


def test_a_flux_density_stands_alone_in_its_row_and_what_is_not_seen_has_a_limit(
    tmp_path: Path,
) -> None:
    seen = replace(point(1, epoch(1, unit="mK")), flux=9.0, flux_err=2.0, method="fitted")
    unseen = replace(seen, epoch=epoch(2), flux=-1.0, method="interpolated", flags="partial")
    without = replace(point(1, epoch(3, unit="adu")), reason="no flux: adu")
    unsure = replace(seen, epoch=epoch(5), flux_err=None)
    every_point = [seen, unseen, without, unsure]
    folders = packs_of(tmp_path, [every_point])
    heads = [read_head(folder) for folder in folders]
    assert list(iter_points(folders, heads)) == every_point
    text = b"".join(lightcurve_csv({}, every_point)).decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    names = ("flux", "flux_err", "flux_limit", "value", "unit")
    assert [[row[name] for name in names] for row in rows] == [
        ["9.0", "2.0", "", "", ""],
        ["-1.0", "2.0", "6.0", "", ""],
        ["", "", "", repr(without.value), "adu"],
        ["9.0", "", "", "", ""],
    ]
    table = Table.read(io.BytesIO(as_fits(folders)), format="fits", hdu=1)
    assert list(table["flags"].filled("")[:2]) == ["", "partial"]


def test_points_of_the_release_before_are_read_with_their_values(tmp_path: Path) -> None:
    folders = packs_of(tmp_path, [[point(1, epoch(1)), point(2, epoch(1))]])
    file = folders[0] / POINTS_FILE
    head, *lines = file.read_text().splitlines()
    shortened = []
    for line in lines:
        *about, cells = json.loads(line)
        shortened.append(json.dumps([*about, [row[:6] for row in cells]]))
    file.write_text("\n".join([head, *shortened, ""]))
    found = list(iter_points(folders, [read_head(folder) for folder in folders]))
    assert found == [point(1, epoch(1)), point(2, epoch(1))]
    text = b"".join(lightcurve_csv({}, found)).decode()
    assert [row["value"] for row in csv.DictReader(io.StringIO(text, newline=""))] == [
        "" if p.value is None else repr(p.value) for p in found
    ]


def test_a_table_without_points_is_a_table(tmp_path: Path) -> None:
    folders = packs_of(tmp_path, [[], []])
    with fits.open(io.BytesIO(as_fits(folders))) as hdus:
        assert len(hdus[1].data) == 0
    assert len(parse_votable(io.BytesIO(as_votable(folders))).get_first_table().to_table()) == 0


def test_a_long_table_of_many_packs_passes_through_little_memory(tmp_path: Path) -> None:
    days = [[point(target, epoch(day)) for target in range(300)] for day in range(20)]
    folders = packs_of(tmp_path, days)
    heads = [read_head(folder) for folder in folders]
    tracemalloc.start()
    rows = sum(chunk.count(b"\r\n") for chunk in lightcurve_csv({}, iter_points(folders, heads)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == 1 + 300 * 20
    # All points at once take 2.3 MB; 8 KiB of each pack take 0.6 MB with what is made of them.
    assert peak < 1_200_000


@pytest.mark.parametrize("spoil", ["cut off", "a line less", "no json", "gone"])
def test_a_spoilt_pack_is_named_without_the_servers_folders(tmp_path: Path, spoil: str) -> None:
    folders = packs_of(tmp_path, [every(3, 2), every(3, 3)])
    path = folders[1] / POINTS_FILE
    lines = path.read_bytes().splitlines(keepends=True)
    heads = [read_head(folder) for folder in folders]
    match spoil:
        case "cut off":
            path.write_bytes(b"".join(lines)[:-9])
        case "a line less":
            path.write_bytes(b"".join(lines[:-1]))
        case "no json":
            path.write_bytes(lines[0] + b"[\n")
        case _:
            path.unlink()
    with pytest.raises(UnavailableError) as caught:
        list(iter_points(folders, heads))
    assert "job/1-1-abc" in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_what_a_later_release_adds_is_passed_over(tmp_path: Path) -> None:
    points = every(2, 2)
    (folder,) = packs_of(tmp_path, [points])
    head, *lines = (folder / POINTS_FILE).read_text().splitlines()
    written = json.loads(head)
    written["new"], written["epochs"] = 1, [each | {"new": 1} for each in written["epochs"]]
    rows = [json.loads(line) for line in lines]
    rows = [[*row[:4], [[*cells, "new"] for cells in row[4]], "new"] for row in rows]
    (folder / POINTS_FILE).write_text("".join(json.dumps(each) + "\n" for each in (written, *rows)))
    assert list(iter_points([folder], [read_head(folder)])) == points
