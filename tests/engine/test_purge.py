"""What nobody can need any more goes, batch by batch; nothing younger does, and nothing alive."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sptjobs.control.purge import due_rows, endings, purge
from sptjobs.engine import transitions
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.job_commands import delete_job, set_destruction
from sptjobs.engine.retention import notes_of
from sptjobs.metrics.purged import PURGED
from sptjobs.settings import Settings
from sptjobs.store.accounts import upsert_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import connect, now
from sptjobs.store.jobs import read_events, read_job
from sptjobs.store.migration import upgrade
from sptjobs.store.schema import audit, browser_session, event, job, spent, token
from sptjobs.store.sessions import insert_session, spend
from sptjobs.store.tokens import TokenRow, insert_token, revoke_chain
from sptjobs.uws.phases import ExecutionPhase
from tests.engine.conftest import MakeJob, make_all_due
from tests.support.scale import scaled

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
KEPT_S = 86_400


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings that keep records and the audit log for a day."""
    return replace(settings, records_kept_s=KEPT_S, audit_kept_s=KEPT_S)


async def clock(engine: Engine) -> datetime:
    async with engine.database.read() as connection:
        return await now(connection)


async def account_id(engine: Engine) -> str:
    async with engine.database.write() as connection:
        made = await upsert_account(connection, issuer="i", subject="s", name="n", groups=[])
    return made.account_id


async def keys(engine: Engine, column: sa.Column[Any]) -> set[Any]:
    async with engine.database.read() as connection:
        return set((await connection.execute(sa.select(column))).scalars())


async def aged(engine: Engine, table: sa.Table, ages: dict[Any, timedelta]) -> None:
    """Let rows be so old, by the time that decides."""
    decides: sa.Column[Any] = {
        "audit": audit.c.at,
        "browser_session": browser_session.c.expires,
        "spent": spent.c.expires,
    }[table.name]
    (key,) = table.primary_key
    at = await clock(engine)
    async with engine.database.write() as connection:
        for row, age in ages.items():
            await connection.execute(sa.update(table).where(key == row).values({decides: at - age}))


async def add_token(
    engine: Engine, owner: str, *, chain: str, began: datetime, end: datetime
) -> str:
    jti = uuid.uuid4().hex
    async with engine.database.write() as connection:
        await insert_token(connection, TokenRow(jti, owner, chain, began, began, end, ("a",)))
    return jti


async def add_session(engine: Engine, owner: str) -> str:
    async with engine.database.write() as connection:
        row = await insert_session(
            connection,
            owner,
            lifetime=DAY,
            provider_session=None,
            sealed_grant="",
            agent=None,
        )
    return row.session_id


async def purged_out(engine: Engine) -> int:
    """Purge until nothing is due any more; give the number of turns."""
    turns = 1
    while await purge(engine):
        turns += 1
    return turns


def counted() -> Counter[str]:
    (family,) = PURGED.collect()
    totals = [each for each in family.samples if each.name.endswith("_total")]
    return Counter({each.labels["table"]: int(each.value) for each in totals})


def random_ages(over: timedelta) -> list[timedelta]:
    """Ages on both sides of one, near to it and far from it."""
    chance = random.Random(4)
    near = [over + sign * MINUTE * chance.uniform(1, 60) for sign in (1, -1) for _ in range(5)]
    return near + [over + DAY * chance.uniform(-1, 400) for _ in range(scaled(10))]


async def test_sessions_spent_things_and_audit_rows_go_at_their_time_and_no_younger_one(
    engine: Engine,
) -> None:
    owner = await account_id(engine)
    ages: dict[str, dict[Any, timedelta]] = {"browser_session": {}, "spent": {}, "audit": {}}
    for age in random_ages(timedelta(0)):
        ages["browser_session"][await add_session(engine, owner)] = age
    for number, _ in enumerate(random_ages(timedelta(0))):
        async with engine.database.write() as connection:
            assert await spend(connection, "state", str(number), DAY)
            await record_audit(connection, "token.create", Actor())
    for table, over in ((spent, timedelta(0)), (audit, timedelta(seconds=KEPT_S))):
        (key,) = table.primary_key
        ages[table.name] = dict(zip(await keys(engine, key), random_ages(over), strict=True))
    for table in (browser_session, spent, audit):
        await aged(engine, table, ages[table.name])
    before = counted()
    await purged_out(engine)
    for table, over in (
        (browser_session, timedelta(0)),
        (spent, timedelta(0)),
        (audit, timedelta(seconds=KEPT_S)),
    ):
        (key,) = table.primary_key
        stay = {row for row, age in ages[table.name].items() if age < over}
        assert 0 < len(stay) < len(ages[table.name])
        assert await keys(engine, key) == stay
        gone = len(ages[table.name]) - len(stay)
        assert (counted() - before)[table.name] == gone


