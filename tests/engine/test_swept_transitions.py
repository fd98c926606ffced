"""What nobody asks for is found by the sweep and made by an actor of its name, once."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import dramatiq
import pytest
import sqlalchemy as sa

from sptjobs.broker.control_messages import outstanding
from sptjobs.broker.control_results import ControlResult, control_results, read_results
from sptjobs.broker.queues import CONTROL_QUEUE, make_broker, message, queue_length
from sptjobs.control.transition_sender import TransitionSender
from sptjobs.engine import transitions
from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.job_commands import abort_job, delete_job, run_job, set_destruction
from sptjobs.engine.swept_transitions import find_due, make_due
from sptjobs.store.database import now
from sptjobs.store.jobs import read_events, read_job
from sptjobs.store.schema import job, part
from sptjobs.uws.errors import LimitError, UnavailableError
from sptjobs.uws.phases import SWEPT, ExecutionPhase
from sptjobs.worker import actors
from sptjobs.worker.actors import register_control
from sptjobs.worker.worker_process import EventLoop
from tests.engine.conftest import MakeJob, make_all_due
from tests.engine.test_races import end, final_events, phase_of, planned, taken_part
from tests.engine.test_worker import start
from tests.support.scale import scaled

Make = Callable[[Engine, MakeJob], Awaitable[str]]


async def change(engine: Engine, job_id: str, **columns: object) -> None:
    async with engine.database.write() as connection:
        await connection.execute(sa.update(job).where(job.c.job_id == job_id).values(**columns))


async def held(engine: Engine, make_job: MakeJob) -> str:
    made = await make_job("held")
    async with engine.database.write() as connection:
        assert await transitions.advance(connection, made.job_id, ExecutionPhase.HELD)
    return made.job_id


async def executing(engine: Engine, make_job: MakeJob, owner: str) -> str:
    made = await make_job(owner)
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    assert taken.job_id == made.job_id
    return made.job_id


async def with_parts(engine: Engine, make_job: MakeJob, state: str) -> str:
    """A job that executes with all of its parts in a state, which a bug could leave."""
    job_id = await executing(engine, make_job, state)
    async with engine.database.write() as connection:
        mine = part.c.job_id == job_id
        await connection.execute(sa.update(part).where(mine).values(state=state))
    return job_id


async def done(engine: Engine, make_job: MakeJob) -> str:
    return await with_parts(engine, make_job, "done")


async def lost(engine: Engine, make_job: MakeJob) -> str:
    return await with_parts(engine, make_job, "dropped")


async def partless(engine: Engine, make_job: MakeJob) -> str:
    made = await make_job("partless")
    async with engine.database.write() as connection:
        await connection.execute(sa.delete(part).where(part.c.job_id == made.job_id))
    return made.job_id


async def overdue(engine: Engine, make_job: MakeJob) -> str:
    job_id = await executing(engine, make_job, "overdue")
    async with engine.database.read() as connection:
        past = await now(connection) - timedelta(seconds=100)
    await change(engine, job_id, started=past, execution_duration=99)
    return job_id


async def expired(engine: Engine, make_job: MakeJob) -> str:
    made = await make_job("expired", run=False)
    await abort_job(engine, made.job_id)
    await set_destruction(engine, made.job_id, made.creation_time)
    return made.job_id


DUE: dict[str, Make] = {
    "queue": held,
    "complete": done,
    "fail": lost,
    "abort": overdue,
    "archive": expired,
}


async def wait_for_results(engine: Engine, count: int) -> list[ControlResult]:
    async with asyncio.timeout(60):
        while len(found := await read_results(engine.wakeups.client, 100)) < count:
            await asyncio.sleep(0.05)
    return found


async def test_each_transition_is_made_by_a_message_of_its_name_with_result_and_time(
    engine: Engine, make_job: MakeJob, tmp_path: Path
) -> None:
    due = {name: await make(engine, make_job) for name, make in DUE.items()}
    url, broker_url = engine.settings.database_url, engine.settings.broker_url
    worker = start("control", url, broker_url, tmp_path, SPT_SWEEP_S="0.2")
    try:
        found = await wait_for_results(engine, len(due))
    finally:
        worker.terminate()
        await asyncio.to_thread(worker.communicate, timeout=60)
    assert {each.actor: each.job_id for each in found} == due
    for each in found:
        phase = await phase_of(engine, each.job_id)
        assert phase is SWEPT[each.actor]
        assert (each.result or "").startswith(f"{phase}: ")
        assert each.error is None
        assert timedelta(0) <= each.done - each.sent < timedelta(seconds=30)


@pytest.mark.parametrize("name", sorted(DUE))
async def test_a_transition_is_found_for_the_jobs_that_are_due_and_made_once(
    engine: Engine, make_job: MakeJob, name: str
) -> None:
    other = await make_job("other", run=False)
    job_id = await DUE[name](engine, make_job)
    for each in SWEPT:
        assert await find_due(engine, each) == ([job_id] if each == name else [])
    assert (await make_due(engine, name, job_id)).startswith(f"{SWEPT[name]}: ")
    assert await find_due(engine, name) == []
    for gone in (job_id, other.job_id, "0" * 32):
        assert (await make_due(engine, name, gone)).startswith("nothing to do: the job is ")


async def test_a_job_that_lost_its_parts_ends_in_error_and_says_what_to_do(
    engine: Engine, make_job: MakeJob
) -> None:
    for make in (lost, partless):
        job_id = await make(engine, make_job)
        await make_all_due(engine, "fail")
        async with engine.database.read() as connection:
            found = await read_job(connection, job_id)
            events = await read_events(connection, job_id)
        assert found is not None
        assert found.error is not None
        assert (found.phase, "submit it again" in found.error.message) == ("ERROR", True)
        assert "repaired" in [event.kind for event in events]


async def test_a_held_job_waits_until_queue_and_owner_have_room(
    engine: Engine, make_job: MakeJob
) -> None:
    job_ids = [await held(engine, make_job) for _ in range(2)]
    busy = replace(engine, settings=replace(engine.settings, max_ready_parts=-1))
    assert await find_due(busy, "queue") == []
    narrow = replace(engine.settings.limits, active_jobs=1)
    small = replace(engine, settings=replace(engine.settings, limits=narrow))
    assert await find_due(small, "queue") == job_ids[:1]
    assert await make_due(small, "queue", job_ids[0]) == "QUEUED: there is room for it"
    assert await find_due(small, "queue") == []
    with pytest.raises(LimitError):
        await make_due(small, "queue", job_ids[1])
    assert await phase_of(engine, job_ids[1]) is ExecutionPhase.HELD


async def test_a_message_that_comes_after_its_reason_has_gone_does_nothing(
    engine: Engine, make_job: MakeJob
) -> None:
    ended, running = await expired(engine, make_job), await overdue(engine, make_job)
    async with engine.database.read() as connection:
        later = await now(connection) + timedelta(days=1)
    await set_destruction(engine, ended, later)
    await change(engine, running, execution_duration=1_000)
    assert await make_due(engine, "archive", ended) == "nothing to do: the job is ABORTED"
    assert await make_due(engine, "abort", running) == "nothing to do: the job is EXECUTING"


async def test_a_lost_message_costs_one_more_sweep_and_no_other_is_sent_before(
    engine: Engine, make_job: MakeJob
) -> None:
    job_id = await expired(engine, make_job)
    sender = TransitionSender(engine)
    client, broker = engine.wakeups.client, engine.wakeups.broker
    for _ in range(2):
        for _ in range(3):
            await sender.sweep()
            assert await outstanding(client) == {("archive", job_id)}
            assert queue_length(broker, CONTROL_QUEUE) == 1
            await asyncio.sleep(engine.settings.sweep_s)
        await client.flushall()
    await sender.sweep()
    assert queue_length(broker, CONTROL_QUEUE) == 1


async def test_a_message_that_a_worker_has_fetched_counts_as_outstanding(
    engine: Engine, make_job: MakeJob
) -> None:
    await expired(engine, make_job)
    sender = TransitionSender(engine)
    await sender.sweep()
    broker = make_broker(engine.settings.broker_url)
    broker.declare_queue(CONTROL_QUEUE)
    consumer = broker.consume(CONTROL_QUEUE, prefetch=1)
    assert next(consumer) is not None
    await asyncio.sleep(engine.settings.sweep_s)
    await sender.sweep()
    assert queue_length(engine.wakeups.broker, CONTROL_QUEUE) == 0
    broker.close()


async def test_two_control_workers_send_one_message_for_each_job(
    engine: Engine, make_job: MakeJob
) -> None:
    for _ in range(scaled(5, 50)):
        await expired(engine, make_job)
    senders = [TransitionSender(engine) for _ in range(2)]
    await asyncio.gather(*(sender.sweep() for sender in senders))
    assert queue_length(engine.wakeups.broker, CONTROL_QUEUE) == scaled(5, 50)


async def test_the_sweep_does_not_flood_the_queue(
    engine: Engine, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.control.transition_sender.MAX_OUTSTANDING", 3)
    for _ in range(7):
        await expired(engine, make_job)
    sender = TransitionSender(engine)
    for _ in range(3):
        await sender.sweep()
        assert queue_length(engine.wakeups.broker, CONTROL_QUEUE) == 3
        await asyncio.sleep(engine.settings.sweep_s)


async def test_while_the_broker_is_away_the_sweep_makes_the_transitions(
    engine: Engine, make_job: MakeJob
) -> None:
    due = {name: await make(engine, make_job) for name, make in DUE.items()}
    away = replace(engine.settings, broker_url="unix:///nowhere/broker.sock")
    async with open_engine(away) as without:
        await TransitionSender(without).sweep()
    for name, job_id in due.items():
        assert await phase_of(engine, job_id) is SWEPT[name]


async def test_a_transition_that_no_actor_makes_in_time_is_made_by_the_sweep(
    engine: Engine, make_job: MakeJob
) -> None:
    job_id, at = await expired(engine, make_job), [0.0]
    sender = TransitionSender(engine, overdue_s=10, clock=lambda: at[0])
    for seconds, phase in ((0, "ABORTED"), (9, "ABORTED"), (11, "ARCHIVED")):
        at[0] = seconds
        await sender.sweep()
        assert await phase_of(engine, job_id) == phase


async def test_a_transition_and_a_command_at_once_end_a_job_exactly_once(
    engine: Engine, make_job: MakeJob
) -> None:
    for _ in range(scaled(10, 500)):
        made = await planned(engine, make_job, 1)
        last = await taken_part(engine)
        await change(engine, made.job_id, destruction=made.creation_time)
        said, *_ = await asyncio.gather(
            make_due(engine, "abort", made.job_id),
            abort_job(engine, made.job_id),
            end(engine, last),
            make_due(engine, "abort", made.job_id),
        )
        phase = await phase_of(engine, made.job_id)
        assert await final_events(engine, made.job_id) == [phase]
        assert phase in said


async def test_a_release_and_the_users_own_run_queue_a_held_job_once(
    engine: Engine, make_job: MakeJob
) -> None:
    for _ in range(scaled(5, 200)):
        job_id = await held(engine, make_job)
        await asyncio.gather(
            make_due(engine, "queue", job_id), run_job(engine, job_id), return_exceptions=True
        )
        async with engine.database.read() as connection:
            events = await read_events(connection, job_id)
        assert [event.target for event in events][-2:] == ["HELD", "QUEUED"]
        await abort_job(engine, job_id)


async def test_a_deletion_and_a_destruction_at_once_leave_nothing(
    engine: Engine, make_job: MakeJob
) -> None:
    for _ in range(scaled(5, 200)):
        job_id = await expired(engine, make_job)
        await asyncio.gather(make_due(engine, "archive", job_id), delete_job(engine, job_id))
        async with engine.database.read() as connection:
            assert await read_job(connection, job_id) is None


@asynccontextmanager
async def failing_worker(engine: Engine) -> AsyncIterator[dramatiq.Broker]:
    """A worker of the control queue that never reaches its database."""
    broker = make_broker(engine.settings.broker_url, [EventLoop()])
    broker.add_middleware(control_results(broker))

    def unreachable() -> Engine:
        raise UnavailableError("the database does not respond")

    register_control(broker, unreachable)
    worker = dramatiq.Worker(broker, queues={CONTROL_QUEUE}, worker_threads=1, worker_timeout=20)
    worker.start()
    try:
        yield broker
    finally:
        await asyncio.to_thread(worker.stop)
        broker.close()


async def test_operators_see_what_an_actor_failed_by(engine: Engine) -> None:
    async with failing_worker(engine) as broker:
        for name in ("abort", "archive"):
            broker.enqueue(message(name, CONTROL_QUEUE, "0" * 32))
        found = await wait_for_results(engine, 2)
    assert {(each.actor, each.result, each.error) for each in found} == {
        (name, None, "UnavailableError: the database does not respond")
        for name in ("abort", "archive")
    }


@pytest.mark.parametrize(
    ("change", "module"),
    [
        ("phases.SWEPT = dict(phases.SWEPT, polish='HELD')", "sptjobs.engine.swept_transitions"),
        (
            "queues.ACTORS = dict(queues.ACTORS, control=('queue', 'polish'))",
            "sptjobs.worker.actors",
        ),
        ("queues.ACTORS = dict(queues.ACTORS, execute=('polish',))", "sptjobs.worker.actors"),
    ],
)
def test_what_is_listed_without_being_declared_fails_at_import(change: str, module: str) -> None:
    program = (
        f"import sptjobs.uws.phases as phases, sptjobs.broker.queues as queues\n{change}\n"
        f"import {module}"
    )
    failed = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert failed.returncode == 1
    assert "ImportError" in failed.stderr
    assert "polish" in failed.stderr


def test_an_actor_that_is_no_longer_declared_fails_at_import() -> None:
    source = Path(actors.__file__).read_text()
    for name in ("cut", "deliver"):
        with pytest.raises(ImportError, match=name):
            exec(source.replace(f", {name})", ",)"), {"__name__": "mutant"})
