"""Access tokens: made in a session, renewed and revoked by their user."""

from http import HTTPStatus
from typing import Any

from aiohttp import web

from sptapi.auth.access_tokens import TokenWish
from sptapi.auth.identity import Identity
from sptapi.auth.short_tokens import is_short_token_id
from sptapi.http.actor import actor
from sptapi.http.bodies import intake, query, small_intake
from sptapi.http.responses import json_response
from sptapi.keys import ENGINE, GATE, IDENTITY, SETTINGS
from sptapi.parameters.body import Form
from sptapi.parameters.tokens import read_wish
from sptapi.representations.times import render_time
from sptapi.services import tokens
from sptjobs.settings import Settings
from sptjobs.store.tokens import TokenRow
from sptjobs.uws.errors import AuthorizationError, UsageError


async def create_by_get(request: web.Request) -> web.Response:
    """Make a token for whoever opens the address in a browser: nothing but that changes.

    A page of another site must not cause it, though it could never read the response:
    the browser says where a request comes from, and whether a user asked for it.
    """
    site = request.headers.get("Sec-Fetch-Site", "none")
    if site not in {"none", "same-origin"} or "Sec-Purpose" in request.headers:
        raise AuthorizationError("tokens are not made for a page of another site")
    return await _create(request, query(request), HTTPStatus.OK)


async def create(request: web.Request) -> web.Response:
    """Make a token."""
    return await _create(request, await small_intake(request), HTTPStatus.CREATED)


async def refresh(request: web.Request) -> web.Response:
    """Exchange a token that still holds for a new one, up to the end of its chain."""
    identity = request[IDENTITY]
    if identity.credential != "token":
        raise UsageError("send the token that is to be refreshed as Authorization: Bearer")
    wish = _wish(request, await intake(request))
    issued = await tokens.refresh_token(*_parts(request), wish, actor(request))
    return _issued(request, issued, HTTPStatus.OK)


async def list_(request: web.Request) -> web.Response:
    """List the user's tokens that have not expired, newest first."""
    identity, settings = request[IDENTITY], request.app[SETTINGS]
    rows = await tokens.visible_tokens(request.app[ENGINE].database, identity)
    return json_response({"tokens": [_token_tree(row, settings, identity) for row in rows]})


async def delete(request: web.Request) -> web.Response:
    """Revoke one token."""
    return await _revoke(request, chain=False)


async def delete_chain(request: web.Request) -> web.Response:
    """Revoke a token with everything that it was refreshed to, or from."""
    return await _revoke(request, chain=True)


async def delete_all(request: web.Request) -> web.Response:
    """Revoke all of the user's tokens."""
    database, identity = request.app[ENGINE].database, request[IDENTITY]
    count = await tokens.revoke_every(database, identity.account_id, actor(request))
    request.app[GATE].forget()
    return json_response({"revoked": count})


async def _create(request: web.Request, form: Form, status: HTTPStatus) -> web.Response:
    issued = await tokens.create_token(*_parts(request), _wish(request, form), actor(request))
    return _issued(request, issued, status)


async def _revoke(request: web.Request, *, chain: bool) -> web.Response:
    database, identity = request.app[ENGINE].database, request[IDENTITY]
    jti = request.match_info["token_id"]
    await tokens.revoke_own(database, identity, jti, actor(request), chain=chain)
    request.app[GATE].forget()
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _parts(request: web.Request) -> tuple[Any, Settings, Identity]:
    return request.app[ENGINE].database, request.app[SETTINGS], request[IDENTITY]


def _wish(request: web.Request, form: Form) -> TokenWish:
    return read_wish(form, longest_s=request.app[SETTINGS].token_chain_s)


def _issued(request: web.Request, issued: tokens.Issued, status: HTTPStatus) -> web.Response:
    tree = _token_tree(issued.row, request.app[SETTINGS], request[IDENTITY])
    return json_response({"token": issued.text} | tree, status=status)


def _token_tree(row: TokenRow, settings: Settings, identity: Identity) -> dict[str, Any]:
    """Describe a token; ``current`` says whether it is the one that asks."""
    return {
        "id": row.jti,
        "name": row.name,
        "form": "short" if is_short_token_id(row.jti) else "jwt",
        "scopes": list(row.scopes),
        "created": render_time(row.issued),
        "expires": render_time(row.expires),
        "lastUsed": None if row.last_used is None else render_time(row.last_used),
        "revoked": None if row.revoked is None else render_time(row.revoked),
        "chain": row.chain,
        "chainExpires": render_time(tokens.chain_end(row, settings)),
        "current": row.jti == identity.credential_id,
    }
