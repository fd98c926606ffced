"""The states of jobs are read for all who ask at a time, and who gives a command goes first."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import pytest
import sqlalchemy as sa

from sptapi.auth.identity import Identity
from sptapi.keys import JOB_STATES
from sptapi.services.job_states import JobState, JobStates
from sptapi.services.load import LatestLoad
from sptjobs.store.database import Database
from sptjobs.store.schema import job
from sptjobs.uws.errors import UnavailableError, UnknownJobError
from tests.api.conftest import JSON, Api, Serve
from tests.api.test_many_waiters import crowd_of, make_jobs, statements
from tests.support.scale import scaled

MANY = scaled(200, 2000)


async def owner_of(api: Api, job_id: str) -> Identity:
    account = (await api.document("/api/v1/account"))["id"]
    assert (await api.get(f"/api/v1/cutout/async/{job_id}", headers=JSON)).status == 200
    scopes = frozenset({"jobs:read"})
    return Identity(account, "ada", ("spt3g-users",), scopes, "token", "t", is_member=True)


def transactions(api: Api) -> list[None]:
    """Note every transaction that begins to read, from now on."""
    found: list[None] = []
    engine = api.engine.database.reader.sync_engine
    sa.event.listen(engine, "begin", lambda _connection: found.append(None))
    return found


async def test_whoever_asks_while_others_are_read_is_read_with_all_who_do(api: Api) -> None:
    job_ids = await make_jobs(api, MANY)
    identity, states = await owner_of(api, job_ids[0]), api.app[JOB_STATES]
    begun = transactions(api)
    found = await asyncio.gather(*(states.read(identity, each) for each in job_ids))
    assert [each.job.job_id for each in found] == job_ids
    assert len(begun) <= 1 + MANY / 100


@asynccontextmanager
async def asking(
    states: JobStates, identity: Identity, job_ids: list[str]
) -> AsyncIterator[list[str]]:
    """Have as many clients ask at a time; give the list to which each adds its job when served."""
    served: list[str] = []

    async def ask(job_id: str) -> None:
        served.append((await states.read(identity, job_id)).job.job_id)

    async with asyncio.TaskGroup() as clients:
        for each in job_ids:
            clients.create_task(ask(each))
        while not served:
            await asyncio.sleep(0)
        yield served


@pytest.mark.parametrize("commands", [1, 3])
async def test_a_short_command_is_carried_out_between_two_handfuls_of_responses(
    api: Api, commands: int
) -> None:
    job_ids = await make_jobs(api, 100)
    identity = await owner_of(api, job_ids[0])
    states = JobStates(api.engine.database, LatestLoad(api.engine.wakeups), gives_way_s=30.0)

    async def command() -> int:
        """Take a hundred steps, as a change of the database has them; count who passed."""
        before = len(served)
        with states.command():
            for _ in range(100):
                await asyncio.sleep(0)
        return len(served) - before

    async with asking(states, identity, job_ids) as served:
        passed = await asyncio.gather(*(command() for _ in range(commands)))
        assert len(served) < len(job_ids), "the test says nothing if all were served before"
    assert max(passed) <= 20
    assert sorted(served) == sorted(job_ids)


@pytest.mark.parametrize("commands", [1, 3])
async def test_responses_go_on_while_there_is_no_end_of_commands(api: Api, commands: int) -> None:
    job_ids = await make_jobs(api, 100)
    identity, states = await owner_of(api, job_ids[0]), api.app[JOB_STATES]
    with ExitStack() as endless:
        for _ in range(commands):
            endless.enter_context(states.command())
        begun = time.monotonic()
        found = await asyncio.gather(*(states.read(identity, each) for each in job_ids))
        assert time.monotonic() - begun > 0.1, "they gave way"
    assert [each.job.job_id for each in found] == job_ids


async def test_a_job_that_cannot_be_read_keeps_its_error_for_itself(api: Api) -> None:
    job_ids = await make_jobs(api, 20)
    identity, states = await owner_of(api, job_ids[0]), api.app[JOB_STATES]
    async with api.engine.database.write() as connection:
        broken = job.c.job_id.in_(job_ids[7:9])
        await connection.execute(sa.update(job).where(broken).values(shown="{"))
    asked = [*job_ids, "f" * 32]
    found = await asyncio.gather(
        *(states.read(identity, each) for each in asked), return_exceptions=True
    )
    good = [*job_ids[:7], *job_ids[9:]]
    assert [each.job.job_id for each in found if isinstance(each, JobState)] == good
    assert isinstance(found[-1], UnknownJobError)


async def test_while_the_database_is_away_everybody_gets_an_error_and_afterwards_a_response(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_ids = await make_jobs(api, 150)
    identity = await owner_of(api, job_ids[0])
    states = JobStates(api.engine.database, LatestLoad(api.engine.wakeups))
    with monkeypatch.context() as broken:

        def away(*_: object) -> None:
            raise UnavailableError("away")

        for way in ("read", "look", "fetch"):
            broken.setattr(Database, way, away)
        asking = (states.read(identity, each) for each in job_ids)
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert {type(each) for each in found} == {UnavailableError}
    assert (await states.read(identity, job_ids[0])).job.job_id == job_ids[0]


async def test_who_hangs_up_takes_nobody_s_answer_away(api: Api) -> None:
    job_ids = await make_jobs(api, 30)
    identity, states = await owner_of(api, job_ids[0]), api.app[JOB_STATES]
    asking = [asyncio.create_task(states.read(identity, each)) for each in job_ids]
    await asyncio.sleep(0)
    for each in asking[::2]:
        each.cancel()
    found = await asyncio.gather(*asking, return_exceptions=True)
    assert [each.job.job_id for each in found[1::2] if isinstance(each, JobState)] == job_ids[1::2]


@pytest.mark.parametrize("phase", ["ABORTED", "QUEUED"])
async def test_a_burst_of_changes_costs_few_statements_for_all_who_waited(
    serve: Serve, phase: str
) -> None:
    api = await serve(wait_cap_s=60.0)
    job_ids = await make_jobs(api, 90)
    async with crowd_of(api, job_ids) as crowd:
        await crowd.until_all_wait()
        with statements(api) as asked:
            async with api.engine.database.write() as connection:
                mine = job.c.job_id.in_(job_ids)
                await connection.execute(sa.update(job).where(mine).values(phase=phase))
            await asyncio.wait_for(asyncio.gather(*crowd.tasks), 60)
    assert set(crowd.statuses) == {200}
    assert len([each for each in asked if "FROM job " in each]) < 45
