"""Consumers hear of messages: soon, without asking all the time, and in the end without hearing."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import dramatiq
import pytest
from dramatiq.brokers.redis import RedisBroker

from sptjobs.broker.arrivals import Arrivals
from sptjobs.broker.queues import make_broker, message
from tests.support.processes import wait_until

_SOON_S = 5
_LONG_MS = 20_000


class Handled:
    """What an actor of a queue of its own got."""

    def __init__(self) -> None:
        self.queue = f"arrivals-{uuid.uuid4().hex}"
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)

    def has(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.texts) >= count


@contextmanager
def consuming(url: str, handled: Handled, timeout_ms: int) -> Iterator[RedisBroker]:
    """A worker of one thread that takes one message at a time, idle when this begins."""
    broker = make_broker(url)
    declare = dramatiq.actor(actor_name="note", queue_name=handled.queue, broker=broker)
    declare(handled.note)
    worker = dramatiq.Worker(
        broker, queues={handled.queue}, worker_threads=1, worker_timeout=timeout_ms
    )
    worker.queue_prefetch = 1
    worker.start()
    sender = make_broker(url)
    try:
        sender.enqueue(message("note", handled.queue, "first"))
        wait_until("the first is handled", handled.has(1), _SOON_S)
        # What was heard until then is over.
        time.sleep(0.5)
        yield sender
    finally:
        # Its threads end as soon as they have waited.
        broker.close()
        worker.stop(timeout=1)


def test_an_idle_consumer_takes_a_message_at_once_however_long_it_may_wait(broker_url: str) -> None:
    handled = Handled()
    with consuming(broker_url, handled, _LONG_MS) as sender:
        for count in range(2, 6):
            sender.enqueue(message("note", handled.queue, "more"))
            wait_until("it is handled", handled.has(count), _SOON_S)


def test_what_waits_behind_a_busy_consumer_is_taken_as_soon_as_it_has_room(broker_url: str) -> None:
    handled = Handled()
    with consuming(broker_url, handled, _LONG_MS) as sender:
        for _ in range(50):
            sender.enqueue(message("note", handled.queue, "more"))
        wait_until("all are handled", handled.has(51), _SOON_S)


def test_a_message_of_which_nobody_tells_is_found_after_the_timeout(broker_url: str) -> None:
    handled = Handled()
    with consuming(broker_url, handled, 200):
        silent = RedisBroker(url=broker_url)  # type: ignore[no-untyped-call]
        silent.enqueue(message("note", handled.queue, "more"))
        wait_until("it is handled", handled.has(2), _SOON_S)


def test_a_subscription_that_was_cut_is_made_again_and_misses_nothing(broker_url: str) -> None:
    handled = Handled()
    with consuming(broker_url, handled, _LONG_MS) as sender:
        assert sender.client.client_kill_filter(_type="pubsub") > 0
        # By nobody heard, unless the new subscription looks.
        sender.enqueue(message("note", handled.queue, "more"))
        wait_until("it is handled", handled.has(2), _SOON_S)


def test_an_idle_worker_asks_the_broker_a_few_times_a_second(broker_url: str) -> None:
    handled = Handled()
    with consuming(broker_url, handled, 250) as sender:
        before = _commands(sender)
        time.sleep(2)
        assert _commands(sender) - before < 40


@pytest.mark.parametrize("is_there", [True, False], ids=["silent", "gone"])
def test_a_broker_that_does_not_respond_keeps_no_process_from_its_end(is_there: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        if not is_there:
            silent.close()
        arrivals = Arrivals(url)
        time.sleep(0.2)
        begun = time.monotonic()
        arrivals.close()
        assert time.monotonic() - begun < _SOON_S


def test_who_waits_is_woken_at_the_end(broker_url: str) -> None:
    arrivals = Arrivals(broker_url)
    waiting = threading.Thread(target=arrivals.of("any").wait)
    waiting.start()
    arrivals.close()
    waiting.join(_SOON_S)
    assert not waiting.is_alive()


def _commands(broker: RedisBroker) -> int:
    return int(broker.client.info("commandstats")["cmdstat_evalsha"]["calls"])
