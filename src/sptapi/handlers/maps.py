"""The archive's catalogue."""

from collections.abc import Mapping

from aiohttp import web

from sptapi.http.bodies import query
from sptapi.http.responses import json_response, unless_known
from sptapi.keys import ARCHIVE, ENGINE, IDENTITY
from sptapi.representations.maps import footprints_tree, maps_tree, summary_tree
from sptapi.services.jobs import owner_limits
from sptjobs.maps.site import declared
from sptjobs.uws.errors import ParameterError


async def list_(request: web.Request) -> web.Response:
    """List the maps, all or those of some bands and file types."""
    fields = query(request).fields
    unknown = sorted({name for name, _ in fields} - {"BAND", "FILETYPE"})
    if unknown:
        raise ParameterError("is no filter; take BAND or FILETYPE", field=unknown[0])
    kinds = declared()
    bands = _chosen(fields, "BAND", kinds.band_names, kinds.band_spellings)
    filetypes = _chosen(fields, "FILETYPE", kinds.filetype_names, {})
    held = await request.app[ARCHIVE].holdings(request.app[ENGINE].database)
    shown = [each for each in held.maps if each.band in bands and each.filetype in filetypes]
    return json_response(maps_tree(shown, held.snapshot))


async def summary(request: web.Request) -> web.StreamResponse:
    """Say what there is by band, file type and tag, and within which limits."""
    engine = request.app[ENGINE]
    held = await request.app[ARCHIVE].holdings(engine.database)
    limit = (await owner_limits(engine, request[IDENTITY].account_id)).targets
    return unless_known(
        request, f"{held.snapshot}-{limit}", lambda: summary_tree(held.maps, held.snapshot, limit)
    )


async def footprints(request: web.Request) -> web.StreamResponse:
    """Say where the maps lie on the sky."""
    held = await request.app[ARCHIVE].holdings(request.app[ENGINE].database)
    return unless_known(request, held.snapshot, lambda: footprints_tree(held.maps, held.snapshot))


def _chosen(
    fields: tuple[tuple[str, str], ...],
    name: str,
    known: tuple[str, ...],
    aliases: Mapping[str, str],
) -> frozenset[str]:
    """Give the values of a filter; all known ones when it is not given."""
    values = [value for each, value in fields if each == name]
    for value in values:
        if value not in known and value not in aliases:
            raise ParameterError(f"must be one of {', '.join(known)}", field=name, value=value)
    return frozenset(aliases.get(value, value) for value in values or known)
