"""What the service says of itself to the Virtual Observatory's programs (VOSI 1.1)."""

from aiohttp import web

from sptapi.http.authentication_schemes import challenges
from sptapi.keys import ENGINE, IDENTITY, LATEST_STATUS, LINKS, SERVED, SETTINGS, SIGN_IN
from sptapi.representations.vosi import availability_xml, capabilities_xml
from sptapi.services.health import current_status


async def capabilities(request: web.Request) -> web.Response:
    """List the standards that the service speaks, and where.

    A request without credentials gets the challenges too: clients ask here before they sign in.
    """
    app = request.app
    path = request.match_info.route.resource.canonical  # type: ignore[union-attr]
    folder = path.removeprefix(app[SETTINGS].base_path).rpartition("/")[0]
    body = capabilities_xml(app[LINKS].base, folder, app[SERVED])
    response = web.Response(body=body, content_type="application/xml")
    if IDENTITY not in request:
        for challenge in challenges(request):
            response.headers.add("WWW-Authenticate", challenge)
    return response


async def availability(request: web.Request) -> web.Response:
    """Say whether the service can be used now; always 200."""
    app = request.app
    latest = app[LATEST_STATUS]
    status = await current_status(app[ENGINE], app[SIGN_IN], latest)
    return web.Response(
        body=availability_xml(status, latest.up_since), content_type="application/xml"
    )
