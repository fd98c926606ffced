"""Surveys (HiPS) of the coadds: their list, and the files of each."""

import asyncio
import hashlib
from urllib.parse import quote

from aiohttp import web

from sptapi.http.streaming import caching, not_modified
from sptapi.keys import ARCHIVE, ENGINE, LINKS, SETTINGS
from sptapi.services.hips import listed_surveys, survey_file, survey_properties_of
from sptapi.services.maps import Holdings
from sptjobs.hips.survey_files import PROPERTIES
from sptjobs.hips.survey_properties import write_list, write_properties


async def list_surveys(request: web.Request) -> web.Response:
    """List the surveys, as programs read it: the properties of each."""
    root = request.app[SETTINGS].hips
    found = await asyncio.to_thread(listed_surveys, root, await _holdings(request))
    surveys = ({**found[map_id], **_address(request, map_id)} for map_id in found)
    return _text(request, write_list(surveys))


async def read(request: web.Request) -> web.StreamResponse:
    """Send a file of a survey."""
    map_id, path = request.match_info["map_id"], request.match_info["path"]
    root, held = request.app[SETTINGS].hips, await _holdings(request)
    if path == PROPERTIES:
        found = await asyncio.to_thread(survey_properties_of, root, held, map_id)
        return _text(request, write_properties({**found, **_address(request, map_id)}))
    file = await asyncio.to_thread(survey_file, root, held, map_id, path)
    headers = {"Content-Type": file.media_type, "Cache-Control": "private, no-cache"}
    return web.FileResponse(file.path, headers=headers)


async def _holdings(request: web.Request) -> Holdings:
    return await request.app[ARCHIVE].holdings(request.app[ENGINE].database)


def _address(request: web.Request, map_id: str) -> dict[str, str]:
    """Where the survey is; its folder may be served from elsewhere tomorrow."""
    return {"hips_service_url": f"{request.app[LINKS].base}/hips/{quote(map_id, safe='')}"}


def _text(request: web.Request, text: str) -> web.Response:
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    return web.Response(text=text, content_type="text/plain", headers=caching(etag))
