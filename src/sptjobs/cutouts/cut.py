"""Cutting a part: one pass over each of its maps."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sptjobs.cutouts.making.maker import Maker
from sptjobs.cutouts.making.makers import makers_of
from sptjobs.cutouts.plan.part_plan import Bin, Pair, PartMap, PartPlan, PartTarget, outcome_of
from sptjobs.cutouts.plan.plan import misses
from sptjobs.cutouts.sink import Sink
from sptjobs.cutouts.stamps.native import native_need, native_stamp
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.cutouts.stamps.tan import tan_need, tan_stamp
from sptjobs.formats.known_formats import format_of
from sptjobs.formats.map_format import Need, OpenMap
from sptjobs.formats.map_opening import open_map
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import Projection
from sptjobs.uws.pair_status import Status

_log = logging.getLogger(__name__)

Makers = Sequence[Maker[Any]]

NOT_PLACED = (
    "the WCS that the catalogue has of this map gives no place on it; the site has to catalogue"
    " the map anew"
)
"""Why pairs fail of a map on which planning could place nothing."""

NONE_GIVEN_UP: Mapping[str, str] = MappingProxyType({})


def cut_part(
    part: PartPlan,
    archive: Path,
    sink: Sink,
    progressed: Callable[[int], None],
    *,
    began: Callable[[str], None] = lambda _: None,
    given_up: Mapping[str, str] = NONE_GIVEN_UP,
) -> None:
    """Cut every pair of a part.

    A map that cannot be read fails its pairs, a stamp that cannot be made fails
    itself; everything else goes on.

    Parameters
    ----------
    archive
        Folder that the maps' paths are relative to.
    progressed
        Called with the number of pairs done so far, after each.
    began
        Called with the id of each map before it is opened.
    given_up
        Ids of maps that are not to be opened, with the reason that their pairs fail with.
    """
    makers = makers_of(part.style, sink)
    done = 0
    for each in part.bins:
        map_id = part.maps[each.map].record.map_id
        if map_id in given_up:
            outcomes = _all_failed(part, each, given_up[map_id], makers)
        elif not each.is_placed:
            reason = _not_placed(part.maps[each.map].record)
            outcomes = _all_failed(part, each, reason, makers)
        else:
            began(map_id)
            outcomes = _cut_bin(part, each, archive, makers)
        for outcome in outcomes:
            sink.add_outcome(outcome)
            done += 1
            progressed(done)
    finish_products(makers)


def fail_part(part: PartPlan, sink: Sink, reason: str) -> None:
    """Record every pair of a part as failed, and cut none."""
    makers = makers_of(part.style, sink)
    for each in part.bins:
        for outcome in _all_failed(part, each, reason, makers):
            sink.add_outcome(outcome)
    finish_products(makers)


def _not_placed(record: MapRecord) -> str:
    """Why planning could not place anything on a map."""
    try:
        format_of(record)
    except MapError as error:
        return str(error)
    return NOT_PLACED


def finish_products(makers: Makers) -> None:
    """Write what the products of a part have beside the files of its pairs."""
    for maker in makers:
        maker.finish()


def _all_failed(part: PartPlan, work: Bin, reason: str, makers: Makers) -> Iterator[Outcome]:
    for pair in work.pairs:
        yield _failed(part, part.maps[work.map], pair, reason, makers)


def _failed(part: PartPlan, used: PartMap, pair: Pair, reason: str, makers: Makers) -> Outcome:
    target, record = part.targets[pair.target], used.record
    for maker in makers:
        maker.fail(record, target, pair, reason)
    return outcome_of(target, record, Status.FAILED, reason)


def _cut_bin(part: PartPlan, work: Bin, archive: Path, makers: Makers) -> Iterator[Outcome]:
    used = part.maps[work.map]
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_map(archive, used.record, _needs(part, work)))
            cutting = _Cutting(part, used, opened, makers)
        except Exception as error:  # noqa: BLE001 - whatever a damaged map raises; logged
            reason = _reason(error, f"map {used.record.map_id} could not be opened")
            yield from _all_failed(part, work, reason, makers)
            return
        for pair in work.pairs:
            yield cutting.made(pair)


def _needs(part: PartPlan, work: Bin) -> list[Need]:
    """About what the stamps of a bin need of the map."""
    style = part.style
    if not style.makes_stamps:
        return [Need(pair.x, pair.y) for pair in work.pairs]
    if style.projection is Projection.TAN:
        return [tan_need(part.targets[pair.target], pair, style) for pair in work.pairs]
    return [native_need(part.targets[pair.target], pair) for pair in work.pairs]


class _Cutting:
    """Makes the products of one open map.

    Parameters
    ----------
    part, used, opened, makers
        The work, its map, the same map opened, and who makes what.
    """

    def __init__(self, part: PartPlan, used: PartMap, opened: OpenMap, makers: Makers) -> None:
        self._part, self._used, self._opened, self._makers = part, used, opened, makers
        for maker in makers:
            maker.begin_map(opened)

    def made(self, pair: Pair) -> Outcome:
        """Cut a pair, keep what was made of it, and return what became of it.

        A pair that fails leaves no file; a sink that cannot be written to is no
        stamp's fault, and passes through.
        """
        target, record = self._part.targets[pair.target], self._used.record
        try:
            stamp = self._stamp(target, pair)
            pieces = [maker.make(target, pair, stamp) for maker in self._makers]
        except Exception as error:  # noqa: BLE001 - a pair that fails must not end the part; logged
            reason = _reason(error, f"target {target.objid} on map {record.map_id} failed")
            return _failed(self._part, self._used, pair, reason, self._makers)
        outcome = self._judged(target, stamp)
        stem = f"{target.stem}/{target.stem}_{self._used.suffix}"
        for maker, piece in zip(self._makers, pieces, strict=True):
            outcome = maker.add(outcome, piece, stem)
        return outcome

    def _stamp(self, target: PartTarget, pair: Pair) -> Stamp | None:
        style = self._part.style
        if not style.makes_stamps:
            return None
        if style.projection is Projection.TAN:
            return tan_stamp(self._opened, target, style)
        return native_stamp(self._opened, target, pair, pad=style.pad)

    def _judged(self, target: PartTarget, stamp: Stamp | None) -> Outcome:
        """What became of the pair, as far as its stamp tells."""
        record = self._used.record
        if stamp is None:
            return outcome_of(target, record, Status.OUTSIDE, misses(self._part.style))
        outcome = outcome_of(target, record, *_judged(stamp))
        return replace(_stamp_outcome(outcome, stamp), **self._scale())

    def _scale(self) -> dict[str, Any]:
        """What the pixels stand for."""
        record, style = self._used.record, self._part.style
        own = style.pixel_scale if style.projection is Projection.TAN else None
        return {
            "unit": record.unit,
            "beam": record.beam_arcmin,
            "pixel_scale": own or record.pixel_scale_arcmin,
        }


def _judged(stamp: Stamp) -> tuple[Status, str | None]:
    observed, pixels = int(stamp.observed.sum()), stamp.observed.size
    if observed == pixels:
        return Status.OK, None
    if observed == 0:
        return Status.NO_DATA, "no pixel of the stamp is observed"
    return Status.PARTIAL, f"{observed} of the stamp's {pixels} pixels are observed"


def _stamp_outcome(outcome: Outcome, stamp: Stamp) -> Outcome:
    return replace(
        outcome,
        covered=stamp.covered,
        centre_covered=stamp.centre_covered,
        targ_x=stamp.targ_x,
        targ_y=stamp.targ_y,
        north=stamp.north,
    )


def _reason(error: Exception, what: str) -> str:
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
