"""However much is ready, the broker holds few permits, and each part runs once."""

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from redis.exceptions import RedisError

from sptjobs.broker.pace_board import MAX_RATIOS, PaceBoard, usable_cores
from sptjobs.broker.permits import send_permits
from sptjobs.broker.queues import EXECUTE_QUEUE, message, queue_key, queue_length
from sptjobs.broker.slot_board import CONTROL_KEY, SLOTS_KEY, SlotBoard
from sptjobs.engine.claims import claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.ready_parts import send_ready
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.execution.finishing import finish
from sptjobs.store.schema import job, part
from tests.engine.conftest import MakeJob
from tests.support.scale import scaled

SLOTS = 4
PARTS = scaled(200, 10_000)


async def test_ready_parts_wait_for_workers_without_filling_the_broker_and_run_once_each(
    engine: Engine, make_job: MakeJob
) -> None:
    broker = engine.wakeups.broker
    board = SlotBoard(broker.client)
    made = await make_job(targets=50)
    planning = await claim(engine.database, "w", reserved=False)
    assert planning is not None
    parts = tuple(PlannedPart(number, 1, 1.0) for number in range(1, PARTS + 1))
    report = Finished(1, {"outside": 1}, 1, 10, parts)
    assert await finish(engine.database, planning, f"{made.job_id}/0-1-a", report, "1-a")
    board.announce("w", SLOTS)
    for _ in range(scaled(20, 200)):
        engine.wakeups.ready(made.job_id, PARTS)
        await send_ready(engine)
        assert queue_length(broker, EXECUTE_QUEUE) <= 2 * SLOTS

    async def slot() -> None:
        while taken := await claim(engine.database, "w", reserved=False):
            folder = f"{taken.job_id}/{taken.number}-{taken.attempt}-a"
            assert await finish(engine.database, taken, folder, Finished(1, {"ok": 1}, 1, 1), None)

    await asyncio.gather(*(slot() for _ in range(SLOTS)))
    async with engine.database.read() as connection:
        attempts = set((await connection.execute(sa.select(part.c.attempt))).scalars())
        states = set((await connection.execute(sa.select(part.c.state))).scalars())
        row = (await connection.execute(sa.select(job.c.phase, job.c.ok))).one()
    assert (attempts, states) == ({1}, {"done"})
    assert (row.phase, row.ok) == ("COMPLETED", PARTS)


async def test_room_is_slots_without_messages_and_one_where_no_worker_is_known(
    engine: Engine,
) -> None:
    broker = engine.wakeups.broker
    board, key = SlotBoard(broker.client), queue_key(broker, EXECUTE_QUEUE)
    broker.client.zadd(SLOTS_KEY, {"gone:0": 1})
    assert board.room(key) == 1
    board.announce("w", 3)
    assert board.room(key) == board.count() == 3
    for _ in range(4):
        broker.enqueue(message("cut", EXECUTE_QUEUE, ""))
    assert board.room(key) == 3 - queue_length(broker, EXECUTE_QUEUE) == -1
    # A broker that was started again knows no scripts.
    broker.client.script_flush()
    assert board.room(key) == -1
    assert send_permits(broker, board, "cut", "", 5) == 0
    board.announce("v", 4)
    assert send_permits(broker, board, "cut", "", 5) == 3


async def test_workers_that_are_gone_leave_nothing_on_their_board(engine: Engine) -> None:
    client = engine.wakeups.broker.client
    board = SlotBoard(client, CONTROL_KEY)
    client.zadd(CONTROL_KEY, {"gone:0": 1})
    board.announce("here", 1)
    assert client.zrange(CONTROL_KEY, 0, -1) == [b"here:0"]
    assert board.count() == 1


async def test_workers_on_one_host_announce_its_cores_once_and_old_ratios_go(
    engine: Engine,
) -> None:
    client = engine.wakeups.broker.client
    for host, cores in (("a", 2), ("a", 2), ("b", 4)):
        PaceBoard(client, host).announce(cores, [1.5] * 150)
    found, ratios = await engine.wakeups.pace()
    assert (found, len(ratios)) == (6, MAX_RATIOS)
    assert set(ratios) == {1.5}


@pytest.mark.parametrize(
    ("limit", "cores"), [("50000 100000", 1), ("100000 100000", 1), ("9900000 100000", None)]
)
def test_the_quota_of_a_container_limits_its_cores(
    tmp_path: Path, limit: str, cores: int | None
) -> None:
    quota = tmp_path / "cpu.max"
    unlimited = usable_cores(quota)
    quota.write_text(limit)
    assert usable_cores(quota) == (cores or unlimited)
    quota.write_text("max 100000")
    assert usable_cores(quota) == unlimited


@pytest.mark.parametrize("error", [KeyError("x"), RedisError("gone"), UnicodeError()], ids=repr)
async def test_nothing_that_fails_ends_the_thread_that_sends_permits(
    engine: Engine, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> int:
        raise error

    with monkeypatch.context() as failing:
        failing.setattr("sptjobs.broker.permits.send_permits", fail)
        await make_job()
        await asyncio.sleep(0.1)
    await make_job("bob")
    async with asyncio.timeout(10):
        while queue_length(engine.wakeups.broker, EXECUTE_QUEUE) == 0:
            await asyncio.sleep(0.01)
