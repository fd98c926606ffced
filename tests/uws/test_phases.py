from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sptjobs.uws.phases import (
    ACTIVE,
    FINAL,
    RUNNABLE,
    TRANSITIONS,
    ExecutionPhase,
    is_legal,
    sources,
)
from tests.support.scale import scaled

P = ExecutionPhase
phases = st.sampled_from(ExecutionPhase)


@given(phases, phases)
def test_the_sources_of_a_phase_are_those_the_table_leads_from(one: P, other: P) -> None:
    assert (one in sources(other)) == (other in TRANSITIONS[one]) == is_legal(one, other)


def test_the_table_has_every_phase_and_leads_to_known_phases_only() -> None:
    assert set(TRANSITIONS) == set(ExecutionPhase)
    assert set().union(*TRANSITIONS.values()) <= set(ExecutionPhase)


def test_nothing_leads_back_to_pending_nor_from_a_phase_to_itself() -> None:
    assert sources(P.PENDING) == frozenset()
    assert not any(is_legal(phase, phase) for phase in P)


def test_archived_follows_final_phases_only_and_ends_everything() -> None:
    assert sources(P.ARCHIVED) == FINAL - {P.ARCHIVED}
    assert TRANSITIONS[P.ARCHIVED] == frozenset()


def test_final_phases_lead_to_archived_only() -> None:
    for phase in FINAL:
        assert TRANSITIONS[phase] <= {P.ARCHIVED}


def test_work_is_done_and_clients_wait_only_before_a_final_phase() -> None:
    assert not (ACTIVE | RUNNABLE) & FINAL
    assert RUNNABLE < ACTIVE


def test_a_job_can_be_aborted_and_can_fail_any_time_before_it_is_completed() -> None:
    living = set(ExecutionPhase) - FINAL - {P.UNKNOWN}
    assert sources(P.ABORTED) == sources(P.ERROR) == living


class JobLife(RuleBasedStateMachine):
    """A job row as the store changes it: conditionally on the sources of the target."""

    @initialize()
    def make(self) -> None:
        self.phase = P.PENDING
        self.history = [P.PENDING]

    def change(self, target: P) -> bool:
        if self.phase not in sources(target):
            return False
        self.phase = target
        self.history.append(target)
        return True

    @rule()
    def run(self) -> None:
        before = self.phase
        assert self.change(P.QUEUED) == (before in {P.PENDING, P.HELD})

    @rule()
    def abort(self) -> None:
        before = self.phase
        assert self.change(P.ABORTED) == (before not in FINAL)

    @rule()
    def a_worker_starts(self) -> None:
        self.change(P.EXECUTING)

    @rule()
    def a_late_worker_finishes(self) -> None:
        before = self.phase
        assert self.change(P.COMPLETED) == (before is P.EXECUTING)

    @rule(target_phase=phases)
    def anyone_tries_anything(self, target_phase: P) -> None:
        self.change(target_phase)

    @precondition(lambda self: self.phase in FINAL)
    @rule(target_phase=phases)
    def a_final_phase_absorbs(self, target_phase: P) -> None:
        before = self.phase
        assert self.change(target_phase) == (
            target_phase is P.ARCHIVED and before is not P.ARCHIVED
        )

    @invariant()
    def every_step_is_in_the_table(self) -> None:
        assert all(is_legal(a, b) for a, b in zip(self.history, self.history[1:], strict=False))

    @invariant()
    def there_is_at_most_one_end(self) -> None:
        ends = [phase for phase in self.history if phase in FINAL and phase is not P.ARCHIVED]
        assert len(ends) <= 1


JobLife.TestCase.settings = settings(max_examples=scaled(60), stateful_step_count=20)
TestNoSequenceOfCommandsLeavesTheTable = JobLife.TestCase
