"""Rows of a job's manifest as JSON, with the addresses of their files."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sptjobs.packs.records import Outcome
from sptjobs.uws.jobs import Job
from sptjobs.uws.pair_status import Status


@dataclass(frozen=True, slots=True)
class RowsPage:
    """A page of rows; ``total`` are those that match, ``counts`` all, by status and band."""

    rows: Sequence[Outcome]
    total: int
    counts: Counter[tuple[str, str]]


def rows_tree(
    job: Job, page: RowsPage, offset: int, address: Callable[[str, str], str]
) -> dict[str, Any]:
    """Describe a page of rows.

    Parameters
    ----------
    address
        Gives the address of a file of a job.
    """
    statuses, bands = Counter[str](), Counter[str]()
    for (status, band), count in page.counts.items():
        statuses[status] += count
        bands[band] += count
    return {
        "job": job.job_id,
        "phase": job.phase.value,
        "pairs_total": job.progress.pairs_total,
        "rows_total": page.counts.total(),
        "statuses": {status.value: statuses[status] for status in Status},
        "bands": dict(sorted(bands.items())),
        "total": page.total,
        "offset": offset,
        "rows": [_row(job, row, address) for row in page.rows],
    }


def _row(job: Job, row: Outcome, address: Callable[[str, str], str]) -> dict[str, Any]:
    return asdict(row) | {
        "href": None if row.file is None else address(job.job_id, row.file),
        "preview_href": None if row.preview is None else address(job.job_id, row.preview),
    }
