"""Claims are fair, exclusive and fenced by their attempt."""

import asyncio

import sqlalchemy as sa

from sptjobs.engine import transitions
from sptjobs.engine.claims import (
    MAX_LOSSES,
    MAX_STRIKES,
    Claim,
    claim,
    condemn,
    give_back,
    may_claim,
)
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.execution.finishing import finish
from sptjobs.store.jobs import read_job, read_packs
from sptjobs.store.schema import part
from sptjobs.uws.jobs import ErrorSummary, Job
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob

NOTHING = {"ok": 0, "partial": 0, "outside": 0, "no-data": 0, "failed": 0}


async def take(engine: Engine, *, reserved: bool = False) -> Claim:
    taken = await claim(engine.database, "w", reserved=reserved)
    assert taken is not None
    return taken


async def read(engine: Engine, job_id: str) -> Job:
    async with engine.database.read() as connection:
        found = await read_job(connection, job_id)
    assert found is not None
    return found


async def plan(engine: Engine, taken: Claim, parts: int) -> bool:
    planned = tuple(PlannedPart(number, 2, 1.0) for number in range(1, parts + 1))
    report = Finished(1, {**NOTHING, "outside": 1}, 1, 100, planned)
    return await finish(engine.database, taken, f"{taken.job_id}/0", report, "1-abc")


async def end(engine: Engine, taken: Claim) -> bool:
    report = Finished(2, {**NOTHING, "ok": 2}, 2, 100)
    folder = f"{taken.job_id}/{taken.number}-{taken.attempt}"
    return await finish(engine.database, taken, folder, report, None)


