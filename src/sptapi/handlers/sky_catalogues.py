"""Catalogues of objects that lie over the sky."""

import asyncio
import hashlib
from itertools import islice
from types import MappingProxyType
from typing import Final

from aiohttp import web

from sptapi.http.bodies import query
from sptapi.http.responses import unless_known
from sptapi.http.streaming import caching, not_modified
from sptapi.keys import SKY_CATALOGUES
from sptapi.parameters.searches import CSV, JSON, VOTABLE
from sptapi.parameters.sky_catalogues import CatalogueQuery, read_catalogue_query
from sptapi.representations.sky_catalogues import (
    catalogues_tree,
    objects_csv,
    objects_json,
    objects_votable,
)
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue

_FORMS: Final = MappingProxyType({VOTABLE: objects_votable, CSV: objects_csv, JSON: objects_json})


async def list_(request: web.Request) -> web.StreamResponse:
    """List the catalogues that can be shown."""
    found = await request.app[SKY_CATALOGUES].shown()
    version = "catalogues " + " ".join(f"{each.name} {each.version}" for each in found)
    return unless_known(request, version, lambda: catalogues_tree(found))


async def read(request: web.Request) -> web.StreamResponse:
    """Send the objects of a catalogue that the parameters select."""
    requested = read_catalogue_query(query(request).fields)
    catalogue = await request.app[SKY_CATALOGUES].catalogue(request.match_info["catalogue_name"])
    version = f"{catalogue.name} {catalogue.version} {requested}"
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:32]}"'
    if (unchanged := not_modified(request, etag)) is not None:
        return unchanged
    # Ten thousand rows take longer to write than others should wait.
    body = await asyncio.to_thread(_document, catalogue, requested)
    return web.Response(body=body, headers={**caching(etag), "Content-Type": requested.media_type})


def _document(catalogue: SkyCatalogue, requested: CatalogueQuery) -> bytes:
    found = list(islice(catalogue.within(requested.region), requested.max_rows + 1))
    # With MAXREC=0 a client asks for the columns alone (DALI 1.1, section 3.4.3).
    overflow = len(found) > requested.max_rows or requested.max_rows == 0
    return _FORMS[requested.form](catalogue, found[: requested.max_rows], overflow=overflow)
