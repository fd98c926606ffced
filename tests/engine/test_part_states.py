"""The states of parts, driven at random through the real store, against their one table."""

import asyncio
import uuid
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from sptjobs.engine import transitions
from sptjobs.engine.beats import Key, beat
from sptjobs.engine.claims import MAX_LOSSES, MAX_STRIKES, Claim, claim, condemn, give_back
from sptjobs.execution.child.orders import Finished, PlannedPart
from sptjobs.execution.finishing import finish
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import connect, now
from sptjobs.store.jobs import insert_job
from sptjobs.store.migration import upgrade
from sptjobs.store.schema import job, pack, part
from sptjobs.uws.jobs import ErrorSummary
from sptjobs.uws.parts import OPEN, PART_TRANSITIONS, PartState
from sptjobs.uws.phases import FINAL, RUNNABLE, ExecutionPhase
from tests.support.scale import examples

T = TypeVar("T")
JOBS = 2
BLAMES = ("nobody", "child", "worker")
ANY = st.integers(0, 1_000)
"""Chooses one of what there is, whatever number of them."""


@dataclass(frozen=True)
class PartRow:
    """What the store says of a part."""

    state: PartState
    attempt: int
    strikes: int
    losses: int
    condemned: str | None


@dataclass(frozen=True)
class JobRow:
    """What the store says of a job."""

    phase: ExecutionPhase
    parts_total: int
    parts_left: int
    packs: int


@dataclass(frozen=True)
class Picture:
    """All that the store says at one time."""

    jobs: Mapping[str, JobRow]
    parts: Mapping[tuple[str, int], PartRow]

    def runs(self, key: Key) -> bool:
        """Whether the part still runs by this attempt."""
        row = self.parts.get(key[:2])
        return row is not None and (row.state, row.attempt) == (PartState.RUNNING, key[2])

    def holds(self, key: Key) -> bool:
        """Whether it does so for a job that goes on."""
        return self.runs(key) and self.jobs[key[0]].phase is ExecutionPhase.EXECUTING

    def ready(self) -> set[tuple[str, int]]:
        """Parts that a worker may take."""
        return {
            key
            for key, row in self.parts.items()
            if row.state is PartState.READY and self.jobs[key[0]].phase in RUNNABLE
        }


def one_of(found: Sequence[T], which: int) -> T:
    return found[which % len(found)]


