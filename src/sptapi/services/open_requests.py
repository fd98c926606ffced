"""The requests that a server is carrying out, also those whose clients have hung up."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

_log = logging.getLogger(__name__)

_FINISH_S = 5.0
"""How long [s] changes may go on after the server has ended its connections."""

_T = TypeVar("_T")


def _log_failure(task: "asyncio.Task[Any]") -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        _log.warning("a change that nobody waited for failed", exc_info=error)


class OpenRequests:
    """The tasks of a server's requests.

    aiohttp forgets a request when its connection is lost, while its handler may go on: a change
    is finished, a cancelled one has still to give back what it holds. Whoever closes what
    handlers use waits for them first.
    """

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    @contextmanager
    def one_more(self) -> Iterator[None]:
        """Count the current task among the requests while the block runs."""
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def finish(self, change: Coroutine[Any, Any, _T]) -> _T:
        """Carry out a change to its end, even when who asked for it is cancelled."""
        return await asyncio.shield(self._begun(change))

    def leave(self, change: Coroutine[Any, Any, Any]) -> None:
        """Carry out a change for which nobody waits; what goes wrong is logged."""
        self._begun(change).add_done_callback(_log_failure)

    def _begun(self, change: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        task = asyncio.create_task(change)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """Wait until all requests have ended; cancel those that take longer than 5 s."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FINISH_S)
        rest = list(self._tasks)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
