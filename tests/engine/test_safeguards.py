"""Each safeguard of the engine is needed: what it guards holds with it and breaks without it."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.broker.queues import EXECUTE_QUEUE, queue_length
from sptjobs.control import sweep
from sptjobs.control.transition_sender import TransitionSender
from sptjobs.engine import transitions
from sptjobs.engine.beats import BeatObserver
from sptjobs.engine.claims import Claim, claim, give_back
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job
from sptjobs.execution import executor as executing
from sptjobs.execution import finishing, ordering
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.executor import Executor, Running, open_executor
from sptjobs.execution.ordering import make_order
from sptjobs.maps.record import MapRecord
from sptjobs.store.database import now
from sptjobs.store.jobs import read_job, read_packs
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import job, part
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.phases import FINAL, ExecutionPhase
from tests.chaos.inside.mutations import unlocked
from tests.engine.conftest import MakeJob
from tests.support.databases import KIND

Patch = pytest.MonkeyPatch
DONE = Finished(1, {"ok": 1}, 1, 10)


@dataclass(frozen=True)
class Scene:
    """An engine with one queued job of one target, and the smallest archive."""

    engine: Engine
    job_id: str

    async def claim(self) -> Claim:
        taken = await claim(self.engine.database, "w", reserved=False)
        assert taken is not None
        return taken

    async def finish(self, taken: Claim) -> bool:
        folder = f"{taken.job_id}/{taken.number}-{taken.attempt}-a"
        return await finishing.finish(self.engine.database, taken, folder, DONE, "1-a")

    async def phase(self) -> ExecutionPhase:
        async with self.engine.database.read() as connection:
            found = await read_job(connection, self.job_id)
        assert found is not None
        return found.phase

    async def part_state(self) -> str:
        query = sa.select(part.c.state).where(part.c.job_id == self.job_id)
        async with self.engine.database.read() as connection:
            return str(await connection.scalar(query))


@dataclass
class Clock:
    """A monotonic clock that a test moves."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def scene(
    engine: Engine, make_job: MakeJob, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> Scene:
    await ingest_maps(engine.database, tiny_maps)
    made = await make_job()
    settings = replace(engine.settings, archive=tiny_archive, slots=1)
    return Scene(replace(engine, settings=settings), made.job_id)


async def only_the_last_attempt_is_published(scene: Scene) -> bool:
    old = await scene.claim()
    assert await give_back(scene.engine.database, old.key, "lost", blame="worker")
    new = await scene.claim()
    late, right = await scene.finish(old), await scene.finish(new)
    async with scene.engine.database.read() as connection:
        packs = await read_packs(connection, scene.job_id)
    return not late and right and [pack.folder[-5:] for pack in packs] == ["0-2-a"]


async def healthy_work_is_not_given_back(scene: Scene) -> bool:
    taken = await scene.claim()
    working = Executor(scene.engine, "w")
    working.running[taken.key] = Running()
    clock = Clock()
    observer = BeatObserver(scene.engine.settings.dead_s, clock)
    for _ in range(8):
        await working.beat_once()
        await sweep.give_back_abandoned(scene.engine, observer)
        clock.now_s += 0.4 * scene.engine.settings.dead_s
    return await scene.part_state() == "running"


async def work_on_an_aborted_job_is_stopped(scene: Scene) -> bool:
    taken = await scene.claim()
    working = Executor(scene.engine, "w")
    running = working.running[taken.key] = Running()
    await abort_job(scene.engine, scene.job_id)
    await working.beat_once()
    return running.lost


async def a_lost_workers_part_is_taken_up_again(scene: Scene) -> bool:
    await scene.claim()
    clock = Clock()
    observer = BeatObserver(scene.engine.settings.dead_s, clock)
    sender = TransitionSender(scene.engine)
    for _ in range(8):
        await sweep.sweep(scene.engine, observer, sender)
        clock.now_s += 0.4 * scene.engine.settings.dead_s
    return await scene.part_state() == "ready"


async def lost_messages_are_sent_again(scene: Scene) -> bool:
    broker = scene.engine.wakeups.broker
    async with asyncio.timeout(20):
        # The permit that came with the job travels in a thread of its own.
        while queue_length(broker, EXECUTE_QUEUE) == 0:
            await asyncio.sleep(0.01)
    broker.client.flushall()
    try:
        async with sweep.sweeping(scene.engine), asyncio.timeout(2):
            while queue_length(broker, EXECUTE_QUEUE) == 0:
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


