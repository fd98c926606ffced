"""Tables as programs print them and people type them."""

import io

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable, Table
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.positions import parse_positions, table_as_csv
from sptjobs.uws.errors import InvalidRequestError

NAMES = ("SPT-CL_J0000-5748", "b", "c")
RAS, DECS = (0.25, 188.7362, 359.9), (-57.8, -0.35, -69.25)
SKY = SkyCoord(list(RAS), list(DECS), unit="deg")
SEXAGESIMAL = SKY.to_string("hmsdms", sep=" ", precision=3)


def read(text: str) -> list[tuple[str, float, float]]:
    targets = parse_positions(text.encode(), default_size=(10, 10), max_targets=100)
    return [(target.objid, target.ra, target.dec) for target in targets]


def check(text: str) -> None:
    """Compare targets with the catalogue, read at once and by way of the service's CSV."""
    for each in (text, table_as_csv(text.encode(), max_targets=100)):
        found = read(each)
        assert [name for name, _, _ in found] == list(NAMES)
        np.testing.assert_allclose([ra for _, ra, _ in found], RAS, atol=1e-5)
        np.testing.assert_allclose([dec for _, _, dec in found], DECS, atol=1e-5)


def printed(table: Table, **how: bool) -> str:
    return "\n".join(table.pformat(max_lines=-1, max_width=-1, **how))


def catalogue(kind: type[Table], ra: u.Unit | None, dec: u.Unit | None) -> Table:
    longitude = SKY.ra.to(ra or u.deg).value
    table = kind({"name": list(NAMES), "RA": longitude, "DEC": list(DECS), "z": [0.702, 1e-3, 1.0]})
    table["RA"].info.unit, table["DEC"].info.unit = ra, dec
    return table


@pytest.mark.parametrize("units", [(None, None), (u.deg, u.deg), (u.hourangle, u.deg)])
@pytest.mark.parametrize("shown", ["print", "types", "whole", "length"])
def test_a_table_that_astropy_prints_is_read_with_its_units(
    units: tuple[u.Unit | None, u.Unit | None], shown: str
) -> None:
    table = catalogue(Table, *units)
    if shown == "whole":
        check(repr(table))
    elif shown == "length":
        check(printed(table) + "\nLength = 3 rows\n")
    else:
        check(printed(table, show_dtype=shown == "types"))


def test_a_table_of_quantities_as_a_notebook_shows_it_is_read() -> None:
    check(repr(QTable(catalogue(Table, u.deg, u.deg))))


def test_a_print_that_leaves_rows_out_is_refused_and_says_what_to_do() -> None:
    table = Table({"RA": np.arange(200.0), "DEC": np.full(200, -50.0)})
    with pytest.raises(InvalidRequestError, match="write it to a file"):
        read(str(table))
    rows = ("      RA   DEC", "0    0.0 -50.0", "..   ...   ...", "199  1.0 -50.0")
    with pytest.raises(InvalidRequestError, match="row 2: leaves out rows"):
        read("\n".join([*rows, "", "[200 rows x 2 columns]"]))


@pytest.mark.parametrize("first", [0, 17])
@pytest.mark.parametrize("order", [("name", "RA", "DEC"), ("RA", "DEC", "name")])
def test_a_table_that_pandas_prints_is_read_without_its_index(
    first: int, order: tuple[str, ...]
) -> None:
    columns = {"name": NAMES, "RA": RAS, "DEC": DECS}
    rows = [[first + n, *(columns[name][n] for name in order)] for n in range(3)]
    lines = ["   " + "".join(f"{name:>20}" for name in order)]
    lines += [f"{row[0]:<3}" + "".join(f"{cell!s:>20}" for cell in row[1:]) for row in rows]
    check("\n".join(lines))


@pytest.mark.parametrize("mark", ["#", "%", "!", "//", "--"])
@pytest.mark.parametrize("part", [",", " ", "\t", ";"])
def test_comments_of_any_language_are_none_of_the_rows(mark: str, part: str) -> None:
    rows = [part.join(map(str, row)) for row in zip(NAMES, RAS, DECS, strict=True)]
    heading = part.join(("OBJID", "RA", "DEC"))
    check(
        "\n".join([f"{mark} our clusters", heading, f"  {mark} first field", *rows, f"{mark} end"])
    )
    check("\n".join([f"{mark} {heading}", *rows]))


def headed(columns: dict[str, tuple[str, ...]]) -> str:
    lines = [" ".join(columns), *(" ".join(row) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines)


@pytest.mark.parametrize("before", [(), ("name",), ("z", "name")])
@pytest.mark.parametrize("behind", [(), ("flux",), ("z2", "flux")])
@pytest.mark.parametrize("order", [("RA", "DEC"), ("DEC", "RA")])
def test_three_numbers_of_each_coordinate_under_one_title_are_one_cell(
    before: tuple[str, ...], behind: tuple[str, ...], order: tuple[str, ...]
) -> None:
    halves = [each.split() for each in SEXAGESIMAL]
    angles = {
        "RA": tuple(" ".join(half[:3]) for half in halves),
        "DEC": tuple(" ".join(half[3:]) for half in halves),
    }
    values = {"name": NAMES, "z": ("0.7", "1", "2"), "z2": ("1", "2", "3"), "flux": ("5", "6", "7")}
    columns = {name: (values | angles)[name] for name in (*before, *order, *behind)}
    if "name" not in columns:
        columns["name"] = NAMES
    check(headed(columns))


@given(st.lists(st.sampled_from(["12", "5.5", "-3", "x", "00", "61"]), min_size=4, max_size=12))
def test_cells_beyond_the_titles_are_never_taken_for_a_position_by_chance(cells: list[str]) -> None:
    text = "name RA DEC\n" + " ".join(cells) + "\n"
    try:
        ((_, ra, dec),) = read(text)
    except InvalidRequestError:
        return
    assert len(cells) == 7
    assert 0 <= ra < 360
    assert -90 <= dec <= 90


@pytest.mark.parametrize(
    "titles",
    [
        "RA(h) RA(m) RA(s) Dec(d) Dec(m) Dec(s)",
        "RA[h] RA[min] RA[sec] DE[deg] DE[arcmin] DE[arcsec]",
    ],
)
def test_parts_of_a_position_may_stand_in_brackets(titles: str) -> None:
    lines = [f"{titles} name"]
    lines += [f"{each} {name}" for each, name in zip(SEXAGESIMAL, NAMES, strict=True)]
    check("\n".join(lines))
    check("\n".join(line.replace(" ", ",") for line in lines))


@pytest.mark.parametrize(
    "titles",
    [
        ("RA_hms", "DEC_dms"),
        ("RA_sexagesimal", "DEC_sexagesimal"),
        ("RA (hms)", "DEC (dms)"),
        ("ra_str", "dec_str"),
    ],
)
def test_decimals_are_read_where_the_same_position_stands_in_sexagesimal_beside_them(
    titles: tuple[str, str],
) -> None:
    out = io.StringIO()
    Table(
        {
            "name": list(NAMES),
            titles[0]: SKY.ra.to_string("hour", sep=":", precision=1),
            titles[1]: SKY.dec.to_string(sep=":", precision=0),
            "RA_deg": list(RAS),
            "DEC_deg": list(DECS),
        }
    ).write(out, format="ascii.csv")
    check(out.getvalue())