async def test_a_token_stays_until_its_chain_is_over_and_can_revoke_it_until_then(
    engine: Engine,
) -> None:
    owner, at = await account_id(engine), await clock(engine)
    chain = timedelta(seconds=engine.settings.token_chain_s)
    over = chain + 7 * DAY

    async def add(name: str, began: timedelta, end: timedelta) -> str:
        return await add_token(engine, owner, chain=name, began=at - began, end=at - end)

    stay = {
        # The first of a chain expired long ago; what it was refreshed to holds.
        first := await add("alive", chain - DAY, chain - 2 * DAY),
        await add("alive", chain - DAY, -DAY),
        await add("just over", over - MINUTE, 7 * DAY - MINUTE),
        # An operator's own token may hold for longer than a chain.
        await add("long", 3 * chain, -DAY),
        await add("long, over", 3 * chain, 7 * DAY - MINUTE),
    }
    for _ in range(3):
        await add("over", over + MINUTE, over - DAY)
    await add("over", over + MINUTE, 7 * DAY + MINUTE)
    await add("long, over for a week", 3 * chain, 7 * DAY + MINUTE)
    await purged_out(engine)
    assert await keys(engine, token.c.jti) == stay
    async with engine.database.write() as connection:
        named = await connection.scalar(sa.select(token.c.chain).where(token.c.jti == first))
        assert named is not None
        assert await revoke_chain(connection, named) == 1


async def ended_long_ago(engine: Engine, *job_ids: str, age: timedelta = 400 * DAY) -> None:
    """Let everything that jobs have lived through be so long ago."""
    at = await clock(engine)
    async with engine.database.write() as connection:
        mine = job.c.job_id.in_(job_ids)
        times = {"created": at - age, "ended": at - age, "destruction": at - age}
        await connection.execute(sa.update(job).where(mine).values(**times))
        lived = event.c.job_id.in_(job_ids)
        await connection.execute(sa.update(event).where(lived).values(at=at - age))


async def archive(engine: Engine, job_id: str) -> None:
    await set_destruction(engine, job_id, await clock(engine) - MINUTE)
    await make_all_due(engine, "abort", "archive")


async def history(engine: Engine, job_id: str) -> list[str]:
    async with engine.database.read() as connection:
        return [each.target or each.kind for each in await read_events(connection, job_id)]


async def is_there(engine: Engine, job_id: str) -> bool:
    async with engine.database.read() as connection:
        return await read_job(connection, job_id) is not None


async def in_phase(engine: Engine, made: str, phase: ExecutionPhase) -> None:
    """Write a phase into a job's row, whatever the rules say."""
    async with engine.database.write() as connection:
        await connection.execute(sa.update(job).where(job.c.job_id == made).values(phase=phase))


async def test_a_job_that_is_not_archived_is_never_touched_however_old_it_is(
    engine: Engine, make_job: MakeJob
) -> None:
    made = {phase: (await make_job(phase.lower())).job_id for phase in ExecutionPhase}
    for job_id in made.values():
        async with engine.database.write() as connection:
            await transitions.abort(connection, job_id, "so that it can be archived")
        await archive(engine, job_id)
    # The worst that a database could say: each history tells of an end that its row does not.
    for phase, job_id in made.items():
        await in_phase(engine, job_id, phase)
    await ended_long_ago(engine, *made.values())
    lived = {phase: await history(engine, job_id) for phase, job_id in made.items()}
    await purged_out(engine)
    gone = {phase for phase, job_id in made.items() if not await is_there(engine, job_id)}
    assert gone == {ExecutionPhase.ARCHIVED}
    for phase in set(made) - gone:
        assert await history(engine, made[phase]) == lived[phase]
    assert await history(engine, made[ExecutionPhase.ARCHIVED]) == []


async def test_a_record_goes_when_it_was_archived_long_ago_not_when_its_destruction_was(
    engine: Engine, make_job: MakeJob
) -> None:
    old, young, alive = [(await make_job()).job_id for _ in range(3)]
    # Whoever wants a job gone may ask for any time that is past.
    await set_destruction(engine, young, await clock(engine) - 4_000 * DAY)
    await set_destruction(engine, old, await clock(engine) - DAY)
    await make_all_due(engine, "abort", "archive")
    limit = timedelta(seconds=KEPT_S)
    await ended_long_ago(engine, old, age=limit + MINUTE)
    await ended_long_ago(engine, alive, age=limit + MINUTE)
    await purged_out(engine)
    assert not await is_there(engine, old)
    assert await history(engine, old) == []
    assert await is_there(engine, young)
    assert (await history(engine, young))[-1] == "ARCHIVED"
    assert await is_there(engine, alive)


async def test_the_history_of_a_deleted_job_goes_after_the_same_time(
    engine: Engine, make_job: MakeJob
) -> None:
    old, young = [(await make_job()).job_id for _ in range(2)]
    for job_id in (old, young):
        await delete_job(engine, job_id)
    await ended_long_ago(engine, old, age=timedelta(seconds=KEPT_S) + MINUTE)
    await ended_long_ago(engine, young, age=timedelta(seconds=KEPT_S) - MINUTE)
    await purged_out(engine)
    assert await history(engine, old) == []
    assert (await history(engine, young))[-1] == "deleted"


