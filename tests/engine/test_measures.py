"""What is measured when Prometheus asks, against what was put there."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from prometheus_client import generate_latest
from prometheus_client.registry import CollectorRegistry

from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.workload import measured, read_backlog
from sptjobs.metrics.measures import Measured, MeasuredBacklog
from sptjobs.store.database import now
from sptjobs.store.schema import event
from tests.engine.conftest import MakeJob
from tests.support.scraping import Samples, names, parsed, value


async def ask(*collectors: Measured | MeasuredBacklog) -> Samples:
    """Ask as the server does: from another thread, while the loop turns."""
    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return parsed((await asyncio.to_thread(generate_latest, registry)).decode())


async def test_jobs_parts_and_the_longest_wait_are_counted(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job("ada", run=False)
    waiting = await make_job("ada")
    await make_job("bob", targets=500)
    async with engine.database.write() as connection:
        long_ago = (await now(connection)) - timedelta(seconds=90)
        mine = (event.c.job_id == waiting.job_id, event.c.target == "QUEUED")
        await connection.execute(sa.update(event).where(*mine).values(at=long_ago))
    found = await read_backlog(engine)
    assert found.phases["PENDING"] == 1
    assert found.phases["QUEUED"] == 2
    assert sum(found.phases.values()) == 3
    assert found.parts_left == {"reserved": 1, "shared": 1}
    assert 90 <= found.oldest_s < 150
    # Once begun, neither the job nor its part waits any more.
    assert await claim(engine.database, "w", reserved=True) is not None
    begun = await read_backlog(engine)
    assert (begun.phases["QUEUED"], begun.phases["EXECUTING"], begun.running) == (1, 1, 1)
    assert begun.oldest_s < 60


async def test_nothing_waits_where_nothing_is(engine: Engine) -> None:
    loop = asyncio.get_running_loop()
    samples = await ask(MeasuredBacklog(lambda: read_backlog(engine), loop), measured(engine, loop))
    assert value(samples, "sptjobs_oldest_queued_job_age_seconds") == 0
    assert value(samples, "sptjobs_jobs", phase="EXECUTING") == 0
    assert value(samples, "sptjobs_parts_left", lane="shared") == 0
    assert value(samples, "spt_database_up") == value(samples, "spt_broker_up") == 1
    engine.settings.results.mkdir()
    samples = await ask(measured(engine, loop))
    free = value(samples, "spt_results_free_bytes")
    assert 0 < free < value(samples, "spt_results_size_bytes")


async def test_what_cannot_be_measured_is_left_out_and_not_reported_as_zero(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = asyncio.get_running_loop()
    monkeypatch.setattr("sptjobs.metrics.measures._TIMEOUT_S", 1.0)
    monkeypatch.setattr("sptjobs.metrics.measures._CHECK_TIMEOUT_S", 0.5)
    async with AsyncExitStack() as stack:
        # Somebody has every connection that there is to read by.
        with suppress(TimeoutError):
            while True:
                async with asyncio.timeout(0.2):
                    await stack.enter_async_context(engine.database.read())
        samples = await ask(
            MeasuredBacklog(lambda: read_backlog(engine), loop), measured(engine, loop)
        )
    assert value(samples, "spt_database_up") == 0
    assert value(samples, "spt_broker_up") == 1
    assert not {name for name in names(samples) if name.startswith("sptjobs_")}


async def test_a_broker_that_hangs_takes_only_its_own_metrics_and_little_time(
    engine: Engine, make_job: MakeJob, silent_url: str
) -> None:
    await make_job()
    loop = asyncio.get_running_loop()
    far = replace(engine.settings, broker_url=silent_url)
    async with open_engine(far) as hung:
        begun = loop.time()
        samples = await ask(MeasuredBacklog(lambda: read_backlog(hung), loop), measured(hung, loop))
        assert loop.time() - begun < 9, "Prometheus waits for 10 s"
    assert value(samples, "spt_broker_up") == 0
    assert value(samples, "spt_database_up") == 1
    assert value(samples, "sptjobs_jobs", phase="QUEUED") == 1
    assert not names(samples) & {"sptjobs_broker_messages", "sptjobs_slots"}


async def test_a_broker_that_is_gone_takes_only_its_own_metrics(engine: Engine) -> None:
    loop = asyncio.get_running_loop()
    nowhere = replace(engine.settings, broker_url="unix:///nowhere/broker.sock")
    async with open_engine(nowhere) as lost:
        samples = await ask(MeasuredBacklog(lambda: read_backlog(lost), loop), measured(lost, loop))
    assert value(samples, "spt_broker_up") == 0
    assert value(samples, "sptjobs_jobs", phase="QUEUED") == 0
    assert not names(samples) & {"sptjobs_broker_messages", "sptjobs_slots"}
