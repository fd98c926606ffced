"""Everything that is known of a request before it is submitted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sptjobs.forecast.coverage import Coverage, coverage_of
from sptjobs.forecast.estimate import Estimate, estimate_of
from sptjobs.forecast.map_selection import select_maps, unknown_tags
from sptjobs.maps.footprints import Cover
from sptjobs.maps.record import MapRecord
from sptjobs.products import registry
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.request.examined import Examined
from sptjobs.uws.errors import ParameterError

START_S = 0.2
"""What a job takes besides its cutting: planning, and the way to a worker."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a new job meets: slots of all workers, and parts that wait, of about a second each."""

    slots: int
    parts: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a request selects, finds and takes.

    Attributes
    ----------
    maps
        What it selects.
    warnings
        What is allowed, and perhaps not meant.
    """

    maps: tuple[MapRecord, ...]
    coverage: Coverage
    estimate: Estimate
    load: Load
    warnings: tuple[ParameterError, ...]

    @property
    def waiting_s(self) -> float:
        """Seconds until the work that is there already is done."""
        return round(self.load.parts / self.load.slots, 1)

    @property
    def seconds(self) -> float:
        """Seconds from RUN to COMPLETED once it is this job's turn."""
        # A job is cut by as many slots as it has parts.
        busy = max(1, min(self.load.slots, round(self.estimate.work_s)))
        return round(START_S + self.estimate.work_s / busy, 1)


def make_forecast(examined: Examined, maps: Sequence[MapRecord], load: Load) -> Forecast:
    """Say what a request will find among the maps of the archive."""
    request = examined.request
    selected = select_maps(maps, request)
    coverage = coverage_of(request, selected)
    warnings = [*_of_maps(request, maps, selected), *_of_targets(examined, coverage)]
    estimate = estimate_of(request, selected, coverage)
    return Forecast(selected, coverage, estimate, load, tuple(warnings))


def _of_maps(
    request: CutoutRequest, maps: Sequence[MapRecord], selected: Sequence[MapRecord]
) -> Iterator[ParameterError]:
    for tag in unknown_tags(maps, request):
        yield ParameterError("no map has this tag", field="COADD", value=tag)
    if not selected:
        message = "no map has these bands, file types, tags and dates; nothing will be cut"
        yield ParameterError(message, field="BANDS")
        return
    for band in sorted(set(request.bands) - {record.band for record in selected}):
        yield ParameterError("no map of this band is selected", field="BANDS", value=band)
    for product in registry.chosen(request.products):
        yield from product.warn(selected)


def _of_targets(examined: Examined, coverage: Coverage) -> Iterator[ParameterError]:
    seen: dict[tuple[float | None, ...], int] = {}
    targets = examined.request.targets
    for row, target, shares in zip(examined.rows, targets, coverage.shares, strict=True):
        first = seen.setdefault(_same(target), row)
        if first != row:
            message = f"is the same position, size and time as row {first}"
            yield ParameterError(message, field="RA", row=row, value=target.objid)
        if shares and all(share.cover is Cover.OUTSIDE for share in shares):
            message = "lies outside every map that is selected"
            yield ParameterError(message, field="RA", row=row, value=target.objid)


def _same(target: Target) -> tuple[float | None, ...]:
    return (target.ra, target.dec, target.xsize, target.ysize, target.tmin, target.tmax)
