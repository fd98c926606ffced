"""The schedule of faults can be drawn again."""

from hypothesis import given
from hypothesis import strategies as st

from tests.chaos.schedule import DEAD_S, make_schedule

SEEDS = st.integers(0, 2**32)
COUNTS = st.integers(0, 60)


@given(SEEDS, COUNTS)
def test_the_same_seed_gives_the_same_schedule(seed: int, count: int) -> None:
    assert make_schedule(seed, count, 1.3) == make_schedule(seed, count, 1.3)


@given(SEEDS, COUNTS)
def test_a_schedule_has_its_faults_in_order_and_within_its_time(seed: int, count: int) -> None:
    faults = make_schedule(seed, count, 1.3)
    times = [fault.at_s for fault in faults]
    assert times == sorted(times)
    assert len(times) == count
    assert all(0 <= at_s <= 1.3 * count for at_s in times)
    assert all(fault.length_s <= 2 * DEAD_S for fault in faults)
    assert all(fault.length_s > 0 for fault in faults if fault.kind in {"stop", "lock"})


def test_another_seed_gives_another_schedule() -> None:
    assert make_schedule(1, 30, 1.3) != make_schedule(2, 30, 1.3)
