"""Signing in to the application that a test serves, with one browser or several tabs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import sqlalchemy as sa

from sptjobs.settings import SignInSettings
from sptjobs.store.schema import audit, browser_session
from tests.support.browsing import Browser
from tests.support.provider import CLIENT, SECRET, Provider

if TYPE_CHECKING:
    from tests.api.conftest import Api


@dataclass
class Desk:
    """The application, its provider, and a browser."""

    api: "Api"
    provider: Provider
    browser: Browser

    def url(self, path: str) -> str:
        return self.api.base + path

    async def sign_in(self, goal: str = "/account") -> aiohttp.ClientResponse:
        """Ask for a page, be sent round, and give the last reply."""
        return await self.browser.follow(await self.browser.get(self.url(goal)))

    async def at_the_callback(self) -> str:
        """Begin, and give the address with which the provider sends the browser back."""
        response = await self.browser.get(self.url("/account/login"))
        response = await self.browser.follow(response, until=self.url("/account/callback"))
        return str(response.headers["Location"])

    async def status(self, path: str = "/api/v1/account") -> int:
        """Status of what a script of our pages asks for."""
        return (await self.browser.fetch("GET", self.url(path))).status

    async def csrf(self) -> str:
        reply = await self.browser.fetch("GET", self.url("/api/v1/account"))
        return str((await reply.json())["csrf"])

    async def rows(self, table: sa.Table = browser_session) -> list[Any]:
        async with self.api.engine.database.read() as connection:
            return list(await connection.execute(sa.select(table)))

    async def audited(self) -> list[tuple[str, str]]:
        return [(row.action, row.outcome) for row in await self.rows(audit)]

    def cookie(self) -> str:
        """The session's cookie as the browser has it now, "" for none."""
        found = self.browser.cookies(self.api.base)
        return next((value for name, value in found.items() if "session" in name), "")

    async def status_with(self, cookie: str) -> int:
        """Status that another browser gets with a copied cookie."""
        name = f"spt-session{self.api.settings.base_path.replace('/', '-')}"
        headers = {"Cookie": f"{name}-{self.api.settings.port}={cookie}"}
        return (await self.api.get("/api/v1/account", user=None, headers=headers)).status


def settings_for(issuer: str, secret: str = SECRET, **changes: Any) -> SignInSettings:
    """Settings with which the application signs users in by a provider."""
    values: dict[str, Any] = {"issuer": issuer, "client_id": CLIENT, "client_secret": secret}
    values |= {"session_key": "s" * 40, "insecure_http": True}
    return SignInSettings(**values | changes)


@asynccontextmanager
async def new_browser() -> AsyncIterator[Browser]:
    """A browser without cookies."""
    jar = aiohttp.CookieJar(unsafe=True)  # addresses instead of names
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        yield Browser(http)
