"""Presets of requests and lists of targets that users keep."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.http.bodies import intake, query, read_apart, small_intake
from sptapi.http.ranges import matches
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, IDENTITY
from sptapi.parameters.rows import check_names
from sptapi.parameters.saved import (
    read_new_content,
    read_new_name,
    read_saved_kind,
    read_saved_wish,
)
from sptapi.representations.times import render_time
from sptapi.services.jobs import owner_limits
from sptapi.services.saved import (
    content_of,
    own_saved,
    remove_saved,
    rename_own_saved,
    save,
    save_over,
    saved_one,
)
from sptjobs.store.saved import Saved, SavedKind, SavedWish

_TYPES = {SavedKind.PRESET: "application/json", SavedKind.TARGETS: "text/csv"}


async def list_(request: web.Request) -> web.Response:
    """List what the user keeps, without its content."""
    fields = query(request).fields
    check_names(fields, ("KIND",))
    kind, database = read_saved_kind(fields), request.app[ENGINE].database
    found = await own_saved(database, request[IDENTITY], kind)
    return json_response({"saved": [_tree(each) for each in found]})


async def create(request: web.Request) -> web.Response:
    """Keep a preset or a list; tables are read where they can be given up."""
    form, engine, identity = await intake(request), request.app[ENGINE], request[IDENTITY]
    limits = await owner_limits(engine, identity.account_id)
    wish: SavedWish = await read_apart(request, read_saved_wish, form, limits.targets)
    made = await save(engine.database, identity, wish)
    return json_response(_tree(made), status=HTTPStatus.CREATED)


async def read(request: web.Request) -> web.Response:
    """Give what is kept, as a request takes it."""
    database, saved_id = request.app[ENGINE].database, request.match_info["saved_id"]
    found, content = await content_of(database, request[IDENTITY], saved_id)
    headers = {"ETag": found.etag}
    return web.Response(text=content, content_type=_TYPES[found.kind], headers=headers)


async def replace_(request: web.Request) -> web.Response:
    """Save over it: another content of its kind; with If-Match only over what that names."""
    form, engine, identity = await intake(request), request.app[ENGINE], request[IDENTITY]
    saved_id = request.match_info["saved_id"]
    kept = await saved_one(engine.database, identity, saved_id)
    limits = await owner_limits(engine, identity.account_id)
    wish: SavedWish = await read_apart(request, read_new_content, form, kept, limits.targets)
    etags = request.headers.get("If-Match")
    changed = await save_over(
        engine.database,
        identity,
        saved_id,
        wish,
        lambda found: etags is None or matches(etags, found.etag),
    )
    return json_response(_tree(changed), headers={"ETag": changed.etag})


async def rename_(request: web.Request) -> web.Response:
    """Give it another name."""
    name = read_new_name(await small_intake(request))
    database, saved_id = request.app[ENGINE].database, request.match_info["saved_id"]
    return json_response(_tree(await rename_own_saved(database, request[IDENTITY], saved_id, name)))


async def delete(request: web.Request) -> web.Response:
    """Remove it."""
    database, saved_id = request.app[ENGINE].database, request.match_info["saved_id"]
    await remove_saved(database, request[IDENTITY], saved_id)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _tree(saved: Saved) -> dict[str, Any]:
    return {
        "id": saved.saved_id,
        "kind": saved.kind.value,
        "name": saved.name,
        "created": render_time(saved.created),
        "targets": saved.targets,
        "etag": saved.etag,
    }
