"""Signing in and out by a real Keycloak, with a real browser."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sptapi.auth.oidc import jwks
from sptapi.keys import SIGN_IN
from sptjobs.store.schema import audit, browser_session
from tests.api.conftest import Api
from tests.support.chromium import Chromium, chromium
from tests.support.keycloak import Keycloak


@pytest.fixture
async def window(tmp_path: Path) -> AsyncIterator["Window"]:
    opened = chromium(tmp_path / "profile")
    found = await asyncio.to_thread(opened.__enter__)
    yield Window(found)
    await asyncio.to_thread(opened.__exit__, None, None, None)


class Window:
    """A Chromium whose waiting does not keep the application from answering."""

    def __init__(self, browser: Chromium) -> None:
        self.browser = browser

    async def do(self, what: str, *arguments: Any, **fields: Any) -> Any:
        return await asyncio.to_thread(getattr(self.browser, what), *arguments, **fields)

    async def read(self, what: str) -> Any:
        return await asyncio.to_thread(lambda: getattr(self.browser, what))

    async def sign_in(self, api: Api, user: str, *, until: str = "/account") -> str:
        """Ask for the account page, fill in Keycloak's form, and give the text in the end."""
        await self.do("open", api.base + "/account")
        await self.do("wait_for", api.settings.sign_in.issuer)
        await self.do("fill", username=user, password=user * 2)
        await self.do("wait_for", api.base + until)
        return str(await self.read("text"))

    async def reload(self, api: Api) -> str:
        await self.do("open", api.base + "/account")
        return str(await self.read("text"))


async def sessions(api: Api) -> int:
    async with api.engine.database.read() as connection:
        count = sa.select(sa.func.count()).select_from(browser_session)
        return int(await connection.scalar(count) or 0)


async def until_none(api: Api) -> None:
    for _ in range(100):
        if not await sessions(api):
            return
        await asyncio.sleep(0.05)
    pytest.fail("the session is still there after 5 s")


