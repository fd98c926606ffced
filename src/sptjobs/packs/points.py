"""Points of light curves, and how a pack keeps them.

``points.jsonl`` begins with what holds for the whole file: the observations, how
many points there are, how long texts get. Then comes one line a target, sorted by
the targets' indices, so that any number of packs can be merged while they are read.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from sptjobs.maps.site import declared
from sptjobs.uws.ascii_text import ascii_text

POINTS_FILE = "points.jsonl"


@dataclass(frozen=True, slots=True)
class Epoch:
    """A single observation, as one time of a light curve.

    Attributes
    ----------
    mjd
        Middle of the observation, or its begin where the end is not known [d, UTC].
    duration
        From begin to end [s]; None where the end is not known.
    unit, weight_unit
        FITS unit strings of the map and its weights, None unless they were confirmed.
    """

    band: str
    filetype: str
    field: str
    obsid: str
    map_id: str
    mjd: float
    duration: float | None
    unit: str | None
    weight_unit: str | None


@dataclass(frozen=True, slots=True)
class Point:
    """What an observation says of a target.

    Attributes
    ----------
    status
        ``ok``, ``no-data`` or ``failed``; ``reason`` explains the latter two, which
        have no value.
    value, error
        The map at the pixel that holds the target, and its standard deviation by the
        weight [unit of the epoch].
    weight
        The weight at that pixel [weight_unit of the epoch].
    flux, flux_err
        Flux density of a point source at the target, and its standard deviation [mJy];
        where there is one, ``value`` is no part of the table.
    method
        How it was measured: ``interpolated`` or ``fitted``.
    coverage
        How much of the beam is on observed pixels, from 0 to 1.
    flags
        What to know of the flux density, with blanks between the flags.
    """

    target: int
    objid: str
    ra: float
    dec: float
    epoch: Epoch
    status: str
    value: float | None = None
    error: float | None = None
    weight: float | None = None
    reason: str | None = None
    flux: float | None = None
    flux_err: float | None = None
    method: str | None = None
    coverage: float | None = None
    flags: str | None = None

    @property
    def flux_limit(self) -> float | None:
        """Upper limit of the flux density [mJy] of what is not seen: three times its error."""
        if self.flux is None or self.flux_err is None or self.flux >= _SEEN * self.flux_err:
            return None
        return _SEEN * self.flux_err


_SEEN = 3.0
"""Errors above zero from which on a source is seen."""

CELLS = ("status", "value", "error", "weight", "reason",
         "flux", "flux_err", "method", "coverage", "flags")  # fmt: skip
"""Attributes of a point in a line, behind its epoch; an earlier release has the first five."""

_cells = attrgetter(*CELLS)


def points_lines(points: Iterable[Point]) -> Iterator[str]:
    """Lines of a file of points, without line ends."""
    ordered = sorted(points, key=place_of)
    epochs = {epoch: number for number, epoch in enumerate(dict.fromkeys(p.epoch for p in ordered))}
    head = {
        "points": len(ordered),
        "objid_length": max((len(ascii_text(p.objid)) for p in ordered), default=0),
        "reason_length": max((len(ascii_text(p.reason or "")) for p in ordered), default=0),
        "epochs": [asdict(epoch) for epoch in epochs],
    }
    encode = json.JSONEncoder(separators=(",", ":")).encode
    yield encode(head)
    for target, group in groupby(ordered, attrgetter("target")):
        rows = list(group)
        cells = [[epochs[p.epoch], *_cells(p)] for p in rows]
        first = rows[0]
        # The name comes first, so that a line can be found by it.
        yield encode([first.objid, target, first.ra, first.dec, cells])


def place_of(point: Point) -> tuple[Any, ...]:
    """Where a point stands among those of a job: by target, band, file type and time."""
    epoch = point.epoch
    kind = declared().place(epoch.band, epoch.filetype)
    return point.target, kind, epoch.mjd, epoch.obsid, epoch.map_id
