"""Signing in with the demo's provider, nanoidp, as browsers do."""

import asyncio
import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import unused_port

from sptapi.auth.oidc import jwks
from sptjobs.stack.probes import http_ready
from sptjobs.stack.provider import Provider, make_provider, write_configuration
from sptjobs.store.schema import account, browser_session
from tests.api.conftest import Api, Serve
from tests.support.browsing import Browser, form
from tests.support.processes import wait_until
from tests.support.sign_in import new_browser, settings_for

ME = "/api/v1/account"


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
        wait_until("nanoidp answers", lambda: http_ready(provider.host, provider.port, path), 60)
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


async def sign_in(browser: Browser, api: Api, provider: Provider, user: str) -> tuple[int, str]:
    """Sign in by the form, starting at the account page; give status and text in the end."""
    page = await browser.follow(await browser.get(api.base + "/account"))
    response = await browser.log_in(page, user, provider.passwords[user])
    last = await browser.follow(response)
    return last.status, await last.text()


async def test_a_member_signs_in_and_comes_back_to_the_page_asked_for(
    browser: Browser, api: Api, nanoidp: tuple[Provider, int]
) -> None:
    status, text = await sign_in(browser, api, nanoidp[0], "demo")
    assert status == 200
    assert "Signed in as <strong>demo</strong>" in text
    me = await (await browser.fetch("GET", api.base + ME)).json()
    assert (me["name"], me["groups"], me["admin"]) == ("demo", ["spt3g-users"], False)
    assert me["csrf"]
    left = datetime.fromisoformat(me["session"]["expires"]) - datetime.now(UTC)
    assert timedelta(hours=9.9) < left <= timedelta(hours=10)


async def test_an_administrator_is_one_and_an_outsider_is_stated_what_to_do(
    api: Api, nanoidp: tuple[Provider, int]
) -> None:
    async with new_browser() as first, new_browser() as second:
        status, text = await sign_in(first, api, nanoidp[0], "admin")
        assert (status, "administrator" in text) == (200, True)
        status, text = await sign_in(second, api, nanoidp[0], "outsider")
        assert (status, "Not authorised yet" in text) == (403, True)


async def test_a_wrong_password_leads_nowhere(
    browser: Browser, api: Api, nanoidp: tuple[Provider, int]
) -> None:
    page = await browser.follow(await browser.get(api.base + "/account"))
    response = await browser.log_in(page, "demo", "wrong")
    assert response.status in {200, 401}
    assert (await browser.fetch("GET", api.base + ME)).status == 401


async def test_signing_out_ends_the_provider_s_session_too(
    browser: Browser, api: Api, nanoidp: tuple[Provider, int]
) -> None:
    _, text = await sign_in(browser, api, nanoidp[0], "demo")
    action, fields = form(text)
    home = await browser.follow(await browser.post(action, fields))
    assert (home.status, str(home.url)) == (200, api.base + "/")
    assert (await browser.fetch("GET", api.base + ME)).status == 401
    page = await browser.follow(await browser.get(api.base + "/account"))
    assert 'name="password"' in await page.text()


async def test_groups_are_asked_for_again_with_the_provider_s_own_refresh(
    serve: Serve, browser: Browser, nanoidp: tuple[Provider, int]
) -> None:
    provider, port = nanoidp
    secret = provider.client_secret.read_text("utf-8").strip()
    api = await serve(port=port, sign_in=settings_for(provider.issuer, secret, groups_refresh_s=0))
    await sign_in(browser, api, provider, "demo")
    for _ in range(3):
        assert (await browser.fetch("GET", api.base + ME)).status == 200


async def test_keys_that_rotate_at_the_provider_let_users_in(
    browser: Browser,
    api: Api,
    nanoidp: tuple[Provider, int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.1)
    provider = nanoidp[0]
    await sign_in(browser, api, provider, "demo")
    secret = provider.client_secret.read_text("utf-8").strip()
    headers = {"X-Management-Secret": secret, "Authorization": f"Bearer {secret}"}
    url = provider.issuer + "/api/keys/rotate"
    rotated = await api.http.post(url, headers=headers)
    assert rotated.status == 200, await rotated.text()
    async with new_browser() as another:
        assert (await sign_in(another, api, provider, "demo"))[0] == 200


async def test_the_first_sign_ins_of_one_person_at_once_make_one_account(
    api: Api, nanoidp: tuple[Provider, int]
) -> None:
    password = nanoidp[0].passwords["admin"]
    async with new_browser() as browser:
        pages = [await browser.follow(await browser.get(api.base + "/account")) for _ in range(4)]
        answers = [await browser.log_in(page, "admin", password) for page in pages]
        ends = await asyncio.gather(*(browser.follow(response) for response in answers))
        assert [str(end.url) for end in ends] == [api.base + "/account"] * 4
    async with api.engine.database.read() as connection:
        assert len((await connection.execute(sa.select(account))).all()) == 1
        assert (await connection.execute(sa.select(browser_session))).all()


async def test_the_sign_in_page_is_whole_without_the_internet(browser: Browser, api: Api) -> None:
    page = await (await browser.follow(await browser.get(api.base + "/account"))).text()
    assert "SPT-3G data service" in page
    assert "NanoIDP" not in page
    assert not re.findall(r"""(?:src|href|url\()\s*=?\s*["']?(?:https?:)?//[^"')]+""", page)


async def test_a_wrong_password_is_said_on_the_page(browser: Browser, api: Api) -> None:
    page = await browser.follow(await browser.get(api.base + "/account"))
    again = await (await browser.log_in(page, "demo", "wrong")).text()
    assert 'role="alert"' in again
    assert 'name="password"' in again
