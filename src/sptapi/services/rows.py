"""Pages of a job's rows, out of its packs."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sptapi.representations.rows import RowsPage
from sptjobs.packs.job_rows import RowFilter
from sptjobs.packs.outcomes import OutcomeIndexes
from sptjobs.packs.row_columns import RowOrder


def page_of(
    indexes: OutcomeIndexes,
    folders: Sequence[Path],
    row_filter: RowFilter,
    order: RowOrder,
    page: slice,
) -> RowsPage:
    """Find a page of rows.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    rows = indexes.rows(folders)
    places = indexes.find(rows, row_filter, order)
    counts = Counter[tuple[str, str]]()
    for kind, count in rows.counts.items():
        counts[kind.status, kind.band] += count
    return RowsPage(rows.read(places[page]), len(places), counts)
