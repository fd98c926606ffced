"""Starts processes in tiers, restarts what dies or hangs, stops all of it in order.

One thread and one loop: it reads the children's output, notices who died and
starts it again, and kills who gives no sign of life. Threads would make forking
unsafe and would move the parent-death signal away from the process that it is
meant to follow.
"""

import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import IO

from sptjobs.stack.managed_process import ManagedProcess, how_it_ended, send, spawn
from sptjobs.stack.process_log import ProcessLog
from sptjobs.stack.running_process import RunningProcess

_BACKOFF_S = (0.1, 0.5, 1.0, 2.0, 5.0)
_HEALTHY_S = 30.0
"""A process that lived this long is restarted without a growing delay."""


class StackError(Exception):
    """The stack cannot start; the message says what is wrong and what helps."""


class StoppedError(Exception):
    """SIGINT or SIGTERM came while something was still starting."""


class Supervisor:
    """Owns the processes of the stack.

    Parameters
    ----------
    output
        Where the log lines go.
    changed
        Called with the process id of each name, whenever one of them changes.
    look_s
        Seconds from one look for signs of life to the next.
    """

    def __init__(
        self,
        output: IO[str] | None = None,
        changed: Callable[[dict[str, int]], None] = lambda _: None,
        look_s: float = 1.0,
    ) -> None:
        self._log = ProcessLog(output or sys.stdout)
        self._changed = changed
        self._look_s = look_s
        self._running: dict[str, RunningProcess] = {}
        self._stops = 0

    def handle_signals(self) -> None:
        """Let SIGINT and SIGTERM stop the stack, and the second one kill it."""
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGTERM, self._on_stop)

    def say(self, text: str) -> None:
        """Print a line of the supervisor's own."""
        self._log.write("stack", text)

    def run_once(self, process: ManagedProcess, *, quiet: bool = False) -> str:
        """Run a command to its end.

        Parameters
        ----------
        quiet
            Keep its output out of the log, because it is a secret.

        Returns
        -------
        str
            The last line that it printed.

        Raises
        ------
        StackError
            It failed.
        StoppedError
            It was killed because the stack is to stop.
        """
        entry = self._spawn(process, tier=0)
        entry.quiet = quiet
        try:
            while entry.child.poll() is None:
                self._tend()
                self._stop_if_asked()
            self._log.drain(entry)
            if entry.child.returncode:
                raise StackError(entry.failure())
            return entry.tail[-1] if entry.tail else ""
        finally:
            send(entry.child, signal.SIGKILL)
            entry.child.wait()
            self._log.forget(entry)

    def start(self, tier: Sequence[ManagedProcess]) -> None:
        """Start processes together and wait until each of them responds.

        Tiers are stopped in the reverse order of their starts.

        Raises
        ------
        StackError
            One of them ended, or did not respond in time.
        StoppedError
            The stack is to stop.
        """
        number = 1 + max((entry.tier for entry in self._running.values()), default=0)
        entries = [self._spawn(process, number) for process in tier]
        for entry in entries:
            self._running[entry.process.name] = entry
        self._tell()
        for entry in entries:
            self._await(entry)
            entry.has_started = True

    def watch(self) -> None:
        """Keep everything running until SIGINT or SIGTERM."""
        while not self._stops:
            self._tend()

    def _tend(self) -> None:
        """Pass on output for one tick, and look after all that has started."""
        self._log.pump()
        for entry in list(self._running.values()):
            if entry.has_started:
                self._look_after(entry)

    def stop(self) -> None:
        """Stop tier by tier, the last started first; SIGKILL to what outlives its grace."""
        for number in sorted({entry.tier for entry in self._running.values()}, reverse=True):
            entries = [entry for entry in self._running.values() if entry.tier == number]
            self._stop_tier(entries)
            for entry in entries:
                self._log.drain(entry)
                self._log.forget(entry)
                del self._running[entry.process.name]

    def _on_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stops += 1

    def _stop_if_asked(self) -> None:
        if self._stops:
            raise StoppedError

    def _stop_tier(self, entries: list[RunningProcess]) -> None:
        for entry in entries:
            send(entry.child, signal.SIGTERM)
        begun = time.monotonic()
        while waiting := [entry for entry in entries if entry.child.poll() is None]:
            for entry in waiting:
                if self._stops > 1 or time.monotonic() - begun > entry.process.grace_s:
                    self.say(f"killing {entry.process.name}")
                    send(entry.child, signal.SIGKILL)
                    entry.child.wait()
            self._log.pump()

    def _spawn(self, process: ManagedProcess, tier: int) -> RunningProcess:
        try:
            entry = RunningProcess(process, spawn(process), tier)
        except OSError as error:
            raise StackError(f"{process.name} cannot be started: {error}") from error
        self._log.attach(entry)
        return entry

    def _await(self, entry: RunningProcess) -> None:
        ready = entry.process.ready
        deadline = time.monotonic() + entry.process.ready_s
        while ready is not None and not ready():
            self._tend()
            self._stop_if_asked()
            if entry.child.poll() is not None:
                self._log.drain(entry)
                raise StackError(entry.failure())
            if time.monotonic() > deadline:
                raise StackError(
                    f"{entry.process.name} did not respond within {entry.process.ready_s:g} s"
                )

    def _look_after(self, entry: RunningProcess) -> None:
        now = time.monotonic()
        if entry.again_at is None and entry.child.poll() is not None:
            self._log.drain(entry)
            self._log.forget(entry)
            entry.failures = 0 if now - entry.started > _HEALTHY_S else entry.failures + 1
            delay = _BACKOFF_S[min(max(entry.failures - 1, 0), len(_BACKOFF_S) - 1)]
            entry.again_at = now + delay
            ended = how_it_ended(entry.child.returncode)
            self.say(f"{entry.process.name} ended ({ended}), starting it again in {delay:g} s")
        elif entry.again_at is not None and now >= entry.again_at:
            self._start_again(entry)
        elif entry.again_at is None and now - entry.looked >= self._look_s:
            self._feel_pulse(entry)

    def _feel_pulse(self, entry: RunningProcess) -> None:
        """Kill a process that has been silent for too long; being dead, it is started again."""
        process = entry.process
        if process.pulse is None:
            return
        entry.look(process.pulse, 2 * self._look_s)
        if entry.silent_s >= process.timeout_s:
            self.say(f"{process.name} gave no sign of life for {entry.silent_s:.0f} s, killing it")
            send(entry.child, signal.SIGKILL)
            entry.silent_s = 0.0

    def _start_again(self, entry: RunningProcess) -> None:
        entry.started = time.monotonic()
        try:
            entry.child = spawn(entry.process)
        except OSError as error:
            entry.again_at = entry.started + _BACKOFF_S[-1]
            self.say(f"{entry.process.name} cannot be started: {error}")
            return
        entry.again_at = None
        entry.looked, entry.silent_s = time.monotonic(), 0.0
        self._log.attach(entry)
        self._tell()

    def _tell(self) -> None:
        self._changed({name: entry.child.pid for name, entry in self._running.items()})
