"""The archive's catalogue."""

from aiohttp import web

from sptapi.handlers.answers import json_answer
from sptapi.handlers.intake import query
from sptapi.keys import ARCHIVE, ENGINE
from sptapi.representations.maps import maps_tree
from sptjobs.soda.request import BANDS, FILE_TYPES
from sptjobs.uws.errors import ParameterError


async def list_(request: web.Request) -> web.Response:
    """List the maps, all or those of some bands and file types."""
    fields = query(request).fields
    unknown = sorted({name for name, _ in fields} - {"BAND", "FILETYPE"})
    if unknown:
        raise ParameterError("is no filter; take BAND or FILETYPE", field=unknown[0])
    bands = _chosen(fields, "BAND", BANDS, {"95GHz": "90GHz"})
    filetypes = _chosen(fields, "FILETYPE", FILE_TYPES, {})
    held = await request.app[ARCHIVE].holdings(request.app[ENGINE].database)
    shown = [each for each in held.maps if each.band in bands and each.filetype in filetypes]
    return json_answer(maps_tree(shown, held.snapshot))


def _chosen(
    fields: tuple[tuple[str, str], ...],
    name: str,
    known: tuple[str, ...],
    aliases: dict[str, str],
) -> frozenset[str]:
    """Give the values of a filter; all known ones when it is not given."""
    values = [value for each, value in fields if each == name]
    for value in values:
        if value not in known and value not in aliases:
            raise ParameterError(f"must be one of {', '.join(known)}", field=name, value=value)
    return frozenset(aliases.get(value, value) for value in values or known)
