"""Which requests browsers send, and who sees the responses."""

from collections.abc import Sequence

from aiohttp import web

from sptapi.http.accept import preferred


def is_script(request: web.Request) -> bool:
    """Whether a script of a page asks, and nobody sees the response."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") != "navigate"


def is_browser(request: web.Request) -> bool:
    """Whether a browser asks, for a page or by a script.

    Browsers send Sec-Fetch headers to hosts that are secure, and name XHTML when they ask for a
    page. Java's HTTP client names ``text/html`` first, whatever it asks for, and does neither.
    """
    sends_fetch_metadata = any(name.lower().startswith("sec-fetch-") for name in request.headers)
    return sends_fetch_metadata or "application/xhtml+xml" in _accept(request).lower()


def preferred_form(request: web.Request, offered: Sequence[str]) -> str:
    """Choose among media types; a page is only for a browser that shows it.

    See :func:`sptapi.http.accept.preferred`.
    """
    if is_script(request) or not is_browser(request):
        offered = [each for each in offered if each != "text/html"]
    return preferred(_accept(request), tuple(offered))


def _accept(request: web.Request) -> str:
    return request.headers.get("Accept", "")
