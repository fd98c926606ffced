"""The light curves of a job in each of their forms."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sptjobs.packs.curves import PointsHead, iter_points, points_of, read_head
from sptjobs.packs.lightcurve import (
    lightcurve_csv,
    lightcurve_fits,
    lightcurve_json,
    lightcurve_parquet,
    lightcurve_votable,
)
from sptjobs.packs.points import Point
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.database import Database
from sptjobs.store.jobs import read_request
from sptjobs.uws.errors import UnknownResultError
from sptjobs.uws.jobs import Job


@dataclass(frozen=True, slots=True)
class Curves:
    """What a table of light curves tells: of all targets, or of one."""

    heads: Sequence[PointsHead]
    count: int
    points: Iterator[Point]


def read_curves(packs: Sequence[Path], target: str | None) -> Curves:
    """Look into packs; the points of all targets are read only as the table is written.

    Parameters
    ----------
    target
        The name of the only target to tell of; None for all.

    Raises
    ------
    UnavailableError
        A pack is gone.
    """
    heads = [read_head(pack) for pack in packs]
    if target is None:
        return Curves(heads, sum(head.points for head in heads), iter_points(packs, heads))
    chosen = points_of(packs, heads, target)
    return Curves(heads, len(chosen), iter(chosen))


async def check_target(database: Database, job: Job, target: str) -> None:
    """Refuse a target that is none of the job's: its points are not missing, it is misspelt.

    Raises
    ------
    UnknownResultError
        Names it.
    """
    async with database.read() as connection:
        text = await read_request(connection, job.job_id)
    # A hundred thousand targets take a while to read.
    request = await asyncio.to_thread(CutoutRequest.from_json, text) if text else None
    if request is None or target not in (each.objid for each in request.targets):
        raise UnknownResultError(f"TARGET: the job has no target {target[:200]!r}")


def lightcurve(name: str, facts: Mapping[str, Any], curves: Curves, out: str) -> Iterator[bytes]:
    """Write a form of the table; of a job that still runs or lost packs, what there is.

    Parameters
    ----------
    facts
        What there is to say of the job: the CSV form names lost parts only.
    out
        URL of the job's out folder.
    """
    match name:
        case "lightcurve.fits":
            return lightcurve_fits(facts, curves.heads, curves.count, curves.points)
        case "lightcurve.csv":
            return lightcurve_csv(facts, curves.points)
        case "lightcurve.json":
            return lightcurve_json(facts, curves.points)
        case "lightcurve.parquet":
            return lightcurve_parquet(facts, curves.heads, curves.points)
        case _:
            return lightcurve_votable(facts, curves.heads, curves.points, out)
