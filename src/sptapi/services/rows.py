"""Pages of a job's rows, out of its packs."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sptapi.representations.rows import RowsPage
from sptjobs.packs.outcomes import OutcomeIndexes, RowFilter


def page_of(
    indexes: OutcomeIndexes, folders: Sequence[Path], row_filter: RowFilter, offset: int, limit: int
) -> RowsPage:
    """Find a page of rows.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    rows = indexes.rows(folders)
    places = rows.find(row_filter)
    counts = Counter[tuple[str, str]]()
    for kind, count in rows.counts.items():
        counts[kind.status, kind.band] += count
    return RowsPage(rows.read(places[offset : offset + limit]), len(places), counts)
