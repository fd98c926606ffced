"""Finishing a part: its pack is named, and the last one completes the job."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.engine.claims import Claim, is_held
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.store.database import Database
from sptjobs.store.schema import job, pack, part
from sptjobs.uws.parts import PartState
from sptjobs.uws.phases import ExecutionPhase

_COUNTS = {"ok": "ok", "partial": "partial", "outside": "outside"} | {
    "no-data": "no_data",
    "failed": "failed",
}
"""Status of an outcome to the column that counts it."""

_PACK = sa.insert(pack)


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
    counts = {_COUNTS[status]: number for status, number in report.outcomes.items()}
    async with database.write() as connection:
        phase = await transitions.lock(connection, claim.job_id)
        if phase is not ExecutionPhase.EXECUTING or not await _close(connection, claim, counts):
            return False
        await _name_pack(connection, claim, folder, report)
        await _plan_parts(connection, claim.job_id, report.parts)
        left = await _count(connection, claim, report, counts, snapshot)
        if left == 0:
            await transitions.complete(connection, claim.job_id, locked=phase)
        return True


async def _close(connection: AsyncConnection, claim: Claim, counts: dict[str, int]) -> bool:
    closed = await connection.execute(
        sa.update(part)
        .where(*is_held(claim.key))
        .values(state=PartState.DONE, pairs_done=part.c.pairs, **counts)
    )
    return closed.rowcount == 1


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


async def _count(
    connection: AsyncConnection,
    claim: Claim,
    report: Finished,
    counts: dict[str, int],
    snapshot: str | None,
) -> int:
    """Bring the job's sums up to date and return how many parts are left."""
    values: dict[str, Any] = {column: job.c[column] + number for column, number in counts.items()}
    values["version"] = job.c.version + 1
    values["pairs_done"] = job.c.pairs_done + report.pairs
    values["disk_bytes"] = job.c.disk_bytes + report.disk_bytes
    values["parts_total"] = job.c.parts_total + len(report.parts)
    values["parts_left"] = job.c.parts_left + len(report.parts) - 1
    if claim.number == 0:
        planned = sum(planned.pairs for planned in report.parts)
        values["pairs_total"] = report.pairs + planned
        values["snapshot"] = snapshot
    updated = await connection.execute(
        sa.update(job)
        .where(job.c.job_id == claim.job_id)
        .values(**values)
        .returning(job.c.parts_left)
    )
    return int(updated.scalar_one())
