"""Users who go on working while faults strike a stack."""

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.support.service import Service

_FINAL = {"COMPLETED", "ERROR", "ABORTED"}
_BUSY = {429, 503}
"""Answers by which the service may say that it is busy or broken just now."""


@dataclass
class Accepted:
    """A job as its owner knows it.

    Attributes
    ----------
    promised
        Final phase that a response stated.
    deleted
        Whether the service said so; None when it was asked to but did not respond.
    """

    url: str
    owner: Service
    promised: str | None = None
    deleted: bool | None = False

    @property
    def job_id(self) -> str:
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class Habits:
    """What a user does.

    Attributes
    ----------
    first
        Jobs that she submits before anything strikes.
    pace_s
        Mean seconds between two of her deeds after that; None for no more of them.
    sizes
        Numbers of targets to choose among.
    asks
        What she asks for beside, None for this and that.
    hurried
        Whether all she does later is to abort her jobs, the oldest first, and to submit others.
    """

    first: int = 3
    pace_s: float | None = 0.3
    sizes: tuple[int, ...] = (1, 1, 2, 5, 10, 11, 40, 120)
    asks: tuple[tuple[str, str], ...] | None = None
    hurried: bool = False


@dataclass
class User:
    """A user who submits jobs of many sizes, looks at them, aborts some and deletes some.

    Attributes
    ----------
    excused
        Tells which further responses the service may give to a request that was sent at a time
        (monotonic clock) [s].
    refused, unanswered
        Requests that the service was too busy for, or did not respond.
    """

    owner: Service
    chance: random.Random
    habits: Habits
    excused: Callable[[float], set[int]] = lambda _since: set()
    jobs: list[Accepted] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0

    def begin(self) -> None:
        """Submit the first jobs."""
        for _ in range(self.habits.first):
            self._submit()

    def work(self, enough: threading.Event) -> None:
        """Do one thing after the other until it is enough."""
        pace_s = self.habits.pace_s
        while pace_s is not None and not enough.wait(self.chance.expovariate(1 / pace_s)):
            if self.habits.hurried:
                self._abort(next(each for each in self.jobs if each.promised is None))
                self._submit()
            else:
                self.act()

    def act(self) -> None:
        """Do one thing that users do."""
        ours = [each for each in self.jobs if each.deleted is False]
        deed = self.chance.random()
        if deed < 0.6 or not ours:
            self._submit()
        elif deed < 0.77:
            self._abort(self.chance.choice(ours[-6:]))
        elif deed < 0.9:
            self._look(self.chance.choice(ours[-12:]))
        else:
            self._delete(self.chance.choice(ours[-6:]))

    def _submit(self) -> None:
        document = _request(self.chance, self.habits)
        response = self._ask("POST", self.owner.jobs, json=document)
        if response is not None:
            self.jobs.append(Accepted(response.headers["Location"], self.owner))

    def _abort(self, accepted: Accepted) -> None:
        if self._ask("POST", f"{accepted.url}/phase", data={"PHASE": "ABORT"}) is not None:
            stated = self._look(accepted)
            assert stated is None or stated in _FINAL, (accepted.job_id, stated)

    def _look(self, accepted: Accepted) -> str | None:
        """Read a job; what it says once it is final is a promise."""
        stated = self._ask("GET", accepted.url, expect=200)
        if stated is None:
            return None
        phase = str(stated.json()["phase"])
        if phase in _FINAL:
            assert accepted.promised in {None, phase}, (accepted.job_id, accepted.promised, phase)
            accepted.promised = phase
        return phase

    def _delete(self, accepted: Accepted) -> None:
        accepted.deleted = None
        if self._ask("DELETE", accepted.url) is not None:
            accepted.deleted = True

    def _ask(
        self, method: str, url: str, *, expect: int = 303, **content: Any
    ) -> requests.Response | None:
        """Give the response, None when there was none or the service was busy."""
        begun = time.monotonic()
        try:
            response = self.owner.session.request(
                method, url, allow_redirects=False, timeout=60, **content
            )
        except requests.RequestException:
            self.unanswered += 1
            return None
        if response.status_code in _BUSY | self.excused(begun):
            self.refused += 1
            return None
        assert response.status_code == expect, (method, url, response.status_code, response.text)
        return response


def second_user(service: Service) -> Service:
    """Sign a second user in, with a token as an operator makes it."""
    command = [str(Path(sys.executable).parent / "sptapi"), "token"]
    command += ["--user", "second", "--group", "spt3g-users"]
    made = subprocess.run(
        command, env=service.stack.environment, check=True, capture_output=True, text=True
    )
    other = Service.of(service.stack)
    other.session.headers["Authorization"] = f"Bearer {made.stdout.split()[-1]}"
    return other


def _request(chance: random.Random, habits: Habits) -> dict[str, Any]:
    """Ask for stamps all over the smallest set of simulated maps."""
    targets = chance.choice(habits.sizes)
    document: dict[str, Any] = {"positions": _scattered(chance, targets), "size": 10}
    if habits.asks is not None:
        return document | dict(habits.asks) | {"phase": "RUN"}
    if chance.random() < 0.3:
        document["bands"] = [chance.choice(["90GHz", "150GHz", "220GHz"])]
    if chance.random() < 0.4:
        document["products"] = ["fits", "preview"]
    if targets <= 5 and chance.random() < 0.3:
        document |= {"projection": "TAN", "order": chance.choice(["bilinear", "exact"])}
    return document | {"phase": "RUN"}


def _scattered(chance: random.Random, count: int) -> list[dict[str, Any]]:
    return [
        {
            "objid": f"t{number:04d}",
            "ra": chance.uniform(-1.2, 1.2) % 360,
            "dec": chance.uniform(-58.4, -57.1),
        }
        for number in range(count)
    ]
