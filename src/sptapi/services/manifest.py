"""The manifest of a job in each of its forms."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sptapi.representations.times import render_time
from sptapi.services.files import packs_etag
from sptjobs import __version__
from sptjobs.packs.manifest import manifest_csv, manifest_json, manifest_votable
from sptjobs.packs.reader import iter_outcomes
from sptjobs.packs.records import Outcome
from sptjobs.store.jobs import PackRow
from sptjobs.uws.jobs import Job

MANIFEST_TYPES = MappingProxyType(
    {
        "manifest.json": "application/json",
        "manifest.csv": "text/csv; charset=utf-8; header=present",
        "manifest.vot": "application/x-votable+xml",
    }
)
"""The names of the manifest's forms, and their media types."""


def read_rows(packs: Iterable[Path]) -> Iterator[Outcome]:
    """Read the rows of a job's manifest; of a job that still runs, those that there are.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    return chain.from_iterable(map(iter_outcomes, packs))


def manifest(name: str, job: Job, outcomes: Iterable[Outcome]) -> Iterator[bytes]:
    """Write a form of the manifest."""
    match name:
        case "manifest.json":
            return manifest_json(facts_of(job), outcomes)
        case "manifest.csv":
            return manifest_csv(outcomes)
        case _:
            return manifest_votable(facts_of(job), outcomes)


def table_etag(job: Job, packs: Sequence[PackRow], name: str, target: str | None = None) -> str:
    """Entity tag of a form of a job's table, of one target or all, by what makes its bytes."""
    facts = json.dumps([name, target, facts_of(job), packs_etag(packs)])
    return f'"{hashlib.sha256(facts.encode()).hexdigest()[:32]}"'


def facts_of(job: Job) -> dict[str, Any]:
    """What a table of a job says of the job."""
    return {
        "job": job.job_id,
        "run_id": job.run_id or "",
        "phase": job.phase.value,
        "created": render_time(job.creation_time),
        "snapshot": job.snapshot or "",
        "pairs_total": job.progress.pairs_total,
        "pairs_done": job.progress.pairs_done,
        "software": f"sptjobs {__version__}",
    }
