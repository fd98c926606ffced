"""Jobs made of other jobs: what failed once more, or the same for newer maps."""

import asyncio
from collections import Counter
from dataclasses import dataclass, replace

from sptapi.auth.identity import Identity
from sptapi.services.job_access import changeable_job, check_owner, opened_job
from sptapi.services.pack_store import PackStore
from sptjobs.engine.engine import Engine
from sptjobs.maps.site import declared
from sptjobs.packs.job_rows import JobRows, RowFilter
from sptjobs.packs.outcomes import MAX_ROWS, OutcomeIndexes
from sptjobs.products import registry
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.store.jobs import read_packs, read_parameters, read_request
from sptjobs.store.maps import read_snapshot, selected_maps
from sptjobs.uws.errors import LimitError, TransitionError, UsageError
from sptjobs.uws.jobs import Job, Parameters
from sptjobs.uws.pair_status import Status
from sptjobs.uws.phases import ExecutionPhase


@dataclass(frozen=True, slots=True)
class Selection:
    """Targets of a job to ask for again, and the bands and file types in which."""

    targets: tuple[Target, ...]
    bands: tuple[str, ...]
    filetypes: tuple[str, ...]


async def failed_part(
    engine: Engine,
    store: PackStore,
    indexes: OutcomeIndexes,
    identity: Identity,
    *,
    job_id: str,
    statuses: frozenset[str],
) -> tuple[Parameters, Selection]:
    """Find what of a job ended with one of the statuses, and the job's parameters.

    What a job that was aborted, or failed as a whole, did not come to counts as failed, and
    so does what was lost.

    Raises
    ------
    TransitionError
        The job has not ended, or its results are gone.
    UsageError
        Nothing of it ended so.
    """
    async with opened_job(engine.database, identity, job_id) as (job, connection):
        packs = await read_packs(connection, job_id)
        parameters = await read_parameters(connection, job_id)
        request = await read_request(connection, job_id)
    check_owner(identity, job)
    _check_ended(job)
    stored = await asyncio.to_thread(store.look, packs)
    rows = await asyncio.to_thread(indexes.rows, stored.folders)
    whole = job.phase is ExecutionPhase.COMPLETED and not stored.lost
    found = await asyncio.to_thread(_selection, job, request or "{}", rows, statuses, whole=whole)
    if not found.targets:
        named = " or ".join(sorted(statuses))
        raise UsageError(f"RETRY_OF: no row of job {job_id} is {named}")
    return parameters, found


async def snapshot_of(engine: Engine, identity: Identity, job_id: str) -> tuple[Parameters, str]:
    """Find the snapshot that a job was planned on, and the job's parameters.

    Raises
    ------
    UsageError
        The job was not planned yet, or the archive has nothing new for it.
    """
    job = await changeable_job(engine.database, identity, job_id)
    if job.snapshot is None:
        raise TransitionError(f"SINCE_JOB: job {job_id} is {job.phase} and was not planned yet")
    async with engine.database.read() as connection:
        parameters = await read_parameters(connection, job_id)
        request = CutoutRequest.from_json(await read_request(connection, job_id) or "{}")
        new = await selected_maps(connection, replace(request, since=job.snapshot))
        newest = await read_snapshot(connection)
    if not new:
        message = f"the archive (snapshot {newest}) has no map for it that is newer than"
        raise UsageError(f"SINCE_JOB: {message} snapshot {job.snapshot} of job {job_id}")
    return parameters, job.snapshot


def _check_ended(job: Job) -> None:
    """Refuse a job that has not ended, whose results are gone, or that is too large."""
    job_id = job.job_id
    if not job.is_final:
        raise TransitionError(f"RETRY_OF: job {job_id} is {job.phase}; wait for its end, or abort")
    if job.phase is ExecutionPhase.ARCHIVED:
        raise TransitionError(f"RETRY_OF: job {job_id} is ARCHIVED; its results are gone")
    if job.progress.pairs_total > MAX_ROWS:
        raise LimitError(f"RETRY_OF: job {job_id} has more than {MAX_ROWS} rows")


def _selection(
    job: Job, text: str, rows: JobRows, statuses: frozenset[str], *, whole: bool
) -> Selection:
    request = CutoutRequest.from_json(text)
    places = rows.find(RowFilter(statuses=statuses))
    chosen = {rows.targets[place] for place in places}
    kinds = {rows.known_kinds[rows.kinds[place]] for place in places}
    bands = {kind.band for kind in kinds}
    filetypes = {kind.filetype for kind in kinds}
    asked = Status.FAILED in statuses and not whole
    missing = _unfinished(job, request, rows) if asked else set[int]()
    if missing:
        bands, filetypes = set(request.bands), set(request.filetypes)
    chosen |= missing
    if chosen and registry.is_across_targets(request.products):
        # A stack of some of its targets would be another one.
        chosen = set(range(len(request.targets)))
    return Selection(
        tuple(target for index, target in enumerate(request.targets) if index in chosen),
        tuple(band for band in declared().band_names if band in bands),
        tuple(each for each in declared().filetype_names if each in filetypes),
    )


def _unfinished(job: Job, request: CutoutRequest, rows: JobRows) -> set[int]:
    """Targets of which a job that broke off or lost packs may not have a row for every map."""
    every = set(range(len(request.targets)))
    if request.has_times or not job.progress.pairs_total:
        # How many maps each target has, is not known.
        return every
    expected = job.progress.pairs_total // len(request.targets)
    done = Counter(rows.targets)
    return {index for index in every if done[index] < expected}
