"""A job's files: by name out of its packs, folder by folder, or all as one tar."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from aiohttp import web

from sptapi.http.bodies import intake, query
from sptapi.http.browsers import preferred_form
from sptapi.http.responses import json_response, lost_headers, page_response, see_other
from sptapi.http.streaming import caching, not_modified, send_chunks, send_ranged
from sptapi.keys import (
    DOWNLOADS,
    ENGINE,
    IDENTITY,
    INDEXES,
    LINKS,
    OUTCOME_INDEXES,
    PACKS,
    SETTINGS,
    TAR_SIZES,
)
from sptapi.metrics import REFUSED_REQUESTS
from sptapi.parameters.body import fields_only
from sptapi.parameters.controls import single
from sptapi.parameters.files import read_selection
from sptapi.representations.files import folder_page
from sptapi.services.downloads import LARGE_BYTES
from sptapi.services.files import (
    Folder,
    file_chunks,
    list_folder,
    selected_files,
)
from sptapi.services.fits_headers import stored_headers
from sptapi.services.job_access import readable_packs
from sptapi.services.job_tar import SelectedTar, top_folder, whole_tar
from sptapi.services.lightcurve import check_target
from sptapi.services.manifest import (
    MANIFEST_TYPES,
    stored_manifest,
    table_etag,
    table_facts,
)
from sptapi.services.pack_store import StoredPacks
from sptapi.services.tables import forms_of, service_of
from sptjobs.packs.file_selection import Selection
from sptjobs.packs.reader import StoredFile
from sptjobs.store.jobs import PackRow
from sptjobs.uws.errors import RateError, UnavailableError, UnknownResultError, UsageError
from sptjobs.uws.jobs import Job


async def tar(request: web.Request) -> web.StreamResponse:
    """Send everything, or a selection, as one tar; of a job that still runs, what there is."""
    fields = fields_only(await intake(request) if request.method == "POST" else query(request))
    selection = read_selection(fields)
    job, packs = await _packs(request)
    stored = await _look(request, job, packs)
    with _download(request):
        if selection is None:
            return await _whole_tar(request, job, stored)
        return await _selected_tar(request, job, stored, selection)


async def _selected_tar(
    request: web.Request, job: Job, stored: StoredPacks, selection: Selection
) -> web.StreamResponse:
    indexes = request.app[OUTCOME_INDEXES]
    try:
        files = await asyncio.to_thread(selected_files, indexes, stored.folders, selection)
    except UnknownResultError as error:
        if stored.lost:
            raise stored.lost_error(job.job_id, "some file of the selection") from error
        raise
    found = SelectedTar(top_folder(job), files)
    return await send_ranged(
        request,
        lambda span: found.chunks(span.start, span.stop),
        found.size,
        found.etag,
        _tar_headers(job, stored),
    )


async def _whole_tar(request: web.Request, job: Job, stored: StoredPacks) -> web.StreamResponse:
    found = whole_tar(job, stored, request.app[LINKS].out(job.job_id))
    # Its size is not looked for where the client has it already.
    if (unchanged := not_modified(request, found.etag)) is not None:
        return unchanged
    sizes = await found.sizes(request.app[TAR_SIZES])
    return await send_ranged(
        request,
        lambda span: found.chunks(sizes, span.start, span.stop),
        sizes.total,
        found.etag,
        _tar_headers(job, stored),
    )


def _tar_headers(job: Job, stored: StoredPacks) -> dict[str, str]:
    name = top_folder(job).name
    return lost_headers(stored.lost_parts) | {
        "Content-Type": "application/x-tar",
        "Content-Disposition": f'attachment; filename="{name}.tar"',
    }


async def read(request: web.Request) -> web.StreamResponse:
    """Send a file, a manifest, or the index of a folder."""
    path = request.match_info["path"]
    job, packs = await _packs(request)
    forms = forms_of(job.products)
    if path in MANIFEST_TYPES or path in forms:
        stored = await _look(request, job, packs)
        with _download(request):
            if path in MANIFEST_TYPES:
                return await _manifest(request, path, job, stored)
            return await _table(request, path, forms[path], job, stored)
    if path and not path.endswith("/"):
        file = await _find(request, packs, path)
        if file is not None and "HEADER" in (name for name, _ in query(request).fields):
            return await _headers(request, file)
        if file is not None:
            return await _file(request, file)
    return await _folder(request, job, packs, path)


async def _find(request: web.Request, packs: Sequence[PackRow], path: str) -> StoredFile | None:
    """Find a file; that packs are lost, is looked for where one cannot be read."""
    indexes = request.app[INDEXES]
    every = StoredPacks(request.app[SETTINGS].results, tuple(packs))
    try:
        return await asyncio.to_thread(indexes.find, every.folders, path)
    except UnavailableError:
        stored = await asyncio.to_thread(request.app[PACKS].look, packs)
        if not stored.lost:
            raise
    return await asyncio.to_thread(indexes.find, stored.folders, path)


async def _folder(
    request: web.Request, job: Job, packs: Sequence[PackRow], path: str
) -> web.StreamResponse:
    """Show the index of a folder; one without its slash is sent on to it."""
    stored = await _look(request, job, packs)
    path = path if path.endswith("/") or not path else f"{path}/"
    product = single(query(request).fields, "PRODUCT")
    folder = await asyncio.to_thread(list_folder, stored.folders, path, product)
    if folder is None:
        name = path.rstrip("/")[:200]
        if stored.lost:
            raise stored.lost_error(job.job_id, f"the file {name}")
        raise UnknownResultError(f"job {job.job_id} has no file {name}")
    if path != request.match_info["path"]:
        return see_other(request.app[LINKS].out(job.job_id, path))
    response = _index(request, job, path, folder)
    response.headers.update(lost_headers(stored.lost_parts))
    return response


@contextmanager
def _download(request: web.Request) -> Iterator[None]:
    """Count a large download among those of its user, and refuse one too many."""
    try:
        counted = request.app[DOWNLOADS].one_more(request[IDENTITY].account_id)
        with counted:
            yield
    except RateError:
        REFUSED_REQUESTS.labels("downloads").inc()
        raise


async def _packs(request: web.Request) -> tuple[Job, list[PackRow]]:
    job, packs = await readable_packs(
        request.app[ENGINE].database, request[IDENTITY], request.match_info["job_id"]
    )
    if not packs:
        raise UnknownResultError(f"job {job.job_id} is {job.phase} and has no files")
    return job, packs


async def _look(request: web.Request, job: Job, packs: Sequence[PackRow]) -> StoredPacks:
    """Find out which packs are there.

    Raises
    ------
    LostResultError
        None is.
    """
    stored = await asyncio.to_thread(request.app[PACKS].look, packs)
    if not stored.there:
        raise stored.lost_error(job.job_id, "what is asked for")
    return stored


async def _manifest(
    request: web.Request, name: str, job: Job, stored: StoredPacks
) -> web.StreamResponse:
    etag = table_etag(job, stored.there, name)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    chunks = stored_manifest(
        name, table_facts(job, stored), stored.folders, request.app[LINKS].out(job.job_id)
    )
    head = {"Content-Type": MANIFEST_TYPES[name], **caching(etag)}
    head |= lost_headers(stored.lost_parts)
    return await send_chunks(request, web.StreamResponse(headers=head), chunks)


async def _table(
    request: web.Request, name: str, media_type: str, job: Job, stored: StoredPacks
) -> web.StreamResponse:
    target = single(query(request).fields, "TARGET")
    etag = table_etag(job, stored.there, name, target)
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    table = service_of(name)
    rows = await asyncio.to_thread(table.read, stored.folders, target)
    if target is not None and not rows.count:
        await check_target(request.app[ENGINE].database, job, target)
    head = {"Content-Type": media_type, **caching(etag), **lost_headers(stored.lost_parts)}
    out = request.app[LINKS].out(job.job_id)
    chunks = table.write(name, table_facts(job, stored), rows, out)
    return await send_chunks(request, web.StreamResponse(headers=head), chunks)


async def _file(request: web.Request, stored: StoredFile) -> web.StreamResponse:
    entry = stored.entry
    name = entry.name.rpartition("/")[2]
    headers = {
        "Content-Type": entry.media_type,
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    etag = f'"{entry.sha256}"'
    with _download(request) if entry.size >= LARGE_BYTES else nullcontext():
        return await send_ranged(
            request,
            lambda span: file_chunks(stored, span.start, span.stop),
            entry.size,
            etag,
            headers,
        )


async def _headers(request: web.Request, stored: StoredFile) -> web.Response:
    """Give the header cards of a FITS file."""
    if stored.entry.media_type != "application/fits":
        raise UsageError(f"header: {stored.entry.name[:200]} is not a FITS file")
    etag = f'"{stored.entry.sha256}-header"'
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    found = await asyncio.to_thread(stored_headers, stored)
    hdus = [{"name": name, "cards": cards} for name, cards in found]
    return json_response({"file": stored.entry.name, "hdus": hdus}, headers=caching(etag))


def _index(request: web.Request, job: Job, path: str, folder: Folder) -> web.Response:
    manifests = [] if path else list(MANIFEST_TYPES)
    curves = [] if path else list(forms_of(job.products))
    if preferred_form(request, ("application/json", "text/html")) == "text/html":
        files = [(name, None, None) for name in (*manifests, *curves)]
        base = request.app[LINKS].base
        names = [(entry.name[len(path) :], entry.size, entry.sha256) for entry in folder.files]
        return page_response(folder_page(base, job.job_id, path, folder.folders, [*files, *names]))
    links = request.app[LINKS]
    document = {
        "job": job.job_id,
        "phase": job.phase.value,
        "path": path,
        "folders": list(folder.folders),
        "manifests": manifests,
        "lightcurves": curves,
        "files": [
            {
                "name": entry.name,
                "href": links.out(job.job_id, entry.name),
                "size": entry.size,
                "sha256": entry.sha256,
                "mediaType": entry.media_type,
                "product": entry.product,
            }
            for entry in folder.files
        ],
    }
    return json_response(document)
