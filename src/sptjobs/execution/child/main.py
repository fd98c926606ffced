"""The program that a cutting child runs: ``python -m sptjobs.execution.child.main``."""

import argparse
import logging
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

from sptjobs.background.garbage import collect_seldom
from sptjobs.children.bounds import cap_memory, die_with
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
_IDLE_S = 1.0
"""Seconds without an order after which a child has time for more than being ready [s]."""

_NICE = 3
"""How much a child gives way to others: it gets half of their share of a core that all want."""

_SINGLE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


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


def main() -> int:
    """Take orders from standard input until it ends."""
    arguments = _arguments()
    die_with(arguments.parent)
    # What anything prints belongs in the log; reports have a descriptor of their own.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    if arguments.memory:
        cap_memory(arguments.memory)
    os.environ.update(dict.fromkeys(_SINGLE_THREAD, "1"))
    reports = _Reports(os.fdopen(arguments.reports, "wb"))
    # After the threads were counted, and before the child calls itself ready.
    from sptjobs.execution.child.work import carry_out  # noqa: PLC0415 - as the comment says
    from sptjobs.formats.decoded_maps import keep_decoded_maps  # noqa: PLC0415 - as above

    keep_decoded_maps(arguments.decoded, arguments.decoded_bytes)
    orders: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=_read_orders, args=(orders,), daemon=True).start()
    collect_seldom()
    # Now that nobody waits for its start: on the cores that they share, who records a job and who
    # asks for one come first.
    os.nice(_NICE)
    reports.send(Ready(os.getpid()))
    order = _first_order(orders)
    while True:
        _report_on(order_from_line(order), carry_out, reports)
        order = orders.get()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sptjobs.execution.child.main", description=__doc__)
    parser.add_argument("--reports", type=int, required=True, help="descriptor of the reports")
    parser.add_argument("--parent", type=int, required=True, help="process that must be alive")
    parser.add_argument("--memory", type=int, default=0, help="cap on private memory [bytes]")
    parser.add_argument("--decoded", type=Path, help="folder of decoded maps")
    parser.add_argument("--decoded-bytes", type=int, default=0, help="most that they take")
    return parser.parse_args()


def _read_orders(orders: "queue.SimpleQueue[bytes]") -> None:
    """Queue the lines of standard input; its end is the end of the process."""
    for line in sys.stdin.buffer:
        orders.put(line)
    os._exit(0)


def _first_order(orders: "queue.SimpleQueue[bytes]") -> bytes:
    """Wait for an order; load meanwhile what only some of them need, and nobody has to wait for."""
    try:
        return orders.get(timeout=_IDLE_S)
    except queue.Empty:
        from sptjobs.formats.opening.known_formats import load_everything  # noqa: PLC0415 - as said

        load_everything()
        return orders.get()


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


if __name__ == "__main__":
    sys.exit(main())
