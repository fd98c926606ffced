"""Signing in with the demo's provider, nanoidp, as browsers do."""

import subprocess
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp.test_utils import unused_port

from sptjobs.stack.probes import http_ready
from sptjobs.stack.provider import Provider, make_provider, write_configuration
from tests.api.conftest import Api, Serve
from tests.support.browsing import Browser
from tests.support.processes import wait_until
from tests.support.sign_in import new_browser, settings_for


@pytest.fixture(scope="module")
def nanoidp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, int]]:
    """The provider, and the port to which it sends browsers back."""
    port = unused_port()
    provider = make_provider(tmp_path_factory.mktemp("var"), unused_port())
    write_configuration(provider, f"http://127.0.0.1:{port}/account/callback")
    running = subprocess.Popen(
        provider.command(), stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    try:
        path = "/.well-known/openid-configuration"
        wait_until("nanoidp answers", lambda: http_ready(provider.host, provider.port, path), 20)
        yield provider, port
    finally:
        running.kill()
        running.wait()


@pytest.fixture
async def api(serve: Serve, nanoidp: tuple[Provider, int]) -> Api:
    provider, port = nanoidp
    secret = provider.client_secret.read_text("utf-8").strip()
    return await serve(port=port, sign_in=settings_for(provider.issuer, secret))


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with new_browser() as made:
        yield made


async def signed_in(browser: Browser, api: Api, provider: Provider, user: str) -> str:
    """Sign in by the form, starting at the account page; give the text where it ends."""
    page = await browser.follow(await browser.get(api.base + "/account"))
    answer = await browser.log_in(page, user, provider.passwords[user])
    last = await browser.follow(answer)
    return str(await last.text())


async def test_a_member_signs_in_and_comes_back_to_the_page_asked_for(
    browser: Browser, api: Api, nanoidp: tuple[Provider, int]
) -> None:
    text = await signed_in(browser, api, nanoidp[0], "demo")
    assert "Signed in as <strong>demo</strong>" in text
    me = await (await browser.fetch("GET", api.base + "/api/v1/account")).json()
    assert (me["name"], me["groups"], me["admin"]) == ("demo", ["spt3g-users"], False)
    assert me["csrf"]
