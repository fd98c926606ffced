"""The requests that a server is carrying out, also those whose clients have hung up."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

_FINISH_S = 5.0
"""How long [s] changes may go on after the server has ended its connections."""

_T = TypeVar("_T")


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
        task = asyncio.create_task(change)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def aclose(self) -> None:
        """Wait until all requests have ended; cancel those that take longer than 5 s."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_FINISH_S)
        rest = list(self._tasks)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