async def test_a_member_signs_in_and_signs_out_here_and_there(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    text = await window.sign_in(api, "member")
    assert "Signed in as member" in text
    assert "/spt3g/users" in text
    assert "administrator" not in text
    cookies = await window.do("cookies")
    (session,) = (cookie for name, cookie in cookies.items() if "spt-session" in name)
    assert (session["httpOnly"], session["sameSite"], session["path"]) == (True, "Lax", "/")
    assert not [name for name in cookies if "sign-in" in name]
    await window.do("press", "Sign out")
    await window.do("shows", "Sign in")
    assert await sessions(api) == 0
    assert not [each for each in await window.do("problems") if "Policy" in each]
    # Keycloak's own session is over too: it asks for the password again.
    assert "Signed in as boss" in await window.sign_in(api, "boss")
    assert "administrator" in await window.read("text")


async def test_groups_count_as_paths_or_as_names_as_they_are_configured(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    await asyncio.to_thread(keycloak.tell_full_paths, full=False)
    try:
        # The name alone is another group than the path.
        text = await window.sign_in(api, "member", until="/account/callback")
        assert "Not authorised yet" in text
        assert "users" in text
        sign_in = api.app[SIGN_IN]
        assert sign_in is not None
        by_name = replace(api.settings, allowed_groups=("users",))
        object.__setattr__(sign_in, "settings", by_name)
        await window.do("open", api.base + "/account/login?next=/account")
        await window.do("wait_for", api.base + "/account")
        assert await sessions(api) == 1
    finally:
        await asyncio.to_thread(keycloak.tell_full_paths, full=True)


async def test_an_outsider_sees_what_to_do_and_can_sign_out(api: Api, window: Window) -> None:
    text = await window.sign_in(api, "outsider", until="/account/callback")
    assert "Not authorised yet" in text
    assert await sessions(api) == 0
    async with api.engine.database.read() as connection:
        rows = (await connection.execute(sa.select(audit))).all()
    assert [(row.action, row.outcome, row.name) for row in rows] == [
        ("session.begin", "refused", "outsider")
    ]
    await window.do("open", api.base + "/account/logout")
    assert "log" in (await window.read("text")).lower()


async def ask_for_access(api: Api, window: Window, user: str) -> str:
    """Sign somebody in whom no group lets in, let them ask, and give their account's id."""
    await window.sign_in(api, user, until="/account/callback")
    fields = {"INSTITUTE": "South Pole Station", "WHY": "winter-over"}
    await window.do("write", **fields)
    await window.do("press", "Ask for access")
    await window.do("shows", "You have asked for access")
    assert not [each for each in await window.do("problems") if "Policy" in each]
    (request,) = await open_requests(api)
    assert (request["name"], request["setsGroup"]) == (user, True)
    return str(request["account"])


async def open_requests(api: Api) -> list[dict[str, Any]]:
    await api.token("root", "/spt3g/admins")
    found = await (await api.get("/ops/access", user="root")).json()
    waiting = [each for each in found["requests"] if each["state"] == "open"]
    return [each | {"setsGroup": found["setsGroup"]} for each in waiting]


async def test_who_asks_and_is_approved_is_in_the_group_and_in(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    user = await asyncio.to_thread(keycloak.add_user, "newcomer")
    account = await ask_for_access(api, window, "newcomer")
    data = {"ACTION": "APPROVE"}
    path = f"/ops/access/{account}"
    done = await api.call("POST", path, data=data, user="root")
    assert done.status == 200, await done.text()
    groups = await asyncio.to_thread(keycloak.admin, "GET", f"/users/{user}/groups")
    assert [each["path"] for each in groups] == ["/spt3g/users"]
    await window.do("open", api.base + "/account/login?next=/account")
    await window.do("wait_for", api.base + "/account")
    assert "Signed in as newcomer" in await window.read("text")
    assert await open_requests(api) == []


async def test_while_the_group_cannot_be_set_nothing_is_approved(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    user = await asyncio.to_thread(keycloak.add_user, "unlucky")
    account = await ask_for_access(api, window, "unlucky")
    sign_in = api.app[SIGN_IN]
    assert sign_in is not None
    assert sign_in.groups is not None
    good = sign_in.groups
    for wrong, status in (
        (replace(good, client=(good.client[0], "another")), 502),
        (replace(good, group="/spt3g/nowhere"), 502),
        (replace(good, issuer="http://127.0.0.1:9", admin="http://127.0.0.1:9"), 503),
    ):
        object.__setattr__(sign_in, "groups", wrong)
        path = f"/ops/access/{account}"
        response = await api.call("POST", path, data={"ACTION": "APPROVE"}, user="root")
        assert response.status == status, await response.text()
    assert [each["account"] for each in await open_requests(api)] == [account]
    assert await asyncio.to_thread(keycloak.admin, "GET", f"/users/{user}/groups") == []


async def test_who_is_signed_out_at_keycloak_is_signed_out_here(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    user = await asyncio.to_thread(keycloak.add_user, "wanderer", "/spt3g/users")
    await window.sign_in(api, "wanderer")
    assert await sessions(api) == 1
    await asyncio.to_thread(keycloak.admin, "POST", f"/users/{user}/logout")
    await until_none(api)
    assert "Signed in" not in await window.reload(api)


async def test_keys_may_rotate_while_the_service_runs(
    api: Api, window: Window, keycloak: Keycloak, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.2)
    await window.sign_in(api, "member")
    sign_in = api.app[SIGN_IN]
    assert sign_in is not None
    before = {key.kid for key in sign_in.client.verifier.keys._keys}
    await asyncio.to_thread(keycloak.rotate_keys)
    await window.do("open", api.base + "/account/login?next=/account")
    await window.do("wait_for", api.base + "/account")
    assert "Signed in as member" in await window.read("text")
    after = {key.kid for key in sign_in.client.verifier.keys._keys}
    assert before < after


async def test_a_user_who_is_disabled_is_out_and_so_is_one_who_left_the_group(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    user = await asyncio.to_thread(keycloak.add_user, "leaver", "/spt3g/users")
    await window.sign_in(api, "leaver")
    assert "Signed in as leaver" in await window.reload(api)
    (group,) = await asyncio.to_thread(keycloak.admin, "GET", f"/users/{user}/groups")
    await asyncio.to_thread(keycloak.admin, "DELETE", f"/users/{user}/groups/{group['id']}")
    assert "Not authorised yet" in await window.reload(api)
    await asyncio.to_thread(keycloak.admin, "PUT", f"/users/{user}/groups/{group['id']}")
    assert "Signed in as leaver" in await window.reload(api)
    await asyncio.to_thread(keycloak.admin, "PUT", f"/users/{user}", {"enabled": False})
    assert "Signed in" not in await window.reload(api)
    assert await sessions(api) == 0


async def test_a_wrong_secret_or_another_address_back_lets_nobody_in(
    api: Api, window: Window, keycloak: Keycloak
) -> None:
    sign_in = api.app[SIGN_IN]
    assert sign_in is not None
    sign_in.client._settings = replace(api.settings.sign_in, client_secret="another")
    text = await window.sign_in(api, "member", until="/account/callback")
    assert "502" in text
    assert "unauthorized_client" not in text
    assert await sessions(api) == 0
    sign_in.client._redirect_uri = api.base + "/elsewhere"
    await window.do("open", api.base + "/account/login")
    assert "redirect_uri" in await window.read("text")