async def a_part_is_cut_though_its_child_died_half_way(scene: Scene) -> bool:
    async with open_executor(scene.engine, "test") as working:
        await working.warm_up()
        child = working.slots[0].child
        assert child is not None
        taken = await scene.claim()
        order, _ = await make_order(scene.engine, taken)
        # As a child leaves it that was killed while it wrote.
        half = Path(order.folder)
        await asyncio.to_thread(half.mkdir, parents=True)
        await asyncio.to_thread((half / "pack.tar").write_bytes, b"half")
        os.kill(child.pid, signal.SIGKILL)
        await give_back(scene.engine.database, taken.key, "killed", blame="child")
        async with asyncio.timeout(60):
            while await scene.phase() not in FINAL:
                await working.work()
    return await scene.phase() == "COMPLETED"


async def a_finishing_part_and_an_abort_do_not_hinder_each_other(scene: Scene) -> bool:
    taken = await scene.claim()
    finish = asyncio.create_task(scene.finish(taken))
    # The part's row is changed, that of its job not yet: see ``slowly_named``.
    await asyncio.sleep(0.2)
    abort = asyncio.create_task(abort_job(scene.engine, scene.job_id))
    ended = await asyncio.gather(finish, abort, return_exceptions=True)
    if any(isinstance(end, UnavailableError) for end in ended):
        return False
    return await scene.phase() == "COMPLETED"


def no_attempt_fence(patch: Patch) -> None:
    async def close(connection: AsyncConnection, taken: Claim, _counts: dict[str, int]) -> datetime:
        mine = (part.c.job_id == taken.job_id, part.c.number == taken.number)
        await connection.execute(sa.update(part).where(*mine).values(state="done"))
        return await now(connection)

    patch.setattr(finishing, "_close", close)


def no_beat(patch: Patch) -> None:
    async def silent(*_: Any) -> set[Any]:
        return set()

    patch.setattr(executing, "beat", silent)


def no_step(name: str) -> Callable[[Patch], None]:
    async def nothing(*_: Any) -> None:
        return

    return lambda patch: patch.setattr(sweep, name, nothing)


def no_pointer(patch: Patch) -> None:
    """Let every attempt write to the place where readers would look for the part."""

    patch.setattr(ordering, "_new_folder", lambda job, number, _attempt: str(job / str(number)))


def no_job_lock(patch: Patch) -> None:
    async def look(connection: AsyncConnection, job_id: str) -> ExecutionPhase | None:
        phase = await connection.scalar(sa.select(job.c.phase).where(job.c.job_id == job_id))
        return None if phase is None else ExecutionPhase(phase)

    patch.setattr(finishing, "_LOCKED", unlocked(finishing._LOCKED))
    patch.setattr(transitions, "lock", look)


Check = Callable[[Scene], Awaitable[bool]]
SAFEGUARDS: list[tuple[Callable[[Patch], None], Check]] = [
    (no_attempt_fence, only_the_last_attempt_is_published),
    (no_beat, healthy_work_is_not_given_back),
    (no_beat, work_on_an_aborted_job_is_stopped),
    (no_step("give_back_abandoned"), a_lost_workers_part_is_taken_up_again),
    (no_step("send_ready"), lost_messages_are_sent_again),
    (no_pointer, a_part_is_cut_though_its_child_died_half_way),
]
if KIND == "postgresql":
    # On SQLite a transaction has the whole database to itself from its begin on.
    SAFEGUARDS.append((no_job_lock, a_finishing_part_and_an_abort_do_not_hinder_each_other))

each_safeguard = pytest.mark.parametrize(
    ("remove", "holds"), SAFEGUARDS, ids=[check.__name__ for _, check in SAFEGUARDS]
)


@pytest.fixture(autouse=True)
def slowly_named(monkeypatch: Patch) -> None:
    """Let a part that finishes dawdle between its own row and its job's."""
    name_pack = finishing._name_pack

    async def slowly(*arguments: Any) -> None:
        await asyncio.sleep(0.5)
        await name_pack(*arguments)

    monkeypatch.setattr(finishing, "_name_pack", slowly)


@each_safeguard
async def test_what_a_safeguard_guards_holds(
    scene: Scene, remove: Callable[[Patch], None], holds: Check
) -> None:
    assert await holds(scene)


@each_safeguard
async def test_what_a_safeguard_guards_breaks_without_it(
    scene: Scene, monkeypatch: Patch, remove: Callable[[Patch], None], holds: Check
) -> None:
    remove(monkeypatch)
    assert not await holds(scene)
