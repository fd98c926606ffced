"""The Expect header (RFC 9110, section 10.1.1): at no address does aiohttp itself respond to it."""

from collections.abc import Awaitable, Callable

from aiohttp import HttpVersion11, web
from aiohttp.web_urldispatcher import MatchInfoError, UrlMappingMatchInfo


async def continue_if_asked(request: web.Request) -> None:
    """Let a client send its body that asks first; other expectations are ignored."""
    expected = request.headers.get("Expect", "").strip().lower()
    if request.version == HttpVersion11 and expected == "100-continue":
        writer = request.writer
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        writer.output_size = 0  # the response itself has not begun


class _RefusedError(MatchInfoError):
    """No route, and no expectation either: the middlewares respond as always."""

    @property
    def expect_handler(self) -> Callable[[web.Request], Awaitable[None]]:
        return continue_if_asked


class Unrouted(web.PlainResource):
    """What no other resource takes: no such address, or no such method at it.

    Registered last. aiohttp's own refusal would check the Expect header before any
    middleware runs, and respond to it in a form of its own.
    """

    def __init__(self, router: web.UrlDispatcher) -> None:
        super().__init__("/")
        self._router = router

    async def resolve(self, request: web.Request) -> tuple[UrlMappingMatchInfo, set[str]]:
        """Take every request, to refuse it within the middlewares."""
        methods: set[str] = set()
        for resource in self._router.resources():
            if resource is not self:
                methods |= (await resource.resolve(request))[1]
        if methods:
            return _RefusedError(web.HTTPMethodNotAllowed(request.method, methods)), methods
        return _RefusedError(web.HTTPNotFound()), methods
