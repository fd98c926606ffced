"""The schedule of faults can be drawn again, and storms find the safeguards that they remove."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.schedule import (
    ALWAYS,
    LASTING_S,
    ON_A_SMALL_DISK,
    WITH_A_SERVER,
    WITH_CLOCKS,
    make_schedule,
)
from tests.chaos.test_chaos import EVERY_S, FAULTS, seeds

SEEDS = st.integers(0, 2**32)
COUNTS = st.integers(0, 60)


@given(SEEDS, COUNTS)
def test_the_same_seed_gives_the_same_schedule(seed: int, count: int) -> None:
    assert make_schedule(seed, count, 1.3, ALWAYS) == make_schedule(seed, count, 1.3, ALWAYS)


@given(SEEDS, COUNTS)
def test_a_schedule_has_its_faults_in_order_and_within_its_time(seed: int, count: int) -> None:
    faults = make_schedule(seed, count, 1.3, ALWAYS)
    times = [fault.at_s for fault in faults]
    assert times == sorted(times)
    assert len(times) == count
    assert all(0 <= at_s <= 1.3 * count for at_s in times)
    for fault in faults:
        least, most = LASTING_S.get(fault.kind, (0, 0))
        assert least <= fault.length_s <= most


@given(SEEDS)
def test_no_kind_of_fault_is_missing_from_a_pack_of_them(seed: int) -> None:
    faults = make_schedule(seed, sum(ALWAYS.values()), 1.3, ALWAYS)
    assert {(fault.kind, fault.victim) for fault in faults} == set(ALWAYS)


@pytest.mark.parametrize("more", [ON_A_SMALL_DISK, WITH_A_SERVER | WITH_CLOCKS | ON_A_SMALL_DISK])
def test_the_storms_of_every_run_draw_each_kind_of_fault(more: dict[tuple[str, str], int]) -> None:
    kinds = ALWAYS | more
    storms = [make_schedule(seed, FAULTS, EVERY_S, kinds) for seed in seeds()]
    assert {(fault.kind, fault.victim) for storm in storms for fault in storm} == set(kinds)


def test_another_seed_gives_another_schedule() -> None:
    assert make_schedule(1, 30, 1.3, ALWAYS) != make_schedule(2, 30, 1.3, ALWAYS)


REMOVED = """
from sqlalchemy.dialects import postgresql
from tests.chaos.inside.mutations import MUTATIONS, remove_safeguard
for name in MUTATIONS:
    remove_safeguard(name)
from sptjobs.execution import finishing
statements = (finishing._CLOSED, finishing._LOCKED)
closed, locked = (str(each.compile(dialect=postgresql.dialect())) for each in statements)
assert "part.attempt =" not in closed, closed
assert "FOR UPDATE" not in locked, locked
"""


def test_every_safeguard_is_where_storms_remove_it() -> None:
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(root / "src"), str(root)))}
    command = [sys.executable, "-c", REMOVED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
