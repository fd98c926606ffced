"""The worker process: ``sptjobs worker --role control|execute``.

One ``dramatiq.Worker`` in one process. Dramatiq's own command forks, and ends
all its processes when one dies; ours is restarted by its supervisor.
"""

import asyncio
import logging
import os
import signal
import socket
import uuid
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import dramatiq
from dramatiq.asyncio import EventLoopThread, get_event_loop_thread, set_event_loop_thread
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, Middleware, MiddlewareError

from sptjobs.background.garbage import collect_seldom
from sptjobs.background.repeating import Background
from sptjobs.broker.control_results import control_results
from sptjobs.broker.queues import CONTROL_QUEUE, EXECUTE_QUEUE, Role, make_broker
from sptjobs.broker.slot_board import CONTROL_KEY, SlotBoard
from sptjobs.control.message_sender import delivering
from sptjobs.control.orphans import sweeping_orphans
from sptjobs.control.purge import purging
from sptjobs.control.sweep import checkpointing, sweeping
from sptjobs.engine.engine import Engine, open_engine
from sptjobs.engine.workload import measured, read_backlog
from sptjobs.execution.executor import Executor, open_executor
from sptjobs.maps.site import declare_site
from sptjobs.metrics.measures import MeasuredBacklog
from sptjobs.metrics.occupancy import Occupancy
from sptjobs.metrics.serving import registered, served
from sptjobs.settings import Settings, SettingsError
from sptjobs.store.schema_revision import SchemaError
from sptjobs.uws.errors import UnavailableError
from sptjobs.worker.actors import register_control, register_execute

_log = logging.getLogger(__name__)

_IDLE_MS = 250
"""How long an idle consumer waits, unless a message wakes it."""

_STOP_MS = 30_000
_HEARTBEAT_S = 1.0
_CONTROL_THREADS = 4


class BootError(MiddlewareError):
    """The worker cannot start; the message says why."""


