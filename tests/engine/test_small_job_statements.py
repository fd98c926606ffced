"""How many statements a small job takes: each costs more than anything else that it does."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import NewJob, abort_job, create_job
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.finishing import finish
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.store.jobs import read_events, read_job
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob
from tests.support.databases import KIND

TARGET = Target("t", 0.0, -57.0, 10.0, 10.0)


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """What connections of an engine of SQLAlchemy execute meanwhile."""
    executed: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        executed.append(statement)

    sa.event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield executed
    sa.event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_a_job_of_one_part_takes_few_statements_to_be_made_claimed_and_finished(
    engine: Engine, make_job: MakeJob
) -> None:
    """What changes several tables is one statement to PostgreSQL."""
    together = KIND == "postgresql"
    first = await make_job()
    new = NewJob(first.owner_id, (("SIZE", "10"),), CutoutRequest((TARGET,)))
    with statements(engine.database.writer) as making:
        second = await create_job(engine, new, run=True)
    assert len(making) == (3 if together else 5), making
    await abort_job(engine, second.job_id)
    with statements(engine.database.writer) as claiming:
        taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    assert len(claiming) == (3 if together else 4), claiming
    report = Finished(1, {"ok": 1}, 1, 100, disk_bytes=120)
    with statements(engine.database.writer) as finishing:
        assert await finish(engine.database, taken, f"{first.job_id}/0-1-a", report, "1-a")
    assert len(finishing) == (4 if together else 6), finishing


async def test_the_one_change_that_ends_a_job_brings_its_sums_its_time_and_one_event(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    report = Finished(5, {"ok": 3, "failed": 2}, 3, 100, disk_bytes=120)
    assert await finish(engine.database, taken, f"{made.job_id}/0-1-a", report, "1-a")
    async with engine.database.read() as connection:
        found = await read_job(connection, made.job_id)
        events = await read_events(connection, made.job_id)
    assert found is not None
    assert found.phase is ExecutionPhase.COMPLETED
    assert (found.outcomes.ok, found.outcomes.failed, found.outcomes.partial) == (3, 2, 0)
    assert (found.progress.parts_total, found.progress.parts_left) == (1, 0)
    assert (found.progress.pairs_total, found.progress.pairs_done) == (5, 5)
    assert (found.stored_bytes, found.snapshot) == (120, "1-a")
    assert [event.target for event in events] == ["PENDING", "QUEUED", "EXECUTING", "COMPLETED"]
    assert [events[2].at, events[3].at] == [found.start_time, found.end_time]
    times = [event.at for event in events]
    assert times == sorted(times)
