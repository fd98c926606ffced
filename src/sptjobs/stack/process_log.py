"""One log of what the processes of the stack print."""

import os
import selectors
import time
from typing import IO

from sptjobs.stack.running_process import RunningProcess

_TICK_S = 0.1


class ProcessLog:
    """Passes on the lines of attached processes, each with the process's name before it."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._selector = selectors.DefaultSelector()

    def attach(self, entry: RunningProcess) -> None:
        """Begin to read what a child prints."""
        assert entry.child.stdout is not None
        self._selector.register(entry.child.stdout, selectors.EVENT_READ, entry)

    def pump(self) -> None:
        """Wait for output for one tick at most, and pass on what came."""
        if not self._selector.get_map():
            time.sleep(_TICK_S)
            return
        for key, _ in self._selector.select(_TICK_S):
            self._read(key.data)

    def drain(self, entry: RunningProcess) -> None:
        """Pass on what an ended process still had to say.

        Only what is there already: a grandchild may hold the pipe open.
        """
        assert entry.child.stdout is not None
        while not entry.child.stdout.closed:
            ready = [key.data for key, _ in self._selector.select(0)]
            if entry not in ready or not self._read(entry):
                break
        if entry.partial:
            self._take(entry, entry.partial)
            entry.partial = b""

    def forget(self, entry: RunningProcess) -> None:
        """Close the pipe of a child that has ended."""
        stdout = entry.child.stdout
        if stdout is not None and not stdout.closed:
            self._selector.unregister(stdout)
            stdout.close()

    def write(self, name: str, text: str) -> None:
        """Print a line of a process."""
        try:
            print(f"{name:<9} | {text}", file=self._file, flush=True)
        except OSError:
            # Whoever read our output has gone, or its disk is full: the stack is worth more.
            return

    def _read(self, entry: RunningProcess) -> bool:
        """Pass on the lines that came; False at the end of the output."""
        assert entry.child.stdout is not None
        chunk = os.read(entry.child.stdout.fileno(), 65_536)
        if not chunk:
            self.forget(entry)
            return False
        *lines, entry.partial = (entry.partial + chunk).split(b"\n")
        for line in lines:
            self._take(entry, line)
        return True

    def _take(self, entry: RunningProcess, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        entry.tail.append(text)
        if not entry.quiet:
            self.write(entry.process.name, text)
