"""Parquet files of tables, read by pyarrow."""

import io
import math
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pyarrow.parquet
import pytest
from astropy.table.meta import get_header_from_yaml

from sptjobs.packs.forms import Column, Form
from sptjobs.packs.parquet import parquet_chunks

COLUMNS = (
    Column("number", "int", "A number"),
    Column("size", "long", "A long one", "byte"),
    Column("flux", "double", "A flux density", "mJy"),
    Column("name", "char", "A text"),
)
FORM = Form("things", COLUMNS, "", lambda row: row)
FACTS = {"job": "ab12", "note": 'a "b" \u2014 \U0001f52d: [1]', "pairs_total": 3}
NASTY = 'a <b>, "c" \u2014 \U0001f52d\n'


def rows(count: int) -> Iterator[tuple[Any, ...]]:
    for n in range(count):
        known = n % 7 != 3
        yield n, -(2**40) * n if known else None, n / 7 if n % 3 else None, NASTY if known else None


def written(count: int) -> bytes:
    return b"".join(parquet_chunks(FORM, FACTS, rows(count)))


@pytest.mark.parametrize("count", [0, 1, 5, 8192, 20_000])
def test_pyarrow_reads_every_cell_as_it_was_and_unknown_numbers_as_null(count: int) -> None:
    table = pyarrow.parquet.read_table(io.BytesIO(written(count)))
    names = [column.name for column in COLUMNS]
    expected = [dict(zip(names, (*row[:3], row[3] or ""), strict=True)) for row in rows(count)]
    assert table.to_pylist() == expected
    assert [str(field.type) for field in table.schema] == ["int32", "int64", "double", "string"]


def test_what_utf8_cannot_carry_is_escaped_and_numbers_may_be_none() -> None:
    odd = [(1, 2, math.inf, "\ud800"), (2, 3, math.nan, "")]
    table = pyarrow.parquet.read_table(io.BytesIO(b"".join(parquet_chunks(FORM, {}, odd))))
    assert table["name"].to_pylist() == ["\\ud800", ""]
    assert table["flux"][0].as_py() == math.inf
    assert math.isnan(table["flux"][1].as_py())


def test_units_and_what_is_said_of_the_job_stand_where_astropy_looks_for_them() -> None:
    # Reading the whole of it takes pandas besides.
    said = pyarrow.parquet.read_schema(io.BytesIO(written(5))).metadata
    header = get_header_from_yaml(said[b"table_meta_yaml"].decode().split("\n"))
    assert header["meta"] == FACTS
    flux = next(each for each in header["datatype"] if each["name"] == "flux")
    assert (flux["unit"], flux["description"]) == ("mJy", "A flux density")
    assert int(said[b"table::len::name"]) == len(NASTY)


def test_a_long_table_passes_through_little_memory() -> None:
    tracemalloc.start()
    total = sum(map(len, parquet_chunks(FORM, {}, rows(60_000))))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert total > 200_000
    assert peak < 6_000_000
