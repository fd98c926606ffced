"""A sweep removes nothing by the word of a database that does not know whose results there are."""

import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.control.orphans import Swept, sweep_orphans
from sptjobs.engine.claims import claim, give_back
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.job_commands import delete_job
from sptjobs.engine.results_owner import OWNER_FILE, adopt_results, foreign_results
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.finishing import finish
from sptjobs.metrics.results_sweep import PACKS_LEFT, RESULTS_REFUSED
from sptjobs.store.migration import upgrade
from sptjobs.store.schema import event, job, part
from sptjobs.uws.jobs import Job
from tests.engine.conftest import MakeJob
from tests.support.databases import copy_rows, empty_database

AnotherDatabase = Callable[[], Awaitable[Engine]]


@pytest.fixture
async def another_database(
    engine: Engine, server_url: str | None, tmp_path: Path
) -> AsyncIterator[AnotherDatabase]:
    """Give the same engine on a new database, as a wrong setting or a lost volume does."""
    async with AsyncExitStack() as stack:

        async def make() -> Engine:
            folder = tmp_path / f"other {time.monotonic_ns()}"
            url = await stack.enter_async_context(empty_database(server_url, folder))
            await upgrade(url)
            settings = replace(engine.settings, database_url=url)
            return await stack.enter_async_context(open_engine(settings))

        yield make


async def completed(engine: Engine, make_job: MakeJob) -> tuple[Job, Path]:
    """Make a job whose pack is on the disk and named."""
    made = await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    folder = pack(engine, made.job_id, "0-1-aa")
    report = Finished(1, {"ok": 1}, 1, 10)
    assert await finish(engine.database, taken, f"{made.job_id}/0-1-aa", report, "1-a")
    return made, folder


async def lose(engine: Engine, make_job: MakeJob) -> Path:
    """Have an attempt at a job lose its part, and leave a pack."""
    await make_job()
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    assert await give_back(engine.database, (taken.job_id, 0, taken.attempt), "x", blame="worker")
    return pack(engine, taken.job_id, f"0-{taken.attempt}-aa")


def pack(engine: Engine, job_id: str, name: str) -> Path:
    folder = engine.settings.results / job_id / name
    folder.mkdir(parents=True)
    (folder / "pack.tar").write_bytes(b"x")
    return folder


def owner(engine: Engine) -> dict[str, object]:
    found: dict[str, object] = json.loads((engine.settings.results / OWNER_FILE).read_text())
    return found


async def test_the_first_sweep_writes_whose_the_results_are(
    engine: Engine, make_job: MakeJob
) -> None:
    await completed(engine, make_job)
    assert await sweep_orphans(engine) == Swept()
    first = owner(engine)
    assert await sweep_orphans(engine) == Swept()
    assert owner(engine) == first | {"sweeps": 2}
    assert await foreign_results(engine.database, engine.settings.results) is None


@pytest.mark.parametrize("swept_before", [True, False], ids=["known", "of the release before"])
async def test_an_empty_database_removes_nothing(
    engine: Engine, make_job: MakeJob, another_database: AnotherDatabase, swept_before: bool
) -> None:
    _, folder = await completed(engine, make_job)
    if swept_before:
        await sweep_orphans(engine)
    empty = await another_database()
    swept = await sweep_orphans(empty)
    assert swept.refused is not None
    assert swept.removed == 0
    assert "sptjobs results check" in str(swept.alarm)
    assert RESULTS_REFUSED._value.get() == 1
    assert folder.exists()
    # The right one comes back: it goes on as before.
    assert await sweep_orphans(engine) == Swept()
    assert RESULTS_REFUSED._value.get() == 0


async def test_the_database_of_another_service_removes_nothing(
    engine: Engine, make_job: MakeJob, another_database: AnotherDatabase, tmp_path: Path
) -> None:
    _, folder = await completed(engine, make_job)
    await sweep_orphans(engine)
    other = await another_database()
    there = replace(other, settings=replace(other.settings, results=tmp_path / "theirs"))
    (tmp_path / "theirs").mkdir()
    for _ in range(3):
        assert await sweep_orphans(there) == Swept()
    exchanged = await sweep_orphans(other)
    assert "not of this one" in str(exchanged.refused)
    assert folder.exists()


