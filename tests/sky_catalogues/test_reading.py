"""Catalogues of objects: what is said of them, and what their tables hold."""

import gzip
import os
import pickle
from array import array
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import numpy as np
import pytest
from astropy.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.request.reading_apart import NeedsReadingProcessError, provide
from sptjobs.request.text_column import TextColumn
from sptjobs.sky.circle import Circle
from sptjobs.sky.coordinate_range import CoordinateRange
from sptjobs.sky_catalogues.catalogue_table import MAX_OBJECTS, RefusedCatalogue, read_catalogue
from sptjobs.sky_catalogues.description import CatalogueDescription
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue, SkyObject
from sptjobs.target_tables.astropy_tables import load_astronomy

ROWS = "ID,RA,DEC,XI,note\nA,1.5,-57.25,7.5,x y\nB,2.5,-58,,\nC,3.5,-91,5,z\n"
ABOUT = 'table = "c.csv"\ntitle = "Clusters"\n'


@pytest.fixture(autouse=True, scope="module")
def _reading_process() -> Iterator[None]:
    provide(load_astronomy)
    yield
    provide(None)


def write(folder: Path, about: str = ABOUT, rows: str | bytes = ROWS, name: str = "c.csv") -> None:
    (folder / "c.toml").write_text(about, "utf-8")
    (folder / name).write_bytes(rows.encode() if isinstance(rows, str) else rows)


def read(folder: Path) -> SkyCatalogue:
    found = read_catalogue(folder, "c")
    assert isinstance(found, SkyCatalogue), found
    return found


def reason(folder: Path) -> str:
    found = read_catalogue(folder, "c")
    assert isinstance(found, RefusedCatalogue), found
    return found.reason


def test_objects_have_names_places_sizes_and_links(tmp_path: Path) -> None:
    link = (
        'label = "ID"\nsize = "XI"\nlink = "https://example.org/{ID}?n={note}#top"\nshown = true\n'
    )
    write(tmp_path, ABOUT + link)
    found = read(tmp_path)
    assert list(found.within(None)) == [
        SkyObject("A", 1.5, -57.25, 7.5, "https://example.org/A?n=x%20y#top"),
        SkyObject("B", 2.5, -58.0, None, None),  # its note is blank
    ]
    assert found.description.shown
    assert found.refused == 1
    (problem,) = found.problems
    assert problem.startswith("c.csv, row 3: DEC ")
    assert problem.endswith(": '-91'")


def test_a_table_has_a_version_that_changes_with_it_and_with_what_is_said_of_it(
    tmp_path: Path,
) -> None:
    versions = set()
    for about, rows in (
        (ABOUT, ROWS),
        (ABOUT + "shown = true\n", ROWS),
        (ABOUT, ROWS + "D,4,5,6,"),
    ):
        write(tmp_path, about, rows)
        versions.add(read(tmp_path).version)
    assert len(versions) == 3
    write(tmp_path)
    assert read(tmp_path).version in versions


@pytest.mark.parametrize(
    ("name", "form"),
    [("c.fits", "fits"), ("c.vot", "votable"), ("c.ecsv", "ascii.ecsv"), ("c.tex", "ascii.latex")],
)
def test_a_table_of_any_kind_in_any_frame_is_read(tmp_path: Path, name: str, form: str) -> None:
    table = Table({"GLON": [300.0, 301.0], "GLAT": [-50.0, -51.0], "NAME": ["one", "two"]})
    table["GLON"].unit = table["GLAT"].unit = "deg"
    table.write(tmp_path / name, format=form)
    (tmp_path / "c.toml").write_text(f'table = "{name}"\ntitle = "T"\nlabel = "NAME"\n')
    first, second = read(tmp_path).within(None)
    assert (first.name, second.name) == ("one", "two")
    assert first.ra == pytest.approx(14.86, abs=3)
    assert first.dec == pytest.approx(-67.1, abs=0.1)


