"""Maps as a table of observations: VOTable, CSV or JSON.

References
----------
SIA 2.0, section 3.1; ObsCore 1.1.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sptapi.representations.service_descriptors import Addresses, cutouts_of_rows, links_of_rows
from sptapi.representations.votable import CONTENT_TYPE, TableField, table_head, table_tail
from sptjobs.obscore.observation import MapObservation
from sptjobs.obscore.observation_columns import COLUMNS, ObservationColumn
from sptjobs.packs.forms import csv_rows, votable_rows

SIA_ID = "ivo://ivoa.net/std/SIA#query-2.0"


@dataclass(frozen=True, slots=True)
class TableForm:
    """A form of the table, of which rows come one page after the other.

    Attributes
    ----------
    head
        Bytes before the first row.
    rows
        Writes rows; its second argument says whether they are the first ones.
    tail
        Writes the end; its argument says whether rows are missing.
    """

    content_type: str
    head: bytes
    rows: Callable[[Sequence[MapObservation], bool], bytes]
    tail: Callable[[bool], bytes]


def votable_form(addresses: Addresses, facts: dict[str, str], media_type: str = "") -> TableForm:
    """The table as VOTable, with what can be done with a row.

    Parameters
    ----------
    media_type
        What the client calls a VOTable.
    """
    fields = map(_field, COLUMNS)
    services = (links_of_rows(addresses), cutouts_of_rows(addresses))
    return TableForm(
        media_type or CONTENT_TYPE,
        table_head("ivoa.obscore", {"standardID": SIA_ID, **facts}, fields),
        lambda found, _: votable_rows(map(_cells, found)),
        lambda overflow: table_tail(overflow=overflow, descriptors=services),
    )


def csv_form() -> TableForm:
    """The table as CSV, with a row of the columns' names first."""
    return TableForm(
        "text/csv; charset=utf-8; header=present",
        csv_rows([[column.name for column in COLUMNS]]),
        lambda found, _: csv_rows(map(_cells, found)),
        lambda _: b"",
    )


def json_form(facts: dict[str, str]) -> TableForm:
    """The table as one JSON object, with the columns and one object a row."""
    columns = [_column_tree(column) for column in COLUMNS]
    head = json.dumps({"standardID": SIA_ID, **facts, "columns": columns}).removesuffix("}")
    return TableForm(
        "application/json",
        f'{head}, "rows": ['.encode(),
        _json_rows,
        lambda overflow: f'\n], "overflow": {json.dumps(overflow)}}}\n'.encode(),
    )


def _json_rows(found: Sequence[MapObservation], is_first: bool) -> bytes:
    names = [column.name for column in COLUMNS]
    rows = [json.dumps(dict(zip(names, _cells(each), strict=True))) for each in found]
    start = "\n" if is_first or not rows else ",\n"
    return (start + ",\n".join(rows)).encode() if rows else b""


def _cells(observation: MapObservation) -> list[Any]:
    return [column.value(observation) for column in COLUMNS]


def _field(column: ObservationColumn) -> TableField:
    utype = None if column.utype is None else f"obscore:{column.utype}"
    return TableField(
        column.name, column.datatype, column.description, column.ucd, column.unit, utype,
        column.xtype,
    )  # fmt: skip


def _column_tree(column: ObservationColumn) -> dict[str, str | None]:
    return {
        "name": column.name,
        "unit": column.unit,
        "ucd": column.ucd,
        "description": column.description,
    }
