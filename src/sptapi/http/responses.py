"""The few kinds of responses that handlers give."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from sptapi.http.accept import preferred
from sptapi.http.formats import response_format
from sptapi.http.ranges import matches
from sptapi.representations.style import page_policy

JSON_TYPE: Final = "application/json"
_TREE_TYPES: Final = ("application/xml", "text/xml", JSON_TYPE)


def tree_response(
    request: web.Request,
    tree: Any,
    write_xml: Callable[[Any], bytes],
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Respond with a tree as XML, or as JSON where the client asks for it."""
    media_type = tree_type(request)
    if media_type == JSON_TYPE:
        return json_response(tree, headers=headers)
    return web.Response(body=write_xml(tree), content_type=media_type, headers=headers)


def tree_type(request: web.Request) -> str:
    """Choose the media type of a tree: XML, or JSON where the client asks for it.

    No charset parameter: strict tools compare the media type letter by letter.
    """
    requested = response_format(request, _TREE_TYPES)
    if requested is not None:
        return requested
    accepted = preferred(request.headers.get("Accept", ""), _TREE_TYPES)
    return JSON_TYPE if accepted == JSON_TYPE else _TREE_TYPES[0]


def json_response(
    document: Any,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Respond with JSON."""
    body = json.dumps(document, allow_nan=False).encode()
    return web.Response(body=body, status=status, content_type="application/json", headers=headers)


def unless_known(
    request: web.Request, version: str, tree: Callable[[], Mapping[str, Any]]
) -> web.Response:
    """Respond with a document, or that the client has it already.

    Parameters
    ----------
    version
        Changes with the document, and is cheaper to make than it.
    """
    etag = f'"{hashlib.sha256(version.encode()).hexdigest()[:32]}"'
    caching = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if matches(request.headers.get("If-None-Match"), etag):
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=caching)
    return json_response(tree(), headers=caching)


def page_response(
    page: str, *, status: int = HTTPStatus.OK, form_targets: str = "'none'"
) -> web.Response:
    """Respond with a page of the API's own, and the policy that keeps it what it is.

    Parameters
    ----------
    form_targets
        Where its forms may lead, as sources of a Content Security Policy.
    """
    headers = {"Content-Security-Policy": page_policy(form_targets)}
    return web.Response(text=page, status=status, content_type="text/html", headers=headers)


def lost_headers(parts: Sequence[int]) -> dict[str, str]:
    """Name the parts of a job that are missing in a response, since their files are lost."""
    return {"X-Lost-Parts": ", ".join(map(str, parts))} if parts else {}


def text_response(text: str) -> web.Response:
    """Respond with one value as plain text, without a line end: clients compare it."""
    return web.Response(text=text, content_type="text/plain")


def see_other(location: str) -> web.Response:
    """Send the client on with a GET (UWS 1.1 requires 303 after every change)."""
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": location})
