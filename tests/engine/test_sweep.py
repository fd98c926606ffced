"""The sweep repairs what no message tells."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.broker.queues import EXECUTE_QUEUE, queue_length
from sptjobs.broker.slot_board import SlotBoard
from sptjobs.control.orphans import Swept, sweep_orphans
from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import delete_job, set_destruction
from sptjobs.engine.ready_parts import send_ready
from sptjobs.engine.swept_transitions import SWEPT_TRANSITIONS
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.finishing import finish
from sptjobs.store.database import Database, connect, now
from sptjobs.store.jobs import read_events, read_job
from sptjobs.store.migration import upgrade
from sptjobs.store.schema import job, part
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob, make_all_due


async def read(engine: Engine, job_id: str) -> Job:
    async with engine.database.read() as connection:
        found = await read_job(connection, job_id)
    assert found is not None
    return found


async def completed(engine: Engine, make_job: MakeJob, folder: str = "0-1-aa") -> Job:
    made = await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    report = Finished(1, {"ok": 1}, 1, 10)
    assert await finish(engine.database, taken, f"{made.job_id}/{folder}", report, "1-a")
    return await read(engine, made.job_id)


def pack(engine: Engine, job_id: str, name: str) -> Path:
    folder = engine.settings.results / job_id / name
    folder.mkdir(parents=True)
    (folder / "pack.tar").write_bytes(b"x")
    return folder


async def test_a_job_over_its_execution_duration_is_aborted(
    engine: Engine, make_job: MakeJob
) -> None:
    made, other = await make_job(), await make_job()
    for _ in range(2):
        await claim(engine.database, "w", reserved=False)
    async with engine.database.write() as connection:
        past = await now(connection) - timedelta(seconds=100)
        changed = sa.update(job).where(job.c.job_id == made.job_id)
        await connection.execute(changed.values(started=past, execution_duration=99))
    await make_all_due(engine, "abort", "archive")
    assert (await read(engine, made.job_id)).phase is ExecutionPhase.ABORTED
    assert (await read(engine, other.job_id)).phase is ExecutionPhase.EXECUTING
    async with engine.database.read() as connection:
        events = await read_events(connection, made.job_id)
    assert events[-1].detail == "execution duration of 99 s exceeded"


async def test_at_destruction_a_job_is_archived_and_its_packs_are_swept(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await completed(engine, make_job)
    folder = pack(engine, made.job_id, "0-1-aa")
    await set_destruction(engine, made.job_id, made.creation_time)
    await make_all_due(engine, "abort", "archive")
    assert (await read(engine, made.job_id)).phase is ExecutionPhase.ARCHIVED
    assert (await sweep_orphans(engine)).removed == 1
    assert not folder.parent.exists()


async def test_a_running_job_at_destruction_is_aborted_first(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    await claim(engine.database, "w", reserved=False)
    await set_destruction(engine, made.job_id, made.creation_time)
    await make_all_due(engine, "abort", "archive")
    async with engine.database.read() as connection:
        events = await read_events(connection, made.job_id)
    assert [event.target for event in events][-2:] == ["ABORTED", "ARCHIVED"]


async def test_records_of_archived_jobs_are_not_read_to_find_those_that_expired(
    tmp_path: Path,
) -> None:
    # PostgreSQL chooses by its statistics; SQLite always says the same.
    url = f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}"
    await upgrade(url)
    async with connect(url) as database, database.read() as connection:
        query = SWEPT_TRANSITIONS["archive"].candidates(await now(connection))
        sql = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = str((await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {sql}"))).all())
    assert "ix_job_phase_destruction (phase=? AND destruction<?)" in plan


async def test_packs_that_a_row_names_or_a_running_part_writes_are_kept(
    engine: Engine, make_job: MakeJob
) -> None:
    named = await completed(engine, make_job, "0-1-aa")
    running = await make_job()
    await claim(engine.database, "w", reserved=False)
    kept = [pack(engine, named.job_id, "0-1-aa"), pack(engine, running.job_id, "0-1-bb")]
    gone = [pack(engine, named.job_id, "0-1-cc"), pack(engine, running.job_id, "0-0-dd")]
    assert await sweep_orphans(engine) == Swept(removed=2)
    assert all(folder.exists() for folder in kept)
    assert not any(folder.exists() for folder in gone)


async def test_orphans_of_however_many_jobs_are_found(
    engine: Engine, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.control.orphans._BATCH", 2)
    named = [await completed(engine, make_job) for _ in range(5)]
    kept = [pack(engine, made.job_id, "0-1-aa") for made in named]
    gone = [pack(engine, made.job_id, "0-1-bb") for made in named]
    assert await sweep_orphans(engine) == Swept(removed=len(gone))
    assert all(folder.exists() for folder in kept)
    assert not any(folder.exists() for folder in gone)


async def test_a_pack_that_is_named_while_the_sweep_reads_is_kept(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    folder = pack(engine, made.job_id, "0-1-aa")

    async def end() -> None:
        report = Finished(1, {"ok": 1}, 1, 10)
        await finish(engine.database, taken, f"{made.job_id}/0-1-aa", report, "1-a")

    await sweep_orphans(replace(engine, database=Interrupted.of(engine.database, end)))
    assert (await read(engine, made.job_id)).phase == "COMPLETED"
    assert folder.exists()


class Interrupted(Database):
    """A database on which something is committed after each query of a transaction."""

    between: Callable[[], Awaitable[None]]

    @classmethod
    def of(cls, database: Database, between: Callable[[], Awaitable[None]]) -> "Interrupted":
        made = cls(database.writer, database.brief_writer, database.reader, database.looker)
        object.__setattr__(made, "between", between)
        return made

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Any]:
        async with super().read() as connection:
            yield InterruptedConnection(connection, self.between)


@dataclass
class InterruptedConnection:
    connection: AsyncConnection
    between: Callable[[], Awaitable[None]]

    async def execute(self, query: Any) -> Any:
        result = await self.connection.execute(query)
        await self.between()
        return result


async def test_folders_that_are_not_jobs_are_left_alone(engine: Engine) -> None:
    other = engine.settings.results / "lost+found"
    other.mkdir(parents=True)
    await sweep_orphans(engine)
    assert other.exists()


async def test_a_deleted_job_leaves_no_files_and_keeps_its_history(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await completed(engine, make_job)
    folder = pack(engine, made.job_id, "0-1-aa")
    await delete_job(engine, made.job_id)
    await sweep_orphans(engine)
    assert not folder.exists()
    async with engine.database.read() as connection:
        assert await read_job(connection, made.job_id) is None
        events = await read_events(connection, made.job_id)
        left = await connection.scalar(sa.select(sa.func.count()).select_from(part))
    assert events[-1].kind == "deleted"
    assert left == 0


async def test_a_job_with_nothing_left_open_is_completed(engine: Engine, make_job: MakeJob) -> None:
    made = await make_job()
    await claim(engine.database, "w", reserved=False)
    async with engine.database.write() as connection:
        await connection.execute(sa.update(part).values(state="done"))
    await make_all_due(engine, "complete")
    assert (await read(engine, made.job_id)).phase is ExecutionPhase.COMPLETED


async def test_permits_are_topped_up_to_the_slots_and_never_beyond(
    engine: Engine, make_job: MakeJob
) -> None:
    broker = engine.wakeups.broker
    for n in range(9):
        await make_job(f"o{n}")
    engine.wakeups.permits.close()
    broker.client.delete(f"{broker.namespace}:{EXECUTE_QUEUE}")
    SlotBoard(broker.client).announce("w", 3)
    for _ in range(5):
        await send_ready(engine)
        assert queue_length(broker, EXECUTE_QUEUE) == 3


async def test_no_permit_is_sent_when_nothing_is_ready(engine: Engine) -> None:
    await send_ready(engine)
    assert queue_length(engine.wakeups.broker, EXECUTE_QUEUE) == 0
