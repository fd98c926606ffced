"""A long job, somebody who asks all the while, and the check of what came of both."""

import hashlib
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import pytest
import requests

from tests.cluster.site import Document, Member, Release
from tests.support.beside import every
from tests.support.scale import scaled
from tests.support.service import grid_of_targets

TARGETS = scaled(10_000)


def long_job(member: Member) -> str:
    """Begin a job of many targets."""
    document = {"positions": grid_of_targets(TARGETS), "size": 10, "products": ["fits", "preview"]}
    return member.create(document)


@dataclass
class Asking:
    """A client that asks one thing after the other, and what it was not answered well."""

    member: Member
    failures: list[str] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self._session = self.member.session

    def ask(self) -> None:
        paths = ("/live", "/api/v1/cutout/async?LAST=1", "/api/v1/account")
        path = paths[self.count % len(paths)]
        self.count += 1
        began = time.strftime("%H:%M:%S")
        try:
            response = self._session.get(self.member.release.url + path, timeout=30)
            if response.status_code != HTTPStatus.OK:
                self.failures.append(f"{began} {path}: {response.status_code} {response.text[:80]}")
        except requests.RequestException as error:
            self.failures.append(f"{began} {path}: {error}")


@contextmanager
def answered_throughout(member: Member) -> Iterator[None]:
    """Ask ten times a second; no request may fail."""
    asking = Asking(member)
    with every(0.1, asking.ask):
        yield
    assert asking.count > 20
    assert asking.failures == []


@contextmanager
def kept_busy(member: Member) -> Iterator[list[str]]:
    """Have a long job under way at every moment of the block; their addresses so far."""
    urls = [long_job(member)]

    def follow() -> None:
        # What happens while nothing runs proves nothing: the next one waits before this one ends.
        job = member.job(urls[-1])
        assert job["phase"] in {"QUEUED", "EXECUTING"}, "the jobs are too short for this machine"
        progress = job["jobInfo"]["progress"]
        if progress["pairs_done"] > progress["pairs_total"] / 2:
            urls.append(long_job(member))

    member.wait(urls[0], lambda job: job["phase"] == "EXECUTING", 120)
    with every(0.5, follow):
        yield urls


@contextmanager
def jobs_disturbed(release: Release) -> Iterator[None]:
    """Run long jobs while something happens: all complete, and every checksum holds."""
    member = release.member
    with answered_throughout(member):
        with kept_busy(member) as urls:
            yield
        done = [member.wait_completed(url, 1500) for url in urls]
    for url, job in zip(urls, done, strict=True):
        check_results(member, url, job)
    assert killed_for_memory(release) == []


def killed_for_memory(release: Release) -> list[str]:
    """Name the containers that met the limit of their memory."""
    return [
        f"{pod['metadata']['name']}: {each['name']}"
        for pod in release.read("pods")["items"]
        for each in pod["status"].get("containerStatuses", [])
        for state in (each["state"], each["lastState"])
        if state.get("terminated", {}).get("reason") == "OOMKilled"
    ]


def check_results(member: Member, url: str, job: Document) -> None:
    """Read the whole result, and compare each stamp with its line of the manifest."""
    rows = member.session.get(f"{url}/results/manifest", timeout=300).json()["rows"]
    assert len({row["objid"] for row in rows}) == TARGETS
    wanted = {row["file"]: row["sha256"] for row in rows if row["file"] is not None}
    if not wanted:
        pytest.fail(f"nothing was cut: {job}")
    seen = set()
    with member.session.get(f"{url}/results/result", stream=True, timeout=300) as response:
        response.raise_for_status()
        with tarfile.open(fileobj=response.raw, mode="r|") as stream:
            for entry in stream:
                content = stream.extractfile(entry)
                assert content is not None
                name = entry.name.partition("/")[2]
                assert name not in seen
                seen.add(name)
                if name in wanted:
                    assert hashlib.sha256(content.read()).hexdigest() == wanted[name]
    assert wanted.keys() <= seen
