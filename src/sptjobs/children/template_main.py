"""The program of a template: it imports a program once, and forks processes that run it.

One thread, since a fork copies no other: locks that these held would stay locked for ever.
"""

import argparse
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import NoReturn

from sptjobs.children.bounds import die_with
from sptjobs.children.forked_process import can_fork, run_as_child

_Program = Callable[[Sequence[str]], int]

_LONGEST_ARGUMENTS = 1 << 16


@dataclass(slots=True)
class _Forked:
    """A process that was forked, and the connection to who asked for it."""

    pid: int
    asker: socket.socket
    has_ended: bool = False

    def tell(self, **facts: int) -> None:
        # Who asked may be gone; that is noticed by the end of the connection.
        with suppress(ConnectionError):
            self.asker.sendall(json.dumps(facts).encode() + b"\n")

    def look(self) -> None:
        """Tell how it ended, if it has; it is not collected, so that its id stays its own."""
        if self.has_ended:
            return
        state = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if state is not None:
            self.has_ended = True
            exited = state.si_code == os.CLD_EXITED
            self.tell(code=state.si_status if exited else -state.si_status)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


class _Family:
    """The processes that were forked.

    Parameters
    ----------
    control
        Connection by which the connections of those who ask for a process arrive.
    """

    def __init__(self, control: socket.socket, program: _Program) -> None:
        self._control = control
        self._program = program
        self._selector = selectors.DefaultSelector()
        self._forked: dict[int, _Forked] = {}
        self._unasked: set[int] = set()
        self._template = os.getpid()
        self._selector.register(control, selectors.EVENT_READ, self._next_asker)
        reading, self._writing = os.pipe()
        os.set_blocking(reading, False)
        os.set_blocking(self._writing, False)
        self._selector.register(reading, selectors.EVENT_READ, partial(self._look, reading))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._writing, warn_on_full_buffer=False)

    def serve(self) -> NoReturn:
        """Fork whatever is asked for, until nobody can ask any more."""
        while True:
            for key, _ in self._selector.select():
                key.data()

    def _next_asker(self) -> None:
        message, askers, *_ = socket.recv_fds(self._control, 1, 1)
        if not message:
            self._end()
        for asker in askers:
            self._fork(socket.socket(fileno=asker))

    def _fork(self, asker: socket.socket) -> None:
        words, (streams,), *_ = socket.recv_fds(asker, _LONGEST_ARGUMENTS, 1)
        if _is_closed(asker):
            os.close(streams)
            asker.close()
            return
        arguments = json.loads(words)
        pid = os.fork()
        if pid == 0:
            self._be_child(arguments, streams)
        os.close(streams)
        # It does so itself, too: who learns its id next may kill its group at once.
        with suppress(OSError):
            os.setpgid(pid, pid)
        forked = self._forked[pid] = _Forked(pid, asker)
        self._selector.register(asker, selectors.EVENT_READ, partial(self._let_go, forked))
        forked.tell(pid=pid)

    def _be_child(self, arguments: Sequence[str], streams: int) -> NoReturn:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)

        def program(words: Sequence[str]) -> int:
            die_with(self._template)
            return self._program(words)

        run_as_child(program, arguments, (streams, streams, sys.stderr.fileno()))

    def _look(self, reading: int) -> None:
        with suppress(BlockingIOError):
            os.read(reading, _LONGEST_ARGUMENTS)
        for pid in list(self._unasked):
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._unasked.remove(pid)
        for forked in self._forked.values():
            forked.look()

    def _let_go(self, forked: _Forked) -> None:
        """Collect a process that nobody asks for any more, by and by if it still runs."""
        self._selector.unregister(forked.asker)
        forked.asker.close()
        del self._forked[forked.pid]
        forked.kill()
        if os.waitpid(forked.pid, os.WNOHANG)[0] == 0:
            self._unasked.add(forked.pid)

    def _end(self) -> NoReturn:
        for forked in self._forked.values():
            forked.kill()
        sys.exit(0)


def _is_closed(connection: socket.socket) -> bool:
    """Whether the other end, which never says more, has given up."""
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False


def main() -> NoReturn:
    """Import the program, and fork processes that run it until the parent ends."""
    parser = argparse.ArgumentParser(prog="sptjobs.children.template_main", description=__doc__)
    parser.add_argument("program", help="module with prepare() and main(arguments)")
    parser.add_argument("--control", type=int, required=True, help="descriptor of the connection")
    parser.add_argument("--parent", type=int, required=True, help="process that must be alive")
    arguments = parser.parse_args()
    die_with(arguments.parent)
    program = import_module(arguments.program)
    program.prepare()
    if sys.platform == "linux" and not can_fork():
        sys.exit(f"{arguments.program} cannot be forked: its imports have started threads")
    _Family(socket.socket(fileno=arguments.control), program.main).serve()


if __name__ == "__main__":
    main()
