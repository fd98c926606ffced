"""A browser without a screen: follows redirects by hand, keeps cookies, fills in forms."""

import html
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import aiohttp
from yarl import URL

PAGE = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


@dataclass
class Browser:
    """One browser; its tabs share the cookies.

    Attributes
    ----------
    set_cookies
        Every Set-Cookie header seen, as it was sent.
    """

    http: aiohttp.ClientSession
    set_cookies: list[str] = field(default_factory=list)

    async def get(self, url: str, **options: Any) -> aiohttp.ClientResponse:
        """Ask for a page, following nothing."""
        return await self._ask("GET", url, options)

    async def post(self, url: str, data: Any = None, **options: Any) -> aiohttp.ClientResponse:
        """Send a form from one of the site's own pages, following nothing."""
        headers = {"Origin": str(URL(url).origin())} | options.pop("headers", {})
        return await self._ask("POST", url, {"data": data, "headers": headers} | options)

    async def fetch(self, method: str, url: str, **options: Any) -> aiohttp.ClientResponse:
        """Send a request as a script of the site's own pages does."""
        headers = {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}
        headers |= {"Sec-Fetch-Site": "same-origin"} | options.pop("headers", {})
        if method != "GET":
            headers.setdefault("Origin", str(URL(url).origin()))
        headers = {name: value for name, value in headers.items() if value}
        return await self._ask(method, url, {"headers": headers} | options, page=False)

    async def follow(
        self, response: aiohttp.ClientResponse, *, until: str = ""
    ) -> aiohttp.ClientResponse:
        """Follow redirects, not to where an address begins with ``until``."""
        for _ in range(15):
            if response.status not in {301, 302, 303, 307, 308}:
                return response
            target = urljoin(str(response.url), response.headers["Location"])
            if until and target.startswith(until):
                return response
            response = await self.get(target)
        raise AssertionError("redirected without end")

    async def log_in(
        self, page: aiohttp.ClientResponse, user: str, password: str
    ) -> aiohttp.ClientResponse:
        """Fill in the provider's form, and give its reply."""
        action, fields = form(await page.text())
        fields |= {"username": user, "password": password}
        return await self.post(urljoin(str(page.url), action), fields)

    def cookies(self, url: str) -> dict[str, str]:
        """The cookies that it would send there."""
        jar = self.http.cookie_jar.filter_cookies(URL(url))
        return {name: morsel.value for name, morsel in jar.items()}

    async def _ask(
        self, method: str, url: str, options: dict[str, Any], *, page: bool = True
    ) -> aiohttp.ClientResponse:
        headers = (PAGE if page else {}) | options.pop("headers", {})
        # The address as it is spelt: it may be percent-encoded on purpose.
        response = await self.http.request(
            method, URL(url, encoded=True), headers=headers, allow_redirects=False, **options
        )
        await response.read()
        self.set_cookies += response.headers.getall("Set-Cookie", [])
        return response


def form(page: str) -> tuple[str, dict[str, str]]:
    """Give the first form's action and the fields that it has filled in already."""
    found = re.search(r"<form\b([^>]*)>(.*?)</form>", page, re.DOTALL)
    assert found is not None, page
    action = re.search(r'action="([^"]*)"', found[1])
    fields = {}
    for tag in re.findall(r"<input\b[^>]*>", found[2]):
        name, value = (re.search(rf'\b{key}="([^"]*)"', tag) for key in ("name", "value"))
        if name is not None:
            fields[name[1]] = html.unescape(value[1]) if value else ""
    return html.unescape(action[1]) if action else "", fields
