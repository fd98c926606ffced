"""Columns that name the targets where a table has no OBJID: ``name``, ``Object``, ``source_id``.

The web app finds them by the same titles.
"""

import re
from collections.abc import Iterable, Sequence

from sptjobs.request.identifiers import parse_objid
from sptjobs.request.tables import SourceColumn
from sptjobs.request.text_column import DistinctTexts
from sptjobs.uws.errors import ParameterError

TITLES = frozenset(
    {
        "objid", "id", "name", "object", "source", "target", "sourceid", "objectid",
        "objectname", "sourcename", "targetname", "designation", "identifier", "srcname", "sptid",
    }
)  # fmt: skip
"""Titles without blanks, marks and capitals."""

_MARKS = re.compile("[^a-z0-9]")
_LONGEST_TITLE = 100


def find_labels(
    columns: Sequence[SourceColumn], rows: Iterable[list[str] | ParameterError]
) -> int | None:
    """Find the first column whose title says that it names the rows, and which does.

    It names them when no two rows have the same name and each may be a target's.
    Rows without one are named by their positions. A column of other contents is
    something else, whatever it is called, and left alone.
    """
    return next(
        (at for at, column in enumerate(columns) if _is_title(column.name) and _name(at, rows)),
        None,
    )


def _is_title(name: str) -> bool:
    return len(name) <= _LONGEST_TITLE and _MARKS.sub("", name.lower()) in TITLES


def _name(at: int, rows: Iterable[list[str] | ParameterError]) -> bool:
    names = DistinctTexts()
    for row in rows:
        name = "" if isinstance(row, ParameterError) else row[at].strip()
        if not name:
            continue
        try:
            parse_objid(name)
        except ParameterError:
            return False
        before = len(names)
        if names.add(name) < before:
            return False
    return len(names) > 0
