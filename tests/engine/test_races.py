"""Commands and workers that meet at the same instant agree on one end."""

import asyncio
import random

import sqlalchemy as sa

from sptjobs.engine.beats import beat
from sptjobs.engine.claims import Claim, claim, give_back
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job, delete_job
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.execution.finishing import finish
from sptjobs.store.jobs import read_events, read_job
from sptjobs.store.schema import part
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import FINAL, ExecutionPhase
from tests.engine.conftest import MakeJob
from tests.support.scale import scaled

PLANNED = {"outside": 1}


async def planned(engine: Engine, make_job: MakeJob, parts: int) -> Job:
    """A job whose parts 1 to n are ready."""
    made = await make_job(targets=50)
    taken = await taken_part(engine)
    listed = tuple(PlannedPart(number, 1, 1.0) for number in range(1, parts + 1))
    report = Finished(1, PLANNED, 1, 10, listed)
    assert await finish(engine.database, taken, f"{made.job_id}/0-1-a", report, "1-a")
    return made


async def taken_part(engine: Engine) -> Claim:
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    return taken


async def end(engine: Engine, taken: Claim) -> bool:
    folder = f"{taken.job_id}/{taken.number}-{taken.attempt}-a"
    return await finish(engine.database, taken, folder, Finished(1, {"ok": 1}, 1, 10), None)


async def final_events(engine: Engine, job_id: str) -> list[str]:
    async with engine.database.read() as connection:
        events = await read_events(connection, job_id)
    return [str(event.target) for event in events if event.target in FINAL]


async def phase_of(engine: Engine, job_id: str) -> ExecutionPhase:
    async with engine.database.read() as connection:
        found = await read_job(connection, job_id)
    assert found is not None
    return found.phase


async def test_the_last_two_parts_and_an_abort_end_a_job_exactly_once(
    engine: Engine, make_job: MakeJob
) -> None:
    for _ in range(scaled(20, 1_000)):
        made = await planned(engine, make_job, 2)
        first, second = await taken_part(engine), await taken_part(engine)
        response, *_ = await asyncio.gather(
            abort_job(engine, made.job_id), end(engine, first), end(engine, second)
        )
        phase = await phase_of(engine, made.job_id)
        assert await final_events(engine, made.job_id) == [phase]
        assert response.phase is phase


async def test_an_abort_among_eight_busy_workers_answers_what_the_job_ends_as(
    engine: Engine, make_job: MakeJob
) -> None:
    chance = random.Random(4)

    async def work() -> None:
        while taken := await claim(engine.database, "w", reserved=False):
            await asyncio.sleep(0.005)
            await beat(engine.database, {taken.key: 1})
            await end(engine, taken)

    for _ in range(scaled(10, 500)):
        made = await planned(engine, make_job, 16)
        working = [asyncio.create_task(work()) for _ in range(8)]
        await asyncio.sleep(chance.uniform(0, 0.15))
        response = await abort_job(engine, made.job_id)
        await asyncio.gather(*working)
        assert response.phase in {ExecutionPhase.ABORTED, ExecutionPhase.COMPLETED}
        assert await phase_of(engine, made.job_id) is response.phase
        assert await final_events(engine, made.job_id) == [response.phase]


async def test_finishing_giving_back_beating_and_deleting_at_once_neither_hang_nor_deadlock(
    engine: Engine, make_job: MakeJob
) -> None:
    chance = random.Random(5)
    for _ in range(scaled(10, 500)):
        made = await planned(engine, make_job, 6)
        taken = [await taken_part(engine) for _ in range(6)]
        keys = [one.key for one in taken]
        work = [
            *(end(engine, one) for one in taken),
            *(give_back(engine.database, key, "lost", blame="worker") for key in keys),
            *(beat(engine.database, dict.fromkeys(keys, 1)) for _ in range(3)),
            delete_job(engine, made.job_id),
        ]
        chance.shuffle(work)
        await asyncio.wait_for(asyncio.gather(*work), 20)
        async with engine.database.read() as connection:
            assert await read_job(connection, made.job_id) is None


async def test_an_abort_does_not_lock_itself_up_with_a_beat(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await planned(engine, make_job, 2)
    first, second = await taken_part(engine), await taken_part(engine)
    # The rows' order in the table is now the reverse of that of their numbers, and
    # the database knows that the table is small enough to be read in that order.
    await beat(engine.database, {first.key: 1})
    async with engine.database.write() as connection:
        await connection.execute(sa.text("ANALYZE part"))
    async with engine.database.write() as connection:
        await connection.execute(beating(first))
        aborting = asyncio.create_task(abort_job(engine, made.job_id))
        await asyncio.sleep(0.2)
        await connection.execute(beating(second))
    assert (await aborting).phase is ExecutionPhase.ABORTED


def beating(taken: Claim) -> sa.Update:
    """What a beat does to one of the parts of its process."""
    mine = (part.c.job_id == taken.job_id, part.c.number == taken.number)
    return sa.update(part).where(*mine).values(beat=part.c.beat + 1)
