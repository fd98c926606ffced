"""Synchronous cutouts (SODA 1.0, section 2.1)."""

import hashlib
from http import HTTPStatus

from aiohttp import web

from sptapi.http.bodies import intake, reader_of
from sptapi.http.streaming import caching
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY, OPEN_REQUESTS, PACKS, WATCH
from sptapi.parameters.controls import read_controls
from sptapi.parameters.division import fields_named
from sptapi.parameters.merging import read_request
from sptapi.parameters.sync import PNG, read_response_form
from sptapi.services.jobs import owner_limits
from sptapi.services.sync_cutout import SyncService


async def cut(request: web.Request) -> web.Response:
    """Respond with the stamps themselves, or with nothing where nothing was observed."""
    form = await intake(request)
    form_of_response = read_response_form(form)
    strict = read_controls(fields_named(form, frozenset({"STRICT"}))).strict
    parameters, asked = await reader_of(request)(read_request, form, 1, strict=strict)
    app, identity = request.app, request[IDENTITY]
    service = SyncService(app[ENGINE], app[ARCHIVE], app[WATCH], app[PACKS], app[OPEN_REQUESTS])
    limits = await owner_limits(app[ENGINE], identity.account_id)
    made = await service.cutout(identity, parameters, asked, form_of_response.product, limits)
    if made is None:
        return web.Response(status=HTTPStatus.NO_CONTENT)
    suffix = "png" if form_of_response.media_type == PNG else "fits"
    etag = hashlib.sha256(made.content).hexdigest()
    return web.Response(
        body=made.content,
        content_type=form_of_response.media_type,
        headers={
            **caching(f'"{etag}"'),
            "Content-Disposition": f'inline; filename="{made.stem}.{suffix}"',
        },
    )
