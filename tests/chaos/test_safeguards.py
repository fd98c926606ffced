"""Each safeguard of the engine is needed: without it, a short storm finds what breaks.

The storm, the stack and the invariant are those of ``test_chaos``; the safeguard is
taken away inside of the running workers and API servers, see ``inside/mutations.py``.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest

from tests.chaos.schedule import Fault
from tests.chaos.sites import PART_COST_S, SLOTS, WORKERS
from tests.chaos.storm import TIMEOUT_S, Theatre, Weather, clear, weather_a_storm
from tests.chaos.users import Habits
from tests.support.processes import all_gone, wait_until

on_postgresql = pytest.mark.parametrize("theatre", ["server"], indirect=True)
"""On SQLite the job-row lock is the transaction itself; one stack shows the others as well."""

_LONG = Habits(first=1, pace_s=None, sizes=(45,), asks=(("projection", "TAN"), ("order", "exact")))
_HALF_AS_LONG = replace(_LONG, sizes=(25,))


@dataclass(frozen=True)
class Proof:
    """A storm that a stack survives with a safeguard, and does not without it.

    Attributes
    ----------
    finding
        What the storm then finds: one of these, by what comes first.
    part_cost_s
        Estimated seconds that parts are planned to take.
    timeout_s
        Seconds for which the stack without the safeguard is waited for, less than
        for ever where it would never settle.
    rounds
        How often the storm may be needed: on a busy machine a fault may miss its victim,
        or a job take longer than it is waited for.
    """

    safeguard: str
    finding: str
    faults: tuple[Fault, ...]
    weather: Weather
    part_cost_s: str = "60"
    timeout_s: float = TIMEOUT_S
    rounds: int = 4

    def is_found(self, error: str) -> bool:
        """Whether a storm ended by what the safeguard keeps from happening."""
        return any(finding in error for finding in self.finding.split("|"))


PROOFS = (
    # Children that stand still for longer than the dead time, of workers that are well.
    Proof(
        "beat",
        "did not beat",
        tuple(Fault(0.1, "stop", "busy child", pick, 5.0) for pick in range(2)),
        Weather(_HALF_AS_LONG, users=1),
        timeout_s=8,
    ),
    # A worker that stands still, while its child does not, and finishes what it lost.
    Proof(
        "attempt fence",
        "of another attempt|no fault explains|missing pack",
        (Fault(0.1, "stop", "busy", 0, 5.5),),
        Weather(_LONG, users=1),
    ),
    # A worker that dies with a part.
    Proof(
        "reconciler",
        "jobs not final",
        (Fault(0.1, "kill", "busy", 0, 0.0),),
        Weather(_HALF_AS_LONG, users=1),
        timeout_s=8,
    ),
    # Aborts while parts that finish have to wait between their own row and their job's.
    Proof(
        "job-row lock",
        "deadlock detected|stolen from a healthy worker",
        (Fault(0.1, "lock", "packs", 0, 4.0), Fault(6.0, "duplicate", "messages", 0, 0.5)),
        Weather(Habits(first=2, pace_s=1.0, sizes=(20,), hurried=True)),
        part_cost_s=PART_COST_S,
        rounds=8,
    ),
    # A child that dies while it writes.
    Proof(
        "publication by pointer",
        # What stands where no attempt writes is nobody's: the sweep leaves it to an operator.
        "no fault explains|failed for no reason|left over",
        tuple(Fault(0.1, "kill", "busy child", pick, 0.0) for pick in range(2)),
        Weather(_HALF_AS_LONG, users=1),
    ),
)
each_proof = pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.safeguard)


@on_postgresql
@each_proof
def test_a_storm_passes_with_every_safeguard(theatre: Theatre, proof: Proof) -> None:
    theatre.site.write("part_cost_s", proof.part_cost_s)
    weather_a_storm(theatre, proof.faults, 1, proof.weather)
    clear(theatre)


@on_postgresql
@each_proof
def test_the_same_storm_fails_without_a_safeguard(theatre: Theatre, proof: Proof) -> None:
    theatre.site.write("part_cost_s", proof.part_cost_s)
    weather = replace(proof.weather, timeout_s=proof.timeout_s)
    found: list[str] = []
    with without(theatre, proof.safeguard):
        for seed in range(proof.rounds):
            try:
                weather_a_storm(theatre, proof.faults, seed, weather)
            except (AssertionError, pytest.fail.Exception) as error:
                found.append(str(error))
                if proof.is_found(found[-1]):
                    break
    clear(theatre)
    assert any(map(proof.is_found, found)), [each[:2000] for each in found]


@contextmanager
def without(theatre: Theatre, safeguard: str) -> Iterator[None]:
    """Take a safeguard away from every process, and give it back."""
    site = theatre.site
    site.write("release", "")
    site.write("mutation", safeguard)
    start_again(theatre)
    try:
        yield
    finally:
        site.write("mutation", "")
        site.write("part_cost_s", PART_COST_S)
        start_again(theatre)


def start_again(theatre: Theatre) -> None:
    """Have every worker and the API server started again, and wait for them."""
    site = theatre.site
    before = [pid for name in ("execute", "control", "api") for pid in site.pids(name)]
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until("the old processes are gone", lambda: all_gone(before), 30)
    children = WORKERS * (SLOTS + 1)
    wait_until("the workers are warm", lambda: len(site.pids("child")) >= children, 120)
    wait_until("the service is ready", theatre.is_ready, 120)
