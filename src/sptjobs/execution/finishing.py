"""Finishing a part: its pack is named, and the last one completes the job."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.engine.claims import Claim, is_held
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.store.clock import Clock
from sptjobs.store.database import Database
from sptjobs.store.schema import job, pack, part
from sptjobs.uws.parts import PartState
from sptjobs.uws.phases import ExecutionPhase

_COUNTS = {"ok": "ok", "partial": "partial", "outside": "outside"} | {
    "no-data": "no_data",
    "failed": "failed",
}
"""Status of an outcome to the column that counts it."""

_SUMS = ("parts_total", "parts_left", "pairs_total", "pairs_done", "disk_bytes")
_SUMMED = (*_SUMS, *_COUNTS.values(), "snapshot")
"""Columns of the job that finished parts change."""

_OF_JOB: sa.BindParameter[str] = sa.bindparam("of_job")
_LOCKED = (
    sa.select(job.c.phase, *(job.c[name] for name in _SUMMED))
    .where(job.c.job_id == _OF_JOB)
    .with_for_update()
)
"""Made once, as all below, because making a statement takes longer than running it."""
_COUNTED = (
    sa.update(job)
    .where(job.c.job_id == _OF_JOB)
    .values({name: sa.bindparam(name, type_=job.c[name].type) for name in _SUMMED})
    .values(version=job.c.version + 1)
)
_PACK = sa.insert(pack)


def _closing() -> sa.Update:
    """Take a part to its end that is still held by an attempt."""
    number: sa.BindParameter[int] = sa.bindparam("of_number")
    attempt: sa.BindParameter[int] = sa.bindparam("of_attempt")
    return (
        sa.update(part)
        .where(*is_held((_OF_JOB, number, attempt)))
        .values(state=PartState.DONE, pairs_done=part.c.pairs)
        .values({name: sa.bindparam(name, type_=sa.Integer) for name in _COUNTS.values()})
        .returning(Clock())
    )


_CLOSED = _closing()

_FEW_PARTS = 20
"""Parts that are planned while the event loop waits."""


async def finish(
    database: Database, claim: Claim, folder: str, report: Finished, snapshot: str | None
) -> bool:
    """Record that a part's pack is on disk, in one transaction.

    Parameters
    ----------
    folder
        The pack, relative to the results folder.
    snapshot
        Archive snapshot that the planning part planned on; None for another part.

    Returns
    -------
    bool
        Whether the part was still this claim's. If not, nothing names the pack
        and the sweep removes it.
    """
    counts = dict.fromkeys(_COUNTS.values(), 0)
    counts |= {_COUNTS[status]: number for status, number in report.outcomes.items()}
    few = len(report.parts) <= _FEW_PARTS
    async with database.write_briefly() if few else database.write() as connection:
        found = (await connection.execute(_LOCKED, {"of_job": claim.job_id})).one_or_none()
        if found is None or found.phase != ExecutionPhase.EXECUTING:
            return False
        at = await _close(connection, claim, counts)
        if at is None:
            return False
        await _name_pack(connection, claim, folder, report)
        await _plan_parts(connection, claim.job_id, report.parts)
        sums = _sums(found, claim, report, counts, snapshot)
        if sums["parts_left"] == 0:
            executing = ExecutionPhase.EXECUTING
            await transitions.complete(connection, claim.job_id, executing, at, **sums)
        else:
            await connection.execute(_COUNTED, {"of_job": claim.job_id, **sums})
        return True


async def _close(
    connection: AsyncConnection, claim: Claim, counts: dict[str, int]
) -> datetime | None:
    """Take the part to its end, and tell when; None when it is not this claim's any more."""
    values = {"of_job": claim.job_id, "of_number": claim.number, "of_attempt": claim.attempt}
    at: datetime | None = await connection.scalar(_CLOSED, {**values, **counts})
    return at


async def _name_pack(
    connection: AsyncConnection, claim: Claim, folder: str, report: Finished
) -> None:
    values = {"job_id": claim.job_id, "part": claim.number, "folder": folder}
    values |= {"size_bytes": report.size_bytes, "files": report.files}
    await connection.execute(_PACK, values)


async def _plan_parts(
    connection: AsyncConnection, job_id: str, parts: tuple[PlannedPart, ...]
) -> None:
    if not parts:
        return
    rows = [
        {"job_id": job_id, "number": planned.number, "state": PartState.READY}
        | {"pairs": planned.pairs, "cost_s": planned.cost_s}
        for planned in parts
    ]
    await connection.execute(sa.insert(part), rows)


def _sums(
    locked: Any, claim: Claim, report: Finished, counts: dict[str, int], snapshot: str | None
) -> dict[str, Any]:
    """Bring the sums of a job up to date, whose row is locked."""
    sums = {column: getattr(locked, column) + number for column, number in counts.items()}
    sums["pairs_done"] = locked.pairs_done + report.pairs
    sums["disk_bytes"] = locked.disk_bytes + report.disk_bytes
    sums["parts_total"] = locked.parts_total + len(report.parts)
    sums["parts_left"] = locked.parts_left + len(report.parts) - 1
    sums["pairs_total"], sums["snapshot"] = locked.pairs_total, locked.snapshot
    if claim.number == 0:
        planned = sum(planned.pairs for planned in report.parts)
        sums["pairs_total"] = report.pairs + planned
        sums["snapshot"] = snapshot
    return sums
