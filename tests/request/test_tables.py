"""Tables as TOPCAT, astropy and archives write them; astropy is what they are compared with."""

import base64
import io
import math
import struct
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import FK4, FK5, ICRS, SkyCoord
from astropy.io.votable import from_table
from astropy.io.votable.tree import Resource, VOTableFile
from astropy.table import Table
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.request.positions import add_rows, parse_positions
from sptjobs.request.targets import TargetBuilder
from sptjobs.uws.errors import InvalidRequestError, TooLargeError, UsageError

SIZE = (10.0, 10.0)
FORMATS = ("tabledata", "binary", "binary2")


def votable(table: Table, serialization: str) -> bytes:
    document = from_table(table)
    out = io.BytesIO()
    document.to_xml(out, tabledata_format=serialization)
    return out.getvalue()


def ecsv(table: Table, **options: Any) -> bytes:
    out = io.StringIO()
    table.write(out, format="ascii.ecsv", **options)
    return out.getvalue().encode()


def wide_table(rows: int) -> Table:
    """A table with the odd columns that catalogues have."""
    seed = np.random.default_rng(1)
    return Table(
        {
            "note": ["", "a, b", 'say "x"', "\N{GREEK SMALL LETTER ALPHA}  b", "<&>"] * (rows // 5),
            "flag": np.arange(rows) % 2 == 0,
            "flux": np.ma.masked_greater(seed.normal(size=rows).astype("f4"), 0.5),
            "cov": seed.normal(size=(rows, 2, 3)),
            "Dec": seed.uniform(-70, -40, rows) * u.deg,
            "ra": seed.uniform(0, 359, rows) * u.deg,
            "n": np.ma.masked_equal(np.arange(rows, dtype="i2"), 1),
            "XSIZE": np.ma.masked_equal(np.full(rows, 6, dtype="i4") + np.arange(rows) % 3, 7),
            "OBJID": [f"src-{n}" for n in range(rows)],
            "id": np.arange(rows, dtype="i8"),
            "phase": np.exp(1j * np.arange(rows)),
        }
    )


def check(content: bytes, table: Table) -> None:
    builder = TargetBuilder(SIZE, 1000)
    use = add_rows(builder, content)
    targets = builder.targets()
    assert [t.ra for t in targets] == [float(value) for value in table["ra"]]
    assert [t.dec for t in targets] == [float(value) for value in table["Dec"]]
    assert [t.objid for t in targets] == list(table["OBJID"])
    assert [t.xsize for t in targets] == [
        10.0 if value is np.ma.masked else float(value) for value in table["XSIZE"]
    ]
    assert use.shown == {"RA": "ra", "DEC": "Dec", "XSIZE": "XSIZE", "OBJID": "OBJID"}
    assert set(use.ignored) == {"note", "flag", "flux", "cov", "n", "id", "phase"}


@pytest.mark.parametrize("serialization", FORMATS)
def test_a_votable_gives_the_values_that_astropy_put_into_it(serialization: str) -> None:
    table = wide_table(50)
    if serialization == "binary":  # astropy cannot write integers without value in this form
        table["n"], table["XSIZE"] = table["n"].filled(), table["XSIZE"].astype("f8")
    check(votable(table, serialization), table)


def test_the_null_value_of_a_field_is_no_value_in_every_form() -> None:
    rows = struct.pack(">ddi", 1.5, 2.5, -99) + struct.pack(">ddi", 3.5, 4.5, 6)
    stream = f"<STREAM encoding='base64'>{base64.b64encode(rows).decode()}</STREAM>"
    cells = (
        "<TR><TD>1.5</TD><TD>2.5</TD><TD>-99</TD></TR><TR><TD>3.5</TD><TD>4.5</TD><TD>6</TD></TR>"
    )
    size = "<FIELD name='XSIZE' datatype='int'><VALUES null='-99'/></FIELD>"
    for data in (f"<BINARY>{stream}</BINARY>", f"<TABLEDATA>{cells}</TABLEDATA>"):
        text = f"{HEAD}{size}<DATA>{data}</DATA>{TAIL}"
        targets = parse_positions(text.encode(), default_size=SIZE, max_targets=5)
        assert [(t.ra, t.dec, t.xsize) for t in targets] == [(1.5, 2.5, 10.0), (3.5, 4.5, 6.0)]


def test_an_ecsv_table_gives_the_values_that_astropy_put_into_it() -> None:
    table = wide_table(50)
    table["ra"].description = "right ascension, with a comma: and a 'quote' and a long text " * 3
    table.meta["history"] = {"delimiter": ";", "datatype": ["a", {"name": "ra", "unit": "rad"}]}
    for delimiter in (" ", ","):
        check(ecsv(table, delimiter=delimiter), table)


@given(
    st.lists(
        st.tuples(st.floats(0, 360, exclude_max=True), st.floats(-90, 90), st.floats(0.25, 120)),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(("f4", "f8")),
    st.sampled_from((*FORMATS, "ecsv")),
)
def test_every_number_arrives_as_it_was_written(
    rows: list[tuple[float, float, float]], kind: str, form: str
) -> None:
    table = Table(
        {
            "RA": np.minimum(np.array([row[0] for row in rows], kind), 359),
            "DEC": np.array([row[1] for row in rows], kind),
            "YSIZE": np.clip(np.array([row[2] for row in rows], kind), 0.25, 120),
        }
    )
    content = ecsv(table) if form == "ecsv" else votable(table, form)
    targets = parse_positions(content, default_size=SIZE, max_targets=10)
    step = 1e-7 if kind == "f4" and form in {"ecsv", "tabledata"} else 0
    for target, row in zip(targets, table, strict=True):
        for got, put in ((target.ra, row["RA"]), (target.dec, row["DEC"])):
            assert math.isclose(got, float(put), rel_tol=step, abs_tol=step)
        assert math.isclose(target.xsize, float(row["YSIZE"]), rel_tol=1e-6)


@given(st.binary(max_size=200), st.sampled_from(("BINARY", "BINARY2", "TABLEDATA")))
def test_any_stream_is_rows_or_a_usage_error(stream: bytes, serialization: str) -> None:
    inner = f"<STREAM encoding='base64'>{base64.b64encode(stream).decode()}</STREAM>"
    text = (
        "<VOTABLE><RESOURCE><TABLE><FIELD name='RA' datatype='double'/>"
        "<FIELD name='DEC' datatype='float'/><FIELD name='n' datatype='char' arraysize='*'/>"
        f"<FIELD name='b' datatype='bit' arraysize='3'/><DATA><{serialization}>{inner}"
        f"</{serialization}></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    with suppress(UsageError):
        parse_positions(text.encode(), default_size=SIZE, max_targets=100)


@given(st.text(max_size=120))
def test_any_header_of_ecsv_is_read_or_refused(text: str) -> None:
    commented = "\n".join("# " + line for line in text.splitlines())
    content = f"# %ECSV 1.0\n# ---\n# datatype:\n{commented}\nRA DEC\n1 2\n"
    with suppress(UsageError):
        parse_positions(content.encode("utf-8", "replace"), default_size=SIZE, max_targets=5)


def reason(content: bytes | str) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        parse_positions(
            content.encode() if isinstance(content, str) else content,
            default_size=SIZE,
            max_targets=5,
        )
    return caught.value.message


@pytest.mark.parametrize(
    ("unit", "factor"), [(u.hourangle, 15.0), (u.rad, math.degrees(1)), (u.arcmin, 1 / 60)]
)
def test_a_position_in_another_unit_is_converted_in_every_form(unit: Any, factor: float) -> None:
    table = Table({"RA": [1.0] * unit, "DEC": [-2.0] * u.deg})
    for content in (votable(table, "tabledata"), votable(table, "binary2"), ecsv(table)):
        (target,) = parse_positions(content, default_size=SIZE, max_targets=5)
        assert target.ra == pytest.approx(factor)
        assert target.dec == -2.0


@pytest.mark.parametrize(
    ("unit", "dec_unit", "why"),
    [
        (u.Jy, u.deg, "RA: must be in degrees or another unit of angles, the table says 'Jy'"),
        (u.deg, u.hourangle, "DEC: a declination is not given in hours"),
    ],
)
def test_a_position_in_a_unit_that_is_none_of_it_is_refused(
    unit: Any, dec_unit: Any, why: str
) -> None:
    table = Table({"RA": [1.0] * unit, "DEC": [2.0] * dec_unit})
    for content in (votable(table, "tabledata"), votable(table, "binary2"), ecsv(table)):
        assert why in reason(content)


def test_a_size_in_another_unit_is_converted_or_refused() -> None:
    table = Table({"RA": [1.0], "DEC": [2.0], "XSIZE": [0.1] * u.deg})
    (target,) = parse_positions(ecsv(table), default_size=SIZE, max_targets=5)
    assert target.xsize == pytest.approx(6)
    table["XSIZE"].unit = u.s
    assert "XSIZE: must be in arcmin or another unit of angles" in reason(ecsv(table))


def test_block_style_in_the_header_of_ecsv_is_read() -> None:
    text = (
        "# %ECSV 1.0\n# ---\n# delimiter: ','\n# datatype:\n# - name: RA\n#   unit: deg\n"
        "#   datatype: float64\n# - name: DEC\n#   datatype: float64\n#   meta:\n"
        "#     unit: rad\n# meta: !!omap\n# - unit: x\nRA,DEC\n10.5,-50\n"
    )
    (target,) = parse_positions(text.encode(), default_size=SIZE, max_targets=5)
    assert (target.ra, target.dec) == (10.5, -50.0)
    assert "the table says 'Jy'" in reason(text.replace("deg", "Jy"))


def test_the_main_position_of_a_catalogue_is_found_by_its_ucd_or_its_name() -> None:
    fields = (
        "<FIELD name='recno' datatype='int'/>"
        "<FIELD name='radeg' datatype='double' ucd='pos.eq.ra'/>"
        "<FIELD name='RA_obs' datatype='double' ucd='pos.eq.ra;meta.main' unit='deg'/>"
        "<FIELD name='DE_obs' datatype='double' ucd='pos.eq.dec;meta.main' unit='deg'/>"
    )
    row = "<TR><TD>1</TD><TD>99</TD><TD>10.5</TD><TD>-50</TD></TR>"
    text = (
        "<VOTABLE><RESOURCE><TABLE>"
        f"{fields}<DATA><TABLEDATA>{row}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    builder = TargetBuilder(SIZE, 5)
    use = add_rows(builder, text.encode())
    assert use.shown == {"RA": "RA_obs", "DEC": "DE_obs"}
    assert builder.targets()[0].ra == 10.5
    (target,) = parse_positions(
        b"id;RAJ2000;DEJ2000\n1;10.5;-50\n", default_size=SIZE, max_targets=5
    )
    assert (target.ra, target.dec) == (10.5, -50.0)
    assert "could be any of 'RAJ2000', 'RA_ICRS'; call one of them RA" in reason(
        "RAJ2000,DEC,RA_ICRS\n1,2,3\n"
    )


def in_frame(coosys: str, ra: float = 1.0) -> bytes:
    return (
        f"<VOTABLE><RESOURCE><COOSYS ID='b' {coosys}/><TABLE>"
        "<FIELD name='RA' datatype='double' ref='b'/><FIELD name='DEC' datatype='double' ref='b'/>"
        f"<DATA><TABLEDATA><TR><TD>{ra}</TD><TD>-57</TD></TR></TABLEDATA></DATA>"
        "</TABLE></RESOURCE></VOTABLE>"
    ).encode()


@pytest.mark.parametrize(
    ("coosys", "frame"),
    [
        ("system='ICRS'", ICRS()),
        ("system='eq_FK5'", ICRS()),
        ("system='eq_FK5' equinox='J2000'", ICRS()),
        ("system='eq_FK5' equinox='1975'", FK5(equinox="J1975")),
        ("system='eq_FK4'", FK4(equinox="B1950")),
        ("system='eq_FK4' equinox='B1975' epoch='B1980.5'",
         FK4(equinox="B1975", obstime="B1980.5")),
    ],
)  # fmt: skip
def test_a_position_in_a_declared_frame_is_where_astropy_puts_it(coosys: str, frame: Any) -> None:
    (target,) = parse_positions(in_frame(coosys), default_size=SIZE, max_targets=5)
    expected = SkyCoord(1 * u.deg, -57 * u.deg, frame=frame).icrs
    assert target.ra == pytest.approx(expected.ra.deg, abs=1e-9)
    assert target.dec == pytest.approx(expected.dec.deg, abs=1e-9)


def test_a_frame_that_is_not_known_or_not_the_columns_is_refused() -> None:
    assert "the table says 'barycentric'" in reason(in_frame("system='barycentric'"))
    assert "the table says 'galactic'" in reason(in_frame("system='galactic'"))
    text = in_frame("system='eq_FK4'").replace(b"'RA'", b"'RA_ICRS'")
    assert "in two frames, FK4 (B1950) and ICRS" in reason(text)


HEAD = (
    "<VOTABLE><RESOURCE><TABLE><FIELD name='RA' datatype='double'/>"
    "<FIELD name='DEC' datatype='double'/>"
)
TAIL = "</TABLE></RESOURCE></VOTABLE>"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<!DOCTYPE a [<!ENTITY x 'y'>]>" + HEAD + TAIL, "document type declaration"),
        ("<!DOCTYPE VOTABLE SYSTEM 'http://host/x.dtd'>" + HEAD + TAIL, "document type"),
        (HEAD + "<DATA><BINARY><STREAM href='file:///etc/passwd'/></BINARY></DATA>" + TAIL,
         "data elsewhere are not fetched"),
        (HEAD + "<DATA><FITS><STREAM/></FITS></DATA>" + TAIL, "must have TABLEDATA"),
        (HEAD + "<DATA><BINARY><STREAM encoding='gzip'/></BINARY></DATA>" + TAIL, "base64"),
        (HEAD + "<DATA><BINARY><STREAM encoding='base64'>?</STREAM></BINARY></DATA>" + TAIL,
         "is not base64"),
        (HEAD + "<DATA><BINARY><STREAM encoding='base64'>AAAA</STREAM></BINARY></DATA>" + TAIL,
         "row 1: the stream of the VOTable ends within this row"),
        (HEAD + "<DATA><TABLEDATA><TR><TD>1</TD></TR></TABLEDATA></DATA>" + TAIL,
         "row 1: the row has 1 cells, the table 2 fields"),
        (HEAD + "<DATA><TABLEDATA><TR><TD>x</TD><TD>2</TD></TR></TABLEDATA></DATA>" + TAIL,
         "RA, row 1: "),
        (HEAD + TAIL, "the table has no rows"),
        (HEAD + "</TABLE><TABLE name='b'>" + HEAD.partition("<TABLE>")[2] + TAIL,
         "holds 2 tables with positions ('table 1', 'b'); send one"),
        ("<VOTABLE><RESOURCE>" + "<TABLE></TABLE>" * 101 + "</RESOURCE></VOTABLE>",
         "more than 100 tables"),
        ("<VOTABLE><RESOURCE/></VOTABLE>", "holds no tables"),
        (HEAD, "not well-formed: line 1"),
        ("<VOTABLE>" + "<RESOURCE>" * 200, "nested too deeply"),
        (HEAD.replace("double", "quad") + "<DATA><BINARY><STREAM/></BINARY></DATA>" + TAIL,
         "unknown datatype"),
        (HEAD.replace("'double'/>", "'double' arraysize='2'/>", 1) + TAIL, "array"),
        ("# %ECSV 2.0\nRA DEC\n", "versions 0.9 and 1.0"),
        ("# %ECSV 1.0\n# ---\n# datatype:\n# - {name: RA}\nRA DEC\n1 2\n", "are not those"),
        ("# %ECSV 1.0\n# delimiter: ';'\n# datatype:\n# - {name: RA}\nRA\n1\n", "delimiter"),
        ("<svg></svg>", "a svg and no VOTable"),
        ("SIMPLE  =                    T", "looks like FITS, but cannot be read as such"),
        ("PK\x03\x04", "looks like spreadsheet, but cannot be read as such"),
    ],
)  # fmt: skip
def test_a_table_that_is_not_taken_says_why(text: str, why: str) -> None:
    assert why in reason(text)


@pytest.mark.parametrize("form", ["tabledata", "binary", "binary2"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_of_a_votable_with_several_tables_the_one_with_positions_is_read(
    form: str, place: int
) -> None:
    other = Table({"band": ["90GHz", "150GHz"], "flux": [1.0, 2.0], "flag": [True, False]})
    tables = [other, other]
    tables.insert(place, Table({"name": ["a"], "RAJ2000": [0.25], "DEJ2000": [-57.8]}))
    document = VOTableFile()
    for each in tables:
        resource = Resource()
        document.resources.append(resource)
        resource.tables.extend(from_table(each).resources[0].tables)
    out = io.BytesIO()
    document.to_xml(out, tabledata_format=form)

    (target,) = parse_positions(out.getvalue(), default_size=SIZE, max_targets=5)

    assert (target.ra, target.dec) == (0.25, -57.8)


def test_a_table_that_is_too_long_is_refused_whatever_its_form() -> None:
    table = Table({"RA": [1.0] * 7, "DEC": [2.0] * 7})
    for content in (votable(table, "tabledata"), votable(table, "binary"), ecsv(table)):
        with pytest.raises(TooLargeError, match="more than 5 targets"):
            parse_positions(content, default_size=SIZE, max_targets=5)
