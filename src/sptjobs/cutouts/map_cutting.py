"""Cutting pairs out of one open map: stamps of one size together, where that is possible."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sptjobs.cutouts.making.maker import Maker
from sptjobs.cutouts.plan.part_plan import (
    Pair,
    PartMap,
    PartPlan,
    PartTarget,
    map_facts,
    outcome_of,
    target_columns,
)
from sptjobs.cutouts.plan.plan import misses
from sptjobs.cutouts.stamps.local_noise import LocalNoise, NoiseScale, noise_of_all
from sptjobs.cutouts.stamps.masking import masked
from sptjobs.cutouts.stamps.native import native_sheet, native_stamp
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_facts import sheet_facts, stamp_facts
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.cutouts.stamps.tan import tan_sheet, tan_stamp
from sptjobs.cutouts.stamps.target_values import TargetScale
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.sky_positions import SkyFrame
from sptjobs.maps.map_error import MapError
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import Projection
from sptjobs.uws.pair_status import Status

_log = logging.getLogger(__name__)

Makers = Sequence[Maker[Any]]

_ALONE = 64
"""Most pairs whose outcomes are reported at once where each is cut by itself."""


class MapCutting:
    """Makes the products of one open map.

    Parameters
    ----------
    part, used, opened, makers
        The work, its map, the same map opened, and who makes what.
    """

    def __init__(self, part: PartPlan, used: PartMap, opened: OpenMap, makers: Makers) -> None:
        self._part, self._used, self._opened, self._makers = part, used, opened, makers
        self._values = TargetScale.of(opened)
        self._scale, self._of_map = self._scale_facts(), map_facts(used.record)
        planes = (opened, *opened.further)
        self._noise = [
            NoiseScale.of(each.record) if part.style.measures_noise else None for each in planes
        ]
        for maker in makers:
            maker.begin_map(opened)

    def made_all(self, pairs: Sequence[Pair]) -> Iterator[OutcomeColumns]:
        """Cut pairs, keep what was made of them, and tell what became of each.

        Those of one size are cut at once where that is possible; where it fails, each by
        itself. A sink that cannot be written to is no stamp's fault, and passes through.
        """
        sizes: dict[tuple[float, float, bool], list[Pair]] = {}
        for pair in pairs:
            target = self._part.targets[pair.target]
            width, height = pair.xsize or target.xsize, pair.ysize or target.ysize
            # A TAN stamp of a region has a pixel more.
            sizes.setdefault((width, height, target.region is None), []).append(pair)
        for alike in sizes.values():
            together = self._together(alike)
            if together is not None:
                yield together
                continue
            for first in range(0, len(alike), _ALONE):
                alone = alike[first : first + _ALONE]
                yield OutcomeColumns.of(list(map(self._made_alone, alone)))

    def _together(self, pairs: Sequence[Pair]) -> OutcomeColumns | None:
        """Cut pairs of one size at once, and keep them; None where that is not possible."""
        targets = [self._part.targets[pair.target] for pair in pairs]
        try:
            sheet = self._sheet(targets, pairs)
            if sheet is None:
                return None
            products = [maker.make_all(targets, pairs, sheet) for maker in self._makers]
        except Exception:  # noqa: BLE001 - the pair that it is of meets it again, and tells it
            return None
        alike = self._of_map | self._scale
        columns = {**target_columns(targets), **sheet_facts(sheet), **self._values.of_sheet(sheet)}
        outcomes = OutcomeColumns(len(pairs), alike, columns)
        stems = list(map(self._stem, targets))
        for maker, pieces in zip(self._makers, products, strict=True):
            outcomes = maker.add_all(outcomes, pieces, stems)
        return outcomes

    def _sheet(self, targets: Sequence[PartTarget], pairs: Sequence[Pair]) -> StampSheet | None:
        """Cut pairs of one size at once; None where each has to be cut by itself."""
        style = self._part.style
        if not style.makes_stamps or style.mask_outside or self._opened.further:
            return None
        if style.projection is Projection.TAN:
            sheet = tan_sheet(self._opened, targets, style)
        else:
            sheet = native_sheet(self._opened, targets, pairs, pad=style.pad)
        return sheet if sheet is not None and self._all_kept(sheet) else None

    def _all_kept(self, sheet: StampSheet) -> bool:
        """Measure the noise of stamps, if asked for, and tell whether all are uniform enough."""
        if self._noise[0] is None:
            return True
        sheet.measure_noise(self._noise[0])
        return all(
            not count or self._is_uniform(noise)
            for noise, count in zip(sheet.noise, sheet.observed, strict=True)
        )

    def looked_at(self, pair: Pair) -> Stamp | None:
        """Cut a stamp to look at it; None of one that is not kept, or fails when it is made too."""
        try:
            return self._cut(pair)[1]
        except Exception:  # noqa: BLE001 - reported and logged when the pair is made
            return None

    def _cut(self, pair: Pair) -> tuple[Mapping[str, Any], Stamp | None]:
        """Cut a stamp: its part of the outcome, and the stamp if files are made of it."""
        stamp = self._stamp(self._part.targets[pair.target], pair)
        facts = self._stamp_facts(stamp)
        return facts, None if facts["status"] is Status.NO_DATA else stamp

    def _made_alone(self, pair: Pair) -> Outcome:
        """Cut a pair; one that fails leaves no file."""
        target, record = self._part.targets[pair.target], self._used.record
        try:
            facts, kept = self._cut(pair)
            pieces = [maker.make(target, pair, kept) for maker in self._makers]
        except Exception as error:  # noqa: BLE001 - a pair that fails must not end the part; logged
            reason = reason_of(error, f"target {target.objid} on map {record.map_id} failed")
            return failed_pair(self._part, self._used, pair, reason, self._makers)
        outcome = outcome_of(target, record, **facts, **self._scale)
        for maker, piece in zip(self._makers, pieces, strict=True):
            outcome = maker.add(outcome, piece, self._stem(target))
        return outcome

    def _stem(self, target: PartTarget) -> str:
        """What the names of a target's files begin with."""
        return f"{target.stem}/{target.stem}_{self._used.suffix}"

    def _stamp(self, target: PartTarget, pair: Pair) -> Stamp | None:
        """Cut a stamp of all planes that are asked for."""
        if not self._part.style.makes_stamps:
            return None
        planes = []
        for opened, scale in zip((self._opened, *self._opened.further), self._noise, strict=True):
            plane = self._plane(opened, target, pair, scale)
            if plane is None:
                return None
            planes.append(plane)
        first, *further = planes
        return replace(first, further=tuple(further)) if further else first

    def _plane(
        self, opened: OpenMap, target: PartTarget, pair: Pair, scale: NoiseScale | None
    ) -> Stamp | None:
        style = self._part.style
        if style.projection is Projection.TAN:
            stamp = tan_stamp(opened, target, style)
        else:
            stamp = native_stamp(opened, target, pair, pad=style.pad)
        if stamp is not None and scale is not None:
            noise = noise_of_all(stamp.sci[None], stamp.wgt[None], scale)
            stamp = replace(stamp, noise=noise[0])
        if stamp is None or not style.mask_outside or target.region is None:
            return stamp
        return masked(stamp, target.region, self._frame())

    def _frame(self) -> SkyFrame:
        """The frame of the stamps' coordinates."""
        record = self._used.record
        if self._part.style.projection is Projection.TAN:
            return SkyFrame("ICRS")
        return SkyFrame(record.frame, float(record.wcs.get("EQUINOX", 2000.0)))

    def _stamp_facts(self, stamp: Stamp | None) -> Mapping[str, Any]:
        if stamp is None:
            return {"status": Status.OUTSIDE, "reason": misses(self._part.style)}
        facts = {**stamp_facts(stamp), **self._values.of_stamp(stamp)}
        if facts["status"] is Status.NO_DATA or self._is_uniform(stamp.noise):
            return facts
        assert stamp.noise is not None
        reason = (
            f"the smallest weight of the stamp is {stamp.noise.uniformity:g} of its largest, less"
            f" than the {self._part.style.uniform_coverage:g} of UNIFORM_COVERAGE"
        )
        return {**facts, "status": Status.NO_DATA, "reason": reason}

    def _is_uniform(self, noise: LocalNoise | None) -> bool:
        least = self._part.style.uniform_coverage
        return noise is None or least is None or noise.uniformity >= least

    def _scale_facts(self) -> dict[str, Any]:
        """What the pixels stand for."""
        record, style = self._opened.record, self._part.style
        own = style.pixel_scale if style.projection is Projection.TAN else None
        return {
            "unit": record.unit,
            "beam": record.beam_arcmin,
            "pixel_scale": own or record.pixel_scale_arcmin,
            **self._values.facts_of_map(),
        }


def failed_pair(part: PartPlan, used: PartMap, pair: Pair, reason: str, makers: Makers) -> Outcome:
    """Tell the makers that a pair failed, and give its outcome."""
    target, record = part.targets[pair.target], used.record
    for maker in makers:
        maker.fail(record, target, pair, reason)
    return outcome_of(target, record, Status.FAILED, reason)


def reason_of(error: Exception, what: str) -> str:
    """Why a pair failed, for the manifest; ``what`` failed goes into the log where we must look."""
    if isinstance(error, MapError):
        return str(error)
    if isinstance(error, MemoryError):
        return "it needs more memory than a cutting process may take"
    _log.error("%s", what, exc_info=error)
    return f"{type(error).__name__} while cutting: {_without_paths(error)}"


def _without_paths(error: Exception) -> str:
    """What an error says, without the server's paths."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
