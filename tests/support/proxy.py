"""A port of the loopback in front of a server's Unix socket, where a test can spoil the line."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_CHUNK = 1 << 16


class Proxy:
    """Passes bytes on until a method says otherwise; use ``running_proxy``.

    Each trouble lasts for so many seconds from when it is asked for, but that of ``lose``:

    - ``refuse``: whoever connects is thrown out.
    - ``slow``: every piece waits a while before it is passed on.
    - ``mute``: a request is passed on, its response is not, and the connection is cut:
      what was asked for has happened, and nobody knows.
    - ``lose``: what is sent on the connections that are open now gets nowhere, either way and
      for ever, and they stay open: what a machine or a firewall leaves that went without a word.
    """

    def __init__(self, target: Callable[[], Path]) -> None:
        self._target = target
        self._open: set[asyncio.StreamWriter] = set()
        self._lost: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._refuse_until = self._slow_until = self._mute_until = 0.0
        self._delay_s = 0.0
        self._server = self._loop.run_until_complete(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def run(self) -> None:
        """Pass on until ``close`` is called."""
        self._loop.run_forever()
        self._loop.run_until_complete(self._end())
        self._loop.close()

    def close(self) -> None:
        """End it, with all of its connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def cut(self) -> None:
        """Cut every connection that is open now."""
        self._loop.call_soon_threadsafe(self._abort, list(self._open))

    def refuse(self, seconds: float) -> None:
        self._refuse_until = time.monotonic() + seconds
        self.cut()

    def slow(self, seconds: float, delay_s: float) -> None:
        self._delay_s = delay_s
        self._slow_until = time.monotonic() + seconds

    def mute(self, seconds: float) -> None:
        self._mute_until = time.monotonic() + seconds

    def lose(self) -> None:
        self._loop.call_soon_threadsafe(lambda: self._lost.update(self._open))

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            if time.monotonic() >= self._refuse_until:
                await self._connect(reader, writer)
        except OSError:
            return
        finally:
            self._forget(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_unix_connection(self._target())
        self._open.add(requests)
        ways = [
            asyncio.ensure_future(self._pass_on(reader, requests, mutable=False)),
            asyncio.ensure_future(self._pass_on(answers, writer, mutable=True)),
        ]
        try:
            # Either end that closes ends both.
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._forget(requests)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pass_on(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, mutable: bool
    ) -> None:
        while data := await source.read(_CHUNK):
            if time.monotonic() < self._slow_until:
                await asyncio.sleep(self._delay_s)
            if mutable and time.monotonic() < self._mute_until:
                return
            if sink in self._lost:
                continue
            sink.write(data)
            await sink.drain()

    def _forget(self, writer: asyncio.StreamWriter) -> None:
        self._open.discard(writer)
        self._lost.discard(writer)
        writer.transport.abort()

    def _abort(self, writers: list[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        self._abort(list(self._open))
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


@contextmanager
def running_proxy(target: Callable[[], Path]) -> Iterator[Proxy]:
    """Run a proxy in front of a socket, whose path is asked for at every connection."""
    proxy = Proxy(target)
    thread = threading.Thread(target=proxy.run, name="proxy")
    thread.start()
    try:
        yield proxy
    finally:
        proxy.close()
        thread.join()
