"""However long a text is and whatever it holds, reading it takes time in proportion."""

import base64
import struct
from collections.abc import Callable

import pytest

from sptapi.parameters.body import read_form
from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.designations import designation_in
from sptjobs.request.identifiers import file_stems, parse_objid
from sptjobs.request.intervals import parse_time, parse_wavelengths
from sptjobs.request.numbers import parse_number
from sptjobs.request.positions import parse_positions
from sptjobs.request.region_values import (
    parse_circle_region,
    parse_polygon_region,
    parse_pos_region,
)
from sptjobs.request.target_lines import read_line
from sptjobs.target_tables.html_tables import read_html_table
from sptjobs.target_tables.typeset_cells import deluxe_as_tabular, without_markup
from sptjobs.uws.errors import InvalidRequestError, ParameterError
from tests.support.growth import check_growth
from tests.support.scale import scaled

LONGEST = scaled(1 << 15, 1 << 22)
"""Characters of the longest text."""

VALUES: dict[str, Callable[[str], object]] = {
    "a right ascension": parse_ra,
    "a declination": parse_dec,
    "a number": lambda text: parse_number(text, field="X"),
    "a name": parse_objid,
    "a circle": parse_circle_region,
    "a polygon": parse_polygon_region,
    "wavelengths": parse_wavelengths,
    "a shape": parse_pos_region,
    "a time": parse_time,
    "a line with a target": read_line,
    "a position in a name": designation_in,
    "the stem of a name": lambda text: file_stems([text]),
    "a cell of a table": lambda text: _table(f"RA,DEC\n{text},-57\n"),
}
FILLINGS = (" ", "1 ", "1" + " " * 100, "1:", "\u2003", "(", "' ", '"', "J0000-", "ra=1 ", "$^{")


def _table(text: str) -> object:
    return parse_positions(text.encode(), default_size=(10.0, 10.0), max_targets=100_000)


