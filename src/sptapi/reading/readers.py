"""Reading processes and who may use them: each user some, for a limited time.

Whatever a user sends is parsed by code that may be slower than it should be for some
input. Here it keeps neither the event loop nor other users waiting, and no pool of
threads that downloads and probes need.
"""

import asyncio
import logging
import os
import pickle
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sptapi.metrics import REFUSED_REQUESTS
from sptapi.reading.reader_process import Reader, ReaderDiedError, start_reader
from sptjobs.maps.site import declare, declared, publisher_ids
from sptjobs.request.reading_apart import NeedsReadingProcessError
from sptjobs.uws.errors import RateError, ServiceError, UnavailableError

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

_AT_ONCE_BYTES = 400
"""An order of this length is carried out at once: short for any parser, however it grows."""

_INLINE_REPLY_BYTES = 1 << 16
_MEMORY_BYTES = 1 << 30
_MAX_WAITING = 32
_MAX_WAITING_BYTES = 64 << 20
_RETRY_AFTER_S = 5


@dataclass(frozen=True, slots=True)
class SharedArgument:
    """A large last argument of many calls; a process keeps the newest by its name."""

    name: str
    content: bytes

    @classmethod
    def of(cls, name: str, value: object) -> "SharedArgument":
        """Pack a value."""
        return cls(name, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


@dataclass(slots=True)
class _Account:
    """What a user has under way.

    Attributes
    ----------
    requests
        How many arrive or are read.
    count, size
        How many are read, and the bytes of all.
    """

    turn: asyncio.Semaphore
    requests: int = 0
    count: int = 0
    size: int = 0


class Readers:
    """The reading processes of a server; they are started when they are needed.

    Parameters
    ----------
    processes
        Maximum number; a user has half of them at a time.
    timeout_s
        Time [s] after which a process that has not replied is killed, and after which
        a request that waits for its turn is refused.
    """

    def __init__(self, processes: int = 0, timeout_s: float = 30.0) -> None:
        self._processes = processes or max(2, min(4, os.cpu_count() or 1))
        self._timeout_s = timeout_s
        self._turn = asyncio.Semaphore(self._processes)
        self._accounts: dict[str, _Account] = {}
        self._idle: list[Reader] = []
        self._busy: set[Reader] = set()
        # Not the loop's own threads: downloads and probes need those.
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="replies")

    async def run(
        self,
        account_id: str,
        function: Callable[..., _T],
        *arguments: Any,
        shared: SharedArgument | None = None,
        **named: Any,
    ) -> _T:
        """Call a function of a module in a reading process, and give what it returns.

        Parameters
        ----------
        account_id
            The user that it is done for.
        shared
            The last argument of the call, where there is such a one.

        Raises
        ------
        RateError
            The user has too much under way.
        UnavailableError
            It took too long, or the process ended, or its turn did not come.
        ServiceError
            Whatever the function raises.
        """
        order = pickle.dumps((function, arguments, named), pickle.HIGHEST_PROTOCOL)
        if len(order) <= _AT_ONCE_BYTES and shared is None:
            with suppress(NeedsReadingProcessError):
                return function(*arguments, **named)
        found: _T
        async with self._place(account_id, len(order)), self._reader() as reader:
            reply = await self._replied(reader, order, shared)
        if len(reply) <= _INLINE_REPLY_BYTES:
            found = _result(reply)
        else:
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(self._threads, _result, reply)
        return found

    async def warm(self) -> None:
        """Start a process, so that the first request need not wait for it."""
        self._idle.append(await _started())

    async def aclose(self) -> None:
        """End all processes."""
        for reader in (*self._idle, *self._busy):
            await reader.close()
        self._idle.clear()
        self._threads.shutdown(wait=False)

    @contextmanager
    def receiving(self, account_id: str) -> Iterator[Callable[[int], None]]:
        """Count what arrives of a user's request as under way, while the block runs.

        Gives what has to be called with the number of bytes of each piece; it raises RateError
        when the user has too much under way.
        """
        account, arrived = self._account(account_id), 0

        def count(size: int) -> None:
            nonlocal arrived
            _check_room(account, size)
            account.size += size
            arrived += size

        account.requests += 1
        try:
            yield count
        finally:
            account.size -= arrived
            self._leave(account_id, account)

    @asynccontextmanager
    async def _place(self, account_id: str, size: int) -> AsyncIterator[None]:
        """Hold one of the user's places, once it is free."""
        account = self._account(account_id)
        _check_room(account, size)
        account.requests += 1
        account.count += 1
        account.size += size
        try:
            async with (
                _turn_of(account.turn, self._timeout_s),
                _turn_of(self._turn, self._timeout_s),
            ):
                yield
        finally:
            account.count -= 1
            account.size -= size
            self._leave(account_id, account)

    def _account(self, account_id: str) -> _Account:
        share = max(1, self._processes // 2)
        return self._accounts.setdefault(account_id, _Account(asyncio.Semaphore(share)))

    def _leave(self, account_id: str, account: _Account) -> None:
        account.requests -= 1
        if not account.requests:
            self._accounts.pop(account_id, None)

    @asynccontextmanager
    async def _reader(self) -> AsyncIterator[Reader]:
        """Hold a process; it is killed unless everything went well."""
        reader = self._idle.pop() if self._idle else await _started()
        self._busy.add(reader)
        try:
            yield reader
        except BaseException:
            await reader.close()
            raise
        finally:
            self._busy.discard(reader)
        if reader.worn:
            await reader.close()
        else:
            self._idle.append(reader)

    async def _replied(self, reader: Reader, order: bytes, shared: SharedArgument | None) -> bytes:
        try:
            async with asyncio.timeout(self._timeout_s):
                return await reader.ask(_with_shared(reader, order, shared))
        except TimeoutError as error:
            _log.warning("a request was not read within %g s", self._timeout_s)
            message = f"the request was not read within {self._timeout_s:g} s; send fewer targets"
            raise UnavailableError(message) from error
        except ReaderDiedError as error:
            _log.error("a reading process ended while it read a request")
            raise UnavailableError("the request could not be read; try again") from error


def _check_room(account: _Account, size: int) -> None:
    if account.count >= _MAX_WAITING or account.size + size > _MAX_WAITING_BYTES:
        REFUSED_REQUESTS.labels("reading").inc()
        message = "too many of your requests are being read; send the next when one is done"
        raise RateError(message, retry_after_s=_RETRY_AFTER_S)


async def _started() -> Reader:
    try:
        reader = await start_reader(_MEMORY_BYTES)
        # Bands and kinds of maps are those of this process there too.
        order = pickle.dumps(
            (declare, (declared(), publisher_ids().authority), {}), pickle.HIGHEST_PROTOCOL
        )
        _result(await reader.ask(_with_shared(reader, order, None)))
    except (ReaderDiedError, OSError) as error:
        _log.exception("no reading process can be started")
        raise UnavailableError("requests cannot be read just now; try again later") from error
    return reader


@asynccontextmanager
async def _turn_of(semaphore: asyncio.Semaphore, timeout_s: float) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(timeout_s):
            await semaphore.acquire()
    except TimeoutError as error:
        message = "the service is busy with reading other requests; try again later"
        raise UnavailableError(message) from error
    try:
        yield
    finally:
        semaphore.release()


def _with_shared(reader: Reader, order: bytes, shared: SharedArgument | None) -> bytes:
    """Put the shared argument's name before an order, and its content where it is not known."""
    if shared is None:
        return pickle.dumps(("", None)) + order
    content = None if reader.shared == shared.name else shared.content
    reader.shared = shared.name
    return pickle.dumps((shared.name, content)) + order


def _result(reply: bytes) -> Any:
    done, result = pickle.loads(reply)  # noqa: S301 - of our own process
    if done:
        return result
    if isinstance(result, ServiceError):
        raise result
    raise RuntimeError("a reading process failed; its traceback stands in the log")