class EventLoop(AsyncIO):
    """Dramatiq's event loop for actors, which waits for its thread however long that takes.

    Dramatiq's own gives up after a second and goes on without one.
    """

    def before_worker_boot(self, _broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """Start the loop."""
        thread = EventLoopThread(self.logger)
        thread.start()
        set_event_loop_thread(thread)


class LastWords(Middleware):
    """Leaves in a message that is given up why, for operators."""

    def before_nack(self, broker: dramatiq.Broker, message: dramatiq.MessageProxy) -> None:
        """Write the exception into the message before it goes to the dead letters."""
        error = message._exception  # noqa: SLF001 - Dramatiq's middleware reads it there too
        if error is None:
            return
        assert isinstance(broker, RedisBroker)
        failed = message.copy(options={"traceback": f"{type(error).__name__}: {error}"})
        key = f"{broker.namespace}:{message.queue_name}.msgs"
        broker.client.hset(key, message.options["redis_message_id"], failed.encode())


class StopSignal:
    """SIGTERM or SIGINT, heard whichever thread the kernel hands it to.

    A main thread that waits on a lock does not hear a signal that came to another
    thread, or just before it began to wait.
    """

    def __init__(self) -> None:
        self._reading, self._writing = socket.socketpair()
        self._writing.setblocking(False)
        signal.set_wakeup_fd(self._writing.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: None)

    def wait(self) -> None:
        """Block until one of them came since this object was made."""
        self._reading.recv(1)


class EngineRoom(Middleware):
    """Opens what actors work on before the worker consumes, and closes it after.

    Added after ``EventLoop``, so that it is closed before the event loop stops.
    """

    def __init__(self, settings: Settings, role: Role) -> None:
        self._settings = settings
        self._role = role
        self._stack = AsyncExitStack()
        self._engine: Engine | None = None
        self._executor: Executor | None = None

    def engine(self) -> Engine:
        """Give the engine of this process."""
        assert self._engine is not None, "the worker has not booted"
        return self._engine

    def executor(self) -> Executor:
        """Give the executor of this process."""
        assert self._executor is not None, "the worker has not booted"
        return self._executor

    def drain(self) -> None:
        """Take no more parts and give back what runs; blocks."""
        if self._executor is not None:
            _run(self._executor.drain())

    def before_worker_boot(self, broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """Open engine and executor on the event loop of the actors."""
        try:
            _run(self._open(broker))
        except (SchemaError, SettingsError, UnavailableError) as error:
            raise BootError(str(error)) from error
        except Exception as error:
            # Dramatiq logs and forgets any other exception that is raised here, and
            # would go on with a worker that can do nothing.
            _log.exception("worker cannot boot")
            raise BootError(repr(error)) from error

    def after_worker_shutdown(self, _broker: dramatiq.Broker, _worker: dramatiq.Worker) -> None:
        """Close them while the event loop still runs."""
        _run(self._close())

    async def _open(self, broker: dramatiq.Broker) -> None:
        assert isinstance(broker, RedisBroker)
        declare_site(self._settings.archive)
        engine = await self._stack.enter_async_context(open_engine(self._settings, broker))
        self._engine = engine
        loop = asyncio.get_running_loop()
        self._stack.enter_context(registered(measured(engine, loop)))
        name = f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        if self._role == "execute":
            self._executor = await self._stack.enter_async_context(open_executor(engine, name))
            self._stack.enter_context(registered(Occupancy(self._executor.states)))
        else:
            self._stack.enter_context(
                registered(MeasuredBacklog(lambda: read_backlog(engine), loop))
            )
            for opened in (sweeping, checkpointing, sweeping_orphans, purging, delivering):
                await self._stack.enter_async_context(opened(engine))
            await self._stack.enter_async_context(announced(engine, name))
        # From a thread of its own, which asks this loop: closing it waits for neither.
        self._stack.enter_context(served(self._settings))
        if self._settings.heartbeat is not None:
            await self._stack.enter_async_context(
                heartbeat(engine.background, self._settings.heartbeat)
            )

    async def _close(self) -> None:
        await self._stack.aclose()


@asynccontextmanager
async def announced(engine: Engine, name: str) -> AsyncIterator[None]:
    """Say once a second that a control worker is there, for operators."""
    board = SlotBoard(engine.wakeups.broker.client, CONTROL_KEY)

    async def announce() -> None:
        await board.keep(name, 1)

    repeating = engine.background.repeating
    async with repeating("announcement", announce, _HEARTBEAT_S):
        yield


@asynccontextmanager
async def heartbeat(background: Background, file: Path) -> AsyncIterator[None]:
    """Touch a file once a second while everything that the process repeats does so in time.

    Its age tells whether the event loop turns, and whether beat and sweep ran lately.
    """

    async def touch() -> None:
        if stalled := background.stalled():
            raise UnavailableError(f"no heartbeat: {', '.join(stalled)} did not run lately")
        await asyncio.to_thread(file.touch)

    async with background.repeating("heartbeat", touch, _HEARTBEAT_S):
        yield


def run_worker(settings: Settings, role: Role) -> int:
    """Work until SIGTERM or SIGINT, then drain; return the exit code."""
    room = EngineRoom(settings, role)
    broker = make_broker(settings.broker_url, [EventLoop(), CurrentMessage(), LastWords(), room])
    if role == "execute":
        register_execute(broker, room.executor)
        queue_name, threads = EXECUTE_QUEUE, settings.slots + 1
    else:
        broker.add_middleware(control_results(broker))
        register_control(broker, room.engine)
        queue_name, threads = CONTROL_QUEUE, _CONTROL_THREADS
    worker = dramatiq.Worker(
        broker, queues={queue_name}, worker_threads=threads, worker_timeout=_IDLE_MS
    )
    # A permit that waits in one process while another idles would wake nobody.
    worker.queue_prefetch = threads
    stop = StopSignal()
    try:
        worker.start()
    except BootError as error:
        _log.critical("%s worker cannot start: %s", role, error)
        # The event loop's thread would keep the process from ending.
        broker.emit_after("worker_shutdown", worker)
        return 1
    collect_seldom()
    _log.info("%s worker ready", role)
    stop.wait()
    _log.info("%s worker drains", role)
    room.drain()
    worker.stop(timeout=_STOP_MS)
    broker.close()
    return 0


def _run(coroutine: Coroutine[Any, Any, None]) -> None:
    thread = get_event_loop_thread()
    assert thread is not None, "EventLoop comes before this middleware"
    thread.run_coroutine(coroutine)
