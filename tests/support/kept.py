"""A server that is started again when it dies, as a site's own supervisor would."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

_TICK_S = 0.05
_STOP_S = 30.0


class Kept:
    """A server that is kept running until it is stopped.

    Parameters
    ----------
    log
        Where its output goes, that of every start after that of the one before.
    options
        For ``subprocess.Popen``.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> None:
        self._command = list(command)
        self._log = log
        self._environment = {**os.environ, **(environment or {})}
        self._options = options
        self._stopping = threading.Event()
        self._running = self._start()
        self._keeper = threading.Thread(target=self._keep, name=f"keeps {command[0]}")
        self._keeper.start()

    @property
    def pid(self) -> int:
        """Process id of the server as it runs now, or as it ran last."""
        return self._running.pid

    def send(self, number: signal.Signals) -> bool:
        """Send a signal to the server alone; whether it was there to get it."""
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            return False
        return True

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Stop it for good."""
        self._stopping.set()
        self._keeper.join()
        self._running.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            self._running.wait(_STOP_S)
            return
        self._running.kill()
        self._running.wait()

    def _keep(self) -> None:
        while not self._stopping.wait(_TICK_S):
            if self._running.poll() is not None:
                # What it needs may be held for a moment by what it left behind.
                time.sleep(_TICK_S)
                self._running = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self._log.open("ab") as log:
            return subprocess.Popen(
                self._command, env=self._environment, stdout=log, stderr=log, **self._options
            )