def test_a_packed_table_and_columns_that_jobs_refuse_are_no_trouble(tmp_path: Path) -> None:
    rows = "name,ra,dec,SIZE,MJD,radius\nA,1,2,3,4,5\n"
    write(tmp_path, 'table = "c.csv.gz"\ntitle = "T"\n', gzip.compress(rows.encode()), "c.csv.gz")
    assert [each.name for each in read(tmp_path).within(None)] == ["A"]


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("table = ", "TOML"),
        ('title = "T"\n', "table: has to be there"),
        ('table = "c.csv"\n', "title: has to be there"),
        (ABOUT + 'colour = "red"\n', "colour: is no key"),
        ('table = "../c.csv"\ntitle = "T"\n', "same folder"),
        ('table = ".hidden"\ntitle = "T"\n', "same folder"),
        ('table = "no.csv"\ntitle = "T"\n', "no file 'no.csv'"),
        ('table = "c.csv"\ntitle = "a\\nb"\n', "title: must be one line"),
        ('table = "c.csv"\ntitle = ""\n', "title: must be a text"),
        ('table = "c.csv"\ntitle = 5\n', "title: must be a text"),
        (ABOUT + "shown = 1\n", "shown: must be true or false"),
        (ABOUT + 'label = "NAME"\n', "c.csv has no column called 'NAME'; its columns are ID, RA"),
        (ABOUT + 'size = "S"\n', "size: c.csv has no column"),
        (ABOUT + 'link = "javascript:alert({ID})"\n', "link: must begin with https://"),
        (ABOUT + 'link = "https:///{ID}"\n', "link: must begin with https://"),
        (ABOUT + 'link = "https://{ID}.org/"\n', "must not depend on the object"),
        (ABOUT + 'link = "https://a.org/{"\n', "columns are written as {COLUMN}"),
        (ABOUT + 'link = "https://a.org/{NAME}"\n', "link: c.csv has no column"),
        (ABOUT + 'link = "https://[a/{ID}"\n', "link: must begin with"),
    ],
)
def test_what_is_said_wrong_is_named(tmp_path: Path, about: str, words: str) -> None:
    write(tmp_path, about)
    assert words in reason(tmp_path)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("name,x,y\nA,1,2\n", "c.csv: "),
        ("", "c.csv: "),
        (b"\x00\x01\x02", "c.csv: "),
        (b"\x1f\x8bno", "c.csv: the table is packed by gzip and damaged"),
        (b"SIMPLE  =                    T", "c.csv: "),
        ("RA,DEC\n12.5,-57:30:00\n", "could be hours or degrees"),
        ("name,ra,dec\n" + "A,1,2\n" * (MAX_OBJECTS + 1), f"more than {MAX_OBJECTS} rows"),
        (b" " * ((16 << 20) + 1), "more than 16 MB"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(
    tmp_path: Path, rows: str | bytes, words: str
) -> None:
    write(tmp_path, rows=rows)
    assert words in reason(tmp_path)


def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "c.csv").unlink()
    os.mkfifo(tmp_path / "c.csv")
    assert "no file" in reason(tmp_path)


def test_a_size_that_is_no_number_leaves_its_row_out(tmp_path: Path) -> None:
    write(tmp_path, ABOUT + 'size = "note"\n', "ID,RA,DEC,note\nA,1,2,big\nB,1,2,1e3\nC,1,2,inf\n")
    found = read(tmp_path)
    assert [(each.name, each.size) for each in found.within(None)] == [("B", 1000.0), ("C", None)]
    assert found.problems == ("c.csv, row 1: note must be a number: 'big'",)


def test_of_very_many_wrong_rows_the_first_are_told(tmp_path: Path) -> None:
    write(tmp_path, rows="ID,RA,DEC\n" + "".join(f"A{n},1,x\n" for n in range(1000)))
    found = read(tmp_path)
    assert (len(found), found.refused, len(found.problems)) == (0, 1000, 20)


def test_only_a_reading_process_reads(tmp_path: Path) -> None:
    write(tmp_path)
    provide(None)
    try:
        with pytest.raises(NeedsReadingProcessError):
            read_catalogue(tmp_path, "c")
    finally:
        provide(load_astronomy)


def test_memory_is_about_what_is_said(tmp_path: Path) -> None:
    rows = "".join(f"Object number {n},{n / 1000},-50\n" for n in range(5_000))
    write(tmp_path, rows=f"ID,RA,DEC\n{rows}")
    found = read(tmp_path)
    assert found.size_bytes == pytest.approx(len(pickle.dumps(found)), rel=0.2)


places = st.tuples(st.floats(0, 359.999), st.floats(-90, 90))


@settings(max_examples=30, deadline=None)
@given(st.lists(places, max_size=30), places, st.floats(0, 180))
def test_those_in_a_circle_are_those_that_are_near(
    objects: list[tuple[float, float]], centre: tuple[float, float], radius: float
) -> None:
    catalogue = SkyCatalogue(
        "c", CatalogueDescription("c.csv", "T"), "1",
        TextColumn(str(n) for n in range(len(objects))),
        array("d", [ra for ra, _ in objects]), array("d", [dec for _, dec in objects]),
        array("d", [np.nan] * len(objects)), TextColumn([""] * len(objects)),
    )  # fmt: skip
    circle = Circle(*centre, radius)
    found = {each.name for each in catalogue.within(circle)}
    assert found == {str(n) for n, place in enumerate(objects) if circle.contains(*place)}
    around_zero = CoordinateRange(350.0, 10.0, -90.0, 90.0)
    found = {each.name for each in catalogue.within(around_zero)}
    assert found == {str(n) for n, place in enumerate(objects) if around_zero.contains(*place)}


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_a_link_leads_to_the_page_that_was_meant_whatever_is_in_the_table(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    folder = tmp_path_factory.mktemp("link")
    table = Table({"ra": [1.0], "dec": [2.0], "key": [text]})
    try:
        table.write(folder / "c.ecsv", format="ascii.ecsv")
    except UnicodeEncodeError:
        return
    (folder / "c.toml").write_text('table = "c.ecsv"\ntitle = "T"\nlink = "https://a.org/{key}"\n')
    found = read_catalogue(folder, "c")
    if isinstance(found, RefusedCatalogue):
        return
    for each in found.within(None):
        if each.link is not None:
            parts = urlsplit(each.link)
            assert (parts.scheme, parts.netloc) == ("https", "a.org")
            assert each.link.isascii()
            assert "/" not in parts.path[1:]
            assert unquote(parts.path[1:]) in text
