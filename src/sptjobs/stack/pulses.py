"""Whether a process that runs still gives signs of life, looked for without ever waiting.

The supervisor has one thread, which must not hang because one of its processes does.
"""

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Pulse = Callable[[], bool]
"""Whether there was a sign of life since the last look; never blocks."""

Address = str | tuple[str, int]
"""Path of a Unix socket, or host and port."""

_TOO_LONG_S = 10.0
"""Time after which a request is given up, and made again on a connection of its own."""


def touched(file: Path) -> Pulse:
    """Watch a file that the process touches again and again; no clock is compared.

    A file that is not there tells nothing, and nothing is held against the process.
    """
    before: list[int | None] = [None]

    def look() -> bool:
        try:
            now = file.stat().st_mtime_ns
        except OSError:
            return True
        last, before[0] = before[0], now
        return now != last

    return look


def responds(address: Address, request: bytes, good: bytes) -> Pulse:
    """Ask over a socket, and look for a response that matches the expression ``good``."""
    asked: list[_Asked] = []

    def look() -> bool:
        if not asked:
            asked.append(_Asked(address, request))
        response = asked[0].response()
        if response is None:
            return False
        asked.pop().close()
        return re.match(good, response) is not None

    return look


def broker_pulse(path: Path) -> Pulse:
    """Ask the server behind a Unix socket with PING."""
    return responds(str(path), b"PING\r\n", rb"\+PONG")


def http_pulse(host: str, port: int, path: str) -> Pulse:
    """Ask with a GET of the path, which has to give 200. No proxy is ever asked."""
    lines = (f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Connection: close", "", "")
    return responds((host, port), "\r\n".join(lines).encode(), rb"HTTP/1\.\d 200\b")


class _Asked:
    """A request that is on its way."""

    def __init__(self, address: Address, request: bytes) -> None:
        self._since = time.monotonic()
        self._unsent = request
        unix = isinstance(address, str)
        family = (
            socket.AF_UNIX if unix else socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        )
        self._socket = socket.socket(family)
        self._socket.setblocking(False)
        with suppress(OSError):  # that it goes on, or failed: sending tells
            self._socket.connect(address)

    def response(self) -> bytes | None:
        """The begin of the response, empty when there is none to be had; None before it came."""
        try:
            if self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
            return self._socket.recv(64)
        except BlockingIOError:
            return b"" if time.monotonic() - self._since > _TOO_LONG_S else None
        except OSError:
            return b""

    def close(self) -> None:
        self._socket.close()


def _family(address: Address) -> socket.AddressFamily:
    if isinstance(address, str):
        return socket.AF_UNIX
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET
