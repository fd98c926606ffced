"""A real engine: migrated database, embedded broker, folders of its own."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.job_commands import MadeJob, NewJob, create_job
from sptjobs.engine.swept_transitions import find_due, make_due
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.settings import Settings
from sptjobs.store.accounts import upsert_account
from sptjobs.store.jobs import read_job
from sptjobs.uws.jobs import Job
from tests.support.embedded import embedded_broker

MakeJob = Callable[..., Awaitable[Job]]


async def make_all_due(engine: Engine, *names: str) -> list[str]:
    """Make the transitions that are due, as sweep and actors do; tell what was said."""
    return [
        await make_due(engine, name, job_id)
        for name in names
        for job_id in await find_due(engine, name)
    ]


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    with embedded_broker() as url:
        yield url


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A broker that takes connections and never responds."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        yield f"redis://127.0.0.1:{silent.getsockname()[1]}"


@pytest.fixture
async def settings(tmp_path: Path, broker_url: str, database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        broker_url=broker_url,
        archive=tmp_path / "archive",
        results=tmp_path / "results",
        beat_s=0.1,
        dead_s=1.0,
        sweep_s=0.1,
        lost_packs_kept_s=0,
    )


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[Engine]:
    async with open_engine(settings) as opened:
        opened.wakeups.broker.client.flushall()
        yield opened


@pytest.fixture
def make_job(engine: Engine) -> MakeJob:
    """Make a job of an owner, queued unless ``run`` is false, with so many targets."""

    async def make(owner: str = "ada", *, run: bool = True, targets: int = 1) -> Job:
        async with engine.database.write() as connection:
            account = await upsert_account(
                connection, issuer="operator", subject=owner, name=owner, groups=["spt3g-users"]
            )
        places = tuple(Target(f"t{n}", 0.0, -57.0, 10.0, 10.0) for n in range(targets))
        new = NewJob(account.account_id, (("SIZE", "10"),), CutoutRequest(places))
        return await as_read(engine, await create_job(engine, new, run=run))

    return make


async def as_read(engine: Engine, made: MadeJob) -> Job:
    """Read a job that was just made."""
    async with engine.database.read() as connection:
        found = await read_job(connection, made.job_id)
    assert found is not None
    return found
