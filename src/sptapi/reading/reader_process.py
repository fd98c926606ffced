"""One reading process, as its parent sees it: started, given orders, killed."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass

from sptapi.reading.reader_main import LENGTH_BYTES

_MODULES = ("sptapi.parameters.merging", "sptapi.reading.request_report")
"""What the functions that it is asked to call need: imported before the first order."""


_BUFFER_BYTES = 1 << 20
_START_TIMEOUT_S = 60.0


class ReaderDiedError(Exception):
    """The process ended before it replied."""


@dataclass(slots=True, eq=False)
class Reader:
    """A running process.

    Attributes
    ----------
    shared
        Name of the shared argument that it holds.
    worn
        Whether it has grown so much that it should be replaced.
    """

    process: Process
    shared: str = ""
    worn: bool = False

    async def ask(self, order: bytes) -> bytes:
        """Send an order and wait for its reply.

        Raises
        ------
        ReaderDiedError
            The process ended before.
        """
        stdin = self.process.stdin
        assert stdin is not None
        try:
            stdin.write(len(order).to_bytes(LENGTH_BYTES, "big"))
            stdin.write(order)
            await stdin.drain()
        except ConnectionError as error:
            raise ReaderDiedError from error
        return await self.reply()

    async def reply(self) -> bytes:
        """Wait for the next reply; the first one only says that the process is ready."""
        stdout = self.process.stdout
        assert stdout is not None
        try:
            head = await stdout.readexactly(LENGTH_BYTES + 1)
            self.worn = bool(head[-1])
            return await stdout.readexactly(int.from_bytes(head[:-1], "big"))
        except asyncio.IncompleteReadError as error:
            raise ReaderDiedError from error

    async def close(self) -> None:
        """Kill the process and wait until it is gone."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def start_reader(memory_bytes: int) -> Reader:
    """Start a reading process and wait until it is ready for orders.

    Parameters
    ----------
    memory_bytes
        Cap on its private memory (RLIMIT_DATA).

    Raises
    ------
    ReaderDiedError
        It ended, or was not ready in time.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sptapi.reading.reader_main"),
        *(str(os.getpid()), str(memory_bytes), *_MODULES),
        stdin=PIPE,
        stdout=PIPE,
        process_group=0,
        limit=_BUFFER_BYTES,
    )
    reader = Reader(process)
    try:
        async with asyncio.timeout(_START_TIMEOUT_S):
            await reader.reply()
    except TimeoutError as error:
        await reader.close()
        raise ReaderDiedError from error
    except BaseException:
        await reader.close()
        raise
    return reader
