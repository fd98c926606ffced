"""The Authorization header of a request, and the schemes that a refusal offers."""

from collections.abc import Sequence

from aiohttp import web

from sptapi.auth.basic_credentials import basic_challenge, bearer_header, is_basic
from sptapi.auth.oidc.setup import is_loopback, is_public_on_loopback
from sptapi.http.browsers import is_browser
from sptapi.keys import ACCESS, ADDRESS, LINKS, SETTINGS
from sptjobs.uws.errors import AuthenticationError

_BEARER = 'Bearer realm="spt3g"'


def authorization(request: web.Request) -> Sequence[str]:
    """Give the Authorization headers of a request, Basic ones as Bearer.

    Raises
    ------
    AuthenticationError
        A header is of the Basic scheme, where that is not taken.
    InvalidTokenError
        It holds no user's name and password.
    """
    headers = request.headers.getall("Authorization", ())
    if len(headers) != 1 or not is_basic(headers[0]):
        return headers
    if (reason := _refusal_of_basic(request)) is not None:
        raise AuthenticationError(f"{reason}; send the token as Authorization: Bearer")
    return (bearer_header(headers[0]),)


def challenges(request: web.Request, error: str = "") -> list[str]:
    """Write the WWW-Authenticate headers of a response.

    A browser is never offered Basic: it would open its password box over the web app.

    Parameters
    ----------
    error
        Code of the error by RFC 6750, section 3.1.
    """
    found = [_BEARER + (f', error="{error}"' if error else "")]
    if _refusal_of_basic(request) is None and not _needs_session(request):
        found.append(basic_challenge(f"{request.app[LINKS].base}/account"))
    return found


def _refusal_of_basic(request: web.Request) -> str | None:
    settings = request.app[SETTINGS]
    if not settings.basic_auth:
        return "the Basic scheme is switched off here"
    if is_browser(request):
        return "the Basic scheme is not for browsers"
    if not (settings.public_url.startswith("https:") or _is_on_loopback(request)):
        return "the Basic scheme is taken over HTTPS only"
    return None


def _is_on_loopback(request: web.Request) -> bool:
    return is_public_on_loopback(request.app[SETTINGS]) and is_loopback(request[ADDRESS])


def _needs_session(request: web.Request) -> bool:
    match = request.match_info
    return match.http_exception is None and request.app[ACCESS][match.handler].session_only
