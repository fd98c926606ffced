"""Working parts off: the slots of one execute worker.

A permit occupies a slot, claims the fairest part, and goes on until none is
ready or the worker drains.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from sptjobs.broker.pace_board import PaceBoard, usable_cores
from sptjobs.broker.slot_board import SlotBoard
from sptjobs.engine.beats import Key, beat
from sptjobs.engine.claims import Claim, claim, condemn, give_back, may_claim
from sptjobs.engine.engine import Engine
from sptjobs.execution.child.child_process import Child, ChildDiedError, ChildStartError
from sptjobs.execution.child.orders import ChildOrder, Failed, Finished
from sptjobs.execution.finishing import finish
from sptjobs.execution.ordering import make_order, without_map
from sptjobs.execution.slots import Slot
from sptjobs.metrics.part_counts import DURATION, PARTS, STAMPS, STRIKES
from sptjobs.uws.errors import UnavailableError, UnknownJobError
from sptjobs.uws.jobs import ErrorSummary

_log = logging.getLogger(__name__)

_IDLE_TIMEOUT_S = 5.0
"""How long a draining worker lets its parts go on before it gives them back."""

_RETRY_S = 1.0

_LEARNT_S = 0.05
"""Parts that are estimated shorter say more about the machine than about the estimate."""

_STALL_COSTS = 30
"""A part may stand still for as many times its estimated cost; the setting is the least."""


@dataclass(slots=True)
class Running:
    """A part that is being cut: its child while that works on it, and its progress."""

    child: Child | None = None
    pairs_done: int = 0
    lost: bool = False

    def progressed(self, pairs: int) -> None:
        """Note the pairs that are done so far."""
        self.pairs_done = pairs


@dataclass(slots=True)
class Executor:
    """The slots of this process and what runs in them.

    Parameters
    ----------
    worker
        Name of this process, unique among all.
    """

    engine: Engine
    worker: str
    slots: list[Slot] = field(init=False)
    running: dict[Key, Running] = field(default_factory=dict)
    draining: bool = False
    ratios: list[float] = field(default_factory=list)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        shared = [Slot(f"shared-{n}", reserved=False) for n in range(self.engine.settings.slots)]
        self.slots = [*shared, Slot("reserved", reserved=True)]

    async def work(self) -> None:
        """Use a permit: work parts off until none is ready, if a slot is free."""
        slot = self._free_slot()
        if slot is None or self.draining:
            return
        slot.busy = True
        try:
            taken = await self._claim(slot)
            while taken is not None:
                await self._run(slot, taken)
                taken = await self._next_claim(slot)
        finally:
            slot.busy = False
        if not self.draining:
            # The child of an aborted part was killed: the next job must not wait for another.
            with suppress(ChildStartError):
                await self._child(slot)

    async def drain(self) -> None:
        """Take no more parts; give back those that do not end soon, without blame."""
        self.draining = True
        if self.running:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.idle.wait(), _IDLE_TIMEOUT_S)
        for key, running in list(self.running.items()):
            running.lost = True
            with suppress(UnavailableError):
                await give_back(self.engine.database, key, "its worker drains", blame="nobody")
                self.engine.wakeups.ready(key[0], 1)
            if running.child is not None:
                running.child.kill()

    async def beat_once(self) -> None:
        """Beat for what runs here, and kill what is not ours any more."""
        progress = {key: running.pairs_done for key, running in self.running.items()}
        for key in await beat(self.engine.database, progress):
            running = self.running.get(key)
            if running is not None:
                running.lost = True
                if running.child is not None:
                    running.child.kill()

    def states(self) -> list[str]:
        """List what the child of each slot does."""
        return [slot.state for slot in self.slots]

    async def warm_up(self) -> None:
        """Start a child in every slot, so that the first job need not wait for one."""
        await asyncio.gather(*map(self._child, self.slots), return_exceptions=True)

    async def close(self) -> None:
        """End every child; what still runs is nobody's fault."""
        self.draining = True
        for running in self.running.values():
            running.lost = True
        await asyncio.gather(*(slot.clear() for slot in self.slots))

    def _free_slot(self) -> Slot | None:
        """Choose a slot that is free: a shared one first, and one whose child is warm."""
        free = [slot for slot in self.slots if not slot.busy]
        return min(free, key=lambda slot: (slot.reserved, slot.child is None), default=None)

    async def _claim(self, slot: Slot) -> Claim | None:
        if self.draining:
            return None
        try:
            return await claim(self.engine.database, self.worker, reserved=slot.reserved)
        except UnavailableError as error:
            _log.warning("no part claimed, the sweep will send another permit: %s", error)
            return None

    async def _next_claim(self, slot: Slot) -> Claim | None:
        """Claim another part, where one is ready: after a small job there is mostly none."""
        try:
            ready = await may_claim(self.engine.database, reserved=slot.reserved)
        except UnavailableError:
            ready = True  # claiming says what is wrong
        return await self._claim(slot) if ready else None

    async def _run(self, slot: Slot, taken: Claim) -> None:
        """Carry a claimed part through to its end, whichever that is."""
        if self.draining:
            await self._postpone(taken, "its worker drains")
            return
        running = self.running[taken.key] = Running()
        self.idle.clear()
        begun = time.monotonic()
        try:
            if taken.number == 0:
                self.engine.wakeups.changed(taken.job_id)
            if await self._cut(slot, taken, running):
                self._measured(taken, time.monotonic() - begun)
        except ChildDiedError as error:
            await self._child_died(slot, taken, running, str(error))
        except UnknownJobError as error:
            _log.info("part %s is no longer ours: %s", taken.number, error)
            PARTS.labels("lost").inc()
        except (UnavailableError, ChildStartError) as error:
            _log.warning("part %s of job %s postponed: %s", taken.number, taken.job_id, error)
            await self._postpone(taken, str(error))
        finally:
            del self.running[taken.key]
            if not self.running:
                self.idle.set()
            if not self.draining:
                await slot.recycle(self.engine.settings.child_memory_bytes)

    def _measured(self, taken: Claim, seconds: float) -> None:
        """Note what a part took, for operators and for the forecasts of other jobs."""
        DURATION.observe(seconds)
        if taken.number and taken.cost_s > _LEARNT_S and taken.condemned is None:
            self.ratios.append(seconds / taken.cost_s)

    async def _cut(self, slot: Slot, taken: Claim, running: Running) -> bool:
        """Have a part cut, and record what came of it; tell whether it was done."""
        order, snapshot = await make_order(self.engine, taken)
        report: Finished | Failed | None = None
        while report is None:
            child = running.child = await self._child(slot)
            if running.lost:
                PARTS.labels("lost").inc()
                return False
            try:
                timeout_s = self._stall_timeout_s(taken)
                report = await child.execute(order, running.progressed, timeout_s)
            except ChildDiedError as error:
                blamed = _blamed_map(taken, running, child)
                if blamed is None:
                    raise
                STRIKES.labels("child").inc()
                order = without_map(order, blamed, f"given up at this map: {error}")
                await slot.clear()
        # What the child does from now on is not this part's: whoever loses the part
        # while it is being recorded must not kill the child.
        running.child = None
        if isinstance(report, Finished):
            return await self._finished(taken, order, report, snapshot)
        await self._failed(taken, report)
        return False

    def _stall_timeout_s(self, taken: Claim) -> float:
        return max(self.engine.settings.stall_s, _STALL_COSTS * taken.cost_s)

    async def _finished(
        self, taken: Claim, order: ChildOrder, report: Finished, snapshot: str | None
    ) -> bool:
        folder = f"{taken.job_id}/{order.folder.rsplit('/', 1)[1]}"
        if not await finish(self.engine.database, taken, folder, report, snapshot):
            _log.info("part %s of job %s was no longer ours", taken.number, taken.job_id)
            PARTS.labels("lost").inc()
            return False
        PARTS.labels("done").inc()
        for status, count in report.outcomes.items():
            STAMPS.labels(status).inc(count)
        if report.parts:
            self.engine.wakeups.ready(taken.job_id, len(report.parts))
        self.engine.wakeups.changed(taken.job_id)
        return True

    async def _failed(self, taken: Claim, report: Failed) -> None:
        """End a part that its child says cannot be done."""
        if report.code == UnavailableError.code:
            await self._postpone(taken, report.message)
            return
        PARTS.labels("failed").inc()
        error = ErrorSummary(report.code, report.message)
        await condemn(self.engine.database, taken.key, error)
        self.engine.wakeups.changed(taken.job_id)

    async def _child_died(self, slot: Slot, taken: Claim, running: Running, reason: str) -> None:
        await slot.clear()
        PARTS.labels("lost" if running.lost else "child-died").inc()
        if running.lost:
            return
        STRIKES.labels("child").inc()
        with suppress(UnavailableError):
            await give_back(self.engine.database, taken.key, reason, blame="child")
            self.engine.wakeups.changed(taken.job_id)

    async def _postpone(self, taken: Claim, reason: str) -> None:
        """Give back, without blame, what cannot be done here and now; the sweep may too."""
        PARTS.labels("put-off").inc()
        if not self.draining:
            await asyncio.sleep(_RETRY_S)
        with suppress(UnavailableError):
            await give_back(self.engine.database, taken.key, reason, blame="nobody")

    async def _child(self, slot: Slot) -> Child:
        settings = self.engine.settings
        decoded = settings.decoded_maps, settings.decoded_maps_bytes
        return await slot.ready_child(settings.child_memory_bytes, decoded)


def _blamed_map(taken: Claim, running: Running, child: Child) -> str | None:
    """The map that a child's death is blamed on, so that the part goes on without it.

    None before the last try, since the machine may be to blame, and where the part is lost.
    """
    return child.at_map if taken.is_last_try and not running.lost else None


@asynccontextmanager
async def open_executor(engine: Engine, worker: str) -> AsyncIterator[Executor]:
    """Open an executor with its warm children, its beat and its announcements."""
    executor = Executor(engine, worker)
    client = engine.wakeups.broker.client
    board, pace, cores = SlotBoard(client), PaceBoard(client), usable_cores()

    async def announce() -> None:
        if not executor.draining:
            await board.keep(worker, len(executor.slots))
            await pace.keep(cores, executor.ratios)

    repeating, beat_s = engine.background.repeating, engine.settings.beat_s
    warming = asyncio.create_task(executor.warm_up(), name="warm-up")
    try:
        # Beside each other: a broker that hangs must not hold up the beats.
        async with (
            repeating("beat", executor.beat_once, beat_s),
            repeating("announcement of slots", announce, beat_s),
        ):
            yield executor
    finally:
        warming.cancel()
        await asyncio.gather(warming, return_exceptions=True)
        await executor.close()
