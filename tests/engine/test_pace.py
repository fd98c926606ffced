"""Places in the queue of many jobs take as many statements as of one."""

import random
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from sptjobs.engine.engine import Engine
from sptjobs.engine.pace import paces_of
from sptjobs.store.jobs import read_jobs
from sptjobs.store.schema import job
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import RUNNABLE, ExecutionPhase
from tests.engine.conftest import MakeJob

PHASES = [ExecutionPhase.QUEUED] * 6 + [
    ExecutionPhase.EXECUTING,
    ExecutionPhase.PENDING,
    ExecutionPhase.HELD,
    ExecutionPhase.COMPLETED,
    ExecutionPhase.ABORTED,
]


async def copies(engine: Engine, model: Job, changes: Sequence[dict[str, Any]]) -> dict[str, Job]:
    """Put copies of a job beside it, each with some columns of its own, and read them."""
    async with engine.database.write() as connection:
        query = sa.select(job).where(job.c.job_id == model.job_id)
        row = (await connection.execute(query)).one()._asdict()
        rows = [row | {"job_id": uuid.uuid4().hex} | change for change in changes]
        await connection.execute(sa.insert(job), rows)
    async with engine.database.read() as connection:
        return await read_jobs(connection, [row["job_id"] for row in rows])


@pytest.mark.parametrize("seed", range(4))
async def test_each_queued_job_is_shown_how_many_jobs_and_parts_are_older(
    engine: Engine, make_job: MakeJob, seed: int
) -> None:
    chance = random.Random(seed)
    model = await make_job(run=False)
    changes = [
        {
            "phase": chance.choice(PHASES),
            "parts_left": chance.randrange(5),
            "started": model.creation_time,
            # Few moments, so that some jobs are of the same.
            "created": model.creation_time + timedelta(milliseconds=chance.randrange(20)),
        }
        for _ in range(chance.choice([1, 40, 100]))
    ]
    found = await copies(engine, model, changes)
    async with engine.database.read() as connection:
        paces = await paces_of(connection, found.values())
    assert paces.keys() == found.keys()
    for job_id, each in found.items():
        pace = paces[job_id]
        assert (pace is not None) == (each.phase in RUNNABLE)
        if each.phase is not ExecutionPhase.QUEUED:
            continue
        runnable = [other for other in found.values() if other.phase in RUNNABLE]
        older = [other for other in runnable if other.creation_time < each.creation_time]
        assert pace is not None
        assert pace.jobs_ahead == len(older)
        assert pace.parts_ahead == sum(other.progress.parts_left for other in older)


async def test_many_jobs_cost_as_many_statements_as_one_of_each_phase(
    engine: Engine, make_job: MakeJob
) -> None:
    model = await make_job()
    changes = [
        {
            "phase": (ExecutionPhase.QUEUED, ExecutionPhase.EXECUTING)[number % 2],
            "started": model.creation_time,
            "created": model.creation_time + timedelta(milliseconds=number),
        }
        for number in range(100)
    ]
    found = list((await copies(engine, model, changes)).values())
    one_of_each = list({job.phase: job for job in found}.values())
    assert len(one_of_each) == 2
    numbers = []
    for asked in (one_of_each, found):
        sent: list[str] = []
        async with engine.database.read() as connection:
            sync = connection.sync_connection
            assert sync is not None

            def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
                sent.append(statement)  # noqa: B023 - called within this round

            sa.event.listen(sync, "before_cursor_execute", note)
            await paces_of(connection, asked)
        numbers.append(len(sent))
    assert numbers[0] == numbers[1] <= 2
