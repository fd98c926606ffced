"""Permits: messages that let one slot claim parts until none is ready."""

import logging
import queue
import threading

from dramatiq.brokers.redis import RedisBroker

from sptjobs.broker.queues import CONTROL_QUEUE, EXECUTE_QUEUE, message, queue_key
from sptjobs.broker.slot_board import SlotBoard

_log = logging.getLogger(__name__)


class PermitSender:
    """Sends permits from a thread of its own, since the broker's client blocks.

    A permit lets one slot claim parts until none is ready. At most one permit
    for each slot is kept in the queue: more would wake nobody.
    """

    def __init__(self, broker: RedisBroker) -> None:
        self._broker = broker
        self._requested: queue.SimpleQueue[tuple[str, str, int] | None] = queue.SimpleQueue()
        self._board = SlotBoard(broker.client)
        self._thread = threading.Thread(target=self._run, name="permits", daemon=True)
        broker.declare_queue(EXECUTE_QUEUE)
        broker.declare_queue(CONTROL_QUEUE)
        self._thread.start()

    def offer(self, actor: str, job_id: str, parts: int) -> None:
        """Ask for permits for ``parts`` ready parts; never blocks, never fails.

        A permit that cannot be sent is sent by the next sweep.
        """
        self._requested.put((actor, job_id, parts))

    def close(self) -> None:
        """Send what was asked for, and end the thread."""
        self._requested.put(None)
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while (requested := self._requested.get()) is not None:
            try:
                send_permits(self._broker, self._board, *requested)
            except Exception as error:  # noqa: BLE001 - the thread must not end
                _log.warning("permit not sent, the sweep will: %r", error)


def send_permits(broker: RedisBroker, board: SlotBoard, actor: str, job_id: str, parts: int) -> int:
    """Send permits for ready parts while the queue is shorter than the slots; blocks.

    Returns
    -------
    int
        How many were sent.
    """
    count = max(0, min(parts, board.room(queue_key(broker, EXECUTE_QUEUE))))
    for _ in range(count):
        broker.enqueue(message(actor, EXECUTE_QUEUE, job_id))
    return count
