"""Everything that is known of a request before it is submitted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

from sptjobs.forecast.coverage import Coverage, coverage_of
from sptjobs.forecast.estimate import Estimate, estimate_of
from sptjobs.forecast.map_selection import select_maps
from sptjobs.maps.footprints import Cover
from sptjobs.maps.record import MapRecord
from sptjobs.products import registry
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from sptjobs.request.designations import precision_of
from sptjobs.request.examined import Examined
from sptjobs.request.window_targets import is_cut_off
from sptjobs.uws.errors import ParameterError

START_S = 0.2
"""What a job takes besides its cutting: planning, and the way to a worker."""

_ENOUGH_RATIOS = 10
_MODEL_SPREAD = (0.5, 2.0)


@dataclass(frozen=True, slots=True)
class Load:
    """What a new job meets.

    Attributes
    ----------
    slots, cores
        Of all workers. What is cut at the same time is limited by both.
    parts
        Parts that wait, of about a second each.
    ratios
        Measured by estimated seconds of parts that ended lately.
    """

    slots: int
    parts: int
    cores: int = 0
    ratios: Sequence[float] = ()

    @property
    def at_once(self) -> int:
        """Parts that are cut at the same time; where no core is announced, by slots alone."""
        return max(1, min(self.slots, self.cores or self.slots))

    @property
    def spread(self) -> tuple[float, float]:
        """Factors by which work takes longer than estimated: the fifth quickest, the fifth slowest.

        Of parts that ended lately; while few did, the accuracy of the cost model.
        """
        if len(self.ratios) < _ENOUGH_RATIOS:
            return _MODEL_SPREAD
        ordered = sorted(self.ratios)
        fifth = len(ordered) // 5
        return ordered[fifth], ordered[-1 - fifth]


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
        low, high = self.load.spread
        return round(self.load.parts * sqrt(low * high) / self.load.at_once, 1)

    @property
    def seconds(self) -> float:
        """Seconds from RUN to COMPLETED once it is this job's turn: the middle of the range."""
        low, high = self.load.spread
        return self._after(sqrt(low * high))

    @property
    def range_s(self) -> tuple[float, float]:
        """What most jobs of this size take at least and at most [s]."""
        low, high = self.load.spread
        return self._after(low), self._after(high)

    def _after(self, factor: float) -> float:
        work = self.estimate.work_s * factor
        # A job is cut in as many slots as it has parts.
        return round(START_S + work / max(1, min(self.load.at_once, round(work))), 1)


def make_forecast(examined: Examined, maps: Sequence[MapRecord], load: Load) -> Forecast:
    """Say what a request will find among the maps of the archive."""
    request = examined.request
    selected = select_maps(maps, request)
    coverage = coverage_of(request, selected)
    warnings = [*_of_maps(request, selected, maps), *_of_targets(examined, coverage)]
    estimate = estimate_of(request, selected, coverage)
    return Forecast(selected, coverage, estimate, load, tuple(warnings))


def _of_maps(
    request: CutoutRequest, selected: Sequence[MapRecord], maps: Sequence[MapRecord]
) -> Iterator[ParameterError]:
    if not selected and request.polarizations and (other := _other_states(request, maps)):
        message = f"the maps that are asked for hold {other} only; nothing will be cut"
        value = ",".join(request.polarizations)
        yield ParameterError(message, field="POL", value=value)
        return
    if not selected:
        message = "no map has these bands, file types, tags and dates; nothing will be cut"
        yield ParameterError(message, field="BANDS")
        return
    for band in sorted(set(request.bands) - {record.band for record in selected}):
        yield ParameterError("no map of this band is selected", field="BANDS", value=band)
    for product in registry.chosen(request.products):
        yield from product.warn(selected)
    yield from _of_grids(request, selected)
    yield from _of_planes(request, selected)


def _other_states(request: CutoutRequest, maps: Sequence[MapRecord]) -> str:
    """States of polarisation of the maps that a request would select without POL."""
    selected = select_maps(maps, replace(request, polarizations=()))
    return ", ".join(sorted({state for record in selected for state in record.states}))


def _of_planes(request: CutoutRequest, selected: Sequence[MapRecord]) -> Iterator[ParameterError]:
    """Warn of maps that hold only some of the planes of polarisation that are asked for."""
    without = [each for each in selected if not set(request.polarizations) <= set(each.states)]
    if without:
        message = (
            f"{len(without)} of the {len(selected)} maps do not hold all of these, and will give no"
            f" stamp; {without[0].map_id} holds {', '.join(without[0].states)}"
        )
        value = ",".join(request.polarizations)
        yield ParameterError(message, field="POL", value=value)


def _of_grids(request: CutoutRequest, selected: Sequence[MapRecord]) -> Iterator[ParameterError]:
    """Warn of native stamps of maps whose pixels are not in rows and columns."""
    without = [record.map_id for record in selected if not record.has_grid]
    if without and request.makes_stamps and request.projection is Projection.NATIVE:
        message = (
            f"{len(without)} of the {len(selected)} maps, among them {without[0]}, have no pixels"
            " in rows and columns, and will give no stamp; ask for TAN stamps"
        )
        yield ParameterError(message, field="PROJECTION", value=request.projection.value)


def _of_targets(examined: Examined, coverage: Coverage) -> Iterator[ParameterError]:
    seen: dict[tuple[float | None, ...], int] = {}
    targets = examined.request.targets
    for row, target, shares in zip(examined.rows, targets, coverage.shares, strict=True):
        first = seen.setdefault(_same(target), row)
        if first != row:
            message = f"is the same position, size and time as row {first}"
            yield ParameterError(message, field="RA", row=row, value=target.objid)
        if is_cut_off(target):
            message = "the region is larger than a stamp can be; the stamp is its middle, 2 degrees"
            yield ParameterError(message, field="POS", row=row, value=target.region)
        said = precision_of(target.objid, target.ra, target.dec)
        if said is not None:
            yield ParameterError(said, field="RA", row=row, value=target.objid)
        if shares and not any(share.asked for share in shares):
            message = "no map that is selected was observed within the times of this row"
            field = "TMIN" if target.tmin is not None else "TMAX"
            yield ParameterError(message, field=field, row=row, value=target.objid)
        elif shares and all(share.cover is Cover.OUTSIDE for share in shares):
            message = "lies outside every map that is selected"
            yield ParameterError(message, field="RA", row=row, value=target.objid)


def _same(target: Target) -> tuple[float | None, ...]:
    return (target.ra, target.dec, target.xsize, target.ysize, target.tmin, target.tmax)
