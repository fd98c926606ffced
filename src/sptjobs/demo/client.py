"""The journey of a VO client: create, run, watch, download."""

import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from pyvo.dal import AsyncTAPJob
from tqdm import tqdm

_POLL_S = 0.3
_TIMEOUT_S = 60.0


class JourneyError(Exception):
    """The service did not do what was asked; the message says what it said."""


@dataclass(frozen=True, slots=True)
class Client:
    """An authorised session with the service at ``url``."""

    url: str
    session: requests.Session

    @classmethod
    def authorised(cls, url: str, token: str) -> "Client":
        """Make a client that sends the token, and asks no proxy."""
        session = requests.Session()
        session.trust_env = False
        session.headers["Authorization"] = f"Bearer {token}"
        return cls(url, session)

    def create(self, table: str, parameters: dict[str, str]) -> AsyncTAPJob:
        """Create a job of a table of targets; it waits for RUN."""
        response = self.session.post(
            f"{self.url}/api/v1/cutout/async",
            data=parameters,
            files={"POSITIONS": ("targets.csv", table, "text/csv")},
            timeout=_TIMEOUT_S,
        )
        if not response.ok:
            raise JourneyError(f"The service refused the job: {response.text}")
        return AsyncTAPJob(response.url, session=self.session)

    def watch(self, job: AsyncTAPJob, timeout_s: float) -> dict[str, Any]:
        """Show a progress bar until the job ends, and return its document."""
        deadline = time.monotonic() + timeout_s
        shown = None
        with tqdm(desc="Cutting", unit="stamp") as bar:
            while time.monotonic() < deadline:
                document: dict[str, Any] = self.document(job.url)
                progress, phase = document["jobInfo"]["progress"], document["phase"]
                if shown != (shown := (progress["pairs_done"], progress["pairs_total"], phase)):
                    bar.total = progress["pairs_total"] or None
                    bar.n = progress["pairs_done"]
                    bar.set_postfix_str(phase)
                if phase not in {"PENDING", "QUEUED", "EXECUTING"}:
                    return document
                time.sleep(_POLL_S)
        raise JourneyError(f"The job did not end within {timeout_s:g} s: {job.url}")

    def document(self, url: str) -> Any:
        """Read a resource as JSON."""
        response = self.session.get(url, headers={"Accept": "application/json"}, timeout=_TIMEOUT_S)
        response.raise_for_status()
        return response.json()

    def download(self, job: AsyncTAPJob, folder: Path) -> Path:
        """Fetch and unpack the job's ``result``, one tar; return the folder at its top."""
        folder.mkdir(parents=True)
        archive = folder.with_suffix(".tar")
        address = _result(job, "result")
        with self.session.get(address, stream=True, timeout=_TIMEOUT_S) as response:
            response.raise_for_status()
            with archive.open("wb") as file:
                for chunk in response.iter_content(1 << 20):
                    file.write(chunk)
        with tarfile.open(archive) as members:
            members.extractall(folder, filter="data")
        (top,) = folder.iterdir()
        return top

    def manifest(self, job: AsyncTAPJob) -> Any:
        """Read the job's manifest."""
        return self.document(_result(job, "manifest"))


def _result(job: AsyncTAPJob, result_id: str) -> str:
    for result in job.results:
        if result.id_ == result_id:
            return str(result.href)
    raise JourneyError(f"The job has no result {result_id!r}")
