"""Faults that last: what was begun is ended in time, at the latest when a storm is over."""

import threading
from collections.abc import Callable


class Undoing:
    """Runs what ends faults, each some seconds after its fault began."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._errors: list[Exception] = []

    def after(self, seconds: float, end: Callable[[], object]) -> None:
        """Do something after so many seconds."""
        self._start(threading.Timer(seconds, self._guarded, (end,)))

    def meanwhile(self, work: Callable[[], object]) -> None:
        """Do something that lasts by itself."""
        self._start(threading.Thread(target=self._guarded, args=(work,)))

    def finish(self) -> None:
        """Wait for all of it; raise what went wrong in between."""
        while self._threads:
            self._threads.pop().join()
        if self._errors:
            raise self._errors[0]

    def _guarded(self, work: Callable[[], object]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - raised by ``finish``
            self._errors.append(error)

    def _start(self, thread: threading.Thread) -> None:
        thread.start()
        self._threads.append(thread)
