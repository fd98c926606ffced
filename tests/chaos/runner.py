"""Users who go on working while faults strike a stack."""

import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.chaos.faults import Tormentor
from tests.chaos.schedule import Fault
from tests.support.service import Service

SETTINGS = {
    "SPT_BEAT_S": "0.25",
    "SPT_DEAD_S": "3",
    "SPT_SWEEP_S": "0.5",
    "SPT_SLOTS": "1",
    "SPT_EXECUTE_WORKERS": "2",
}
"""Deaths are noticed sooner than in production, and two workers compete."""

_SIZES = (1, 1, 2, 5, 10, 11, 40, 120, 400)
_TICK_S = 0.05
_BUSY = {429, 503}
"""Answers by which the service may say that it is busy or broken just now."""


@dataclass
class Accepted:
    """A job as its owner knows it.

    Attributes
    ----------
    promised
        Final phase that an answer stated.
    deleted
        Whether the service said so; None when it was asked to but did not answer.
    """

    url: str
    owner: Service
    promised: str | None = None
    deleted: bool | None = False

    @property
    def job_id(self) -> str:
        return self.url.rpartition("/")[2]


@dataclass
class Users:
    """Two users who submit jobs of many sizes, abort some and delete some."""

    owners: Sequence[Service]
    chance: random.Random
    jobs: list[Accepted] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0

    def act(self) -> None:
        """Do one thing that users do."""
        ours = [job for job in self.jobs if job.deleted is False]
        deed = self.chance.random()
        if deed < 0.7 or not ours:
            self._submit()
        elif deed < 0.87:
            self._abort(self.chance.choice(ours[-6:]))
        else:
            self._delete(self.chance.choice(ours[-6:]))

    def _submit(self) -> None:
        owner = self.chance.choice(self.owners)
        answer = self._ask(owner, "POST", owner.jobs, json=_request(self.chance))
        if answer is not None:
            self.jobs.append(Accepted(answer.headers["Location"], owner))

    def _abort(self, job: Accepted) -> None:
        if self._ask(job.owner, "POST", f"{job.url}/phase", data={"PHASE": "ABORT"}) is None:
            return
        stated = self._ask(job.owner, "GET", job.url, expect=200)
        if stated is not None:
            job.promised = stated.json()["phase"]
            assert job.promised in {"ABORTED", "COMPLETED", "ERROR"}, (job.job_id, job.promised)

    def _delete(self, job: Accepted) -> None:
        job.deleted = None
        if self._ask(job.owner, "DELETE", job.url) is not None:
            job.deleted = True

    def _ask(
        self, owner: Service, method: str, url: str, *, expect: int = 303, **content: Any
    ) -> requests.Response | None:
        """Give the answer, None when there was none or the service was busy."""
        try:
            answer = owner.session.request(
                method, url, allow_redirects=False, timeout=30, **content
            )
        except requests.RequestException:
            self.unanswered += 1
            return None
        if answer.status_code in _BUSY:
            self.refused += 1
            return None
        assert answer.status_code == expect, (method, url, answer.status_code, answer.text)
        return answer


def torment(
    service: Service, faults: Sequence[Fault], seed: int, pace_s: float
) -> tuple[Users, Tormentor]:
    """Let faults strike while users work, then let everything go on that was stopped."""
    users = Users([service, second_user(service)], random.Random(seed ^ 0x5EED))
    tormentor = Tormentor(service)
    waiting = list(faults)
    begun = time.monotonic()
    act_at = 0.0
    while waiting:
        now = time.monotonic() - begun
        if now >= waiting[0].at_s:
            tormentor.apply(waiting.pop(0))
        elif now >= act_at:
            users.act()
            act_at = now + users.chance.expovariate(1 / pace_s)
        else:
            time.sleep(_TICK_S)
    tormentor.relent()
    return users, tormentor


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


def _request(chance: random.Random) -> dict[str, Any]:
    """Ask for stamps all over the smallest set of simulated maps."""
    targets = chance.choice(_SIZES)
    document: dict[str, Any] = {"positions": _scattered(chance, targets), "size": 10}
    if chance.random() < 0.3:
        document["bands"] = [chance.choice(["90GHz", "150GHz", "220GHz"])]
    if chance.random() < 0.4:
        document["products"] = ["fits", "preview"]
    if targets <= 120 and chance.random() < 0.3:
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
