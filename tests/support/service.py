"""A user of a running service, for the journeys."""

import hashlib
import io
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from sptjobs.stack.running import RunningStack
from tests.support.processes import children_of, is_alive

Row = dict[str, Any]

_RESTART_S = 90.0
"""The longest that a server takes to start again beside other stacks."""


@dataclass(frozen=True)
class Service:
    """The address, a session that is signed in, and the stack behind it."""

    stack: RunningStack
    session: requests.Session

    @classmethod
    def of(cls, stack: RunningStack) -> "Service":
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {stack.token}"
        session.headers["Accept"] = "application/json"
        return cls(stack, session)

    def other_user(self, name: str, group: str = "spt3g-users") -> "Service":
        """The same service for another user, with a token as an operator makes it."""
        command = [str(Path(sys.executable).parent / "sptapi"), "token"]
        command += ["--user", name, "--group", group]
        made = subprocess.run(
            command, env=self.stack.environment, check=True, capture_output=True, text=True
        )
        other = Service.of(self.stack)
        other.session.headers["Authorization"] = f"Bearer {made.stdout.split()[-1]}"
        return other

    @property
    def jobs(self) -> str:
        return f"{self.stack.url}/api/v1/cutout/async"

    def create(self, document: dict[str, Any], *, run: bool = True) -> str:
        """Make a job of a JSON document and return its address."""
        fields = document | ({"phase": "RUN"} if run else {})
        response = self.session.post(self.jobs, json=fields, allow_redirects=False, timeout=60)
        assert response.status_code == 303, response.text
        return response.headers["Location"]

    def get(self, url: str, **parameters: str) -> requests.Response:
        """GET that survives a restart of the API server, also on a busy machine."""
        deadline = time.monotonic() + _RESTART_S
        while time.monotonic() < deadline:
            try:
                response = self.session.get(url, params=parameters, timeout=90)
            except requests.ConnectionError:
                time.sleep(0.1)
                continue
            response.raise_for_status()
            return response
        pytest.fail(f"{url} did not respond")

    def job(self, url: str) -> Any:
        return self.get(url).json()

    def wait_for(self, url: str, holds: Callable[[Any], bool], seconds: float) -> Any:
        """Poll the job until something holds of its document."""
        deadline = time.monotonic() + seconds
        while not holds(document := self.job(url)):
            if time.monotonic() > deadline:
                pytest.fail(f"not within {seconds:g} s: {document} {self.log_end()}")
            time.sleep(0.05)
        return document

    def wait_final(self, url: str, seconds: float = 120) -> Any:
        final = {"COMPLETED", "ERROR", "ABORTED"}
        return self.wait_for(url, lambda job: job["phase"] in final, seconds)

    def manifest(self, url: str) -> list[Row]:
        rows: list[Row] = self.get(f"{url}/results/manifest").json()["rows"]
        return rows

    def files(self, url: str) -> dict[str, bytes]:
        """Everything in the job's ``result`` but the manifest, by name below its top folder."""
        content = io.BytesIO(self.get(f"{url}/results/result").content)
        found: dict[str, bytes] = {}
        with tarfile.open(fileobj=content) as members:
            for member in members:
                file = members.extractfile(member)
                assert file is not None
                name = member.name.partition("/")[2]
                assert name not in found
                found[name] = file.read()
        return {name: content for name, content in found.items() if "manifest." not in name}

    def children(self) -> set[int]:
        """Cutting children of all execute workers."""
        workers = [p for name, p in self.stack.processes.items() if name.startswith("execute")]
        return {
            child
            for worker in workers
            for template in children_of(worker)
            for child in children_of(template)
            if is_alive(child)
        }

    def log_end(self) -> str:
        return "\n".join(self.stack.log.read_text("utf-8", errors="replace").splitlines()[-40:])


def check_manifest(rows: Iterable[Row], files: dict[str, bytes]) -> int:
    """Check size and SHA-256 of every stamp that the manifest names; return how many."""
    count = 0
    for row in rows:
        if row["file"] is None:
            continue
        content = files[row["file"]]
        assert len(content) == row["size"]
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
        count += 1
    return count


def grid_of_targets(count: int) -> list[dict[str, Any]]:
    """Targets spread over both simulated fields, 0.1 to 9.9 degrees from the western edge."""
    columns = max(1, round(count**0.5))
    return [
        {
            "objid": f"t{number:06d}",
            "ra": (355.2 + 9.6 * (number % columns) / columns) % 360,
            "dec": -60.2 + 8.4 * (number // columns) * columns / max(count, columns),
        }
        for number in range(count)
    ]


def made_archive(stack: RunningStack) -> Path:
    """The folder of the stack's maps."""
    return Path(stack.environment["SPT_ARCHIVE"])
