"""No statement of the engine reads a table from end to end: there may be millions of rows."""

import importlib
import inspect
import pkgutil
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from types import FrameType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.control.orphans import sweep_orphans
from sptjobs.control.purge import purge
from sptjobs.control.sweep import sweep
from sptjobs.control.transition_sender import TransitionSender
from sptjobs.engine import job_commands, operator_commands, quotas, transitions
from sptjobs.engine.beats import BeatObserver, beat
from sptjobs.engine.claims import claim, condemn, give_back, may_claim
from sptjobs.engine.engine import Engine
from sptjobs.engine.pace import paces_of
from sptjobs.engine.ready_parts import send_ready
from sptjobs.engine.results_owner import (
    ForeignResultsError,
    adopt_results,
    foreign_results,
    register_sweep,
)
from sptjobs.engine.workload import read_backlog, read_workload
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.execution.finishing import finish
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.store import jobs, lists, parts
from sptjobs.store.audit import Actor
from sptjobs.store.database import now
from sptjobs.store.schema import account, job, part
from sptjobs.uws.jobs import ErrorSummary
from sptjobs.uws.phases import RUNNABLE, SWEPT, ExecutionPhase
from tests.engine.conftest import MakeJob, make_all_due
from tests.support.databases import KIND
from tests.support.plans import Statements, recorded, scanned_tables
from tests.support.scale import scaled

GROWING = {"job", "part", "pack", "event", "token", "audit", "browser_session", "spent"}
"""Tables that grow with use."""

COUNTS_ALL = ("SELECT job.phase, count(*) AS jobs FROM job GROUP BY job.phase",)
"""Counting all jobs reads an index of them, once a scrape or an operator's look."""

JOBS, PARTS, BATCH = scaled(100, 100_000), 10, 100
OWNERS = JOBS // BATCH
FEW = JOBS < 1_000
"""Whether tables are left nearly empty: plans then depend on the schema, not on statistics."""

ROOT = Actor(None, "root")
REQUEST = CutoutRequest((Target("t", 0.0, -57.0, 10.0, 10.0),))


async def test_no_statement_of_the_engine_reads_a_whole_table(
    engine: Engine, make_job: MakeJob
) -> None:
    with called_functions() as called, recorded(engine.database) as statements:
        await use_everything(engine, make_job)
    assert public_coroutines("sptjobs.engine") - called == set(), "the workload misses these"
    assert await scans(engine, statements) == {}


async def test_a_beat_of_many_parts_looks_each_of_them_up(
    engine: Engine, make_job: MakeJob
) -> None:
    made = await make_job()
    keys = {(made.job_id, number, 1): 0 for number in range(8)}
    with recorded(engine.database) as statements:
        await beat(engine.database, keys)
    assert await scans(engine, statements) == {}


async def scans(engine: Engine, statements: Statements) -> dict[str, set[str]]:
    """Find the statements that read whole tables, with these tables."""
    await fill(engine)
    growing = GROWING if FEW else {"job", "part"}
    found = {}
    async with engine.database.write() as connection:
        if FEW and KIND == "postgresql":
            # It would read small tables whole, whatever indexes there are.
            await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in statements.sent.items():
            tables = await scanned_tables(connection, statement, parameters) & growing
            if tables and " ".join(statement.split()) not in COUNTS_ALL:
                found[statement] = tables
    return found


async def use_everything(engine: Engine, make_job: MakeJob) -> None:
    """Call every function of the engine, and what else asks for jobs and parts."""
    await commands(engine, make_job)
    await work(engine, make_job)
    await looks(engine, make_job)
    await operations(engine, make_job)
    await sweep(engine, BeatObserver(0), TransitionSender(engine))
    await make_all_due(engine, *SWEPT)
    await purge(engine)
    (engine.settings.results / ("0" * 31 + "1")).mkdir(parents=True)
    with suppress(ForeignResultsError):  # it knows nothing of that job
        await register_sweep(engine.database, engine.settings.results)
    await adopt_results(engine.database, engine.settings.results)
    assert await foreign_results(engine.database, engine.settings.results) is None
    await sweep_orphans(engine)


async def commands(engine: Engine, make_job: MakeJob) -> None:
    later = (await make_job()).creation_time + timedelta(days=1)
    made = await make_job(run=False)
    await job_commands.set_run_id(engine, made.job_id, "x")
    await job_commands.set_destruction(engine, made.job_id, later)
    await job_commands.set_execution_duration(engine, made.job_id, 100)
    await job_commands.change_request(engine, made.job_id, (("SIZE", "5"),), REQUEST)
    await job_commands.run_job(engine, made.job_id)
    await job_commands.abort_job(engine, made.job_id)
    expired = await make_job()
    await job_commands.set_destruction(engine, expired.job_id, expired.creation_time)
    held = await make_job()
    async with engine.database.write() as connection:
        await transitions.advance(connection, held.job_id, ExecutionPhase.HELD)
    await job_commands.delete_job(engine, made.job_id)