async def test_a_restored_backup_removes_no_job_that_was_made_since(
    engine: Engine, make_job: MakeJob, another_database: AnotherDatabase
) -> None:
    _, before = await completed(engine, make_job)
    await sweep_orphans(engine)
    restored = await another_database()
    await copy_rows(engine.settings.database_url, restored.settings.database_url)
    _, since = await completed(engine, make_job)
    await sweep_orphans(engine)
    swept = await sweep_orphans(restored)
    assert "older than the results" in str(swept.refused)
    # An operator gives his word: what this state knows nothing of stays all the same.
    await adopt_results(restored.database, restored.settings.results)
    assert await sweep_orphans(restored) == Swept(unknown=1)
    assert PACKS_LEFT.labels("unknown")._value.get() == 1
    assert before.exists()
    assert since.exists()


async def test_a_restored_backup_knows_nothing_of_attempts_that_came_later(
    engine: Engine, make_job: MakeJob, another_database: AnotherDatabase
) -> None:
    made = await make_job()
    await sweep_orphans(engine)
    restored = await another_database()
    await copy_rows(engine.settings.database_url, restored.settings.database_url)
    taken = await claim(engine.database, "w", reserved=False)
    assert taken is not None
    folder = pack(engine, made.job_id, "0-1-aa")
    assert await sweep_orphans(restored) == Swept(unknown=1)
    assert folder.exists()


async def test_a_lost_attempt_leaves_its_pack_for_an_hour(
    engine: Engine, make_job: MakeJob
) -> None:
    careful = replace(engine, settings=replace(engine.settings, lost_packs_kept_s=3600))
    folder = await lose(engine, make_job)
    assert await sweep_orphans(careful) == Swept()
    assert folder.exists()
    os.utime(folder, (time.time() - 3700,) * 2)
    assert await sweep_orphans(careful) == Swept(removed=1)
    assert not folder.exists()


async def test_files_of_a_deleted_job_go_at_once(engine: Engine, make_job: MakeJob) -> None:
    careful = replace(engine, settings=replace(engine.settings, lost_packs_kept_s=3600))
    made, folder = await completed(engine, make_job)
    await delete_job(engine, made.job_id)
    assert await sweep_orphans(careful) == Swept(removed=1)
    assert not folder.exists()


async def test_more_than_a_share_of_the_packs_is_never_removed_at_once(
    engine: Engine, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.control.orphans._ALWAYS", 2)
    await completed(engine, make_job)
    lost = [await lose(engine, make_job) for _ in range(3)]
    swept = await sweep_orphans(engine)
    assert swept == Swept(too_many=3)
    assert "too many at once" in str(swept.alarm)
    assert all(folder.exists() for folder in lost)
    monkeypatch.setattr("sptjobs.control.orphans._ALWAYS", 3)
    assert await sweep_orphans(engine) == Swept(removed=3)


@pytest.mark.parametrize("table", [part, job], ids=["parts", "jobs"])
async def test_rows_that_vanish_take_no_pack_with_them(
    engine: Engine, make_job: MakeJob, table: sa.Table
) -> None:
    made, folder = await completed(engine, make_job)
    await completed(engine, make_job)
    await sweep_orphans(engine)
    async with engine.database.write() as connection:
        # Somebody's slip at the database's own prompt: no history says that the job ended.
        await connection.execute(sa.text(f"DELETE FROM pack WHERE job_id = '{made.job_id}'"))
        await connection.execute(sa.delete(table).where(table.c.job_id == made.job_id))
        await connection.execute(sa.delete(event).where(event.c.job_id == made.job_id))
    assert await sweep_orphans(engine) == Swept(unknown=1)
    assert folder.exists()


@pytest.mark.parametrize("name", ["what-is-this", "0-1", "0-1-", "x-1-aa", "9" * 30 + "-1-aa"])
async def test_what_no_attempt_can_have_written_is_left(
    engine: Engine, make_job: MakeJob, name: str
) -> None:
    made, _ = await completed(engine, make_job)
    folder = pack(engine, made.job_id, name)
    assert await sweep_orphans(engine) == Swept(unknown=1)
    assert folder.exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"database": "x"}', "\x00"])
async def test_an_owner_that_cannot_be_read_is_nobody_until_an_operator_says(
    engine: Engine, make_job: MakeJob, text: str
) -> None:
    made, folder = await completed(engine, make_job)
    (engine.settings.results / OWNER_FILE).write_text(text)
    await delete_job(engine, made.job_id)
    assert "cannot be read" in str((await sweep_orphans(engine)).refused)
    assert folder.exists()
    await adopt_results(engine.database, engine.settings.results)
    assert await sweep_orphans(engine) == Swept(removed=1)


async def test_a_full_disk_does_not_keep_the_sweep_from_making_room(
    engine: Engine, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, folder = await completed(engine, make_job)
    await delete_job(engine, made.job_id)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sptjobs.engine.results_owner._write_owner", full)
    assert await sweep_orphans(engine) == Swept(removed=1)
    assert not folder.exists()
