"""The phase of a job, driven at random through the real database."""

import asyncio
import tempfile
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine import transitions
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import Database, connect, now
from sptjobs.store.jobs import insert_job, read_events, read_job
from sptjobs.store.migration import upgrade
from sptjobs.uws.jobs import ErrorSummary
from sptjobs.uws.phases import TRANSITIONS, ExecutionPhase
from tests.support.scale import examples

Command = Callable[[AsyncConnection, str], Awaitable[bool]]


async def _fail(connection: AsyncConnection, job_id: str) -> bool:
    return await transitions.fail(connection, job_id, ErrorSummary("Error", "broken"))


async def _abort(connection: AsyncConnection, job_id: str) -> bool:
    return await transitions.abort(connection, job_id, "by request")


COMMANDS: dict[ExecutionPhase, Command] = {
    ExecutionPhase.QUEUED: transitions.queue,
    ExecutionPhase.EXECUTING: transitions.execute,
    ExecutionPhase.COMPLETED: transitions.complete,
    ExecutionPhase.ERROR: _fail,
    ExecutionPhase.ABORTED: _abort,
    ExecutionPhase.ARCHIVED: transitions.archive,
    ExecutionPhase.HELD: lambda c, j: transitions.advance(c, j, ExecutionPhase.HELD),
    ExecutionPhase.SUSPENDED: lambda c, j: transitions.advance(c, j, ExecutionPhase.SUSPENDED),
}

_folder = tempfile.TemporaryDirectory()
_URL = f"sqlite+aiosqlite:///{Path(_folder.name) / 'spt.db'}"
asyncio.run(upgrade(_URL))


@given(st.lists(st.sampled_from(sorted(COMMANDS)), max_size=12))
@settings(max_examples=examples(40), deadline=None)
def test_no_sequence_of_commands_leaves_the_table_of_transitions(
    targets: list[ExecutionPhase],
) -> None:
    asyncio.run(_drive(targets))


async def _drive(targets: list[ExecutionPhase]) -> None:
    async with connect(_URL) as database:
        job_id = await _pending(database)
        phase, version = ExecutionPhase.PENDING, 1
        for target in targets:
            async with database.write() as connection:
                changed = await COMMANDS[target](connection, job_id)
                found = await read_job(connection, job_id)
            assert found is not None
            assert changed == (target in TRANSITIONS[phase])
            phase = target if changed else phase
            version += changed
            assert (found.phase, found.version) == (phase, version)
        async with database.write() as connection:
            events = await read_events(connection, job_id)
        steps = [(str(event.source), str(event.target)) for event in events]
        assert all(target in TRANSITIONS[ExecutionPhase(source)] for source, target in steps)
        assert [source for source, _ in steps[1:]] == [target for _, target in steps[:-1]]


async def _pending(database: Database) -> str:
    job_id = uuid.uuid4().hex
    async with database.write() as connection:
        account = await upsert_account(connection, issuer="i", subject="s", name="n", groups=())
        values: dict[str, object] = {
            "job_id": job_id,
            "owner_id": account.account_id,
            "phase": "PENDING",
        }
        values |= {"lane": "shared", "created": await now(connection), "parameters": "[]"}
        await insert_job(connection, {**values, "execution_duration": 60, "request": "{}"})
    return job_id
