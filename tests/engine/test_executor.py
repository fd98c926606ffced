"""Whole jobs through real children: finished, killed, aborted, drained."""

import asyncio
import hashlib
import os
import signal
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sptjobs.broker.pace_board import usable_cores
from sptjobs.control.orphans import sweep_orphans
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import NewJob, abort_job, create_job, delete_job
from sptjobs.engine.quotas import stored_bytes
from sptjobs.execution import executor as executing
from sptjobs.execution.child.child_process import TEMPLATE, Child
from sptjobs.execution.executor import Executor, open_executor
from sptjobs.execution.finishing import finish
from sptjobs.maps.record import MapRecord
from sptjobs.packs.reader import iter_files, iter_outcomes
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.store.accounts import upsert_account
from sptjobs.store.jobs import read_events, read_job, read_packs
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import part
from sptjobs.uws.jobs import Job
from sptjobs.uws.phases import ExecutionPhase
from tests.support.processes import is_alive, parent_of
from tests.support.scale import scaled


@pytest.fixture
async def executor(
    engine: Engine, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> AsyncIterator[Executor]:
    """One shared and one reserved slot over the smallest archive."""
    await ingest_maps(engine.database, tiny_maps)
    settings = replace(engine.settings, archive=tiny_archive, slots=1, part_s=0.25)
    async with open_executor(replace(engine, settings=settings), "test") as opened:
        yield opened


def grid(count: int) -> tuple[Target, ...]:
    """So many targets around the middle of the smallest archive."""
    side = int(count**0.5) + 1
    steps = [(n % side - side / 2, n // side - side / 2) for n in range(count)]
    return tuple(
        Target(f"t{n}", x * 0.9 / side % 360, -57.5 + y * 0.5 / side, 5.0, 5.0)
        for n, (x, y) in enumerate(steps)
    )


async def submit(engine: Engine, request: CutoutRequest) -> str:
    async with engine.database.write() as connection:
        account = await upsert_account(
            connection, issuer="operator", subject="ada", name="ada", groups=()
        )
    made = await create_job(engine, NewJob(account.account_id, (), request), run=True)
    return made.job_id


async def read(engine: Engine, job_id: str) -> Job:
    async with engine.database.read() as connection:
        found = await read_job(connection, job_id)
    assert found is not None
    return found


async def history(engine: Engine, job_id: str) -> list[str]:
    async with engine.database.read() as connection:
        return [event.detail or "" for event in await read_events(connection, job_id)]


async def folders(engine: Engine, job_id: str) -> list[Path]:
    async with engine.database.read() as connection:
        packs = await read_packs(connection, job_id)
    return [engine.settings.results / pack.folder for pack in packs]


async def outcomes(engine: Engine, job_id: str) -> list[Outcome]:
    return [row for folder in await folders(engine, job_id) for row in iter_outcomes(folder)]


def check_sums(packs: Sequence[Path]) -> int:
    """Read every file of the packs by its offset and compare; return how many."""
    count = 0
    for folder in packs:
        content = (folder / "pack.tar").read_bytes()
        for file in iter_files(folder):
            found = content[file.offset : file.offset + file.size]
            assert hashlib.sha256(found).hexdigest() == file.sha256
            count += 1
    return count


async def until_running(executor: Executor, *, number: int | None = None) -> int:
    """Wait until a part (of that number, if given) is in a child; give the child's pid."""
    async with asyncio.timeout(60):
        while True:
            for key, running in executor.running.items():
                if running.child is not None and number in {None, min(key[1], 1)}:
                    return running.child.pid
            await asyncio.sleep(0.002)


async def hold_running(executor: Executor, *, number: int | None = None) -> int:
    """Stop a child in the middle of a part, so that the part cannot end by itself; give its pid."""
    async with asyncio.timeout(60):
        while True:
            pid = await until_running(executor, number=number)
            os.kill(pid, signal.SIGSTOP)
            # What it had reported by then is read meanwhile.
            await asyncio.sleep(0.05)
            working = [one.child.pid for one in executor.running.values() if one.child]
            if pid in working:
                return pid
            os.kill(pid, signal.SIGCONT)


LONG = CutoutRequest(
    grid(30), filetypes=("filtered",), projection=Projection.TAN, order=Order.ADAPTIVE
)
"""A second of work and more, in several parts."""


@pytest.mark.parametrize("moment", ["while it is recorded", "as its child reports"])
async def test_a_part_that_ends_during_a_beat_costs_the_next_one_no_strike(
    executor: Executor, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    await executor.warm_up()
    if moment == "while it is recorded":

        async def slowly(*arguments: Any) -> bool:
            finished = await finish(*arguments)
            # Its row says that it is done; this process has still to hear of it.
            await executor.beat_once()
            return finished

        monkeypatch.setattr(executing, "finish", slowly)
    else:
        execute = Child.execute

        async def killed(child: Child, *arguments: Any) -> Any:
            report = await execute(child, *arguments)
            child.kill()
            return report

        monkeypatch.setattr(Child, "execute", killed)
    jobs = [await submit(executor.engine, CutoutRequest(grid(1))) for _ in range(3)]
    async with asyncio.timeout(60):
        await executor.work()
    for job_id in jobs:
        assert (await read(executor.engine, job_id)).phase == "COMPLETED"
        assert not [each for each in await history(executor.engine, job_id) if "killed" in each]


async def test_the_memory_of_a_child_is_what_is_its_own(executor: Executor) -> None:
    await executor.warm_up()
    child = executor.slots[0].child
    assert child is not None
    assert child.memory_bytes() == pytest.approx(anonymous_bytes(child.pid), rel=0.2)


def anonymous_bytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in lines if "RssAnon" in line).split()[1]) << 10


async def test_a_job_runs_to_its_end_and_every_checksum_holds(
    engine: Engine, executor: Executor
) -> None:
    job_id = await submit(engine, CutoutRequest(grid(5), filetypes=("filtered",)))
    await executor.work()
    found = await read(engine, job_id)
    assert found.phase is ExecutionPhase.COMPLETED
    rows = await outcomes(engine, job_id)
    assert len(rows) == found.progress.pairs_total == found.progress.pairs_done > 0
    assert check_sums(await folders(engine, job_id)) == sum(1 for row in rows if row.file) + 1


async def test_a_job_in_many_parts_gives_every_pair_one_outcome_and_announces_its_pace(
    engine: Engine, executor: Executor
) -> None:
    job_id = await submit(engine, LONG)
    await asyncio.gather(executor.work(), executor.work())
    found = await read(engine, job_id)
    assert found.phase is ExecutionPhase.COMPLETED
    assert found.progress.parts_total > 2
    rows = await outcomes(engine, job_id)
    assert len({(row.target, row.map_id) for row in rows}) == len(rows)
    assert len(rows) == found.progress.pairs_total
    check_sums(await folders(engine, job_id))
    await paces_are_announced(engine, found)


async def paces_are_announced(engine: Engine, found: Job) -> None:
    """Check that forecasts of other jobs learn what the parts of a job took, and the cores."""
    async with asyncio.timeout(20):
        while len((await engine.wakeups.pace())[1]) < found.progress.parts_total - 1:
            await asyncio.sleep(0.05)
    cores, ratios = await engine.wakeups.pace()
    assert cores == usable_cores()
    assert all(0.01 < ratio < 1000 for ratio in ratios)


async def test_a_killed_child_costs_one_strike_and_the_part_is_done_again(
    engine: Engine, executor: Executor
) -> None:
    job_id = await submit(engine, LONG)
    working = asyncio.create_task(executor.work())
    os.kill(await hold_running(executor, number=1), signal.SIGKILL)
    await working
    assert (await read(engine, job_id)).phase is ExecutionPhase.COMPLETED
    async with engine.database.read() as connection:
        strikes = (await connection.execute(sa.select(part.c.strikes))).scalars().all()
    assert sum(strikes) == 1
    assert any("killed by SIGKILL" in detail for detail in await history(engine, job_id))
    check_sums(await folders(engine, job_id))


@pytest.mark.any_database
@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_template_that_dies_or_is_stopped_costs_no_strike_and_the_part_is_done_again(
    engine: Engine, executor: Executor, monkeypatch: pytest.MonkeyPatch, way: signal.Signals
) -> None:
    monkeypatch.setattr("sptjobs.execution.child.child_process._TOLD_S", 0.5)
    job_id = await submit(engine, LONG)
    working = asyncio.create_task(executor.work())
    pid = await hold_running(executor)
    template = parent_of(pid)
    os.kill(template, way)
    if way is signal.SIGSTOP:
        os.kill(pid, signal.SIGKILL)
    await working
    assert not is_alive(template)
    assert (await read(engine, job_id)).phase is ExecutionPhase.COMPLETED
    async with engine.database.read() as connection:
        assert set((await connection.execute(sa.select(part.c.strikes))).scalars()) == {0}


async def test_an_abort_kills_the_child_within_two_seconds_and_keeps_finished_parts(
    engine: Engine, executor: Executor
) -> None:
    job_id = await submit(engine, LONG)
    working = asyncio.create_task(executor.work())
    await until_running(executor, number=1)
    while len(await folders(engine, job_id)) < 2:
        await asyncio.sleep(0.02)
    pid = await hold_running(executor)
    begun = asyncio.get_running_loop().time()
    assert (await abort_job(engine, job_id)).phase is ExecutionPhase.ABORTED
    while is_alive(pid):
        await asyncio.sleep(0.005)
    assert asyncio.get_running_loop().time() - begun < 2
    await working
    shared = executor.slots[0].child
    assert shared is not None, "the next job would wait for a child to start"
    assert is_alive(shared.pid)
    packs = await folders(engine, job_id)
    assert len(packs) >= 2
    check_sums(packs)
    await sweep_orphans(engine)
    kept = set((engine.settings.results / job_id).iterdir())
    assert kept == set(packs)


async def test_a_deleted_job_stops_and_leaves_nothing(engine: Engine, executor: Executor) -> None:
    job_id = await submit(engine, LONG)
    working = asyncio.create_task(executor.work())
    await hold_running(executor, number=1)
    await delete_job(engine, job_id)
    await asyncio.wait_for(working, 10)
    await sweep_orphans(engine)
    assert not (engine.settings.results / job_id).exists()


async def test_the_stored_bytes_of_a_user_are_what_du_finds_after_kills_and_deletions(
    engine: Engine, executor: Executor
) -> None:
    kept = await submit(engine, LONG)
    working = asyncio.create_task(executor.work())
    os.kill(await hold_running(executor, number=1), signal.SIGKILL)
    await working
    deleted = await submit(engine, CutoutRequest(grid(5), filetypes=("filtered",)))
    await executor.work()
    await delete_job(engine, deleted)
    await sweep_orphans(engine)
    async with engine.database.read() as connection:
        stored = await stored_bytes(connection, (await read(engine, kept)).owner_id)
    assert 0 < stored == await disk_usage(engine.settings.results)


async def disk_usage(folder: Path) -> int:
    """Bytes of all files of jobs below a folder, as du counts them."""
    command = f"find '{folder}' -mindepth 2 -type f -print0 | du -cb --files0-from=- | tail -1"
    done = await asyncio.create_subprocess_shell(command, stdout=asyncio.subprocess.PIPE)
    out, _ = await done.communicate()
    return int(out.split()[0])


async def test_fifteen_drains_in_one_job_give_no_strike_and_the_next_worker_goes_on(
    engine: Engine, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.execution.executor._IDLE_TIMEOUT_S", 0.0)
    drains = scaled(2, 15)
    job_id = await submit(engine, replace(LONG, targets=grid(15 * drains)))
    for number in range(drains):
        async with open_executor(executor.engine, f"drained-{number}") as drained:
            working = asyncio.create_task(drained.work())
            await until_running(drained)
            await drained.drain()
            await working
    async with engine.database.read() as connection:
        rows = (await connection.execute(sa.select(part))).all()
    assert {row.state for row in rows} <= {"ready", "done"}
    assert sum(row.attempt for row in rows) > sum(row.state == "done" for row in rows)
    assert sum(row.strikes + row.losses for row in rows) == 0
    await executor.work()
    assert (await read(engine, job_id)).phase is ExecutionPhase.COMPLETED


async def test_a_child_that_cannot_start_is_no_strike_against_the_part(
    engine: Engine, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.execution.executor._RETRY_S", 0.0)
    cold = Executor(executor.engine, "cold")
    job_id = await submit(engine, CutoutRequest(grid(1), filetypes=("filtered",)))
    with monkeypatch.context() as broken:
        broken.setattr("sys.executable", "/bin/false")
        TEMPLATE.end()
        working = asyncio.create_task(cold.work())
        while len(await history(engine, job_id)) < 10:
            await asyncio.sleep(0.02)
    await asyncio.wait_for(working, 60)
    await cold.close()
    assert (await read(engine, job_id)).phase is ExecutionPhase.COMPLETED
    async with engine.database.read() as connection:
        assert (await connection.execute(sa.select(part.c.strikes))).scalars().all() == [0]


async def test_a_map_that_vanished_fails_its_pairs_and_not_the_job(
    engine: Engine, executor: Executor, tiny_maps: list[MapRecord]
) -> None:
    gone = replace(tiny_maps[0], path="nowhere.fits", sha256="0" * 64)
    await ingest_maps(engine.database, [gone, *tiny_maps[1:]])
    request = CutoutRequest(
        grid(3),
        filetypes=("passthrough", "filtered"),
        coadds=tuple({r.tag for r in tiny_maps if r.tag}),
    )
    job_id = await submit(engine, request)
    await executor.work()
    found = await read(engine, job_id)
    statuses = {row.map_id: row.status for row in await outcomes(engine, job_id)}
    assert found.phase is ExecutionPhase.COMPLETED
    if gone.tag:
        assert statuses[gone.map_id] == "failed"
    assert set(statuses.values()) - {"failed"}


async def test_no_map_that_answers_ends_the_job_completed_with_nothing(
    engine: Engine, executor: Executor
) -> None:
    job_id = await submit(engine, CutoutRequest(grid(3), coadds=("no such tag",)))
    await executor.work()
    found = await read(engine, job_id)
    assert found.phase is ExecutionPhase.COMPLETED
    assert found.progress.pairs_total == 0


async def test_a_beat_that_finds_its_part_finished_meanwhile_kills_no_child(
    engine: Engine, executor: Executor
) -> None:
    async def beat_without_pause() -> None:
        while True:
            await executor.beat_once()
            await asyncio.sleep(0)

    beating = asyncio.create_task(beat_without_pause())
    jobs = [
        await submit(engine, CutoutRequest(grid(1), filetypes=("filtered",)))
        for _ in range(scaled(12, 1_000))
    ]
    await executor.work()
    beating.cancel()
    await asyncio.gather(beating, return_exceptions=True)
    async with engine.database.read() as connection:
        parts = (await connection.execute(sa.select(part.c.attempt, part.c.strikes))).all()
    assert [tuple(row) for row in parts] == [(1, 0)] * len(jobs)


async def test_a_child_that_died_idle_is_no_strike_against_the_next_part(
    engine: Engine, executor: Executor
) -> None:
    await executor.warm_up()
    for slot in executor.slots:
        assert slot.child is not None
        os.kill(slot.child.pid, signal.SIGKILL)
        await slot.child.process.wait()
    job_id = await submit(engine, CutoutRequest(grid(1), filetypes=("filtered",)))
    await executor.work()
    assert (await read(engine, job_id)).phase is ExecutionPhase.COMPLETED
    async with engine.database.read() as connection:
        assert (await connection.execute(sa.select(part.c.strikes))).scalars().all() == [0]