async def work(engine: Engine, make_job: MakeJob) -> None:
    await make_job(targets=50)
    await make_job()
    planning = await claim(engine.database, "w", reserved=False)
    assert planning is not None
    listed = tuple(PlannedPart(number, 1, 1.0) for number in range(1, 6))
    report = Finished(1, {"outside": 1}, 1, 10, listed)
    await finish(engine.database, planning, f"{planning.job_id}/0-1-a", report, "1-a")
    assert await may_claim(engine.database, reserved=False)
    assert await may_claim(engine.database, reserved=True)
    taken = [await claim(engine.database, "w", reserved=number == 0) for number in range(3)]
    keys = [one.key for one in taken if one is not None]
    await beat(engine.database, dict.fromkeys(keys, 0))
    await BeatObserver(1).abandoned(engine.database)
    await condemn(engine.database, keys[0], ErrorSummary("Error", "broken"))
    await give_back(engine.database, keys[1], "lost", blame="worker")


async def looks(engine: Engine, make_job: MakeJob) -> None:
    await send_ready(engine)
    await read_workload(engine)
    await read_backlog(engine)
    async with engine.database.read() as connection:
        chosen = sa.select(job.c.job_id).where(job.c.phase.in_(sorted(RUNNABLE)))
        for job_id in (await connection.execute(chosen)).scalars().all():
            await look_at(engine, connection, job_id)


async def look_at(engine: Engine, connection: AsyncConnection, job_id: str) -> None:
    found = await jobs.read_job(connection, job_id)
    assert found is not None
    await paces_of(connection, [found])
    await quotas.usage_of(connection, found.owner_id)
    await quotas.limits_of(connection, engine.settings, found.owner_id)
    await jobs.read_packs(connection, job_id)
    await jobs.read_events(connection, job_id)
    await jobs.read_parameters(connection, job_id)
    await parts.count_parts(connection, job_id)
    await parts.noted_parts(connection, job_id, 50)
    await lists.find_jobs(connection, found.owner_id, lists.JobQuery(limit=10))
    await lists.find_same(connection, found.owner_id, "0" * 64, "1-a")
    await lists.read_references(
        connection, job_ids=[job_id], owner_ids=[found.owner_id], phases=RUNNABLE
    )


async def operations(engine: Engine, make_job: MakeJob) -> None:
    made = await make_job()
    await operator_commands.abort_for_operator(engine, made.job_id, ROOT, "why")
    await operator_commands.archive_for_operator(engine, made.job_id, ROOT)
    await operator_commands.wake_workers(engine, ROOT)
    async with engine.database.read() as connection:
        until = await now(connection)
    await operator_commands.discard_for_operator(engine, "execute", until, ROOT)
    async with engine.database.write() as connection:
        await transitions.complete(connection, made.job_id)
        await transitions.fail(connection, made.job_id, ErrorSummary("Error", "broken"))


async def fill(engine: Engine) -> None:
    """Make many ended jobs of many owners, each with its parts, after the model of one."""
    if FEW:
        return
    async with engine.database.write() as connection:
        owners = await copy_rows(connection, account, "account_id", OWNERS)
        for first in range(0, JOBS, BATCH):
            values = {"owner_id": owners[first // BATCH], "phase": "COMPLETED"}
            made = await copy_rows(connection, job, "job_id", BATCH, **values)
            done = [
                {"job_id": job_id, "number": number, "state": "done"}
                for job_id in made
                for number in range(PARTS)
            ]
            await connection.execute(sa.insert(part), done)
    if KIND == "postgresql":  # SQLite has no statistics unless somebody asks for them
        async with engine.database.write() as connection:
            await connection.execute(sa.text("ANALYZE"))


async def copy_rows(
    connection: AsyncConnection, table: sa.Table, key: str, count: int, **values: Any
) -> list[str]:
    """Copy a row of a table so often, under new keys."""
    model = (await connection.execute(sa.select(table).limit(1))).mappings().one()
    keys = [uuid.uuid4().hex for _ in range(count)]
    rows = [{**model, **values, key: each} for each in keys]
    if table is account:
        rows = [row | {"subject": row[key]} for row in rows]
    await connection.execute(sa.insert(table), rows)
    return keys


def public_coroutines(package: str) -> set[str]:
    """Name what may be awaited in the modules of a package."""
    found = importlib.import_module(package)
    modules = [
        importlib.import_module(f"{package}.{each.name}")
        for each in pkgutil.iter_modules(found.__path__)
    ]
    return {
        f"{module.__name__}.{name}"
        for module in modules
        for name, value in vars(module).items()
        if inspect.iscoroutinefunction(value)
        and value.__module__ == module.__name__
        and not name.startswith("_")
    }


@contextmanager
def called_functions() -> Iterator[set[str]]:
    """Collect the names of the functions that this thread calls."""
    called: set[str] = set()

    def note(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call":
            called.add(f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield called
    finally:
        sys.setprofile(before)
