"""A table as a Parquet file, streamed: some rows at a time, and at the end where they stand.

References
----------
Apache Parquet format 2.11: file layout, ``parquet.thrift``, data pages of version 1 with PLAIN
values and definition levels in runs.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from types import MappingProxyType
from typing import Any

from sptjobs.packs.forms import Column, Form
from sptjobs.packs.thrift import Long, ThriftValue, struct_bytes, varint

_MAGIC = b"PAR1"
_GROUP_ROWS = 8192
"""Rows whose columns are written together, and are in memory meanwhile."""

_PLAIN, _RUNS, _GZIP, _OPTIONAL = 0, 3, 2, 1
_UTF8, _DATA_PAGE = 0, 0
_GZIP_WINDOW, _LEVEL = 16 + 15, 1


@dataclass(frozen=True, slots=True)
class _Kind:
    """A type of values: its number, how they are written, and what numpy calls them."""

    number: int
    plain: Callable[[Sequence[Any]], bytes]
    name: str


def _texts(values: Sequence[str]) -> bytes:
    coded = [value.encode("utf-8", "backslashreplace") for value in values]
    return b"".join(part for text in coded for part in (struct.pack("<I", len(text)), text))


def _numbers(code: str) -> Callable[[Sequence[Any]], bytes]:
    return lambda values: struct.pack(f"<{len(values)}{code}", *values)


_KINDS: Mapping[str, _Kind] = MappingProxyType(
    {
        "int": _Kind(1, _numbers("i"), "int32"),
        "long": _Kind(2, _numbers("q"), "int64"),
        "double": _Kind(5, _numbers("d"), "float64"),
        "char": _Kind(6, _texts, "string"),
    }
)
"""By the data types of VOTable."""


def parquet_chunks(form: Form, facts: Mapping[str, Any], rows: Iterable[Any]) -> Iterator[bytes]:
    """A Parquet file of rows; numbers that are not known are null, texts are empty.

    Units, descriptions and the facts of the job stand in its metadata as astropy reads them,
    under ``table_meta_yaml``, of which JSON is a kind; the longest text of each column, too.
    """
    yield _MAGIC
    offset, groups, left, total = len(_MAGIC), [], iter(rows), 0
    lengths = {column.name: 1 for column in form.columns if column.datatype == "char"}
    while group := list(islice(left, _GROUP_ROWS)):
        columns = zip(*map(form.cells, group), strict=True)
        chunks = []
        for column, values in zip(form.columns, columns, strict=True):
            cells: Sequence[Any] = values
            if column.name in lengths:
                cells = [value or "" for value in values]
                lengths[column.name] = max(lengths[column.name], *map(len, cells))
            page, size = _page(_KINDS[column.datatype], cells)
            chunks.append(_chunk(column, len(group), offset, (size, len(page))))
            offset += len(page)
            yield page
        groups.append(_group(chunks, len(group)))
        total += len(group)
    about = _file(form.columns, _described(form.columns, facts, lengths), groups, total)
    yield about + struct.pack("<I", len(about)) + _MAGIC


def _page(kind: _Kind, values: Sequence[Any]) -> tuple[bytes, int]:
    """A page of a column with its header, and the page's size before it was compressed."""
    levels = b"".join(
        varint(len(list(run)) << 1) + bytes([known])
        for known, run in groupby(value is not None for value in values)
    )
    known = kind.plain([value for value in values if value is not None])
    content = struct.pack("<I", len(levels)) + levels + known
    packer = zlib.compressobj(_LEVEL, wbits=_GZIP_WINDOW)
    packed = packer.compress(content) + packer.flush()
    about: dict[int, ThriftValue] = {1: len(values), 2: _PLAIN, 3: _RUNS, 4: _RUNS}
    header = struct_bytes({1: _DATA_PAGE, 2: len(content), 3: len(packed), 5: about})
    return header + packed, len(header) + len(content)


def _chunk(
    column: Column, count: int, offset: int, sizes: tuple[int, int]
) -> dict[int, ThriftValue | None]:
    """Where a column of a group stands, and its sizes as it was and as it is [byte]."""
    about: dict[int, ThriftValue | None] = {
        1: _KINDS[column.datatype].number,
        2: [_PLAIN, _RUNS],
        3: [column.name],
        4: _GZIP,
        5: Long(count),
        6: Long(sizes[0]),
        7: Long(sizes[1]),
        9: Long(offset),
    }
    return {2: Long(offset), 3: about}


def _group(
    chunks: Sequence[dict[int, ThriftValue | None]], count: int
) -> dict[int, ThriftValue | None]:
    sizes = (chunk[3][6].value for chunk in chunks)  # type: ignore[index, union-attr]
    return {1: chunks, 2: Long(sum(sizes)), 3: Long(count)}


def _file(
    columns: Sequence[Column], said: Mapping[str, str], groups: Sequence[ThriftValue], total: int
) -> bytes:
    """What stands at the end of a file: its columns, and where its groups are."""
    root: dict[int, ThriftValue | None] = {4: "schema", 5: len(columns)}
    schema: list[ThriftValue] = [root, *map(_schema, columns)]
    about: list[ThriftValue] = [{1: key, 2: value} for key, value in said.items()]
    return struct_bytes(
        {1: 1, 2: schema, 3: Long(total), 4: groups, 5: about, 6: "SPT-3G data service"}
    )


def _schema(column: Column) -> dict[int, ThriftValue | None]:
    is_text = column.datatype == "char"
    return {
        1: _KINDS[column.datatype].number,
        3: _OPTIONAL,
        4: column.name,
        6: _UTF8 if is_text else None,
        10: {1: {}} if is_text else None,
    }


def _described(
    columns: Sequence[Column], facts: Mapping[str, Any], lengths: Mapping[str, int]
) -> dict[str, str]:
    described = [
        {"name": column.name, "datatype": _KINDS[column.datatype].name}
        | ({"unit": column.unit} if column.unit else {})
        | {"description": column.description}
        for column in columns
    ]
    whole = json.dumps({"datatype": described, "meta": dict(facts)}, ensure_ascii=False)
    longest = {f"table::len::{name}": str(length) for name, length in lengths.items()}
    return {"table_meta_yaml": whole} | longest
