"""What one user may have at a time, and when new work is refused for everybody."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from sptjobs.engine import back_pressure
from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import MadeJob, NewJob, abort_job, create_job, delete_job, run_job
from sptjobs.engine.quotas import limits_of, stored_bytes
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.finishing import finish
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.settings import Limits
from sptjobs.store.accounts import upsert_account
from sptjobs.store.lists import find_jobs
from sptjobs.uws.errors import ActiveLimitError, LimitError, TransitionError, UnavailableError
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import ExecutionPhase

Create = Callable[..., Awaitable[Job]]


def limited(engine: Engine, **limits: int) -> Engine:
    return replace(engine, settings=replace(engine.settings, limits=Limits(**limits)))


def changed(engine: Engine, **settings: Any) -> Engine:
    return replace(engine, settings=replace(engine.settings, **settings))


async def account(engine: Engine, name: str = "ada", *groups: str) -> str:
    async with engine.database.write() as connection:
        made = await upsert_account(
            connection, issuer="operator", subject=name, name=name, groups=groups
        )
    return made.account_id


def job_of(owner_id: str) -> NewJob:
    return NewJob(owner_id, (), CutoutRequest((Target("t", 0.0, -57.0, 10.0, 10.0),)))


async def phases(engine: Engine, owner_id: str) -> list[str]:
    async with engine.database.read() as connection:
        return [str(found.phase) for found in (await find_jobs(connection, owner_id))[0]]


async def finish_one(engine: Engine, size_bytes: int) -> str:
    """Claim the oldest job's one part and finish it with a pack of that size."""
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    report = Finished(1, {"ok": 1}, 1, size_bytes, disk_bytes=size_bytes)
    folder = f"{taken.job_id}/0-1-a"
    assert await finish(engine.database, taken, folder, report, "1-a")
    return taken.job_id


