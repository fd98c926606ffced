"""Carrying out the orders of a worker: planning a job, cutting a part."""

import errno
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from sptjobs.cutouts.cut import cut_part, fail_part, finish_products
from sptjobs.cutouts.making.makers import makers_of
from sptjobs.cutouts.plan.part_plan import PartPlan
from sptjobs.cutouts.plan.plan import Plan, plan
from sptjobs.cutouts.request_file import REQUEST_FILE, request_file
from sptjobs.execution.child.orders import (
    ChildOrder,
    CutOrder,
    Failed,
    Finished,
    PlannedPart,
    PlanOrder,
    Report,
)
from sptjobs.packs.writer import PLAN_FILE, PackWriter
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.uws.errors import ServiceError, UnavailableError

ProgressCallback = Callable[[int], None]
BeganCallback = Callable[[str], None]

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""What a full or read-only disk says: not the fault of the part."""


def carry_out(
    order: ChildOrder, progressed: ProgressCallback, began: BeganCallback = lambda _: None
) -> Report:
    """Carry out one order; errors that the user can act on become ``Failed``.

    Parameters
    ----------
    progressed, began
        As ``cut_part`` calls them.
    """
    try:
        if isinstance(order, CutOrder):
            return _cut(order, progressed, began)
        return _plan(order, progressed, began)
    except ServiceError as error:
        return Failed(error.code, error.message)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        return Failed(UnavailableError.code, f"the results cannot be written: {error.strerror}")


def _plan(order: PlanOrder, progressed: ProgressCallback, began: BeganCallback) -> Finished:
    request = CutoutRequest.from_json(order.request)
    work = plan(request, order.maps, order.part_cost_s, lambda: progressed(0))
    with PackWriter(Path(order.folder)) as pack:
        about = b"".join(request_file(request, order.snapshot, order.maps))
        pack.add_file(REQUEST_FILE, about, "application/json", "request")
        for outcomes in work.settled():
            pack.add_outcomes(outcomes)
        parts: tuple[PlannedPart, ...] = ()
        if len(work.slices) > 1:
            parts = _write_parts(work, pack)
        else:
            part = work.part(0, 0) if work.slices else work.empty_part()
            pack.write_plan([part.to_line()])
            settled = work.settled_pairs
            cut_part(
                part,
                Path(order.archive),
                pack,
                lambda done: progressed(settled + done),
                began=began,
                given_up=order.given_up,
            )
    return _finished(pack, parts)


def _write_parts(work: Plan, pack: PackWriter) -> tuple[PlannedPart, ...]:
    parts: list[PlannedPart] = []

    def lines() -> Iterator[str]:
        yield work.empty_part().to_line()
        for position in range(len(work.slices)):
            part = work.part(position, position + 1)
            parts.append(PlannedPart(part.number, part.pairs, part.cost_s))
            yield part.to_line()

    pack.write_plan(lines())
    finish_products(makers_of(work.style, pack))
    return tuple(parts)


def _cut(order: CutOrder, progressed: ProgressCallback, began: BeganCallback) -> Finished:
    with (Path(order.plan_folder) / PLAN_FILE).open("rb") as lines:
        part = PartPlan.from_line(next(islice(lines, order.part, None)))
    with PackWriter(Path(order.folder)) as pack:
        if order.condemned is None:
            archive, given_up = Path(order.archive), order.given_up
            cut_part(part, archive, pack, progressed, began=began, given_up=given_up)
        else:
            fail_part(part, pack, order.condemned)
    return _finished(pack, ())


def _finished(pack: PackWriter, parts: tuple[PlannedPart, ...]) -> Finished:
    return Finished(
        pairs=pack.outcomes.total(),
        outcomes=dict(pack.outcomes),
        files=pack.files,
        size_bytes=pack.size_bytes,
        parts=parts,
        disk_bytes=pack.disk_bytes,
    )
