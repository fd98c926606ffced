"""Telling listeners how their jobs go on, as it happens.

However many listen, a process looks once: one query for the jobs at work of every
user who listens, and one for those that were announced, or which are no longer at
work. Broker messages say when to look; a slow poll finds what they did not tell, and
the progress within a phase.
"""

import asyncio
import itertools
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

from sptjobs.engine.engine import Engine
from sptjobs.store.database import Database
from sptjobs.store.lists import read_references
from sptjobs.uws.errors import ActiveLimitError, UnavailableError
from sptjobs.uws.jobs import JobReference
from sptjobs.uws.phases import ExecutionPhase
from sptjobs.watching.waiting import JobWatch

_POLL_S = 1.0
_TOGETHER_S = 0.1
"""Changes within this time are looked at together."""

_REMEMBERED = 2000
"""Events that can be sent again to a listener that lost its connection."""

_LINGER_S = 30.0
"""How long jobs are looked at for a listener that went away, who may come back."""

_MAX_STREAMS = 20
"""Streams that one user may have open in this process."""

_AT_WORK = (ExecutionPhase.QUEUED, ExecutionPhase.EXECUTING, ExecutionPhase.SUSPENDED)


@dataclass(frozen=True, slots=True)
class JobNews:
    """How a job stands now; ``job`` is None when it is gone.

    ``event_id`` tells the process and the place in its sequence.
    """

    event_id: str
    job_id: str
    owner_id: str
    job: JobReference | None


