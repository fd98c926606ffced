"""Doing what a schedule says to a running stack."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import redis
from dramatiq.errors import DramatiqError

from sptjobs.queue import EXECUTE_QUEUE, make_broker, message
from tests.chaos.schedule import Fault
from tests.support.processes import is_alive
from tests.support.service import Service

_EXECUTE_WORKERS = 2

QueueWork = Callable[[redis.Redis, str], object]


@dataclass
class Tormentor:
    """Applies faults; what it stopped it lets go on in time, at the latest in ``relent``.

    Attributes
    ----------
    missed
        Faults that hit nothing, since their victim was dead at that instant.
    """

    service: Service
    missed: list[Fault] = field(default_factory=list)
    _timers: list[threading.Timer] = field(default_factory=list)
    _locks: list[threading.Thread] = field(default_factory=list)

    def apply(self, fault: Fault) -> None:
        """Do one fault; never waits for its end."""
        hit = getattr(self, f"_{fault.kind}")(fault)
        if not hit:
            self.missed.append(fault)

    def relent(self) -> None:
        """Let everything go on that is stopped or locked."""
        for timer in self._timers:
            timer.join()
        for lock in self._locks:
            lock.join()

    def _kill(self, fault: Fault) -> bool:
        return self._signal(fault, signal.SIGKILL) is not None

    def _drain(self, fault: Fault) -> bool:
        return self._signal(fault, signal.SIGTERM) is not None

    def _stop(self, fault: Fault) -> bool:
        pid = self._signal(fault, signal.SIGSTOP)
        if pid is None:
            return False
        timer = threading.Timer(fault.length_s, _send, (pid, signal.SIGCONT))
        timer.start()
        self._timers.append(timer)
        return True

    def _lock(self, fault: Fault) -> bool:
        path = self.service.stack.var / "spt.db"
        thread = threading.Thread(target=_hold_lock, args=(path, fault.length_s))
        thread.start()
        self._locks.append(thread)
        return True

    def _flush(self, _fault: Fault) -> bool:
        return self._with_queue(lambda client, _: client.flushall())

    def _drop(self, _fault: Fault) -> bool:
        return self._with_queue(lambda client, key: client.delete(key))

    def _duplicate(self, fault: Fault) -> bool:
        return self._with_queue(lambda *_: None, extra=1 + fault.pick)

    def _reorder(self, fault: Fault) -> bool:
        def rotate(client: redis.Redis, key: str) -> None:
            for _ in range(1 + fault.pick % 3):
                client.lmove(key, key, "RIGHT", "LEFT")

        return self._with_queue(rotate, extra=4)

    def _with_queue(self, do: QueueWork, extra: int = 0) -> bool:
        """Send messages that nobody needs, then do something to the queue of permits."""
        broker = make_broker(self.service.stack.environment["SPT_BROKER_URL"])
        try:
            for number in range(extra):
                actor = ("cut", "execute")[number % 2]
                broker.enqueue(message(actor, EXECUTE_QUEUE, "0" * 32))
            do(broker.client, f"{broker.namespace}:{EXECUTE_QUEUE}")
        except (redis.RedisError, DramatiqError, OSError):
            return False
        finally:
            with suppress(redis.RedisError, OSError):
                broker.close()
        return True

    def _signal(self, fault: Fault, number: signal.Signals) -> int | None:
        victims = list(self._victims(fault.victim))
        if not victims:
            return None
        pid = victims[fault.pick % len(victims)]
        return pid if _send(pid, number) else None

    def _victims(self, victim: str) -> Iterator[int]:
        if victim == "child":
            yield from sorted(self.service.children())
            return
        names = [victim]
        if victim == "execute":
            names = [f"execute-{number}" for number in range(1, _EXECUTE_WORKERS + 1)]
        processes = self.service.stack.processes
        yield from (processes[name] for name in names if is_alive(processes[name]))


def _send(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _hold_lock(path: Path, seconds: float) -> None:
    with closing(sqlite3.connect(path, timeout=15, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            # Locked by others for all that time: as bad for them as by us.
            return
        time.sleep(seconds)
        connection.execute("ROLLBACK")
