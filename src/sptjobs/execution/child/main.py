"""The program of a cutting child, which a template (``sptjobs.children.template``) forks."""

import argparse
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from sptjobs.background.garbage import collect_seldom
from sptjobs.children.bounds import cap_memory, take_stdout
from sptjobs.execution.child.orders import (
    Began,
    ChildOrder,
    Failed,
    Progressed,
    Ready,
    Report,
    order_from_line,
    to_line,
)

_log = logging.getLogger(__name__)

_PROGRESS_S = 0.1
"""Least time between two reports of progress [s]."""

_NICE = 3
"""How much a child gives way to others: it gets half of their share of a core that all want."""


class _Reports:
    """Sends reports to the worker, progress at most ten times a second."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._last = 0.0

    def send(self, report: Report) -> None:
        """Send a report now."""
        self._stream.write(to_line(report))
        self._stream.flush()

    def progressed(self, pairs: int) -> None:
        """Report ``pairs`` done, unless the last report is too recent."""
        now = time.monotonic()
        if now - self._last >= _PROGRESS_S:
            self._last = now
            self.send(Progressed(pairs))

    def began(self, map_id: str) -> None:
        """Report that a map is opened next."""
        self.send(Began(map_id))


def prepare() -> None:
    """Import what cuts in every way, and leave it out of collections."""
    from sptjobs.execution.child import work  # noqa: F401, PLC0415 - where only the child may be
    from sptjobs.formats.opening.known_formats import load_everything  # noqa: PLC0415 - as above

    load_everything()
    # Before the forks: looking at all of it would also copy the pages that they share.
    collect_seldom()


def main(words: Sequence[str]) -> int:
    """Take orders from standard input until it ends."""
    arguments = _arguments(words)
    reports = _Reports(take_stdout())
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    if arguments.memory:
        cap_memory(arguments.memory)
    from sptjobs.execution.child.work import carry_out  # noqa: PLC0415 - as in prepare
    from sptjobs.formats.decoded_maps import keep_decoded_maps  # noqa: PLC0415 - as in prepare

    keep_decoded_maps(arguments.decoded, arguments.decoded_bytes)
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    # Now that nobody waits for its start: on the cores that they share, who records a job and who
    # asks for one come first.
    os.nice(_NICE)
    reports.send(Ready(os.getpid()))
    while True:
        _report_on(order_from_line(orders.get()), carry_out, reports)


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sptjobs.execution.child.main", description=__doc__)
    parser.add_argument("--memory", type=int, default=0, help="cap on private memory [bytes]")
    parser.add_argument("--decoded", type=Path, help="folder of decoded maps")
    parser.add_argument("--decoded-bytes", type=int, default=0, help="most that they take")
    return parser.parse_args(words)


def _read_orders(orders: "queue.SimpleQueue[bytes]") -> None:
    """Queue the lines of standard input; its end is the end of the process."""
    for line in sys.stdin.buffer:
        orders.put(line)
    os._exit(0)


def _report_on(
    order: ChildOrder,
    carry_out: "Callable[[ChildOrder, Callable[[int], None], Callable[[str], None]], Report]",
    reports: _Reports,
) -> None:
    try:
        report = carry_out(order, reports.progressed, reports.began)
    except MemoryError:
        _log.exception("job %s: out of memory", order.job_id)
        report = Failed("Error", "the part needs more memory than a cutting process may take")
    except Exception as error:  # noqa: BLE001 - whatever it is, the worker gets it; logged
        _log.exception("job %s: part failed", order.job_id)
        report = Failed("Error", f"{_what(error)} while working on the part")
    reports.send(report)


def _what(error: Exception) -> str:
    """What happened, without the server's paths."""
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__} ({error.strerror})"
    return type(error).__name__
