"""A broker that never answers holds up nothing for which the database is enough."""

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.archive.record import MapRecord
from sptjobs.engine.commands import abort_job
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.executor import open_executor
from sptjobs.engine.sweep import sweep_forever
from sptjobs.settings import Settings
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import job
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob
from tests.engine.test_executor import LONG, hold_running, read, submit
from tests.support.processes import is_alive


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    """As everywhere, but for its broker."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        async with open_engine(replace(settings, broker_url=url)) as opened:
            yield opened


async def test_an_abort_kills_the_child_within_two_seconds_all_the_same(
    engine: Engine, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    await ingest_maps(engine.database, tiny_maps)
    local = replace(engine, settings=replace(engine.settings, archive=tiny_archive, slots=1))
    async with open_executor(local, "test") as executor:
        await executor.warm_up()
        job_id = await submit(engine, LONG)
        working = asyncio.create_task(executor.work())
        pid = await hold_running(executor)
        assert (await abort_job(engine, job_id)).phase is ExecutionPhase.ABORTED
        async with asyncio.timeout(2):
            while is_alive(pid):
                await asyncio.sleep(0.01)
        await working


async def test_the_sweep_keeps_to_its_times_though_permits_cannot_be_sent(
    engine: Engine, make_job: MakeJob
) -> None:
    sweeping = asyncio.create_task(sweep_forever(engine))
    # For this one, ready, a permit is being sent in vain.
    await make_job("waiting")
    await asyncio.sleep(1)
    overdue = await make_job("overdue")
    async with engine.database.write() as connection:
        await connection.execute(
            sa.update(job)
            .where(job.c.job_id == overdue.job_id)
            .values(destruction=overdue.creation_time)
        )
    async with asyncio.timeout(2):
        while (await read(engine, overdue.job_id)).phase is not ExecutionPhase.ARCHIVED:
            await asyncio.sleep(0.05)
    sweeping.cancel()
    await asyncio.gather(sweeping, return_exceptions=True)
