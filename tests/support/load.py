"""Requests at a steady rate, whatever the responses take: what many users do."""

import logging
import random
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.service import Service

_log = logging.getLogger(__name__)

_SENDERS = 32
_KEPT = 200
"""Jobs that a user keeps; older ones are deleted, as users are asked to."""


@dataclass
class Load:
    """Users who submit small jobs, look at them, fetch some and delete the old ones.

    Attributes
    ----------
    responses
        Status of each response, by what was asked; 0 when there was none.
    accepted
        Addresses of jobs that were accepted and not deleted, with their owners.
    """

    users: list[Service]
    responses: Counter[tuple[str, int]] = field(default_factory=Counter)
    accepted: deque[tuple[Service, str]] = field(default_factory=deque)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def apply(self, rate: float, seconds: float) -> float:
        """Submit so many jobs a second for so long; give the rate at which they were taken.

        What the service is too slow to response is not made up for later.
        """
        begun = time.monotonic()
        due, taken = iter(range(int(rate * seconds))), []

        def send(sender: int) -> None:
            chance = random.Random(sender)
            sessions = [_own_session(user) for user in self.users]
            while True:
                with self._lock:
                    number = next(due, None)
                if number is None or time.monotonic() - begun > seconds:
                    return
                # A sender that is late does not wait: the load does not follow the service.
                time.sleep(max(0.0, begun + number / rate - time.monotonic()))
                if self._use(sessions[number % len(sessions)], chance):
                    taken.append(number)

        senders = [threading.Thread(target=send, args=(number,)) for number in range(_SENDERS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        return len(taken) / (time.monotonic() - begun)

    def unfinished(self) -> int:
        """Jobs of all users that are not final."""
        asked = [("PHASE", "QUEUED"), ("PHASE", "EXECUTING"), ("LAST", "5000")]
        listed = [user.session.get(user.jobs, params=asked, timeout=60) for user in self.users]
        return sum(len(response.json()["jobs"]) for response in listed)

    def _use(self, user: Service, chance: random.Random) -> bool:
        places = [_place(chance, f"t{n}") for n in range(chance.choice((1, 1, 1, 2, 5)))]
        document = {"positions": places, "size": 5, "bands": ["150GHz"], "phase": "RUN"}
        response = self._ask(user, "POST", user.jobs, json=document)
        with self._lock:
            if response is not None and response.status_code == 303:
                self.accepted.append((user, response.headers["Location"]))
            old = self.accepted.popleft() if len(self.accepted) > _KEPT else None
            seen = chance.choice(self.accepted) if self.accepted else None
        if old is not None:
            self._ask(old[0], "DELETE", old[1])
        if seen is not None and chance.random() < 0.5:
            self._ask(seen[0], "GET", seen[1])
        if seen is not None and chance.random() < 0.1:
            self._ask(seen[0], "GET", f"{seen[1]}/results/result", allow_redirects=True)
        return response is not None and response.status_code == 303

    def _ask(
        self, user: Service, method: str, url: str, **content: Any
    ) -> requests.Response | None:
        try:
            response = user.session.request(
                method, url, timeout=60, **{"allow_redirects": False} | content
            )
        except requests.RequestException as error:
            _log.warning("%s %s was not answered: %r", method, url, error)
            self._count(method, 0)
            return None
        self._count(method, response.status_code)
        if response.status_code == 503:
            assert "Retry-After" in response.headers, response.text
        return response

    def _count(self, method: str, status: int) -> None:
        with self._lock:
            self.responses[method, status] += 1


def _place(chance: random.Random, objid: str) -> dict[str, Any]:
    return {
        "objid": objid,
        "ra": chance.uniform(355.5, 364.5) % 360,
        "dec": chance.uniform(-60, -52),
    }


def _own_session(user: Service) -> Service:
    """The same user in a session of this thread's own."""
    own = Service.of(user.stack)
    own.session.headers.update(user.session.headers)
    return own
