"""Hours of load: memory stays flat, nothing is a 500, and after too much of it all is well soon."""

import logging
import statistics
import time
from collections.abc import Iterator

import pytest

from tests.journeys.conftest import Siblings
from tests.journeys.test_crowd import single
from tests.support.load import Load
from tests.support.memory import anonymous_bytes, command_of
from tests.support.processes import descendants
from tests.support.scale import scaled
from tests.support.service import Service

_log = logging.getLogger(__name__)

STEADY_S = scaled(6, 3_600)
OVERLOAD_S = scaled(4, 600)
CALIBRATION_S = 3.0
LOOKS = 6
"""The steady load is as many stretches, with a look at the memory after each."""
FLAT = 1.15
SPARE_BYTES = 12e6
"""Memory is flat when it ends below this factor of what it was, and this much more."""
FINE = {200, 303, 404}
"""404 is the response of a job without results yet, and of one that was deleted meanwhile."""
SETTINGS = {"SPT_EXECUTE_WORKERS": "2", "SPT_SLOTS": "1", "SPT_MAX_READY_PARTS": "300"}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, sibling: Siblings) -> Iterator[Service]:
    with sibling(tmp_path_factory.mktemp("loaded"), SETTINGS) as service:
        single(service)
        yield service


@pytest.fixture(scope="module")
def users(loaded: Service) -> list[Service]:
    return [loaded, loaded.other_user("bob"), loaded.other_user("eve")]


@pytest.fixture(scope="module")
def sustainable(users: list[Service]) -> float:
    """Jobs a second that the stack ends, measured from a burst."""
    load, begun = Load(users), time.monotonic()
    load.apply(1_000, CALIBRATION_S / 10)
    while load.unfinished():
        time.sleep(0.1)
    first = len(load.accepted) / (time.monotonic() - begun)
    load.apply(2 * first, CALIBRATION_S)
    done, begun = len(load.accepted), time.monotonic()
    while left := load.unfinished():
        time.sleep(0.1)
    return max(1.0, first, (done - left) / (CALIBRATION_S + time.monotonic() - begun))


def memory(service: Service) -> dict[str, int]:
    """Anonymous memory of each lasting process; children come and go."""
    pids = descendants(service.stack.supervisor.pid)
    found = {command_of(pid): anonymous_bytes(pid) for pid in pids}
    return {
        name: size for name, size in found.items() if "sptjobs.execution.child.main" not in name
    }


def bad(load: Load, *, allowed: set[int]) -> dict[tuple[str, int], int]:
    return {asked: count for asked, count in load.responses.items() if asked[1] not in allowed}


def test_a_steady_load_leaves_memory_flat_and_gives_no_500(
    loaded: Service, users: list[Service], sustainable: float
) -> None:
    load, looks = Load(users), []
    for _ in range(LOOKS):
        taken = load.apply(0.5 * sustainable, STEADY_S / LOOKS)
        looks.append(memory(loaded))
    _log.warning(
        "sustainable %.1f jobs/s; %d s at %.1f/s: %s; memory [MB] %s",
        *(sustainable, STEADY_S, taken, dict(load.responses)),
        {name[-30:]: [round(look.get(name, 0) / 1e6) for look in looks] for name in looks[-1]},
    )
    assert bad(load, allowed=FINE) == {}
    begun = time.monotonic()
    while load.unfinished():
        assert time.monotonic() - begun < 60, loaded.log_end()
        time.sleep(0.2)
    for name, last in looks[-1].items():
        early = statistics.median(look.get(name, last) for look in looks[1:3])
        assert last < FLAT * early + SPARE_BYTES, name


def test_after_twice_the_sustainable_load_all_is_well_within_a_minute(
    loaded: Service, users: list[Service], sustainable: float
) -> None:
    idle = statistics.median(single(loaded) for _ in range(5))
    load = Load(users)
    taken = load.apply(2 * sustainable, OVERLOAD_S)
    ended = time.monotonic()
    while load.unfinished():
        assert time.monotonic() - ended < 60, loaded.log_end()
        time.sleep(0.2)
    recovered_s = time.monotonic() - ended
    again = statistics.median(single(loaded) for _ in range(5))
    _log.warning(
        "%.1f jobs/s asked for, %.1f/s taken for %d s: %s; all ended after %.1f s; "
        "a single job takes %.3f s, %.3f s before",
        *(2 * sustainable, taken, OVERLOAD_S, dict(load.responses), recovered_s, again, idle),
    )
    assert bad(load, allowed=FINE | {429, 503}) == {}
    assert again < 2 * idle + 0.5