async def test_of_fifty_racing_new_jobs_exactly_the_limit_is_queued(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, active_jobs=7)
    tries = [create_job(narrow, job_of(owner_id), run=True) for _ in range(50)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    refused = [response for response in answers if not isinstance(response, MadeJob)]
    assert [type(error) for error in refused] == [ActiveLimitError] * 43
    assert await phases(engine, owner_id) == ["QUEUED"] * 7


async def test_of_fifty_racing_jobs_exactly_the_limit_is_run(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, active_jobs=7)
    made = [await create_job(narrow, job_of(owner_id)) for _ in range(50)]
    answers = await asyncio.gather(
        *(run_job(narrow, each.job_id) for each in made), return_exceptions=True
    )
    assert sum(isinstance(response, Job) for response in answers) == 7
    assert sum(isinstance(response, ActiveLimitError) for response in answers) == 43
    assert sorted(await phases(engine, owner_id)) == ["PENDING"] * 43 + ["QUEUED"] * 7


async def test_of_fifty_racing_pending_jobs_exactly_the_limit_is_made(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, pending_jobs=7)
    tries = [create_job(narrow, job_of(owner_id)) for _ in range(50)]
    answers = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(type(response) is LimitError for response in answers) == 43
    assert await phases(engine, owner_id) == ["PENDING"] * 7


async def test_racing_creates_and_runs_of_one_user_share_one_limit(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, active_jobs=7)
    made = [await create_job(narrow, job_of(owner_id)) for _ in range(25)]
    runs = [run_job(narrow, each.job_id) for each in made]
    creates = [create_job(narrow, job_of(owner_id), run=True) for _ in range(25)]
    answers = await asyncio.gather(*runs, *creates, return_exceptions=True)
    assert sum(isinstance(response, Job | MadeJob) for response in answers) == 7
    assert (await phases(engine, owner_id)).count("QUEUED") == 7


async def test_a_refusal_names_the_limit_its_value_and_what_the_user_has(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, active_jobs=2, pending_jobs=1)
    for _ in range(2):
        await create_job(narrow, job_of(owner_id), run=True)
    with pytest.raises(ActiveLimitError, match=r"active jobs: 2 of yours .* the limit is 2;"):
        await create_job(narrow, job_of(owner_id), run=True)
    await create_job(narrow, job_of(owner_id))
    with pytest.raises(LimitError, match=r"pending jobs: 1 of yours .* the limit is 1;"):
        await create_job(narrow, job_of(owner_id))


async def test_an_ended_job_makes_room_and_another_users_takes_none(engine: Engine) -> None:
    ada, bob = await account(engine), await account(engine, "bob")
    narrow = limited(engine, active_jobs=1)
    first = await create_job(narrow, job_of(ada), run=True)
    await create_job(narrow, job_of(bob), run=True)
    with pytest.raises(ActiveLimitError):
        await create_job(narrow, job_of(ada), run=True)
    await abort_job(narrow, first.job_id)
    second = await create_job(narrow, job_of(ada), run=True)
    await delete_job(narrow, second.job_id)
    await create_job(narrow, job_of(ada), run=True)


async def test_a_job_at_the_limit_that_is_run_twice_is_sent_its_phase(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, active_jobs=1)
    made = await create_job(narrow, job_of(owner_id), run=True)
    with pytest.raises(TransitionError, match="the job is QUEUED"):
        await run_job(narrow, made.job_id)


async def test_a_job_that_could_not_be_run_stays_pending_and_runs_later(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, active_jobs=1)
    first = await create_job(narrow, job_of(owner_id), run=True)
    made = await create_job(narrow, job_of(owner_id))
    with pytest.raises(ActiveLimitError):
        await run_job(narrow, made.job_id)
    await abort_job(narrow, first.job_id)
    assert (await run_job(narrow, made.job_id)).phase is ExecutionPhase.QUEUED


async def test_stored_results_bar_new_work_until_a_job_is_deleted(engine: Engine) -> None:
    owner_id, narrow = await account(engine), limited(engine, stored_bytes=1000)
    await create_job(narrow, job_of(owner_id), run=True)
    await finish_one(narrow, 600)
    waiting = await create_job(narrow, job_of(owner_id))
    second = await create_job(narrow, job_of(owner_id), run=True)
    await finish_one(narrow, 500)
    message = r"stored bytes: the results of your jobs take 1100, the limit is 1000;"
    for refused in (create_job(narrow, job_of(owner_id)), run_job(narrow, waiting.job_id)):
        with pytest.raises(LimitError, match=message):
            await refused
    await delete_job(narrow, second.job_id)
    await run_job(narrow, waiting.job_id)
    async with engine.database.read() as connection:
        assert await stored_bytes(connection, owner_id) == 600


async def test_the_most_generous_of_a_users_groups_counts(engine: Engine) -> None:
    groups = (
        ("students", Limits(active_jobs=2, pending_jobs=9)),
        ("pipeline", Limits(active_jobs=50, pending_jobs=5)),
    )
    given = changed(engine, limits=Limits(active_jobs=10), group_limits=groups)
    both = await account(engine, "both", "students", "pipeline", "spt3g-users")
    student = await account(engine, "student", "students")
    other = await account(engine, "other", "spt3g-users")
    async with engine.database.read() as connection:
        found = [await limits_of(connection, given.settings, each) for each in (both, student)]
        assert found[0] == Limits(active_jobs=50, pending_jobs=9)
        assert found[1] == groups[0][1]
        assert await limits_of(connection, given.settings, other) == Limits(active_jobs=10)
    for _ in range(2):
        await create_job(given, job_of(student), run=True)
    with pytest.raises(ActiveLimitError, match="the limit is 2"):
        await create_job(given, job_of(student), run=True)


async def test_a_nearly_full_disk_takes_no_new_work_and_finishes_what_runs(engine: Engine) -> None:
    owner_id, full = await account(engine), changed(engine, min_free_bytes=1 << 60)
    running = await create_job(engine, job_of(owner_id), run=True)
    made = await create_job(engine, job_of(owner_id))
    for refused in (
        create_job(full, job_of(owner_id)),
        create_job(full, job_of(owner_id), run=True),
        run_job(full, made.job_id),
    ):
        with pytest.raises(UnavailableError, match=rf"bytes free.* {1 << 60} on"):
            await refused
    assert await finish_one(full, 10) == running.job_id
    assert (await abort_job(full, made.job_id)).phase is ExecutionPhase.ABORTED
    await delete_job(full, running.job_id)
    assert await phases(engine, owner_id) == ["ABORTED"]


async def test_a_long_queue_takes_no_new_work_until_it_is_shorter(engine: Engine) -> None:
    owner_id, busy = await account(engine), changed(engine, max_ready_parts=2)
    for _ in range(3):
        await create_job(busy, job_of(owner_id), run=True)
    with pytest.raises(UnavailableError, match=r"3 parts of jobs wait to be cut, .* up to 2"):
        await create_job(busy, job_of(owner_id))
    await finish_one(busy, 10)
    made = await create_job(busy, job_of(owner_id))
    assert (await run_job(busy, made.job_id)).phase is ExecutionPhase.QUEUED


async def test_a_disk_that_had_room_is_looked_at_once_a_second_and_a_full_one_each_time(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[str] = []
    said: list[str | None] = [None]

    def look(_settings: object) -> str | None:
        looked.append("once")
        return said[0]

    clock = [1000.0]
    monkeypatch.setattr(back_pressure, "disk_shortage", look)
    monkeypatch.setattr(back_pressure, "_had_room", {})
    monkeypatch.setattr(back_pressure, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    for _ in range(5):
        await back_pressure.refuse_without_room(engine.settings)
    assert len(looked) == 1
    clock[0], said[0] = 1001.1, "full"
    for _ in range(3):
        with pytest.raises(UnavailableError, match="full"):
            await back_pressure.refuse_without_room(engine.settings)
    assert len(looked) == 4
    said[0] = None
    await back_pressure.refuse_without_room(engine.settings)
    assert len(looked) == 5
