"""A child that is forked, and so has all that its parent has imported."""

import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NoReturn

_TASKS = Path("/proc/self/task")
_FIRST_OTHER_FD = 3


def can_fork() -> bool:
    """Whether this process has no thread beside the one that asks, nor may have one unseen.

    Locks that other threads hold at a fork stay locked in the child for ever; that includes
    threads of libraries in C, which Python does not know, but Linux does.
    """
    try:
        return len(list(_TASKS.iterdir())) == 1
    except OSError:
        return False


class ForkedProcess:
    """A child of this process with pipes to its standard streams, as ``subprocess.Popen`` has.

    It has a process group of its own, and no descriptors but its standard streams.

    Parameters
    ----------
    program, arguments
        What the child runs, and its exit status. Only where ``can_fork`` says so.

    Attributes
    ----------
    pid
        Its process id.
    stdin, stdout
        Ends of the pipes, unbuffered; its standard error is discarded.
    """

    def __init__(self, program: Callable[[Sequence[str]], int], arguments: Sequence[str]) -> None:
        # What waits there would be written twice.
        sys.stdout.flush()
        sys.stderr.flush()
        orders, self_writes = os.pipe()
        self_reads, responses = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            run_as_child(program, arguments, (orders, responses, None))
        os.close(orders)
        os.close(responses)
        self.stdin: IO[bytes] = open(self_writes, "wb", buffering=0)  # noqa: PTH123, SIM115 - see close
        self.stdout: IO[bytes] = open(self_reads, "rb", buffering=0)  # noqa: PTH123, SIM115 - see close
        self._code: int | None = None

    def kill(self) -> None:
        """Kill it, unless it is known to have ended."""
        if self._code is None:
            os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> int:
        """Wait until it has ended, and give its exit status, or minus the signal that ended it."""
        if self._code is None:
            self._code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self._code


def run_as_child(
    program: Callable[[Sequence[str]], int],
    arguments: Sequence[str],
    streams: tuple[int, int, int | None],
) -> NoReturn:
    """Be the child of a fork: run the program, and never return into what its parent was at.

    Parameters
    ----------
    streams
        Descriptors that become its standard input, output and error (None: discarded); all
        others are closed.
    """
    code = 1
    try:
        os.setpgid(0, 0)
        *given, errors = streams
        discarded = os.open(os.devnull, os.O_WRONLY)
        for stream, descriptor in enumerate((*given, discarded if errors is None else errors)):
            os.dup2(descriptor, stream)
        os.closerange(_FIRST_OTHER_FD, os.sysconf("SC_OPEN_MAX"))
        # Those of the parent may have been read ahead of, or be no files of the system.
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - lives as long
        sys.stdout = open(1, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - likewise
        sys.stderr = open(2, "w", buffering=1, encoding="utf-8", closefd=False)  # noqa: SIM115 - likewise
        code = program(arguments)
    except BaseException:
        traceback.print_exc()
        raise
    finally:
        os._exit(code)
