"""Supervision of one cutting child: start it, give it orders, kill it.

The child is a process of its own so that it can be killed at any moment, also
inside C code, and so that what it does to its memory is its own affair.
"""

import asyncio
import math
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sptjobs.children.template import Template, TemplatedProcess
from sptjobs.execution.child.orders import (
    Began,
    ChildOrder,
    Failed,
    Finished,
    Progressed,
    Report,
    report_from_line,
    to_line,
)
from sptjobs.execution.child.watchdog import Signs, Watchdog, read_signs

_START_S = 120.0
"""Time for the child to import the scientific stack on a busy machine."""

_TOLD_S = 30.0
"""Time for the template to tell that a child has ended, on a busy machine."""

_LOOK_S = 0.5
"""Time between two looks at a child that carries out an order."""

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

_LINE_LIMIT = 64 << 20
"""Longest report: a planning part that lists some 100,000 parts."""

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)

TEMPLATE = Template("sptjobs.execution.child.main", _ONE_THREAD)
"""What all children of this process are forked of."""


class ChildDiedError(Exception):
    """The child ended without finishing its order; the message says how."""


class ChildStartError(Exception):
    """A child could not be started, or went with its template: not the part's fault."""


@dataclass(slots=True)
class Child:
    """A running child and the connection by which it takes orders and reports.

    Attributes
    ----------
    killed
        Whether ``kill`` was called: it may report once more all the same.
    at_map
        Id of the map that its order has it at; None before the first.
    """

    process: TemplatedProcess
    reports: asyncio.StreamReader
    orders: asyncio.StreamWriter
    orders_done: int = 0
    killed: bool = False
    stuck: str | None = None
    at_map: str | None = None

    @property
    def pid(self) -> int:
        """Its process id, once it is ready."""
        assert self.process.pid is not None
        return self.process.pid

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended."""
        return self.process.returncode is not None

    async def ready(self) -> None:
        """Wait until the child is ready for orders: its first report says so."""
        await self._report()

    async def execute(
        self, order: ChildOrder, progress: Callable[[int], None], timeout_s: float = math.inf
    ) -> Finished | Failed:
        """Have the child carry out an order.

        Parameters
        ----------
        progress
            Called with the number of combinations of target and map done so far.
        timeout_s
            Seconds without progress after which the child is killed.

        Raises
        ------
        ChildDiedError
            The child ended before it finished, by itself or because it was stuck.
        ChildStartError
            It ended because its template did.
        """
        self.at_map = None
        watchdog = Watchdog(timeout_s)
        watching = asyncio.create_task(self._watch(watchdog, timeout_s), name="watchdog")
        try:
            return await self._carried_out(order, progress, watchdog)
        finally:
            watching.cancel()

    async def _carried_out(
        self, order: ChildOrder, progress: Callable[[int], None], watchdog: Watchdog
    ) -> Finished | Failed:
        # A child that died is noticed below, by the end of its reports.
        with suppress(ConnectionError):
            self.orders.write(to_line(order))
            await self.orders.drain()
        while True:
            report = await self._report()
            if isinstance(report, Finished | Failed):
                self.orders_done += 1
                return report
            watchdog.progressed()
            if isinstance(report, Began):
                self.at_map = report.map_id
            elif isinstance(report, Progressed):
                progress(report.pairs)

    async def _watch(self, watchdog: Watchdog, timeout_s: float) -> None:
        # Most orders are done before the first look, which takes as long as a statement.
        while not watchdog.is_stuck(await self._next_signs()):
            pass
        self.stuck = f"the cutting process made no progress for {timeout_s:g} s"
        self.kill()

    async def _next_signs(self) -> Signs | None:
        await asyncio.sleep(_LOOK_S)
        return read_signs(self.pid)

    def kill(self) -> None:
        """Kill the child and whatever it started, at once."""
        self.killed = True
        self.process.kill()

    async def close(self) -> None:
        """Kill the child and wait until it is gone; one that is not forked yet never will be."""
        self.kill()
        if self.process.pid is not None:
            await self._ended()
        self.process.close()
        self.orders.close()
        with suppress(ConnectionError):
            await self.orders.wait_closed()

    async def _ended(self) -> int:
        """Wait for the end of a child that was killed, or that has ended its reports."""
        try:
            async with asyncio.timeout(_TOLD_S):
                return await self.process.wait()
        except TimeoutError:
            # Whoever should tell is stopped or stuck, and would be of no use to the next child.
            TEMPLATE.end()
            return await self.process.wait()

    def memory_bytes(self) -> int:
        """Private (anonymous) memory of the child, 0 when it is gone."""
        try:
            with open(f"/proc/{self.pid}/statm", encoding="ascii") as pages:  # noqa: PTH123 - after every order, and a Path takes as long as the rest
                _, resident, shared, *_ = map(int, pages.read().split())
        except OSError:
            return 0
        return (resident - shared) * _PAGE_BYTES

    async def _report(self) -> Report:
        try:
            line = await self.reports.readline()
        except ValueError as error:
            raise ChildDiedError(f"sent a report that is too long: {error}") from error
        except ConnectionError:
            line = b""
        if not line.endswith(b"\n"):
            ended = _how_it_ended(await self._ended())
            if self.process.lost:
                raise ChildStartError("the template of the cutting processes has ended")
            raise ChildDiedError(self.stuck or ended)
        return report_from_line(line)


def _decoded_arguments(folder: Path | None, size_bytes: int) -> tuple[str, ...]:
    if folder is None:
        return ()
    return ("--decoded", os.fspath(folder), "--decoded-bytes", str(size_bytes))


async def start_child(memory_bytes: int, decoded: tuple[Path | None, int] = (None, 0)) -> Child:
    """Start a child and wait until it is ready for orders.

    Parameters
    ----------
    memory_bytes
        Cap on the child's private memory (RLIMIT_DATA).
    decoded
        Folder where decoded maps are kept, None for none, and the most that they take [byte].

    Raises
    ------
    ChildStartError
        It ended, or was not ready in time.
    """
    words = ["--memory", str(memory_bytes), *_decoded_arguments(*decoded)]
    try:
        child = await _connected(*TEMPLATE.fork(words))
    except OSError as error:
        raise ChildStartError(f"no cutting process became ready: {error}") from error
    try:
        async with asyncio.timeout(_START_S):
            await child.process.begun()
            await child.ready()
    except (TimeoutError, ChildDiedError) as error:
        await child.close()
        if isinstance(error, TimeoutError):
            TEMPLATE.end()
        raise ChildStartError(f"no cutting process became ready: {error}") from error
    except BaseException:
        await child.close()
        raise
    return child


async def _connected(conversation: socket.socket, status: socket.socket) -> Child:
    reports, orders = await asyncio.open_connection(sock=conversation, limit=_LINE_LIMIT)
    return Child(await TemplatedProcess.of(status), reports, orders)


def _how_it_ended(code: int) -> str:
    """Say how a process ended, in words for an operator."""
    if code >= 0:
        return f"the cutting process ended with code {code}"
    hint = ", as the kernel does when memory runs out" if code == -signal.SIGKILL else ""
    return f"the cutting process was killed by {signal.Signals(-code).name}{hint}"