class Parts(RuleBasedStateMachine):
    """Workers, clients and sweeps at the parts of two jobs, in any order, with stale claims."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stack = AsyncExitStack()
        self.claims: list[Claim] = []
        self.before = Picture({}, {})

    def run(self, step: Awaitable[T]) -> T:
        async def wait() -> T:
            return await step

        return self.runner.run(wait())

    @initialize()
    def begin(self) -> None:
        self.database = self.run(self.stack.enter_async_context(connect(self.url)))
        self.run(self.forget_others())
        self.job_ids = [self.run(self.queued()) for _ in range(JOBS)]

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()

    @rule(count=st.integers(1, 3))
    def claim(self, count: int) -> None:
        for _ in range(count):
            self.take(reserved=False)

    @rule()
    def look_from_the_reserved_slot(self) -> None:
        self.take(reserved=True)

    @precondition(lambda self: self.live())
    @rule(which=ANY, planned=st.integers(0, 4))
    def finish(self, which: int, planned: int) -> None:
        self.end(one_of(self.live(), which), planned)

    @precondition(lambda self: self.live())
    @rule()
    def finish_everything(self) -> None:
        for taken in self.live():
            self.end(taken, 1)

    @precondition(lambda self: self.live())
    @rule(which=ANY, times=st.integers(1, 4), blame=st.sampled_from(BLAMES))
    def lose(self, which: int, times: int, blame: Any) -> None:
        """Lose a part so often; those who lost it end it too late."""
        lost = one_of(self.live(), which)
        for _ in range(times):
            self.give(lost, blame)
            again = self.retake(lost)
            self.end(lost, 1)
            if again is None:
                return
            lost = again

    @precondition(lambda self: self.stale())
    @rule(which=ANY, blame=st.sampled_from(BLAMES))
    def give_back_what_was_lost(self, which: int, blame: Any) -> None:
        self.give(one_of(self.stale(), which), blame)

    @precondition(lambda self: self.claims)
    @rule(which=ANY)
    def condemn(self, which: int) -> None:
        error = ErrorSummary("Error", "would end in the same way")
        self.run(condemn(self.database, one_of(self.claims, which).key, error))

    @precondition(lambda self: self.claims)
    @rule()
    def beat(self) -> None:
        keys = {taken.key: 1 for taken in self.claims}
        lost = self.run(beat(self.database, keys))
        assert lost == {key for key in keys if not self.before.holds(key)}

    @rule(which=ANY, how=st.sampled_from(("", "", "abort", "archive", "hold")))
    def command(self, which: int, how: str) -> None:
        job_id = one_of(self.job_ids, which)
        if how == "abort":
            self.run(self.change("abort", job_id, "by request"))
        elif how == "archive":
            self.run(self.change("archive", job_id))
        elif how == "hold":
            self.run(self.change("advance", job_id, ExecutionPhase.HELD))
            self.run(self.change("queue", job_id))

    def live(self) -> list[Claim]:
        """Claims whose part still runs by their attempt."""
        return [taken for taken in self.claims if self.before.holds(taken.key)]

    def stale(self) -> list[Claim]:
        return [taken for taken in self.claims if not self.before.holds(taken.key)]

    def take(self, *, reserved: bool) -> None:
        ready = self.before.ready()
        taken = self.run(claim(self.database, "w", reserved=reserved))
        # The jobs are large ones: nothing is ready for the reserved slot.
        assert (taken is None) == (reserved or not ready)
        if taken is not None:
            assert taken.key[:2] in ready
            assert taken.number == min(n for job_id, n in ready if job_id == taken.job_id)
            self.claims.append(taken)
        self.check()

    def retake(self, lost: Claim) -> Claim | None:
        """Take parts until the lost one is among them, if it still can be."""
        while self.before.ready():
            self.take(reserved=False)
            if self.claims[-1].key[:2] == lost.key[:2]:
                return self.claims[-1]
        return None

    def end(self, taken: Claim, planned: int) -> None:
        listed = tuple(PlannedPart(n, 1, 1.0) for n in range(1, planned + 1))
        report = Finished(1, {"ok": 1}, 1, 10, () if taken.number else listed)
        folder = f"{taken.job_id}/{taken.number}-{taken.attempt}-{uuid.uuid4().hex[:8]}"
        done = self.run(finish(self.database, taken, folder, report, "1-a"))
        assert done == self.before.holds(taken.key)
        self.check()

    def give(self, taken: Claim, blame: Any) -> None:
        old = self.before.parts.get(taken.key[:2])
        given = self.run(give_back(self.database, taken.key, "lost", blame=blame))
        assert given == self.before.runs(taken.key)
        self.check()
        if given:
            assert old is not None
            counted = self.before.parts[taken.key[:2]]
            assert counted.strikes == old.strikes + (blame == "child")
            assert counted.losses == old.losses + (blame == "worker")

    @invariant()
    def check(self) -> None:
        """Compare what the store says with what it said before: every part goes by the table."""
        after = self.run(self.look())
        for key, old in self.before.parts.items():
            new = after.parts.get(key)
            if new is None:
                assert after.jobs[key[0]].phase is ExecutionPhase.ARCHIVED
            else:
                self.check_step(old, new)
        for key in after.parts.keys() - self.before.parts.keys():
            assert after.parts[key] == PartRow(PartState.READY, 0, 0, 0, None)
        for job_id, row in after.jobs.items():
            self.check_job(row, [one for key, one in after.parts.items() if key[0] == job_id])
        self.before = after

    def check_step(self, old: PartRow, new: PartRow) -> None:
        assert new.state is old.state or new.state in PART_TRANSITIONS[old.state]
        taken = (old.state, new.state) == (PartState.READY, PartState.RUNNING)
        assert new.attempt == old.attempt + taken
        if old.state not in OPEN:
            assert new == old
        if new.strikes >= MAX_STRIKES or new.losses >= MAX_LOSSES:
            assert new.condemned is not None

    def check_job(self, row: JobRow, rows: list[PartRow]) -> None:
        states = [one.state for one in rows]
        if row.phase is not ExecutionPhase.ARCHIVED:
            assert len(states) == row.parts_total
            assert states.count(PartState.DONE) == row.packs
            assert row.parts_left == row.parts_total - row.packs
        if row.phase in FINAL:
            assert OPEN.isdisjoint(states)
        if row.phase is ExecutionPhase.COMPLETED:
            assert set(states) == {PartState.DONE}
        if row.phase is ExecutionPhase.EXECUTING:
            assert not OPEN.isdisjoint(states), "nobody would ever end it"

    async def change(self, name: str, job_id: str, *arguments: Any) -> None:
        async with self.database.write() as connection:
            await getattr(transitions, name)(connection, job_id, *arguments)

    async def forget_others(self) -> None:
        async with self.database.write() as connection:
            await connection.execute(sa.delete(job))

    async def queued(self) -> str:
        job_id = uuid.uuid4().hex
        async with self.database.write() as connection:
            owner = await upsert_account(connection, issuer="i", subject="s", name="n", groups=())
            values = {"job_id": job_id, "owner_id": owner.account_id, "phase": "PENDING"}
            values |= {"lane": "shared", "parameters": "[]", "request": "{}"}
            times = {"created": await now(connection), "execution_duration": 60}
            await insert_job(connection, {**values, **times})
            assert await transitions.queue(connection, job_id)
        return job_id

    async def look(self) -> Picture:
        packs = sa.select(sa.func.count()).where(pack.c.job_id == job.c.job_id).scalar_subquery()
        jobs = sa.select(job.c.job_id, job.c.phase, job.c.parts_total, job.c.parts_left, packs)
        columns = (part.c.state, part.c.attempt, part.c.strikes, part.c.losses, part.c.condemned)
        async with self.database.read() as connection:
            return Picture(
                {
                    job_id: JobRow(ExecutionPhase(phase), *counts)
                    for job_id, phase, *counts in await connection.execute(jobs)
                },
                {
                    (job_id, number): PartRow(PartState(state), *others)
                    for job_id, number, state, *others in await connection.execute(
                        sa.select(part.c.job_id, part.c.number, *columns)
                    )
                },
            )


@pytest.mark.parametrize("blame", BLAMES)
def test_a_death_is_counted_against_the_part_that_it_struck_and_no_other(
    empty_database_url: str, blame: str
) -> None:
    asyncio.run(upgrade(empty_database_url))
    machine = type("PartsHere", (Parts,), {"url": empty_database_url})()
    try:
        machine.begin()
        machine.check()
        machine.claim(JOBS)
        machine.lose(0, MAX_STRIKES, blame)
        counts = sorted((one.strikes, one.losses) for one in machine.before.parts.values())
    finally:
        machine.teardown()
    struck = {"child": (MAX_STRIKES, 0), "worker": (0, MAX_STRIKES), "nobody": (0, 0)}
    assert counts == [(0, 0)] * (JOBS - 1) + [struck[blame]]


def test_no_order_of_what_workers_and_clients_do_leaves_the_table_of_parts(
    empty_database_url: str,
) -> None:
    asyncio.run(upgrade(empty_database_url))
    machine = type("PartsHere", (Parts,), {"url": empty_database_url})
    # Without shrinking: each step is several transactions.
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    counts = settings(max_examples=examples(6), stateful_step_count=12, phases=phases)
    run_state_machine_as_test(machine, settings=counts)
