"""A cutout whose response is the stamps themselves: a job whose end is awaited.

The job is an ordinary one, within the limits of its owner. It is deleted with what it made
when the response is there, or when nobody waits for it any more.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import prod
from pathlib import Path

from sptapi.auth.identity import Identity
from sptapi.services.files import file_chunks
from sptapi.services.job_access import readable_packs
from sptapi.services.maps import Archive, check_named_maps
from sptapi.services.multi_extension import as_one_file
from sptapi.services.open_requests import OpenRequests
from sptapi.services.pack_store import PackStore
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import MadeJob, NewJob, create_job, delete_job
from sptjobs.forecast.map_selection import select_maps
from sptjobs.maps.footprints import Cover, Place, covers
from sptjobs.maps.record import MapRecord
from sptjobs.packs.job_rows import read_rows
from sptjobs.packs.reader import PackIndexes
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import CutoutRequest, Target
from sptjobs.request.stamp_memory import stamp_pixels
from sptjobs.settings import Limits
from sptjobs.uws.errors import ServiceError, UnavailableError, UnknownJobError, UsageError
from sptjobs.uws.jobs import Job, Parameters
from sptjobs.uws.pair_status import Status
from sptjobs.uws.phases import FINAL, ExecutionPhase
from sptjobs.watching.waiting import JobWatch

MAX_MAPS = 12
"""Most maps of one response."""

MAX_STAMP_BYTES = 64 << 20
"""About the most bytes of stamps in one response, which the server holds in its memory."""

_PIXEL_BYTES = 4

TIME_LIMIT_S = 60.0
"""How long a client waits, and a job may execute."""

_KEPT = timedelta(minutes=10)
"""After which a job goes whose server could not delete it."""

_MAX_LOOKED_AT = 1000


@dataclass(frozen=True, slots=True)
class SyncCutout:
    """What a response is made of.

    Attributes
    ----------
    content
        The whole of it: it is sent only when all of it is there.
    stem
        What its file is called, without the suffix.
    shown
        Ids of the maps, in the order of EXTVER.
    """

    content: bytes
    stem: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SyncService:
    """Makes synchronous cutouts with what the server has."""

    engine: Engine
    archive: Archive
    watch: JobWatch
    store: PackStore
    open_requests: OpenRequests

    async def cutout(
        self,
        identity: Identity,
        parameters: Parameters,
        request: CutoutRequest,
        product: str,
        limits: Limits,
    ) -> SyncCutout | None:
        """Cut, and give the stamps; None where no map has anything there.

        Parameters
        ----------
        parameters
            As the job shows them.
        product
            What is made of each map: ``fits``, all of which are in the response, or
            ``preview``, of which it is the first.

        Raises
        ------
        UnknownMapError
            A map is named that is not there.
        UsageError
            More maps have something there than one response can hold.
        LimitError
            The owner has as many jobs at work as may be.
        UnavailableError
            It took too long.
        """
        holdings = await self.archive.holdings(self.engine.database)
        check_named_maps(holdings.maps, request)
        maps = await asyncio.to_thread(_maps_there, holdings.maps, request)
        # Of pictures only the first is sent; the others are for where it has a hole.
        turns = [maps] if product == "fits" else [maps[:1], maps[1:]]
        for turn in filter(None, turns):
            ids = tuple(record.map_id for record in turn)
            asked = replace(request, map_ids=ids, products=(product,))
            if (made := await self._made(identity, parameters, asked, limits)) is not None:
                return made
        return None

    async def _made(
        self, identity: Identity, parameters: Parameters, request: CutoutRequest, limits: Limits
    ) -> SyncCutout | None:
        """Make a job, await its end and read what it made."""
        new = NewJob(
            owner_id=identity.account_id,
            parameters=parameters,
            request=request,
            execution_duration=int(TIME_LIMIT_S),
            destruction=datetime.now(UTC) + _KEPT,
        )
        job = await create_job(self.engine, new, limits=limits, run=True)
        try:
            await self._ended(job)
            made = await self._read(identity, job.job_id, *request.products)
        except BaseException:
            await self.open_requests.finish(self._forget(job.job_id))
            raise
        # The client need not wait for it.
        self.open_requests.leave(self._forget(job.job_id))
        return made

    async def _forget(self, job_id: str) -> None:
        with suppress(UnknownJobError):
            await delete_job(self.engine, job_id)

    async def _ended(self, job: MadeJob) -> None:
        phase: ExecutionPhase | None = job.phase
        loop = asyncio.get_running_loop()
        until = loop.time() + TIME_LIMIT_S
        while phase is not None and phase not in FINAL:
            if (left := until - loop.time()) <= 0:
                message = (
                    f"the cutout was not made within {TIME_LIMIT_S:g} s; try again later, or make "
                    "a job at /api/v1/cutout/async, which may wait"
                )
                raise UnavailableError(message)
            phase = await self.watch.wait(job.job_id, phase, left)

    async def _read(self, identity: Identity, job_id: str, product: str) -> SyncCutout | None:
        job, packs = await readable_packs(self.engine.database, identity, job_id)
        if job.phase is not ExecutionPhase.COMPLETED:
            raise _failure(job)
        stored = await asyncio.to_thread(self.store.look, packs)
        if stored.lost:
            raise UnavailableError("the stamps were lost before they could be sent; try again")
        return await asyncio.to_thread(_stamps, stored.folders, product)


def _stamps(folders: Sequence[Path], product: str) -> SyncCutout | None:
    """Read what a job made; None where no map has an observed pixel."""
    found = read_rows(tuple(folders))
    rows = found.read(range(len(found.targets)))
    for row in rows:
        if row.status == Status.FAILED:
            raise ServiceError(f"map {row.map_id} could not be cut: {row.reason}")
    named = [(row, name) for row in rows if (name := _file_of(row, product)) is not None]
    if product != "fits":
        named = named[:1]
    if not named:
        return None
    first, _ = named[0]
    files = [_content(folders, name) for _, name in named]
    stem = first.stem if len(named) > 1 else f"{first.stem}_{first.map_id}"
    return SyncCutout(as_one_file(files), stem or "cutout", tuple(r.map_id for r, _ in named))


def _content(folders: Sequence[Path], name: str) -> bytes:
    stored = PackIndexes(0).find(folders, name)
    if stored is None:
        raise UnavailableError(f"the file {name} was lost before it could be sent; try again")
    return b"".join(file_chunks(stored, 0, stored.entry.size))


def _maps_there(maps: Sequence[MapRecord], request: CutoutRequest) -> list[MapRecord]:
    """Maps that the request selects and that may have something observed in its region."""
    selected = select_maps(maps, request)
    if len(selected) > _MAX_LOOKED_AT:
        raise _too_many(len(selected))
    (target,) = request.targets
    place = Place.of(target.ra, target.dec, target.xsize, target.ysize)
    there = [r for r in selected if covers(r.footprint, [place])[0] is not Cover.OUTSIDE]
    if len(there) > MAX_MAPS:
        raise _too_many(len(there))
    _check_planes(there, request)
    _check_size(there, request, target)
    return there


def _check_planes(maps: Sequence[MapRecord], request: CutoutRequest) -> None:
    """Refuse planes of polarisation that one of the maps does not hold."""
    for record in maps:
        if missing := [state for state in request.polarizations if state not in record.states]:
            raise UsageError(
                f"POL: map {record.map_id} holds {', '.join(record.states)}, and no"
                f" {' or '.join(missing)}; ask for what it holds, or for another map by ID"
            )


def _check_size(maps: Sequence[MapRecord], request: CutoutRequest, target: Target) -> None:
    """Refuse a response that would take too much of the server's memory."""
    pixels = sum(
        prod(stamp_pixels(target, request.pixel_scale or record.pixel_scale_arcmin))
        for record in maps
    )
    images = len(request.planes) * max(1, len(request.polarizations))
    if pixels * images * _PIXEL_BYTES > MAX_STAMP_BYTES:
        limit = MAX_STAMP_BYTES >> 20
        raise UsageError(
            f"SIZE: stamps of {len(maps)} maps would be more than {limit} MB; ask for a smaller "
            "region, one band or PLANES=sci, or make a job at /api/v1/cutout/async"
        )


def _too_many(count: int) -> UsageError:
    return UsageError(
        f"TIME: {count} maps are selected, one response holds {MAX_MAPS}; narrow BAND, FILETYPE "
        "or TIME, name a map by ID, or make a job at /api/v1/cutout/async"
    )


def _failure(job: Job) -> ServiceError:
    if job.error is not None:
        return ServiceError(job.error.message)
    return UnavailableError(
        f"the cutout was aborted: {job.abort_reason or job.phase}; try again, or make a job at "
        "/api/v1/cutout/async"
    )


def _file_of(row: Outcome, product: str) -> str | None:
    return row.file if product == "fits" else row.preview