def _many(item: str, before: str, after: str) -> Callable[[int], str]:
    """Repeat an item; ``@`` in it is its number."""

    def make(length: int) -> str:
        items = (item.replace("@", str(n)) for n in range(length // len(item)))
        return before + "".join(items) + after

    return make


def _binary(fields: str, data: bytes) -> str:
    return (
        "<VOTABLE><RESOURCE><TABLE><FIELD name='RA' datatype='double'/>"
        f"<FIELD name='DEC' datatype='double'/>{fields}<DATA><BINARY><STREAM encoding='base64'>"
        f"{base64.b64encode(data).decode()}</STREAM></BINARY></DATA></TABLE></RESOURCE></VOTABLE>"
    )


def _dimensions(length: int) -> str:
    size = "999999999x" * (length // 10) + "9"
    return _binary(f"<FIELD name='f' datatype='char' arraysize='{size}'/>", b"\0" * 99)


def _fields_of_no_bytes(length: int) -> str:
    field = "<FIELD name='f' datatype='char' arraysize='0'/>"
    rows = struct.pack(">dd", 1, -57) * (length // 42)
    return _binary(field * (length // 2 // len(field)), rows)


ECSV = "# %ECSV 1.0\n# ---\n# datatype:\n"
TABLES: dict[str, Callable[[int], str]] = {
    "rows at one position": _many("1,-57\n", "RA,DEC\n", ""),
    "lines of numbers": _many("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n", "1 2\n", ""),
    "lines of words": _many("a b c d e f 1 g h i j k l\n", "1 2\n", ""),
    "one long line": _many("1 h 2 m ", "1 2\n", "x\n"),
    "names that come to one stem": _many("A/@,1,-57\n", "OBJID,RA,DEC\n", ""),
    "quotes in the header of ECSV": _many("a: '@', ", ECSV + "# - {name: RA, ", "}\nRA\n1\n"),
    "quotes in an entry of ECSV": _many("a'a ", ECSV + "# - {name: RA, x: ", "}\nRA\n1\n"),
    "blanks in the header of ECSV": _many(" ", ECSV + "#  ", "x\nRA\n1\n"),
    "units in units of ECSV": _many(
        "!astropy.units.Unit {unit: ", ECSV + "# - {name: RA, unit: ", "}\nRA\n1\n"
    ),
    "comments of every language": _many("% a\n! b\n// c\n-- d\n", "RA,DEC\n", "1,-57\n"),
    "right ascensions of circulars": _many("RA = 1\n", "1 2\n", ""),
    "frames behind a value": _many(" (J2000", "RA = 1, Dec = 2", ""),
    "rows as programs print them": _many("@ 1 2 3 1 2 3 a\n", "  RA DEC name\n", ""),
    "tables shown in a table": _many("<Table length=1", "", "\n"),
    "rules of a printed table": _many("- ", "RA DEC\n", "x\n- -\n1 2\n"),
    "attributes of a tag": _many("a@='1' ", "<VOTABLE ", "/>"),
    "dimensions of an array": _dimensions,
    "fields of no bytes in every row": _fields_of_no_bytes,
}


PAGES = (
    "<a ", "<a b='", "<a b='>' ", "<a b=c ", "<a/", "</a ", "<!--", "<!--a--!", "<?", "<script",
    "<textarea></Textarea>", "<table><tr><td>1", "&#", "&#" + "9" * 50,
)  # fmt: skip
LATEX: dict[str, Callable[[str], object]] = {
    "a table of AASTeX": deluxe_as_tabular,
    "a line of LaTeX": lambda text: list(without_markup([f"{text} & "])),
}
"""What is read before a library reads the rest."""


@pytest.mark.parametrize("before", ["<html>", "<html><table><tr><td>", "<html><a b='"])
def test_a_page_is_read_in_time_that_grows_with_its_length(before: str) -> None:
    for filling in PAGES:
        check_growth(read_html_table, _many(filling, before, ""), 1 << 13)


@pytest.mark.parametrize("name", LATEX)
def test_latex_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    for filling in ("\\tablehead{", "\\tablehead{}\\startdata ", "{", "\\rm{", "^{", "$\\mathrm{"):
        check_growth(LATEX[name], _many(filling, "", ""), 1 << 13)


@pytest.mark.parametrize("name", VALUES)
def test_a_value_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    for filling in FILLINGS:
        check_growth(VALUES[name], _many(filling, "1", "x"), 1 << 13)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_read_in_time_that_grows_with_its_length(name: str) -> None:
    check_growth(_table, TABLES[name], LONGEST)


@pytest.mark.parametrize("item", [";a=", "a;", '\\"', ";a*=u''"])
def test_a_multipart_header_is_read_in_time_that_grows_with_the_body(item: str) -> None:
    def parse(text: str) -> object:
        body = f'--b\r\nContent-Disposition: form-data; name="{text}"\r\n\r\nx\r\n--b--\r\n'
        return read_form("", "multipart/form-data; boundary=b", body.encode())

    check_growth(parse, _many(item, "", ""), LONGEST)


def test_a_coordinate_of_a_kilobyte_of_blanks_is_refused_at_once_with_its_field_and_value() -> None:
    blanks = " " * 400
    with pytest.raises(ParameterError, match="RA: cannot be read"):
        parse_ra(f"1{blanks}1{blanks[:300]}1{blanks[:200]}x")
    with pytest.raises(ParameterError, match="DEC: is longer than a coordinate"):
        parse_dec(f"1{blanks}1{blanks}1{blanks}x")
    assert parse_ra("  1   0    0 ") == 15.0


def test_rows_at_one_position_get_the_same_names_as_ever_and_none_twice() -> None:
    rows = "RA,DEC,OBJID\n1,-57,\n1,-57,\n1,-57,spt3gJ000400.0-570000.0_3\n1,-57,\n1,-57,\n"
    found = parse_positions(rows.encode(), default_size=(10.0, 10.0), max_targets=10)
    name = found[0].objid
    names = [target.objid.removeprefix(name) for target in found]
    assert len(set(names)) == 5
    assert names[0] == ""
    assert names[1] == "_2"


def test_more_columns_than_a_table_may_have_are_counted_in_the_message() -> None:
    with pytest.raises(InvalidRequestError, match="has 1003 columns, up to 1000 are read"):
        _table("RA,DEC," + ",".join(f"a{n}" for n in range(1001)) + "\n")
