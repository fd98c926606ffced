"""The light curves of a job in each of their forms."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from types import MappingProxyType

from sptapi.services.manifests import facts_of
from sptjobs.packs.curves import iter_points, points_of, read_head
from sptjobs.packs.lightcurve import (
    lightcurve_csv,
    lightcurve_fits,
    lightcurve_json,
    lightcurve_votable,
)
from sptjobs.uws.jobs import Job

MEDIA_TYPES = MappingProxyType(
    {
        "lightcurve.vot": "application/x-votable+xml",
        "lightcurve.fits": "application/fits",
        "lightcurve.csv": "text/csv; charset=utf-8; header=present",
        "lightcurve.json": "application/json",
    }
)
"""The names of the table's forms, the usual one first, and their media types."""


def lightcurve(name: str, job: Job, packs: Sequence[Path], target: str | None) -> Iterator[bytes]:
    """Write a form of the table; of a job that still runs, what there is.

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
        count, points = sum(head.points for head in heads), iter_points(packs, heads)
    else:
        chosen = points_of(packs, heads, target)
        count, points = len(chosen), iter(chosen)
    match name:
        case "lightcurve.fits":
            yield from lightcurve_fits(heads, count, points)
        case "lightcurve.csv":
            yield from lightcurve_csv(points)
        case "lightcurve.json":
            yield from lightcurve_json(facts_of(job), points)
        case _:
            yield from lightcurve_votable(facts_of(job), heads, points)
