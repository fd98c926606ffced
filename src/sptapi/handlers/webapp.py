"""The web app: its production build, as it lies in this package.

The build stands below whatever base path the service has, so its page is written
for each response: with the base, and with a nonce for the styles that the app makes.
"""

import asyncio
import secrets
from http import HTTPStatus
from pathlib import Path

from aiohttp import web

from sptapi.browser.navigation import form_targets, sign_in_first
from sptapi.browser.storage import session_id
from sptapi.keys import LINKS, SETTINGS, WEB_BUILD
from sptapi.representations.style import CONTENT_SECURITY_POLICY
from sptapi.representations.webapp import missing_build_page
from sptjobs.uws.errors import UnknownResultError

_FOREVER = "public, max-age=31536000, immutable"
_CHECKED = "public, no-cache"
_HASHED = "assets/"
_PREFIX = "/app/cutout/"


async def read(request: web.Request) -> web.StreamResponse:
    """Give a file of the build; every other address of the app is its one page.

    Who asks for the page and has no session is sent to sign in first.
    """
    build, path = request.app[WEB_BUILD], request.match_info["path"]
    file = await asyncio.to_thread(_find, build, path)
    if file is not None:
        return _file(file, path)
    if path.startswith(_HASHED) or "." in path.rpartition("/")[2]:
        raise UnknownResultError(f"the web app has no file {path[:200]}")
    if await session_id(request) is None and (response := sign_in_first(request)) is not None:
        return response
    return await _page(request, build / "index.html")


async def redirect(request: web.Request) -> web.Response:
    """Send the client on to the folder that the app's relative addresses need."""
    query = request.rel_url.raw_query_string
    location = request.app[SETTINGS].base_path + _PREFIX + (f"?{query}" if query else "")
    return web.Response(status=HTTPStatus.PERMANENT_REDIRECT, headers={"Location": location})


def _find(build: Path, path: str) -> Path | None:
    """Find a file of the build; its page, and compressed copies, are not asked for by name."""
    if not path or path == "index.html" or path.endswith((".gz", ".br")) or "\0" in path:
        return None
    try:
        file = (build / path).resolve()
        return file if file.is_relative_to(build.resolve()) and file.is_file() else None
    except OSError:
        return None  # no file has such a name: it is too long, for one


def _file(file: Path, path: str) -> web.FileResponse:
    # aiohttp looks for a compressed copy beside the file that the client can read.
    caching = _FOREVER if path.startswith(_HASHED) else _CHECKED
    return web.FileResponse(file, headers={"Cache-Control": caching, "Vary": "Accept-Encoding"})


async def _page(request: web.Request, file: Path) -> web.Response:
    headers = {"Cache-Control": _CHECKED}
    try:
        text = await asyncio.to_thread(file.read_text, "utf-8")
    except FileNotFoundError:
        headers |= {"Content-Security-Policy": CONTENT_SECURITY_POLICY}
        return web.Response(
            text=missing_build_page(request.app[LINKS].base),
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            content_type="text/html",
            headers=headers,
        )
    nonce = secrets.token_urlsafe(16)
    text = text.replace("__BASE__", request.app[SETTINGS].base_path).replace("__NONCE__", nonce)
    headers |= {"Content-Security-Policy": _policy(nonce, form_targets(request))}
    return web.Response(text=text, content_type="text/html", headers=headers)


def _policy(nonce: str, form_targets: str) -> str:
    """Allow the app's own files, pictures that it makes itself, and nothing from elsewhere."""
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; font-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; "
        f"manifest-src 'self'; worker-src 'self' blob:; form-action {form_targets}; "
        "base-uri 'self'; "
        "frame-ancestors 'none'"
    )
