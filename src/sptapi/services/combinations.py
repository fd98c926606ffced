"""The stamps of a job that was asked for in SODA's terms alone, each as a result of its own.

SODA 1.0, section 3.4: a job has a result for each combination of its parameters' values. Here
these are the combinations of its regions with the maps that its filters choose; a map that
two intervals choose has one.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from sptjobs.packs.outcomes import OutcomeIndexes
from sptjobs.packs.records import Outcome
from sptjobs.request.unknown_parameters import is_unknown
from sptjobs.uws.errors import UnknownResultError
from sptjobs.uws.jobs import Job
from sptjobs.uws.pair_status import Status
from sptjobs.uws.phases import ExecutionPhase

MAX_LISTED = 100
"""Most combinations that are listed; of more the manifest tells."""

_SODA = frozenset({"ID", "POS", "CIRCLE", "POLYGON", "BAND", "TIME", "POL"})
_REGIONS = frozenset({"POS", "CIRCLE", "POLYGON"})
_ID = re.compile("stamp-([1-9][0-9]{0,2})")


def combination_ids(job: Job) -> list[str]:
    """Ids of the results of a completed job's stamps; none of a job that is not SODA's alone."""
    names = {name for name, _ in job.parameters if not is_unknown(name)}
    count = job.progress.pairs_total
    if job.phase is not ExecutionPhase.COMPLETED or count > MAX_LISTED:
        return []
    if not names <= _SODA or not names & _REGIONS:
        return []
    return [f"stamp-{number}" for number in range(1, count + 1)]


def combination_number(result_id: str) -> int | None:
    """Number of a stamp from 1, by the id of its result."""
    found = _ID.fullmatch(result_id)
    return None if found is None else int(found[1])


def combination(indexes: OutcomeIndexes, folders: Sequence[Path], number: int) -> Outcome:
    """What became of a combination, in the order of the manifest.

    Raises
    ------
    UnknownResultError
        There are not so many.
    """
    rows = indexes.rows(folders)
    if number > len(rows.targets):
        raise UnknownResultError(f"the job has no stamp {number}")
    return rows.read([number - 1])[0]


def why_no_stamp(outcome: Outcome) -> str:
    """Say by SODA's label why a combination has no stamp (SODA 1.0, section 5.2)."""
    label = "Error" if outcome.status == Status.FAILED else "UsageError"
    return f"{label}: {outcome.objid} on map {outcome.map_id}: {outcome.reason or outcome.status}"
