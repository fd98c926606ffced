"""How much anonymous memory this process takes while something runs."""

import re
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

_LOOK_S = 0.01


def anonymous_bytes(process: int | None = None) -> int:
    """Anonymous memory of a process (RssAnon), this one by default [byte]."""
    status = Path(f"/proc/{process or 'self'}/status").read_text("ascii")
    found = re.search(r"RssAnon:\s+(\d+) kB", status)
    return int(found[1]) << 10 if found else 0


class AnonymousMemory:
    """Looks at it again and again; what everybody has loaded is counted too.

    Parameters
    ----------
    process
        Whose memory; this process's by default.

    Attributes
    ----------
    peak
        The most that was seen [byte].
    """

    def __init__(self, process: int | None = None) -> None:
        self.peak, self._process = 0, process
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        """Begin."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, anonymous_bytes(self._process))
            if self._ended.wait(_LOOK_S):
                return
