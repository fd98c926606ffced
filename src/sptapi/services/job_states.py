"""Jobs as their own pages show them, read for all who ask at a time in one transaction.

Thousands of clients may be woken at one moment. One after the other they would keep the
database, and whoever gives a command meanwhile, busy for many seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final, NamedTuple

from sptapi.auth.identity import Identity
from sptapi.auth.policy import may_read_job
from sptapi.auth.session_gate import SessionOverError
from sptapi.services.job_access import check_job_id, record_foreign_visit, unknown_job
from sptapi.services.load import LatestLoad
from sptjobs.engine.pace import paces_of
from sptjobs.engine.quotes import quote_of
from sptjobs.store.database import Database
from sptjobs.store.jobs import look_up_jobs, read_jobs
from sptjobs.store.sessions import read_live_sessions
from sptjobs.store.shares import Audience, read_audiences
from sptjobs.uws.errors import UnavailableError
from sptjobs.uws.jobs import Job, Pace
from sptjobs.uws.phases import RUNNABLE

_BATCH: Final = 100
_AT_ONCE: Final = 10
"""Responses that are begun before others on the loop have their turn; each takes about 1 ms."""


@dataclass(frozen=True, slots=True)
class JobState:
    """A job with its quote and its pace, all of one moment."""

    job: Job
    pace: Pace | None


@dataclass(frozen=True, slots=True, eq=False)
class _Request:
    identity: Identity
    job_id: str
    response: "asyncio.Future[JobState]"


class _Beside(NamedTuple):
    """How fast jobs go, which sessions hold, and whose jobs others may read."""

    paces: Mapping[str, Pace | None]
    live_sessions: Collection[str]
    audiences: Mapping[str, Audience]

    def audience_of(self, job: Job) -> Audience:
        return self.audiences.get(job.job_id, Audience(job.owner_id))


@dataclass(slots=True, eq=False)
class JobStates:
    """Reads the states of jobs; who asks while others are read is read next.

    Attributes
    ----------
    commands
        How many are being carried out.
    gives_way_s
        How long the next responses wait for commands: those are slower by half, at most, and
        responses go on even when there is no end of commands.
    """

    database: Database
    load: LatestLoad
    commands: int = 0
    gives_way_s: float = 0.02
    _no_command: asyncio.Event = field(default_factory=asyncio.Event)
    _asked: list[_Request] = field(default_factory=list)
    _reading: "asyncio.Task[None] | None" = None
    _is_one_read: bool = False

    async def read(self, identity: Identity, job_id: str) -> JobState:
        """Read a job that the identity may see with what its page shows.

        Raises
        ------
        UnknownJobError
            There is no such job that it may see.
        SessionOverError
            The session of who asks has ended.
        UnavailableError
            The database does not respond.
        """
        check_job_id(job_id)
        request = _Request(identity, job_id, asyncio.get_running_loop().create_future())
        state = await (self._with_others(request) if self._is_busy else self._alone(request))
        await record_foreign_visit(self.database, identity, state.job)
        return state

    @property
    def _is_busy(self) -> bool:
        return self._is_one_read or not (self._reading is None or self._reading.done())

    async def _alone(self, request: _Request) -> JobState:
        """Read for one who asks while nobody else does, which takes no task."""
        self._is_one_read = True
        try:
            (found,) = [each async for each in self._read([request])]
        finally:
            self._is_one_read = False
        if isinstance(found, Exception):
            raise found
        return found

    async def _with_others(self, request: _Request) -> JobState:
        self._asked.append(request)
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all(), name="job states")
        return await request.response

    @contextmanager
    def command(self) -> Iterator[None]:
        """Let those who only look come second while the block runs."""
        self.commands += 1
        self._no_command.clear()
        try:
            yield
        finally:
            self.commands -= 1
            if not self.commands:
                self._no_command.set()

    async def aclose(self) -> None:
        """End what is being read: nobody waits for it any more."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)

    async def _read_all(self) -> None:
        """Respond to all, also those that come meanwhile; an error is a response too."""
        while self._asked:
            batch, self._asked = self._asked[:_BATCH], self._asked[_BATCH:]
            batch = [each for each in batch if not each.response.done()]  # the others are gone
            try:
                await self._respond(batch)
            except BaseException as error:
                for each in batch:
                    _set(each, error)
                if not isinstance(error, Exception):
                    raise

    async def _respond(self, batch: Sequence[_Request]) -> None:
        try:
            found: list[JobState | Exception] = [each async for each in self._read(batch)]
        except UnavailableError as error:
            found = [UnavailableError(error.message) for _ in batch]
        except Exception as error:  # noqa: BLE001 - a response too, to whom it concerns
            if len(batch) > 1:
                # One job that cannot be read must not take the others with it.
                for each in batch:
                    await self._respond([each])
                return
            found = [error]
        for number, (request, response) in enumerate(zip(batch, found, strict=True)):
            if number and number % _AT_ONCE == 0:
                await self._give_way()
            _set(request, response)

    async def _give_way(self) -> None:
        """Let others on the loop have their turn, and commands some time."""
        await asyncio.sleep(0)
        if self.commands:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.gives_way_s):
                    await self._no_command.wait()

    async def _read(self, batch: Sequence[_Request]) -> AsyncIterator[JobState | Exception]:
        jobs, beside = await self._rows(batch)
        load, at = await self.load.read(), datetime.now(UTC)
        for request in batch:
            job = jobs.get(request.job_id)
            if not _is_signed_in(request.identity, beside.live_sessions):
                yield SessionOverError("the session has ended; sign in again")
            elif job is None or not may_read_job(request.identity, beside.audience_of(job)):
                yield unknown_job(request.job_id)
            else:
                pace = beside.paces[job.job_id]
                quoted = job if pace is None else replace(job, quote=quote_of(job, pace, load, at))
                yield JobState(quoted, pace)

    async def _rows(self, batch: Sequence[_Request]) -> tuple[Mapping[str, Job], _Beside]:
        """Read jobs and what is asked for beside them, in one transaction.

        Where one statement tells all that there is, it needs none around it.
        """
        ids, sessions = {each.job_id for each in batch}, _sessions(batch)
        if len(ids) == 1 and not sessions:
            jobs = await look_up_jobs(self.database, ids)
            running = any(job.phase in RUNNABLE for job in jobs.values())
            if not (running or _others(jobs, batch)):
                return jobs, _Beside(dict.fromkeys(jobs), (), {})
        async with self.database.read() as connection:
            live = await read_live_sessions(connection, sessions)
            jobs = await read_jobs(connection, ids)
            paces = await paces_of(connection, jobs.values())
            others = _others(jobs, batch)
            shared = await read_audiences(connection, others) if others else {}
            return jobs, _Beside(paces, live, shared)


def _others(jobs: Mapping[str, Job], batch: Sequence[_Request]) -> set[str]:
    """Name the jobs that somebody asks for who may read them by a share only, if at all."""
    return {
        each.job_id
        for each in batch
        if (job := jobs.get(each.job_id)) is not None
        and not may_read_job(each.identity, Audience(job.owner_id))
    }


def _sessions(batch: Sequence[_Request]) -> set[str]:
    asked = {each.identity for each in batch if each.identity.credential == "session"}
    return {each.credential_id for each in asked}


def _is_signed_in(identity: Identity, live: Collection[str]) -> bool:
    return identity.credential != "session" or identity.credential_id in live


def _set(request: _Request, response: JobState | BaseException) -> None:
    if request.response.done():
        return
    if isinstance(response, JobState):
        request.response.set_result(response)
    elif isinstance(response, asyncio.CancelledError):
        request.response.cancel()
    else:
        request.response.set_exception(response)
