"""Requests whose address is not spelt as in the table of routes."""

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.web_urldispatcher import MatchInfoError, UrlMappingMatchInfo

from sptapi.http.expectation import continue_if_asked

_SLASHES = re.compile("/{2,}")


class _RefusedError(MatchInfoError):
    """No route, and no expectation either: the middlewares respond as always."""

    @property
    def expect_handler(self) -> Callable[[web.Request], Awaitable[None]]:
        return continue_if_asked


class Unrouted(web.PlainResource):
    """What no other resource takes: addresses with slashes too many, and what is at no address.

    Registered last. aiohttp's own refusal would check the Expect header before any
    middleware runs, and respond to it in a form of its own.
    """

    def __init__(self, router: web.UrlDispatcher) -> None:
        super().__init__("/")
        self._router = router

    async def resolve(self, request: web.Request) -> tuple[UrlMappingMatchInfo, set[str]]:
        """Find the route of an address without its trailing and doubled slashes.

        What has none is taken too, to be refused within the middlewares.
        """
        match, methods = await self._found(request)
        if match is None and not methods:
            plain = plain_path(request.rel_url.raw_path)
            url = request.rel_url.with_path(plain, encoded=True)
            match, methods = await self._found(request.clone(rel_url=url))
        if match is not None:
            return match, methods
        if methods:
            return _RefusedError(web.HTTPMethodNotAllowed(request.method, methods)), methods
        return _RefusedError(web.HTTPNotFound()), methods

    async def _found(self, request: web.Request) -> tuple[UrlMappingMatchInfo | None, set[str]]:
        methods: set[str] = set()
        for resource in self._router.resources():
            if resource is not self:
                match, allowed = await resource.resolve(request)
                if match is not None:
                    return match, allowed
                methods |= allowed
        return None, methods


def plain_path(path: str) -> str:
    """Write a path without doubled slashes and without one at its end."""
    return _SLASHES.sub("/", path).rstrip("/") or "/"
