"""Whatever is killed, stopped, locked, lost or repeated, every accepted job ends once and right."""

import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sptjobs.stack.running import running_stack, stop
from tests.chaos.invariant import Records, check_jobs, describe, leftovers
from tests.chaos.runner import SETTINGS, torment
from tests.chaos.schedule import make_schedule
from tests.support.processes import all_gone, descendants, wait_until
from tests.support.scale import scaled
from tests.support.service import Service

_log = logging.getLogger(__name__)

SEED = int(os.environ.get("SPT_TEST_SEED", "20190321"))
FAULTS = min(30, scaled(30))
STORMS = max(1, scaled(30) // 30)
EVERY_S = 1.0
PACE_S = 0.4
"""Mean seconds between two faults, and between two deeds of the users."""
SETTLE_S = 120.0


@pytest.fixture
def service(tmp_path: Path, tiny_archive: Path) -> Iterator[Service]:
    settings = SETTINGS | {"SPT_ARCHIVE": str(tiny_archive)}
    with running_stack(tmp_path / "the stack", settings) as stack:
        yield Service.of(stack)


@pytest.mark.parametrize("seed", range(SEED, SEED + STORMS))
def test_every_accepted_job_ends_once_and_right_whatever_strikes(
    service: Service, seed: int
) -> None:
    faults = make_schedule(seed, FAULTS, EVERY_S)
    _log.warning("%s", describe(seed, faults))
    users, tormentor = torment(service, faults, seed, PACE_S)
    begun = time.monotonic()
    settle(service)
    settled_s = time.monotonic() - begun
    wait_until("nothing is left over", lambda: not leftovers(service), 30)
    check_jobs(service, users)
    _log.warning(
        "%d jobs accepted, %d requests refused and %d not answered; %d of %d faults hit nothing; "
        "settled in %.1f s",
        *(len(users.jobs), users.refused, users.unanswered),
        *(len(tormentor.missed), len(faults), settled_s),
    )
    family = descendants(service.stack.supervisor.pid)
    assert stop(service.stack.supervisor) == 0
    assert all_gone(family)


def settle(service: Service) -> None:
    """Wait until every job is final."""
    records = Records(service.stack.var / "spt.db")
    patience = time.monotonic() + SETTLE_S
    while left := records.unfinished():
        if time.monotonic() > patience:
            told = "\n".join(records.history(job) for job in left[:3])
            pytest.fail(f"{len(left)} jobs not final: {told}\n{service.log_end()}")
        time.sleep(0.2)
    service.get(f"{service.stack.url}/ready")
