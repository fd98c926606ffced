"""The manifest of a job in each of its forms."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sptapi.representations.times import render_time
from sptapi.services.files import packs_etag
from sptapi.services.pack_store import StoredPacks
from sptjobs import __version__
from sptjobs.packs.manifest import (
    ManifestUnits,
    manifest_csv,
    manifest_json,
    manifest_votable,
    units_of,
)
from sptjobs.packs.reader import iter_rows
from sptjobs.packs.records import Row
from sptjobs.request.unknown_parameters import ignored_names
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


def manifest(
    name: str,
    facts: Mapping[str, Any],
    rows: Iterable[Row],
    *,
    units: Callable[[], ManifestUnits],
    out: str,
) -> Iterator[bytes]:
    """Write a form of the manifest.

    Parameters
    ----------
    units
        Finds the units of the rows, which decide what columns a VOTable has: for these the rows
        are read before.
    out
        URL of the job's out folder.
    """
    match name:
        case "manifest.json":
            yield from manifest_json(facts, rows)
        case "manifest.csv":
            yield from manifest_csv(rows)
        case _:
            yield from manifest_votable(facts, rows, units=units(), out=out)


def stored_manifest(
    name: str, facts: Mapping[str, Any], packs: Sequence[Path], out: str
) -> Iterator[bytes]:
    """Write a form of the manifest of packs."""
    units = partial(units_in, packs)
    return manifest(name, facts, read_rows(packs), units=units, out=out)


def units_in(packs: Sequence[Path]) -> ManifestUnits:
    """Find the units of the measured values in packs."""
    return units_of(read_rows(packs))


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
    if job.why_empty is not None:
        facts["note"] = job.why_empty
    if ignored := ignored_names(job.parameters):
        facts["ignored_parameters"] = ", ".join(ignored)
    return facts
