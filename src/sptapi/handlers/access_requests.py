"""Asking for access, by those whom no group lets in."""

from http import HTTPStatus

from aiohttp import web

from sptapi.auth.identity import Identity
from sptapi.browser.csrf import FIELD, check_own_page
from sptapi.http.actor import actor
from sptapi.http.bodies import small_intake
from sptapi.http.responses import page_response
from sptapi.keys import ENGINE, LINKS, SETTINGS, SIGN_IN
from sptapi.parameters.access_requests import read_access_wish
from sptapi.parameters.controls import single
from sptapi.representations.access_requests import Outsider, outsider_page
from sptapi.services.access_requests import ask_for_access, new_ticket, own_request
from sptjobs.store.access_requests import AccessRequest
from sptjobs.store.accounts import Account
from sptjobs.uws.errors import UnknownResultError


async def ask(request: web.Request) -> web.Response:
    """Take the form of somebody who asks for access, and show how their request stands."""
    sign_in = request.app[SIGN_IN]
    if sign_in is None:
        raise UnknownResultError("signing in is switched off here; nobody can ask for access")
    check_own_page(request)
    fields = (await small_intake(request)).fields
    wish, ticket = read_access_wish(fields), single(fields, FIELD) or ""
    account, asked = await ask_for_access(sign_in, ticket, wish, actor(request))
    return _page(request, account, asked, HTTPStatus.OK)


async def outsider_response(request: web.Request, somebody: Account | Identity) -> web.Response:
    """Refuse somebody whom no group lets in, with how to ask for it, or what became of that."""
    asked = await own_request(request.app[ENGINE].database, somebody.account_id)
    return _page(request, somebody, asked, HTTPStatus.FORBIDDEN)


def _page(
    request: web.Request,
    somebody: Account | Identity,
    asked: AccessRequest | None,
    status: HTTPStatus,
) -> web.Response:
    ticket = new_ticket(request.app[SETTINGS], somebody.account_id)
    outsider = Outsider(somebody.name, somebody.groups, asked, ticket)
    page = outsider_page(request.app[LINKS].base, outsider)
    return page_response(page, status=status, form_targets="'self'")
