"""Parts as operators look at them: counts, what runs where, and what went wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.schema import part
from sptjobs.uws.parts import OPEN, PartState

_OPEN = tuple(state for state in PartState if state in OPEN)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part that runs, or that has something to report.

    ``strikes`` are deaths of its child, ``losses`` workers that vanished with it;
    ``condemned`` is why it was given up.
    """

    job_id: str
    number: int
    state: str
    attempt: int
    worker: str | None
    strikes: int
    losses: int
    condemned: str | None


async def count_open_parts(connection: AsyncConnection) -> Mapping[str, int]:
    """Count the parts of all jobs that wait or run, and those of them with a strike or a loss."""
    open_ = part.c.state.in_(_OPEN)
    counts = await _by_state(connection, open_, _OPEN)
    struck = sa.select(sa.func.count()).where(open_, _is_struck())
    return {**counts, "struck": int(await connection.scalar(struck) or 0)}


async def count_parts(connection: AsyncConnection, job_id: str) -> Mapping[str, int]:
    """Count a job's parts by their state."""
    return await _by_state(connection, part.c.job_id == job_id, tuple(PartState))


async def running_parts(connection: AsyncConnection, limit: int) -> list[PartRow]:
    """List the parts that workers are at, by worker; ``limit`` at most."""
    return await _rows(connection, part.c.state == PartState.RUNNING, limit)


async def noted_parts(connection: AsyncConnection, job_id: str, limit: int) -> list[PartRow]:
    """List a job's parts that run, were struck or given up; ``limit`` at most."""
    noted = sa.or_(part.c.state == PartState.RUNNING, _is_struck(), part.c.condemned.is_not(None))
    return await _rows(connection, sa.and_(part.c.job_id == job_id, noted), limit)


def _is_struck() -> sa.ColumnElement[bool]:
    return sa.or_(part.c.strikes > 0, part.c.losses > 0)


async def _by_state(
    connection: AsyncConnection, which: sa.ColumnElement[bool], states: tuple[PartState, ...]
) -> dict[str, int]:
    query = sa.select(part.c.state, sa.func.count()).where(which).group_by(part.c.state)
    rows = await connection.execute(query)
    return dict.fromkeys(map(str, states), 0) | {state: int(count) for state, count in rows}


async def _rows(
    connection: AsyncConnection, which: sa.ColumnElement[bool], limit: int
) -> list[PartRow]:
    columns = [part.c[name] for name in PartRow.__slots__]
    order = (part.c.worker, part.c.job_id, part.c.number)
    found: Any = await connection.execute(
        sa.select(*columns).where(which).order_by(*order).limit(limit)
    )
    return [PartRow(*row) for row in found]
