"""Cutting a part: one pass over each of its maps."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType

from sptjobs.cutouts.making.makers import makers_of
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.map_cutting import Makers, MapCutting, failed_pair, reason_of
from sptjobs.cutouts.photometry.flux import flux_need
from sptjobs.cutouts.plan.part_plan import Bin, Pair, PartPlan
from sptjobs.cutouts.stamps.native import native_need
from sptjobs.cutouts.stamps.tan import tan_need
from sptjobs.formats.opening.known_formats import format_of
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.formats.opening.planes import with_planes
from sptjobs.formats.placement import Need
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.request.cutout_request import Projection

_BATCH, _BATCH_PIXELS = 256, 500_000
"""Most pairs that are cut together, and about the most pixels of their stamps."""

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
        Called with the number of pairs done so far, after each few of them.
    began
        Called with the id of each map before it is opened.
    given_up
        Ids of maps that are not to be opened, with the reason that their pairs fail with.
    """
    makers = makers_of(part.style, sink)
    _look_ahead(part, archive, makers, lambda: progressed(0), began=began, given_up=given_up)
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
        for columns in outcomes:
            sink.add_outcomes(columns)
            done += len(columns)
            progressed(done)
    finish_products(makers)


def fail_part(part: PartPlan, sink: Sink, reason: str) -> None:
    """Record every pair of a part as failed, and cut none."""
    makers = makers_of(part.style, sink)
    for each in part.bins:
        for outcomes in _all_failed(part, each, reason, makers):
            sink.add_outcomes(outcomes)
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


def _all_failed(part: PartPlan, work: Bin, reason: str, makers: Makers) -> Iterator[OutcomeColumns]:
    used = part.maps[work.map]
    for begin in range(0, len(work.pairs), _BATCH):
        pairs = work.pairs[begin : begin + _BATCH]
        failed = [failed_pair(part, used, pair, reason, makers) for pair in pairs]
        yield OutcomeColumns.of(failed)


def _look_ahead(
    part: PartPlan,
    archive: Path,
    makers: Makers,
    alive: Callable[[], None],
    *,
    began: Callable[[str], None],
    given_up: Mapping[str, str],
) -> None:
    """Show all stamps of the part to the makers that have to see them first."""
    looking = [maker for maker in makers if maker.looks_ahead]
    if not looking:
        return
    for each in part.bins:
        map_id = part.maps[each.map].record.map_id
        if map_id not in given_up and each.is_placed:
            began(map_id)
            _look_at_bin(part, each, archive, looking, alive)
    for maker in looking:
        maker.looked()


def _look_at_bin(
    part: PartPlan, work: Bin, archive: Path, looking: Makers, alive: Callable[[], None]
) -> None:
    used = part.maps[work.map]
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_map(archive, used.record, _needs(part, work)))
            opened = with_planes(opened, part.style.states)
            cutting = MapCutting(part, used, opened, ())
        except Exception:  # noqa: BLE001 - reported and logged when the pairs are made
            return
        for pair in work.pairs:
            stamp = cutting.looked_at(pair)
            alive()
            if stamp is not None:
                for maker in looking:
                    maker.look(opened, part.targets[pair.target], stamp)


def _cut_bin(part: PartPlan, work: Bin, archive: Path, makers: Makers) -> Iterator[OutcomeColumns]:
    used = part.maps[work.map]
    with ExitStack() as stack:
        try:
            opened = stack.enter_context(open_map(archive, used.record, _needs(part, work)))
            opened = with_planes(opened, part.style.states)
            cutting = MapCutting(part, used, opened, makers)
        except Exception as error:  # noqa: BLE001 - whatever a damaged map raises; logged
            reason = reason_of(error, f"map {used.record.map_id} could not be opened")
            yield from _all_failed(part, work, reason, makers)
            return
        for pairs in _batches(part, work):
            yield from cutting.made_all(pairs)


def _batches(part: PartPlan, work: Bin) -> Iterator[Sequence[Pair]]:
    """The pairs of a bin, as many at a time as are quick to cut and take little memory."""
    side = part.maps[work.map].record.pixel_scale_arcmin
    if part.style.projection is Projection.TAN:
        side = part.style.pixel_scale or side
    batch: list[Pair] = []
    pixels = 0.0
    for pair in work.pairs:
        target = part.targets[pair.target]
        more = target.xsize * target.ysize / side**2
        if batch and (len(batch) >= _BATCH or pixels + more > _BATCH_PIXELS):
            yield batch
            batch, pixels = [], 0.0
        batch.append(pair)
        pixels += more
    if batch:
        yield batch


def _needs(part: PartPlan, work: Bin) -> Iterator[Need]:
    """About what the stamps of a bin need of the map."""
    style, targets, record = part.style, part.targets, part.maps[work.map].record
    for pair in work.pairs:
        target = targets[pair.target]
        if not style.makes_stamps:
            yield flux_need(record, target.ra, target.dec, pair.x, pair.y)
        elif style.projection is Projection.TAN:
            yield tan_need(target, pair, style)
        else:
            yield native_need(target, pair)
