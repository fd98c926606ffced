"""Prebuilt statements give the records that SQLAlchemy gives, each as of its own moment."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from sptjobs.store.database import Database, connect
from sptjobs.store.jobs import look_up_jobs, read_jobs
from sptjobs.store.schema import account, job, pack, part
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.parts import PartState
from tests.support.databases import break_database

NOW = datetime(2026, 11, 30, 12, 0, 0, 123_456, tzinfo=UTC)
ALL_SET: dict[str, Any] = {
    "phase": "EXECUTING", "run_id": "mine", "parent_id": "f" * 32, "started": NOW,
    "ended": NOW + timedelta(seconds=1), "quote": NOW, "destruction": NOW + timedelta(days=9),
    "requested_duration": 7, "requested_destruction": NOW, "abort_reason": "why not",
    "snapshot": "s", "error_code": "E", "error_kind": "fatal", "error_message": "<&>",
    "error_detail": "d", "pairs_done": 3, "pairs_total": 9, "ok": 2, "no_data": 1,
    "disk_bytes": 1 << 40, "shown": '[[["RA", "1"], ["POSITIONS", null]], ["fits", "preview"]]',
}  # fmt: skip


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    owner = {"account_id": "a", "issuer": "i", "subject": "s", "name": "Ada & co", "created": NOW}
    async with connect(database_url) as opened:
        async with opened.write() as connection:
            await connection.execute(sa.insert(account), owner)
        yield opened


async def insert(database: Database, **values: Any) -> str:
    job_id = uuid.uuid4().hex
    needed: dict[str, Any] = {
        "job_id": job_id,
        "owner_id": "a",
        "phase": "PENDING",
        "lane": "shared",
    }
    needed |= {"created": NOW, "execution_duration": 60, "parameters": "[]", "request": "{}"}
    async with database.write() as connection:
        await connection.execute(sa.insert(job), needed | {"shown": "[[], []]"} | values)
    return job_id


async def with_sqlalchemy(database: Database, job_id: str) -> Any:
    async with database.read() as connection:
        return await read_jobs(connection, [job_id])


@pytest.mark.parametrize("values", [{}, ALL_SET, {"shown": None}])
async def test_a_job_that_is_looked_up_equals_one_that_is_read(
    database: Database, values: dict[str, Any]
) -> None:
    job_id = await insert(database, **values)
    found = await look_up_jobs(database, [job_id])
    assert found == await with_sqlalchemy(database, job_id)
    assert found[job_id].creation_time == NOW
    assert found[job_id].has_packs is False


async def test_every_change_of_a_job_and_of_what_belongs_to_it_is_seen_at_once(
    database: Database,
) -> None:
    job_id = await insert(database, **ALL_SET)
    of_part = {"job_id": job_id, "number": 0, "state": PartState.RUNNING, "cost_s": 1.0}
    of_pack = {"job_id": job_id, "part": 0, "folder": "f", "size_bytes": 1, "files": 1}
    changes = (
        sa.update(job).values(phase="COMPLETED", version=2),
        sa.insert(part).values(**of_part, pairs_done=5),
        sa.insert(pack).values(**of_pack),
        sa.update(account).values(name="Bob"),
        sa.update(job).values(destruction=NOW),
    )
    before = (await look_up_jobs(database, [job_id]))[job_id]
    for change in changes:
        async with database.write() as connection:
            await connection.execute(change)
        after = (await look_up_jobs(database, [job_id]))[job_id]
        assert after != before
        assert {job_id: after} == await with_sqlalchemy(database, job_id)
        before = after
    assert (before.progress.pairs_done, before.has_packs, before.owner) == (8, True, "Bob")


async def test_a_job_that_is_not_there_and_texts_of_any_kind_find_nothing(
    database: Database,
) -> None:
    for job_id in ("f" * 32, "", "' OR 1=1 --", "é" * 40):
        assert await look_up_jobs(database, [job_id]) == {}


async def test_many_ask_at_a_time_and_each_gets_its_own(database: Database) -> None:
    ids = [await insert(database, run_id=str(number)) for number in range(20)]
    found = await asyncio.gather(*(look_up_jobs(database, [each]) for each in ids * 5))
    assert [list(each) for each in found] == [[each] for each in ids * 5]
    assert [each[job_id].run_id for each, job_id in zip(found, ids * 5, strict=True)] == [
        str(number) for number in range(20)
    ] * 5


async def test_who_hangs_up_while_a_job_is_looked_up_leaves_nothing_open(
    database: Database,
) -> None:
    job_id = await insert(database)
    asking = [asyncio.create_task(look_up_jobs(database, [job_id])) for _ in range(20)]
    await asyncio.sleep(0)
    for each in asking:
        each.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    async with database.write() as connection:
        await connection.execute(sa.update(job).values(run_id="later"))
    assert (await look_up_jobs(database, [job_id]))[job_id].run_id == "later"


async def test_a_broken_database_is_unavailable(database: Database, database_url: str) -> None:
    job_id = await insert(database)
    await look_up_jobs(database, [job_id])
    await break_database(database_url)
    with pytest.raises(UnavailableError, match="the database does not respond"):
        await look_up_jobs(database, [job_id])
