"""A process of the stack that was started, and what the supervisor knows of it."""

import subprocess
import time
from collections import deque
from dataclasses import dataclass, field

from sptjobs.stack.managed_process import ManagedProcess, how_it_ended
from sptjobs.stack.pulses import Pulse


@dataclass(slots=True, eq=False)
class RunningProcess:
    """Its child now, when that started, what it printed last, and how long it is silent [s]."""

    process: ManagedProcess
    child: subprocess.Popen[bytes]
    tier: int
    started: float = field(default_factory=time.monotonic)
    failures: int = 0
    again_at: float | None = None
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=15))
    partial: bytes = b""
    quiet: bool = False
    has_started: bool = False
    looked: float = field(default_factory=time.monotonic)
    silent_s: float = 0.0

    def look(self, pulse: Pulse, limit_s: float) -> None:
        """Look for a sign of life; each silence counts for so long at most.

        This process may have stood still itself since its last look.
        """
        now = time.monotonic()
        since, self.looked = self.looked, now
        self.silent_s = 0.0 if pulse() else self.silent_s + min(now - since, limit_s)

    def failure(self) -> str:
        """Say how it ended, with the last lines that it printed."""
        said = "".join(f"\n    {line}" for line in self.tail)
        return (
            f"{self.process.name} ended with {how_it_ended(self.child.returncode)}. It said:{said}"
        )
