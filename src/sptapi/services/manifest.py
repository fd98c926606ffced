"""The manifest of a job in each of its forms."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sptapi.representations.times import render_time
from sptapi.services.files import packs_etag
from sptapi.services.pack_store import StoredPacks
from sptjobs import __version__
from sptjobs.packs.manifest import manifest_csv, manifest_json, manifest_votable
from sptjobs.packs.reader import iter_rows
from sptjobs.packs.records import Row
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


def read_rows(packs: Iterable[Path]) -> Iterator[Row]:
    """Read the rows of a job's manifest; of a job that still runs, those that there are.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    return chain.from_iterable(map(iter_rows, packs))


def manifest(name: str, facts: Mapping[str, Any], rows: Iterable[Row]) -> Iterator[bytes]:
    """Write a form of the manifest."""
    match name:
        case "manifest.json":
            return manifest_json(facts, rows)
        case "manifest.csv":
            return manifest_csv(rows)
        case _:
            return manifest_votable(facts, rows)


def table_etag(job: Job, packs: Sequence[PackRow], name: str, target: str | None = None) -> str:
    """Entity tag of a form of a job's table, of one target or all, by what makes its bytes."""
    facts = json.dumps([name, target, facts_of(job), packs_etag(packs)])
    return f'"{hashlib.sha256(facts.encode()).hexdigest()[:32]}"'


def table_facts(job: Job, stored: StoredPacks) -> dict[str, Any]:
    """What a table of a job says of the job; of lost packs, which parts and how many files."""
    if not stored.lost:
        return facts_of(job)
    files = sum(pack.files for pack in stored.lost)
    return facts_of(job) | {"lost_parts": stored.lost_parts, "lost_files": files}


def facts_of(job: Job) -> dict[str, Any]:
    """What a table says of a job all of whose packs are there."""
    facts = {
        "job": job.job_id,
        "run_id": job.run_id or "",
        "phase": job.phase.value,
        "created": render_time(job.creation_time),
        "snapshot": job.snapshot or "",
        "pairs_total": job.progress.pairs_total,
        "pairs_done": job.progress.pairs_done,
        "software": f"sptjobs {__version__}",
    }
    return facts if job.why_empty is None else facts | {"note": job.why_empty}
