"""The sky to look at: the coadds as layers, and their tiles of values."""

import re
from http import HTTPStatus

from aiohttp import web

from sptapi.http.bodies import query
from sptapi.http.ranges import matches
from sptapi.http.responses import unless_known
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY, TILES
from sptapi.representations.sky import layer_version, layers_tree, statistics_tree
from sptapi.services.maps import Holdings
from sptapi.services.sky import check_tile, sky_layer
from sptjobs.maps.record import MapRecord
from sptjobs.uws.errors import ParameterError

_PLANES = ("SCI", "WGT")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
_UNCHANGING = "private, max-age=604800, immutable"
_CHECKED = "private, no-cache"


async def list_layers(request: web.Request) -> web.StreamResponse:
    """List the coadds, with what it takes to place their pixels on the sky."""
    held = await _holdings(request)
    return unless_known(
        request, held.snapshot, lambda: layers_tree(held.coadded_images(), held.snapshot)
    )


async def statistics(request: web.Request) -> web.StreamResponse:
    """Say how the pixels of a layer scatter, and between which values to show them."""
    record = sky_layer(await _holdings(request), request.match_info["map_id"])
    plane, _ = _chosen_plane(request, record)
    about = await request.app[TILES].about(request[IDENTITY].account_id, record, plane)
    version = f"{layer_version(record)}-{plane}"
    return unless_known(request, version, lambda: statistics_tree(record, plane, about))


async def tile(request: web.Request) -> web.StreamResponse:
    """Give a tile: 256 rows, the lowest first, of 256 little-endian float32."""
    record = sky_layer(await _holdings(request), request.match_info["map_id"])
    level, x, y = (_number(request, name) for name in ("level", "x", "y"))
    check_tile(record, level, x, y)
    plane, asked = _chosen_plane(request, record)
    version = layer_version(record)
    etag = f'"{version}-{plane}-{level}-{x}-{y}"'
    headers = {"ETag": etag, "Cache-Control": _UNCHANGING if asked == version else _CHECKED}
    if matches(request.headers.get("If-None-Match"), etag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    account_id = request[IDENTITY].account_id
    content = await request.app[TILES].tile(account_id, record, plane, (level, x, y))
    if not content:
        return web.Response(status=HTTPStatus.NO_CONTENT, headers=headers)
    headers |= {"Content-Type": "application/octet-stream", "Content-Encoding": "gzip"}
    return web.Response(body=content, headers=headers)


async def _holdings(request: web.Request) -> Holdings:
    return await request.app[ARCHIVE].holdings(request.app[ENGINE].database)


def _number(request: web.Request, name: str) -> int:
    text = request.match_info[name]
    if not _NUMBER.fullmatch(text):
        raise ParameterError("must be a whole number from 0", field=name.upper(), value=text)
    return int(text)


def _chosen_plane(request: web.Request, record: MapRecord) -> tuple[str, str]:
    """The plane that is asked for, and the version of the layer that the client knows."""
    fields = query(request).fields
    for name, value in fields:
        if name not in {"PLANE", "VERSION"}:
            raise ParameterError("is no parameter of tiles; take PLANE or VERSION", field=name)
        if name == "PLANE" and value not in _PLANES:
            raise ParameterError("must be SCI or WGT", field=name, value=value)
    found = dict(fields)
    plane = found.get("PLANE", "SCI")
    if plane == "WGT" and not record.has_weights:
        raise ParameterError("must be SCI: the map has no weights", field="PLANE", value=plane)
    return plane, found.get("VERSION", "")
