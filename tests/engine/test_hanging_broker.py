"""A broker that never answers holds up nothing for which the database is enough."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.broker.wakeups import open_wakeups
from sptjobs.control.sweep import sweeping
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.job_commands import abort_job
from sptjobs.execution.executor import open_executor
from sptjobs.maps.record import MapRecord
from sptjobs.settings import Settings
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import job
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob
from tests.engine.test_executor import LONG, hold_running, read, submit
from tests.support.processes import is_alive


@pytest.fixture
async def hung(settings: Settings, silent_url: str) -> AsyncIterator[Engine]:
    """An engine as everywhere, but for its broker."""
    async with open_engine(replace(settings, broker_url=silent_url)) as opened:
        yield opened


async def test_neither_commands_nor_slots_wait_for_a_wake_up(
    engine: Engine, make_job: MakeJob, silent_url: str
) -> None:
    """Nobody waits for the wake-up's time limit."""
    made = await make_job()
    begun = asyncio.get_running_loop().time()
    async with open_wakeups(silent_url, engine.wakeups.broker) as hanging:
        await abort_job(replace(engine, wakeups=hanging), made.job_id)
    assert asyncio.get_running_loop().time() - begun < 3


async def test_an_abort_kills_the_child_within_two_seconds_all_the_same(
    hung: Engine, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    await ingest_maps(hung.database, tiny_maps)
    local = replace(hung, settings=replace(hung.settings, archive=tiny_archive, slots=1))
    async with open_executor(local, "test") as executor:
        await executor.warm_up()
        job_id = await submit(hung, LONG)
        working = asyncio.create_task(executor.work())
        pid = await hold_running(executor)
        assert (await abort_job(hung, job_id)).phase is ExecutionPhase.ABORTED
        async with asyncio.timeout(2):
            while is_alive(pid):
                await asyncio.sleep(0.01)
        await working


async def test_the_sweep_keeps_to_its_times_though_permits_cannot_be_sent(
    hung: Engine, make_job: MakeJob
) -> None:
    async with sweeping(hung):
        # For this one, ready, a permit is being sent in vain.
        await make_job("waiting")
        await asyncio.sleep(1)
        overdue = await make_job("overdue")
        mine = job.c.job_id == overdue.job_id
        async with hung.database.write() as connection:
            values = {"destruction": overdue.creation_time}
            await connection.execute(sa.update(job).where(mine).values(**values))
        # Once it waits a second for the broker; by itself it would for ever.
        async with asyncio.timeout(20):
            while (await read(hung, overdue.job_id)).phase is not ExecutionPhase.ARCHIVED:
                await asyncio.sleep(0.05)
