"""The orders that a worker gives its children."""

import asyncio
import logging
import secrets
from dataclasses import replace
from pathlib import Path

from sptjobs.engine.claims import Claim
from sptjobs.engine.engine import Engine
from sptjobs.execution.child.orders import ChildOrder, CutOrder, PlanOrder
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.maps import read_request_and_snapshot, selected_maps
from sptjobs.store.measured_maps import with_measurements
from sptjobs.uws.errors import UnknownJobError

_SHORT_TEXT = 10_000
"""Characters of a request that are read while the event loop waits."""

_log = logging.getLogger(__name__)


async def make_order(engine: Engine, taken: Claim) -> tuple[ChildOrder, str | None]:
    """Make the order for a part, and for the planning part name the snapshot.

    Raises
    ------
    UnknownJobError
        The job was deleted meanwhile.
    """
    settings = engine.settings
    folder = _new_folder(settings.results / taken.job_id, taken.number, taken.attempt)
    archive = str(settings.archive)
    if taken.number:
        plan = str(settings.results / (taken.plan_folder or ""))
        number, attempt = taken.number, taken.attempt
        order = CutOrder(taken.job_id, number, attempt, folder, archive, plan, taken.condemned)
        return order, None
    # Whatever is ingested meanwhile: each statement names the snapshot that the first one found.
    async with engine.database.look() as connection:
        found = await read_request_and_snapshot(connection, taken.job_id)
        if found is None:
            raise UnknownJobError(f"job {taken.job_id} was deleted")
        text, snapshot = found
        request = await _request_of(text)
        candidates = None
        if not request.map_ids:
            of = request.bands, request.filetypes
            candidates = await engine.kept_maps.candidates(connection, snapshot, *of)
        selected = await selected_maps(connection, request, candidates, snapshot)
        chosen = await with_measurements(connection, selected)
    job_id, attempt = taken.job_id, taken.attempt
    return PlanOrder(
        job_id, attempt, folder, archive, text, snapshot, chosen, settings.part_s
    ), snapshot


async def _request_of(text: str) -> CutoutRequest:
    if len(text) <= _SHORT_TEXT:
        return CutoutRequest.from_json(text)
    # Reading 100,000 targets takes a while: beats must not wait for it.
    return await asyncio.to_thread(CutoutRequest.from_json, text)


def without_map(order: ChildOrder, map_id: str, reason: str) -> ChildOrder:
    """Make the same order but for one map, with whose pairs nothing is tried any more."""
    _log.warning("order for %s: map %s %s", order.folder, map_id, reason)
    number = order.part if isinstance(order, CutOrder) else 0
    folder = _new_folder(Path(order.folder).parent, number, order.attempt)
    return replace(order, folder=folder, given_up=order.given_up | {map_id: reason})


def _new_folder(job: Path, number: int, attempt: int) -> str:
    return str(job / f"{number}-{attempt}-{secrets.token_hex(4)}")