async def test_the_first_claim_takes_a_queued_job_to_executing(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    taken = await take(engine)
    found = await read(engine, made.job_id)
    assert taken.key == (made.job_id, 0, 1)
    assert found.phase is ExecutionPhase.EXECUTING
    assert found.start_time is not None


async def test_nothing_is_claimed_of_a_pending_or_aborted_job(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job(run=False)
    queued = await make_job()
    await abort_job(engine, queued.job_id)
    assert await claim(engine.database, "w", reserved=False) is None


async def test_whether_a_part_is_ready_is_told_without_the_lock_of_who_writes(
    engine: Engine, make_job: MakeJob
) -> None:
    async def told() -> list[bool]:
        return [await may_claim(engine.database, reserved=lane) for lane in (False, True)]

    await make_job(run=False)
    assert await told() == [False, False]
    large = await make_job(targets=50)
    assert await told() == [True, False]
    small = await make_job()
    async with engine.database.write() as connection, asyncio.timeout(5):
        await transitions.lock(connection, small.job_id)
        assert await told() == [True, True]
    await take(engine, reserved=True)
    assert await told() == [True, False]
    await abort_job(engine, large.job_id)
    assert await told() == [False, False]


async def test_a_part_is_claimed_by_one_of_many_that_want_it(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job()
    claims = await asyncio.gather(
        *(claim(engine.database, f"w{n}", reserved=False) for n in range(20))
    )
    assert sum(taken is not None for taken in claims) == 1


async def test_the_owner_with_the_fewest_running_parts_comes_first(
    engine: Engine, make_job: MakeJob
) -> None:
    big = await make_job("greedy", targets=50)
    await plan(engine, await take(engine), 10)
    assert [(await take(engine)).job_id for _ in range(2)] == [big.job_id] * 2
    late = await make_job("modest")
    assert (await take(engine)).job_id == late.job_id


async def test_the_older_of_two_jobs_of_equal_owners_comes_first(
    engine: Engine, make_job: MakeJob
) -> None:
    first, second = await make_job("ada"), await make_job("bob")
    assert [(await take(engine)).job_id for _ in range(2)] == [first.job_id, second.job_id]


async def test_the_reserved_slot_takes_parts_of_small_jobs_only(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job(targets=11)
    assert await claim(engine.database, "w", reserved=True) is None
    small = await make_job(targets=10)
    assert (await take(engine, reserved=True)).job_id == small.job_id


async def test_the_last_part_completes_the_job_and_its_counts_add_up(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    assert await plan(engine, await take(engine), 3)
    for left in (2, 1, 0):
        assert (await read(engine, made.job_id)).phase is ExecutionPhase.EXECUTING
        assert await end(engine, await take(engine))
        assert (await read(engine, made.job_id)).progress.parts_left == left
    found = await read(engine, made.job_id)
    assert found.phase is ExecutionPhase.COMPLETED
    assert (found.progress.pairs_total, found.progress.pairs_done) == (7, 7)
    assert (found.outcomes.ok, found.outcomes.outside) == (6, 1)
    assert found.snapshot == "1-abc"
    async with engine.database.read() as connection:
        assert [row.part for row in await read_packs(connection, made.job_id)] == [0, 1, 2, 3]


async def test_racing_last_parts_complete_the_job_once(engine: Engine, make_job: MakeJob) -> None:
    made = await make_job()
    await plan(engine, await take(engine), 8)
    taken = [await take(engine) for _ in range(8)]
    assert all(await asyncio.gather(*(end(engine, one) for one in taken)))
    assert (await read(engine, made.job_id)).phase is ExecutionPhase.COMPLETED


async def test_an_older_attempt_cannot_finish_a_part_given_to_another(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    old = await take(engine)
    assert await give_back(engine.database, old.key, "lost", blame="worker")
    new = await take(engine)
    assert not await plan(engine, old, 1)
    assert await plan(engine, new, 1)
    assert (await read(engine, made.job_id)).progress.parts_left == 1


async def test_a_part_that_ends_after_the_abort_changes_nothing(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    taken = await take(engine)
    await abort_job(engine, made.job_id)
    assert not await plan(engine, taken, 1)
    found = await read(engine, made.job_id)
    assert found.phase is ExecutionPhase.ABORTED
    assert found.end_time is not None


async def test_a_drained_part_is_given_back_without_a_strike(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    for _ in range(MAX_LOSSES + 5):
        assert await give_back(engine.database, (await take(engine)).key, "drain", blame="nobody")
    async with engine.database.read() as connection:
        row = (await connection.execute(sa.select(part))).one()
    assert (row.strikes, row.losses, row.condemned) == (0, 0, None)
    assert (await read(engine, made.job_id)).phase is ExecutionPhase.EXECUTING


async def test_a_part_whose_child_dies_three_times_is_condemned_and_the_job_goes_on(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    await plan(engine, await take(engine), 1)
    for _ in range(MAX_STRIKES):
        taken = await take(engine)
        assert taken.condemned is None
        await give_back(engine.database, taken.key, "killed by SIGSEGV", blame="child")
    condemned = await take(engine)
    assert condemned.condemned is not None
    assert "SIGSEGV" in condemned.condemned
    assert await end(engine, condemned)
    assert (await read(engine, made.job_id)).phase is ExecutionPhase.COMPLETED


async def test_a_part_that_loses_ten_workers_is_condemned(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job()
    await plan(engine, await take(engine), 1)
    for _ in range(MAX_LOSSES):
        await give_back(engine.database, (await take(engine)).key, "lost", blame="worker")
    assert (await take(engine)).condemned is not None


async def test_a_planning_part_that_kills_its_child_takes_the_job_to_error(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    for _ in range(MAX_STRIKES):
        await give_back(engine.database, (await take(engine)).key, "out of memory", blame="child")
    found = await read(engine, made.job_id)
    assert found.phase is ExecutionPhase.ERROR
    assert found.error is not None
    assert "out of memory" in found.error.message
    assert await claim(engine.database, "w", reserved=False) is None


async def test_a_part_that_cannot_be_done_is_condemned_at_once(
    engine: Engine, make_job: MakeJob
) -> None:
    await make_job()
    await plan(engine, await take(engine), 1)
    await condemn(engine.database, (await take(engine)).key, ErrorSummary("Error", "no such plan"))
    assert (await take(engine)).condemned == "no such plan"
