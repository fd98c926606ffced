"""Columns and rows of astropy's tables as the texts that other tables have."""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import Column, Table

from sptjobs.request.column_titles import parse_part, parse_title
from sptjobs.request.sky_frames import ICRS, DeclaredFrame, parse_frame
from sptjobs.request.tables import SourceColumn, SourceTable

_EQUINOX = re.compile(r"\b(?:ICRS|FK[45]|J2000|B1950)(?![0-9])", re.IGNORECASE)
_KINDS = frozenset("biufSUO")
"""Kinds of numpy's types that a cell may have."""


def source_table(table: Table, kind: str, ucds: dict[str, str] | None = None) -> SourceTable:
    """Give the columns of a table that have one value in each row.

    Positions as objects become two columns in ICRS, named after it: ``pos.ra`` and
    ``pos.dec``.
    """
    columns: list[SourceColumn] = []
    values: list[Sequence[Any]] = []
    for name in table.colnames:
        column = table[name]
        if isinstance(column, SkyCoord):
            found = column.icrs
            columns += [SourceColumn(f"{name}.{axis}", "deg", frame=ICRS) for axis in ("ra", "dec")]
            values += [np.ravel(angle.deg).tolist() for angle in (found.ra, found.dec)]
        elif column.shape != (len(table),):
            columns.append(SourceColumn(name, f"array {column.unit or ''}".strip()))
            values.append([""] * len(table))
        else:
            unit = getattr(column, "unit", None)
            ucd = (ucds or {}).get(name)
            frame = _described_frame(name, getattr(column, "description", None) or "")
            columns.append(SourceColumn(name, None if unit is None else str(unit), ucd, frame))
            values.append(_plain(column))
    return SourceTable(tuple(columns), _rows(values), kind)


def _described_frame(name: str, description: str) -> DeclaredFrame | None:
    """The frame that the description of a right ascension or declination names."""
    title = parse_title(name)
    if parse_part(name) is None and (title is None or title.frame is not None):
        return None
    found = _EQUINOX.search(description)
    return parse_frame(found[0]) if found is not None else None


def _plain(column: Any) -> Sequence[Any]:
    """Values of a column, None where there is none."""
    if not isinstance(column, Column):
        value = getattr(column, "value", None)
        array = np.asanyarray(value if value is not None else [str(each) for each in column])
    else:
        array = np.ma.asanyarray(column)
    if array.dtype.kind not in _KINDS:
        return [str(each) for each in array]
    values: list[Any] = np.ma.asanyarray(array).tolist()
    return values


def _rows(values: Sequence[Sequence[Any]]) -> Iterator[list[str]]:
    for row in zip(*values, strict=True):
        yield [_text(value) for value in row]


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return "" if math.isnan(value) else repr(float(value))
        case bytes():
            return value.decode("utf-8", "replace").strip()
    return str(value).strip()