async def test_who_deletes_a_job_that_was_archived_long_ago_leaves_a_trace_for_as_long(
    engine: Engine, make_job: MakeJob
) -> None:
    made = (await make_job()).job_id
    await archive(engine, made)
    await ended_long_ago(engine, made)
    await delete_job(engine, made)
    await purged_out(engine)
    assert await history(engine, made) == ["deleted"]
    await ended_long_ago(engine, made)
    await purged_out(engine)
    assert await history(engine, made) == []


async def test_each_transaction_deletes_a_batch_at_most_and_a_long_history_goes_in_several(
    engine: Engine, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.control.purge._BATCH", 3)
    monkeypatch.setattr("sptjobs.control.purge._JOBS", 2)
    made = [(await make_job()).job_id for _ in range(5)]
    for job_id in made:
        await delete_job(engine, job_id)
    values = [{"job_id": made[0], "at": await clock(engine), "kind": "part-given-back"}] * 8
    async with engine.database.write() as connection:
        # Before its end, as everything that happens to a job.
        await connection.execute(sa.delete(event).where(event.c.kind == "deleted"))
        await connection.execute(sa.insert(event), values)
        ends = [values[0] | {"job_id": job_id, "kind": "deleted"} for job_id in made]
        await connection.execute(sa.insert(event), ends)
        for _ in range(10):
            await record_audit(connection, "token.create", Actor())
    await ended_long_ago(engine, *made)
    at = await clock(engine) - 400 * DAY
    async with engine.database.write() as connection:
        await connection.execute(sa.update(audit).values(at=at))
    sizes = await deleted_at_a_time(engine, lambda: purged_out(engine))
    assert max(sizes) == 3
    assert sum(sizes) > 25
    for column in (event.c.event_id, audit.c.audit_id):
        assert await keys(engine, column) == set()


async def deleted_at_a_time(engine: Engine, work: Callable[[], Awaitable[int]]) -> list[int]:
    """Tell how many rows each statement deleted meanwhile."""
    sizes: list[int] = []
    sync_engine = engine.database.writer.sync_engine

    def note(_c: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("DELETE"):
            sizes.append(cursor.rowcount)

    sa.event.listen(sync_engine, "after_cursor_execute", note)
    try:
        await work()
    finally:
        sa.event.remove(sync_engine, "after_cursor_execute", note)
    return sizes


async def test_several_control_workers_purge_at_once_and_each_row_once(
    engine: Engine, settings: Settings, make_job: MakeJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.control.purge._BATCH", 4)
    monkeypatch.setattr("sptjobs.control.purge._JOBS", 2)
    made = [(await make_job(targets=1)).job_id for _ in range(12)]
    for job_id in made[:6]:
        await archive(engine, job_id)
    for job_id in made[6:]:
        await delete_job(engine, job_id)
    await delete_job(engine, made[0])
    rows = 40
    async with engine.database.write() as connection:
        for _ in range(rows):
            await record_audit(connection, "token.create", Actor())
        await connection.execute(sa.update(audit).values(at=await now(connection) - 400 * DAY))
    await ended_long_ago(engine, *made)
    events = len(await keys(engine, event.c.event_id))
    before = counted()
    async with open_engine(settings) as second, open_engine(settings) as third:
        await asyncio.gather(*(purged_out(each) for each in (engine, second, third)))
    # Whoever passed over what another one had chosen comes again.
    await purged_out(engine)
    assert counted() - before == Counter({"audit": rows, "job": 5, "event": events})
    assert await keys(engine, event.c.event_id) == await keys(engine, job.c.job_id) == set()


async def test_nothing_is_purged_of_what_is_kept_for_ever(
    engine: Engine, make_job: MakeJob
) -> None:
    for_ever = replace(engine.settings, records_kept_s=0, audit_kept_s=0)
    keeping = replace(engine, settings=for_ever)
    made = (await make_job()).job_id
    await archive(engine, made)
    await ended_long_ago(engine, made, age=40_000 * DAY)
    async with engine.database.write() as connection:
        await record_audit(connection, "token.create", Actor())
        await connection.execute(sa.update(audit).values(at=await now(connection) - 40_000 * DAY))
    await purged_out(keeping)
    assert await is_there(keeping, made)
    assert len(await keys(keeping, audit.c.audit_id)) == 1
    async with engine.database.read() as connection:
        found = await read_job(connection, made)
        assert found is not None
        assert notes_of(found, for_ever, await now(connection))[-1].endswith("this record stays")


async def test_no_purge_reads_rows_that_are_not_due(tmp_path: Path) -> None:
    # PostgreSQL chooses by its statistics; SQLite always says the same.
    url = f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}"
    await upgrade(url)
    async with connect(url) as database, database.read() as connection:
        at = await now(connection)
        made = Settings(url, "", tmp_path, tmp_path)
        plans = []
        for query in (*due_rows(made, at), endings(at)):
            sql = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plans.append(
                str((await connection.execute(sa.text(f"EXPLAIN QUERY PLAN {sql}"))).all())
            )
    indexes = ["browser_session_expires", "spent_expires", "token_chain_start"]
    indexes += ["access_request_changed", "audit_at", "event_ended"]
    for plan, index in zip(plans, indexes, strict=True):
        assert f"ix_{index} (" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
