"""A child that takes orders, as its parent sees it: started, given a time for each, replaced."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import IO, Any, Protocol, Self

from sptjobs.children.forked_process import ForkedProcess, can_fork

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_LAST_RESORT_S = 5
"""Seconds after its time in which a process that nobody watches ends itself."""


class ProcessEndedError(Exception):
    """An order was not carried out: the process ended, or took too long and was ended."""


class _Process(Protocol):
    """What there is of a process, started anew or forked."""

    @property
    def pid(self) -> int: ...

    @property
    def stdin(self) -> IO[bytes] | None: ...

    @property
    def stdout(self) -> IO[bytes] | None: ...

    def kill(self) -> None: ...

    def wait(self) -> int: ...


class OrderedProcess:
    """Carries out orders one after the other, in a process that is kept for the next.

    Parameters
    ----------
    program
        Module that is run; it takes orders as ``sptjobs.children.order_loop`` does.
    memory_bytes
        Cap on its private memory (RLIMIT_DATA), which is its second argument; the first is
        this process's id.
    arguments
        Further arguments.
    forked
        The program's ``main``, where this process has imported what it needs: then it is
        forked, if this process has one thread only, and need not import that again.
    """

    def __init__(
        self,
        program: str,
        memory_bytes: int,
        arguments: Sequence[str] = (),
        forked: Callable[[Sequence[str]], int] | None = None,
    ) -> None:
        self._program, self._memory_bytes, self._arguments = program, memory_bytes, arguments
        self._forked = forked
        self._process: _Process | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the process."""
        self._end()

    def start(self) -> None:
        """Start the process, so that the first order need not wait for it."""
        self._started()

    def carry_out(self, order: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        """Give an order and wait for the response.

        Parameters
        ----------
        seconds
            Time after which the process is ended; it ends itself by then, also when nobody is
            left to end it.

        Raises
        ------
        ProcessEndedError
            It took longer, or the process ended.
        """
        process = self._started()
        assert process.stdin is not None
        line = json.dumps({**order, "alarm_s": int(seconds) + _LAST_RESORT_S})
        try:
            process.stdin.write(line.encode() + b"\n")
        except BrokenPipeError:
            raise ProcessEndedError(self._died()) from None
        return self._response(process, seconds)

    def _started(self) -> _Process:
        if self._process is None:
            arguments = [str(os.getpid()), str(self._memory_bytes), *self._arguments]
            if self._forked is not None and can_fork():
                self._process = ForkedProcess(self._forked, arguments)
            else:
                self._process = _started_anew(self._program, arguments)
        return self._process

    def _response(self, process: _Process, seconds: float) -> dict[str, Any]:
        assert process.stdout is not None
        line, deadline = b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([process.stdout], [], [], left)[0]:
                self._end()
                raise ProcessEndedError(f"took longer than {seconds:.0f} s")
            more = os.read(process.stdout.fileno(), 1 << 20)
            if not more:
                raise ProcessEndedError(self._died())
            line += more
        response: dict[str, Any] = json.loads(line)
        return response

    def _died(self) -> str:
        assert self._process is not None
        code = self._process.wait()
        self._end()
        if code < 0:
            return f"ended the process by {signal.Signals(-code).name}"
        return f"ended the process with code {code}"

    def _end(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            pipe.close()


def _started_anew(program: str, arguments: Sequence[str]) -> _Process:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_ONE_THREAD},
        process_group=0,
        bufsize=0,
    )