@dataclass(slots=True, eq=False)
class Listener:
    """Who listens to one job, or to all of a user's.

    Of each job only the newest news wait, so that one who reads slowly takes no
    more memory than their jobs do. ``resumed`` says whether it gets all that it
    missed; if not, it has to ask for its jobs anew.
    """

    account_id: str
    job_id: str | None
    resumed: bool = False
    waiting: OrderedDict[str, JobNews] = field(default_factory=OrderedDict)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    closed: bool = False

    def wants(self, news: JobNews) -> bool:
        """Whether news are for this listener."""
        if self.job_id is not None:
            return news.job_id == self.job_id
        return news.owner_id == self.account_id

    def put(self, news: JobNews) -> None:
        """Take news in place of older ones of the same job."""
        self.waiting.pop(news.job_id, None)
        self.waiting[news.job_id] = news
        self.ready.set()

    def close(self) -> None:
        """End the listening."""
        self.closed = True
        self.ready.set()

    async def news(self, seconds: float) -> list[JobNews]:
        """Wait for news, at most so long; none when there are none, or it is closed."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.ready.wait()
        found = list(self.waiting.values())
        self.waiting.clear()
        if not self.closed:
            self.ready.clear()
        return found


class JobFeed:
    """The listeners of one process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._known: dict[str, JobReference] = {}
        self._lingering: dict[tuple[str, str | None], float] = {}
        self._announced: set[str] = set()
        self._wake = asyncio.Event()
        self._name = secrets.token_hex(4)
        self._sequence = itertools.count(1)
        self._past: deque[tuple[int, JobNews]] = deque(maxlen=_REMEMBERED)
        self._closed = False

    @contextmanager
    def listening(
        self, account_id: str, job_id: str | None, last: str | None
    ) -> Iterator[Listener]:
        """Listen to a job, or to all of an account's, from the event ``last`` on.

        A listener that the process cannot tell what it missed gets everything that
        it may have missed: how the jobs at work, or the one job, stand now.

        Raises
        ------
        ActiveLimitError
            The user has too many streams open.
        """
        open_now = sum(each.account_id == account_id for each in self._listeners)
        if open_now >= _MAX_STREAMS:
            raise ActiveLimitError(
                f"you have {open_now} event streams open; close one", limit="event-streams"
            )
        key = (account_id, job_id)
        # What nobody looked at, nobody knows.
        missed = self._since(last) if key in self._keys() else None
        listener = Listener(account_id, job_id, resumed=missed is not None)
        self._listeners.add(listener)
        self._lingering.pop(key, None)
        for news in missed or ():
            if listener.wants(news):
                listener.put(news)
        if missed is None:
            self._ask_anew(listener)
        if self._closed:
            listener.close()
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            self._lingering[key] = time.monotonic() + _LINGER_S

    def tell(self, job_id: str) -> None:
        """Look at a job soon: somebody says that it changed."""
        if self._listeners or self._lingering:
            self._announced.add(job_id)
            self._wake.set()

    def close(self) -> None:
        """End every stream, now and later."""
        self._closed = True
        for listener in self._listeners:
            listener.close()

    async def look(self) -> None:
        """Look once, and give everybody what is new to them."""
        announced, self._announced = self._announced, set()
        keys = self._keys()
        owners = {account_id for account_id, job_id in keys if job_id is None}
        single = {job_id for _, job_id in keys if job_id is not None}
        try:
            found, others = await self._read(announced, owners, single)
        except UnavailableError:
            self._announced |= announced
            raise
        self._spread(found, others, owners, single)

    async def _read(
        self, announced: set[str], owners: set[str], single: set[str]
    ) -> tuple[list[JobReference], set[str]]:
        """Read how jobs at work and others that may have changed stand, and name the others."""
        async with self._database.read() as connection:
            found = await read_references(connection, owner_ids=owners, phases=_AT_WORK)
            seen = {each.job_id for each in found}
            others = (announced | single | self._known.keys()) - seen
            found += await read_references(connection, job_ids=others)
        return found, others

    async def look_when_asked(self) -> None:
        """Look when asked to, and every second while anybody listens."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()
        await asyncio.sleep(_TOGETHER_S)
        self._wake.clear()
        if self._keys():
            await self.look()
        else:
            self._known.clear()
            self._announced.clear()

    def _spread(
        self, found: Iterable[JobReference], asked: set[str], owners: set[str], single: set[str]
    ) -> None:
        gone = asked & self._known.keys()
        for each in found:
            gone.discard(each.job_id)
            if each.owner_id not in owners and each.job_id not in single:
                self._known.pop(each.job_id, None)
                continue
            if self._known.get(each.job_id) != each:
                self._send(each.job_id, each.owner_id, each)
            self._known[each.job_id] = each
            if each.phase not in _AT_WORK and each.job_id not in single:
                # It changes by commands only, which tell of it.
                del self._known[each.job_id]
        for job_id in gone:
            self._send(job_id, self._known.pop(job_id).owner_id, None)

    def _send(self, job_id: str, owner_id: str, job: JobReference | None) -> None:
        number = next(self._sequence)
        news = JobNews(f"{self._name}-{number}", job_id, owner_id, job)
        self._past.append((number, news))
        for listener in self._listeners:
            if listener.wants(news):
                listener.put(news)

    def _keys(self) -> set[tuple[str, str | None]]:
        """Whose jobs are looked at: account, and job or None for all of them."""
        now = time.monotonic()
        self._lingering = {key: until for key, until in self._lingering.items() if until > now}
        return {(each.account_id, each.job_id) for each in self._listeners} | set(self._lingering)

    def _since(self, last: str | None) -> list[JobNews] | None:
        """What was sent after an event; None when that is no longer known."""
        name, _, number = (last or "").partition("-")
        if name != self._name or not number.isdecimal() or not self._past:
            return None
        if not self._past[0][0] - 1 <= int(number) <= self._past[-1][0]:
            return None
        return [news for at, news in self._past if at > int(number)]

    def _ask_anew(self, listener: Listener) -> None:
        """Forget what is known of the listener's jobs, so that they are sent again."""
        if listener.job_id is not None:
            self._known.pop(listener.job_id, None)
        for job_id in [k for k, v in self._known.items() if v.owner_id == listener.account_id]:
            del self._known[job_id]
        self._wake.set()


@asynccontextmanager
async def open_feed(engine: Engine, watch: JobWatch) -> AsyncIterator[JobFeed]:
    """Open a feed that hears what the watch hears."""
    feed = JobFeed(engine.database)
    watch.on_change.append(feed.tell)
    step = feed.look_when_asked
    try:
        async with engine.background.repeating("event feed", step, 0, retry_s=_POLL_S):
            yield feed
    finally:
        feed.close()
        watch.on_change.remove(feed.tell)
