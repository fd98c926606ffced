"""One storm: faults strike while users work, then the stack settles and is looked at."""

import logging
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import pytest
import requests

from sptjobs.uws.errors import UnavailableError
from tests.chaos.faults import Tormentor
from tests.chaos.invariant import (
    check_jobs,
    check_nothing_was_stolen,
    check_server_log,
    leftovers,
    read_records,
    server_log_size,
)
from tests.chaos.schedule import Fault
from tests.chaos.sites import Site
from tests.chaos.undoing import Undoing
from tests.chaos.users import Accepted, Habits, User
from tests.support.alive import wait_until_all_is_repeated
from tests.support.processes import wait_until
from tests.support.service import Service

_log = logging.getLogger(__name__)

TIMEOUT_S = 120.0
"""How long the stack may take to settle: a promise about the end, not about speed."""

_TICK_S = 0.02


@dataclass(frozen=True)
class Weather:
    """What is asked of the stack in a storm.

    Attributes
    ----------
    habits
        What each user does.
    users
        How many of them.
    timeout_s
        Seconds in which the stack has to settle.
    """

    habits: Habits = field(default_factory=Habits)
    users: int = 2
    timeout_s: float = TIMEOUT_S


@dataclass(frozen=True)
class Theatre:
    """A stack, its users, and who torments it."""

    site: Site
    owners: tuple[Service, ...]
    tormentor: Tormentor

    def is_ready(self) -> bool:
        """Whether the service says that it is."""
        url = f"{self.site.service.stack.url}/ready"
        try:
            return self.site.service.session.get(url, timeout=30).ok
        except requests.RequestException:
            return False


def weather_a_storm(
    theatre: Theatre, faults: Sequence[Fault], seed: int, weather: Weather
) -> list[Accepted]:
    """Let a storm pass over the stack, and check that it did no harm; give its jobs."""
    site, tormentor = theatre.site, theatre.tormentor
    _log.warning("%s", describe(site, seed, faults))
    before, log_size = read_records(site).ever_accepted, server_log_size(site)
    struck = len(tormentor.missed), len(tormentor.hits)
    users = _torment(theatre, faults, seed, weather)
    check_server_log(site, log_size)
    begun = time.monotonic()
    settle(theatre, weather.timeout_s)
    settled_s = time.monotonic() - begun
    jobs = [each for user in users for each in user.jobs]
    check_jobs(site, jobs, before)
    check_server_log(site, log_size)
    if not any(fault.silences_workers for fault in faults):
        check_nothing_was_stolen(site, before)
    _log.warning(
        "%d jobs accepted, %d requests refused, %d not answered; %d faults hit, %d hit nothing; "
        "settled in %.1f s",
        *(len(jobs), sum(user.refused for user in users), sum(user.unanswered for user in users)),
        *(len(tormentor.hits) - struck[1], len(tormentor.missed) - struck[0], settled_s),
    )
    return jobs


def settle(theatre: Theatre, timeout_s: float) -> None:
    """Wait until every job is final, nothing is left over and everything responses."""
    site = theatre.site
    deadline = time.monotonic() + timeout_s
    while left := _unfinished(site):
        if time.monotonic() > deadline:
            records = read_records(site)
            shown = "\n".join(records.history(job) for job in left[:3])
            pytest.fail(f"{len(left)} jobs not final: {shown}\n{site.service.log_end()}")
        time.sleep(0.1)
    found: list[str] = []
    while found := leftovers(site):
        if time.monotonic() > deadline:
            pytest.fail(f"left over: {found[:10]}\n{site.service.log_end()}")
        time.sleep(0.2)
    wait_until("the service is ready", theatre.is_ready, TIMEOUT_S)
    wait_until_all_is_repeated(site.service.stack, TIMEOUT_S)


def clear(theatre: Theatre) -> None:
    """Delete every job, and wait until the disk is empty."""
    for owner in theatre.owners:
        for shown in owner.get(owner.jobs).json()["jobs"]:
            owner.session.delete(shown["href"], allow_redirects=False, timeout=60)
    wait_until("the disk is empty", lambda: not any(theatre.site.job_folders()), TIMEOUT_S)


def describe(site: Site, seed: int, faults: Sequence[Fault]) -> str:
    """Say how a storm is made again."""
    return "\n".join([f"SPT_TEST_SEED={seed} on {site.name}", *map(str, faults)])


def _torment(theatre: Theatre, faults: Sequence[Fault], seed: int, weather: Weather) -> list[User]:
    """Let faults strike while users work, then let everything go on that was stopped."""
    tormentor = theatre.tormentor

    def excused(since: float) -> set[int]:
        # A token is not valid yet, or not any more, by a clock that is off.
        return {401} if tormentor.clocks_were_off(since) else set()

    users = [
        User(owner, random.Random(f"{seed} {number}"), weather.habits, excused)
        for number, owner in enumerate(theatre.owners[: weather.users])
    ]
    for user in users:
        user.begin()
    enough, working = threading.Event(), Undoing()
    for user in users:
        working.meanwhile(partial(user.work, enough))
    begun = time.monotonic()
    try:
        for fault in faults:
            while time.monotonic() - begun < fault.at_s:
                time.sleep(_TICK_S)
            tormentor.apply(fault)
    finally:
        tormentor.relent()
        enough.set()
        working.finish()
    return users


def _unfinished(site: Site) -> list[str]:
    try:
        return read_records(site).unfinished
    except UnavailableError:
        return ["any, for the database does not respond"]
