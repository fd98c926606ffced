"""Processes that start in milliseconds: forked of one that has imported their program."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

_END_S = 10.0


class Template:
    """A process that has imported a program, and forks those that run it.

    It is started by the first fork, and started anew by the next one when it has died. It ends with
    the thread that started it, and everything that it forked ends with it.

    Parameters
    ----------
    program
        Module with the functions ``prepare``, which imports what every process needs, and ``main``,
        which takes arguments and returns an exit status.
    variables
        Environment of these processes beside that of this one.
    """

    def __init__(self, program: str, variables: Mapping[str, str]) -> None:
        self._program = program
        self._variables = variables
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def fork(self, arguments: Sequence[str]) -> tuple[socket.socket, socket.socket]:
        """Have a process forked.

        Returns
        -------
        conversation
            What it has as standard input and output.
        status
            What is reported of it, as ``TemplatedProcess`` reads it. Closing it kills the process.

        Raises
        ------
        OSError
            No template could be started.
        """
        conversation, standard_streams = socket.socketpair()
        status, reporting = socket.socketpair()
        with standard_streams, reporting:
            try:
                socket.send_fds(
                    status, [json.dumps(list(arguments)).encode()], [standard_streams.fileno()]
                )
                self._hand_over(reporting)
            except BaseException:
                conversation.close()
                status.close()
                raise
        return conversation, status

    def _hand_over(self, reporting: socket.socket) -> None:
        control = self._started()
        try:
            socket.send_fds(control, [b"f"], [reporting.fileno()])
        except ConnectionError:
            self.end()
            socket.send_fds(self._started(), [b"f"], [reporting.fileno()])

    def _started(self) -> socket.socket:
        if self._process is not None and self._process.poll() is not None:
            self.end()
        if self._control is None:
            control, theirs = socket.socketpair()
            with theirs:
                try:
                    self._process = self._start(theirs.fileno())
                except BaseException:
                    control.close()
                    raise
            self._control = control
            atexit.register(self.end)
        return self._control

    def _start(self, control: int) -> "subprocess.Popen[bytes]":
        words = ["--control", str(control), "--parent", str(os.getpid()), self._program]
        return subprocess.Popen(  # noqa: S603 - a program of ours
            [sys.executable, "-m", "sptjobs.children.template_main", *words],
            pass_fds=[control],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env={**os.environ, **self._variables},
            process_group=0,
        )

    def end(self) -> None:
        """End it, and everything that it forked."""
        atexit.unregister(self.end)
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            self._process.kill()
            self._process.wait(_END_S)
            self._process = None


class TemplatedProcess(asyncio.Protocol):
    """A process that was forked of a template, by what is reported of it.

    Attributes
    ----------
    pid
        Its process id, and that of its process group; None before it is known.
    returncode
        Its exit status, or minus the signal that ended it; None before.
    lost
        Whether it has ended because its template has, which is not its fault.
    """

    def __init__(self) -> None:
        self.pid: int | None = None
        self.returncode: int | None = None
        self.lost = False
        self._received = b""
        self._begun, self._ended = asyncio.Event(), asyncio.Event()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def of(cls, status: socket.socket) -> "TemplatedProcess":
        """Read what is reported of the process that ``Template.fork`` made."""
        loop = asyncio.get_running_loop()
        _, process = await loop.create_connection(cls, sock=status)
        return process

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the connection: it ends with the process."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Note its process id, and how it ended."""
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            report = json.loads(line)
            if "pid" in report:
                self.pid = report["pid"]
                self._begun.set()
            else:
                self._end(report["code"])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's own
        """Note that nothing more will be reported."""
        if self.returncode is None:
            self.lost = True
            self._end(-signal.SIGKILL)

    def _end(self, code: int) -> None:
        self.returncode = code
        self._begun.set()
        self._ended.set()

    async def begun(self) -> None:
        """Wait until its process id is known, or it has ended."""
        await self._begun.wait()

    async def wait(self) -> int:
        """Wait until it has ended, and give its exit status, or minus the signal that ended it."""
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def kill(self) -> None:
        """Kill it and whatever it started, at once."""
        # Its id is its own until the connection is closed: only then does the template collect it.
        if self.pid is not None and self.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of it: its template kills what is left, and collects it."""
        if self._transport is not None:
            self._transport.close()
