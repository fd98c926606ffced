"""Changes by cookie come from our own pages only.

Two things have to hold: the browser says that the page is ours (``Origin``, or
``Sec-Fetch-Site``), and the request repeats the session's secret, which no other
page can read.
"""

from hmac import compare_digest
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from sptapi.browser.storage import csrf_token
from sptapi.http.bodies import small_form
from sptapi.keys import SETTINGS
from sptjobs.uws.errors import AuthorizationError, MediaTypeError

HEADER: Final = "X-CSRF-Token"
FIELD: Final = "CSRF"
_FORMS: Final = ("application/x-www-form-urlencoded", "multipart/form-data")
_ACCEPTED: Final = ("application/json", *_FORMS)


class CsrfError(AuthorizationError):
    """A change by cookie that does not come from a page of ours."""


async def check_csrf(request: web.Request, *, form: bool) -> None:
    """Refuse a change by cookie that another site may have made.

    Parameters
    ----------
    form
        Whether the secret may be a field of the form, as on pages without scripts.

    Raises
    ------
    CsrfError
        It does not come from a page of ours, or does not repeat the secret.
    MediaTypeError
        The body is of a kind that other sites can send unasked.
    """
    check_own_page(request)
    if request.body_exists and request.content_type not in _ACCEPTED:
        raise MediaTypeError(f"{request.content_type}: send application/json")
    sent = request.headers.get(HEADER, "")
    if not sent and form and request.content_type in _FORMS:
        sent = (await small_form(request)).get(FIELD, "")
    expected = await csrf_token(request)
    if not expected or not compare_digest(sent.encode("utf-8", "replace"), expected.encode()):
        raise CsrfError(f"send the session's CSRF token in the header {HEADER}")


def check_own_page(request: web.Request) -> None:
    """Refuse a request that the browser does not say a page of ours has made.

    Raises
    ------
    CsrfError
        It comes from elsewhere, or does not say from where.
    """
    if not _is_from_our_page(request):
        raise CsrfError("changes by cookie are made from this site's own pages only")


def _is_from_our_page(request: web.Request) -> bool:
    origin = request.headers.get("Origin", "null")
    # Forms of a page that sends no referrer, as ours, have the origin "null".
    if origin != "null":
        public = urlsplit(request.app[SETTINGS].public_url)
        return origin == f"{public.scheme}://{public.netloc}"
    return request.headers.get("Sec-Fetch-Site") == "same-origin"
