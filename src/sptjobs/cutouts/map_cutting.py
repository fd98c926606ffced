"""Cutting pairs out of one open map: stamps of one size together, where that is possible."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sptjobs.cutouts.making.maker import Maker
from sptjobs.cutouts.plan.part_plan import Pair, PartMap, PartPlan, PartTarget, outcome_of
from sptjobs.cutouts.plan.plan import misses
from sptjobs.cutouts.stamps.local_noise import LocalNoise, NoiseScale, noise_of_all
from sptjobs.cutouts.stamps.masking import masked
from sptjobs.cutouts.stamps.native import native_sheet, native_stamp
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.cutouts.stamps.tan import tan_sheet, tan_stamp
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.sky_positions import SkyFrame
from sptjobs.maps.map_error import MapError
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import Projection
from sptjobs.uws.pair_status import Status

_log = logging.getLogger(__name__)

Makers = Sequence[Maker[Any]]


class _Made(NamedTuple):
    """A stamp's part of its pair's outcome, and what each maker made of it."""

    facts: Mapping[str, Any]
    pieces: Sequence[Any]


class MapCutting:
    """Makes the products of one open map.

    Parameters
    ----------
    part, used, opened, makers
        The work, its map, the same map opened, and who makes what.
    """

    def __init__(self, part: PartPlan, used: PartMap, opened: OpenMap, makers: Makers) -> None:
        self._part, self._used, self._opened, self._makers = part, used, opened, makers
        self._scale = self._scale_facts()
        self._noise = NoiseScale.of(used.record) if part.style.measures_noise else None
        for maker in makers:
            maker.begin_map(opened)

    def made_all(self, pairs: Sequence[Pair]) -> Iterator[Outcome]:
        """Cut pairs, keep what was made of them in their order, and tell what became of each.

        Where something fails, each is cut by itself. A sink that cannot be written to is
        no stamp's fault, and passes through.
        """
        together = self._together(pairs)
        if together is None:
            yield from map(self._made_alone, pairs)
            return
        for pair, made in zip(pairs, together, strict=True):
            yield self._kept(pair, made)

    def _together(self, pairs: Sequence[Pair]) -> list[_Made] | None:
        """Cut pairs, all those of one size at once; None where that is not possible."""
        sizes: dict[tuple[float, float, bool], list[int]] = {}
        for place, pair in enumerate(pairs):
            target = self._part.targets[pair.target]
            width, height = pair.xsize or target.xsize, pair.ysize or target.ysize
            # A TAN stamp of a region has a pixel more.
            alike = width, height, target.region is None
            sizes.setdefault(alike, []).append(place)
        made: dict[int, _Made] = {}
        for places in sizes.values():
            try:
                sheet = self._sheet([pairs[place] for place in places])
            except Exception:  # noqa: BLE001 - the pair that it is of meets it again, and tells it
                return None
            if sheet is None:
                return None
            made.update(zip(places, sheet, strict=True))
        return [made[place] for place in range(len(pairs))]

    def _sheet(self, pairs: Sequence[Pair]) -> list[_Made] | None:
        """Cut pairs of one size at once."""
        style = self._part.style
        if not style.makes_stamps or style.mask_outside:
            return None
        targets = [self._part.targets[pair.target] for pair in pairs]
        if style.projection is Projection.TAN:
            sheet = tan_sheet(self._opened, targets, style)
        else:
            sheet = native_sheet(self._opened, targets, pairs, pad=style.pad)
        if sheet is None or not self._all_kept(sheet):
            return None
        products = [maker.make_all(targets, pairs, sheet) for maker in self._makers]
        pieces = zip(*products, strict=True) if products else [()] * len(pairs)
        return list(map(_Made, _facts_of_all(sheet), pieces))

    def _all_kept(self, sheet: StampSheet) -> bool:
        """Measure the noise of stamps, if asked for, and tell whether all are uniform enough."""
        if self._noise is None:
            return True
        sheet.measure_noise(self._noise)
        least = self._part.style.uniform_coverage
        return all(
            not count or _is_uniform(noise, least)
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
        return self._kept(pair, _Made(facts, pieces))

    def _kept(self, pair: Pair, made: _Made) -> Outcome:
        """Keep the products of a pair."""
        target = self._part.targets[pair.target]
        outcome = outcome_of(target, self._used.record, **made.facts, **self._scale)
        stem = f"{target.stem}/{target.stem}_{self._used.suffix}"
        for maker, piece in zip(self._makers, made.pieces, strict=True):
            outcome = maker.add(outcome, piece, stem)
        return outcome

    def _stamp(self, target: PartTarget, pair: Pair) -> Stamp | None:
        style = self._part.style
        if not style.makes_stamps:
            return None
        if style.projection is Projection.TAN:
            stamp = tan_stamp(self._opened, target, style)
        else:
            stamp = native_stamp(self._opened, target, pair, pad=style.pad)
        if stamp is not None and self._noise is not None:
            noise = noise_of_all(stamp.sci[None], stamp.wgt[None], self._noise)
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
        place = stamp.targ_x, stamp.targ_y
        observed, pixels = int(stamp.observed.sum()), stamp.observed.size
        facts = _facts(
            observed, pixels, place, stamp.north, stamp.noise, centre_covered=stamp.centre_covered
        )
        least = self._part.style.uniform_coverage
        if not observed or _is_uniform(stamp.noise, least):
            return facts
        assert stamp.noise is not None
        reason = (
            f"the smallest weight of the stamp is {stamp.noise.uniformity:g} of its largest, less"
            f" than the {least:g} of UNIFORM_COVERAGE"
        )
        return {**facts, "status": Status.NO_DATA, "reason": reason}

    def _scale_facts(self) -> dict[str, Any]:
        """What the pixels stand for."""
        record, style = self._used.record, self._part.style
        own = style.pixel_scale if style.projection is Projection.TAN else None
        return {
            "unit": record.unit,
            "beam": record.beam_arcmin,
            "pixel_scale": own or record.pixel_scale_arcmin,
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


def _facts_of_all(sheet: StampSheet) -> Iterator[Mapping[str, Any]]:
    places = zip(sheet.windows.x, sheet.windows.y, strict=True)
    columns = (sheet.observed, sheet.centre_covered, places, sheet.north, sheet.noise)
    for observed, centre_covered, place, north, noise in zip(*columns, strict=True):
        yield _facts(observed, sheet.pixels, place, north, noise, centre_covered=centre_covered)


def _is_uniform(noise: LocalNoise | None, least: float | None) -> bool:
    return noise is None or least is None or noise.uniformity >= least


def _facts(
    observed: int,
    pixels: int,
    place: tuple[float, float],
    north: float,
    noise: LocalNoise | None,
    *,
    centre_covered: bool,
) -> Mapping[str, Any]:
    status, reason = _judged(observed, pixels)
    facts = {
        "status": status,
        "reason": reason,
        "covered": observed / pixels,
        "centre_covered": centre_covered,
        "targ_x": place[0],
        "targ_y": place[1],
        "north": north,
    }
    return facts if noise is None else facts | noise._asdict()


def _judged(observed: int, pixels: int) -> tuple[Status, str | None]:
    if observed == pixels:
        return Status.OK, None
    if observed == 0:
        return Status.NO_DATA, "no pixel of the stamp is observed"
    return Status.PARTIAL, f"{observed} of the stamp's {pixels} pixels are observed"


def _without_paths(error: Exception) -> str:
    """What an error says, without the server's paths."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)
