"""Sessions: how they begin, what their cookies are, and that they end for good."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from aiohttp.test_utils import unused_port

from sptapi.auth.oidc import jwks, setup
from sptapi.auth.sealing import Sealer
from sptapi.routes import ROUTES
from sptjobs.control.purge import purge
from sptjobs.store.database import now
from sptjobs.store.schema import account_group, browser_session, spent
from tests.api.conftest import GOOD, JOBS, Serve
from tests.support.browsing import form
from tests.support.page_policy import without_its_script
from tests.support.provider import KEYS, LOGOUT, Provider
from tests.support.sign_in import Desk, new_browser, settings_for

SESSIONS = "/api/v1/account/sessions"


async def age(desk: Desk, **columns: float) -> None:
    """Move times of all sessions back, in seconds."""
    async with desk.api.engine.database.write() as connection:
        moment = await now(connection)
        values = {name: moment - timedelta(seconds=seconds) for name, seconds in columns.items()}
        await connection.execute(sa.update(browser_session).values(**values))


async def test_9_signing_in_again_makes_another_session_and_ends_the_old_one(desk: Desk) -> None:
    await desk.sign_in()
    old, (first,) = desk.cookie(), await desk.rows()
    assert await desk.status_with(old) == 200
    await desk.sign_in("/account/login")
    (second,) = await desk.rows()
    assert second.session_id != first.session_id
    assert desk.cookie() != old
    assert await desk.status_with(old) == 401
    assert await desk.status() == 200


async def test_10_five_tabs_sign_in_at_once_and_signing_out_in_one_ends_all(desk: Desk) -> None:
    goals = [f"/account?tab={number}" for number in range(5)]
    pages = await asyncio.gather(*(desk.browser.get(desk.url(goal)) for goal in goals))
    backs = [desk.browser.follow(page, until=desk.url("/account/callback")) for page in pages]
    answers = await asyncio.gather(*backs)
    assert sum("sign-in" in name for name in desk.browser.cookies(desk.api.base)) == 5
    tabs = await asyncio.gather(*(desk.browser.follow(response) for response in answers))
    assert [(tab.status, tab.url.path_qs) for tab in tabs] == [(200, goal) for goal in goals]
    copied = [cookie.partition("=")[2].partition(";")[0]
              for cookie in desk.browser.set_cookies if "-session" in cookie]  # fmt: skip
    assert len(copied) == 5
    await sign_out(desk)
    assert await desk.status() == 401
    assert [await desk.status_with(cookie) for cookie in copied] == [401] * 5
    assert not await desk.rows()


async def test_10_at_most_five_attempts_are_kept_the_newest(desk: Desk) -> None:
    first = await desk.at_the_callback()
    later = [await desk.at_the_callback() for _ in range(5)]
    kept = [name for name in desk.browser.cookies(desk.api.base) if "sign-in" in name]
    assert len(kept) == 5
    assert (await desk.browser.get(first)).status == 400
    assert [(await desk.browser.get(each)).status for each in later] == [303] * 5


async def test_10_attempts_with_long_goals_leave_room_for_a_request(desk: Desk) -> None:
    for number in range(5):
        goal = f"/{number}" + "a" * 2000
        assert (await desk.browser.get(desk.url(f"/account/login?next={goal}"))).status == 303
    assert sum(map(len, desk.browser.cookies(desk.api.base).values())) < 6_000
    assert all(len(cookie) < 4096 for cookie in desk.browser.set_cookies)


async def test_11_the_flags_are_exact_over_plain_http_of_the_demo(desk: Desk) -> None:
    await desk.sign_in()
    port = desk.api.settings.port
    attempt, dropped, session = (_flags(cookie) for cookie in desk.browser.set_cookies[:3])
    assert re.fullmatch(f"spt-sign-in-{port}-[0-9a-f]{{12}}", attempt[0])
    assert attempt[1] == {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=600"}
    names = {session[0], dropped[0]}
    assert f"spt-session-{port}" in names
    assert attempt[0] in names
    by_name = dict((session, dropped))
    assert by_name[f"spt-session-{port}"] == {"HttpOnly", "Path=/", "SameSite=Lax"}
    assert "Max-Age=0" in by_name[attempt[0]]


async def test_11_over_tls_every_cookie_is_bound_to_the_host(
    serve: Serve, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The provider of the test speaks plain HTTP, which a site's own may not.
    monkeypatch.setattr(setup, "_unsafe", lambda _settings: [])
    sign_in = settings_for(provider.issuer, insecure_http=False)
    api = await serve(public_url="https://spt3g.example", base_path="/x", sign_in=sign_in)
    plain = f"http://127.0.0.1:{api.settings.port}/x"
    async with new_browser() as browser:
        begun = await browser.get(plain + "/account/login?next=/x/account")
        callback = await browser.follow(begun, until="https://spt3g.example/x/account/callback")
        cookie = begun.headers["Set-Cookie"].partition(";")[0]
        location = callback.headers["Location"].replace("https://spt3g.example/x", plain)
        done = await browser.get(location, headers={"Cookie": cookie})
    assert done.headers["Location"] == "https://spt3g.example/x/account"
    flags = {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}
    for header in [begun.headers["Set-Cookie"], *done.headers.getall("Set-Cookie")]:
        name, found_flags = _flags(header)
        assert name.startswith("__Host-spt-")
        assert found_flags - {"Max-Age=600", "Max-Age=0"} == flags
        assert "Domain" not in header


async def test_11_with_500_groups_signing_in_works_and_every_cookie_is_small(desk: Desk) -> None:
    desk.provider.groups = [f"/spt3g/a-rather-long-name/of-group-{n:03d}" for n in range(500)]
    desk.provider.groups.append("spt3g-users")
    assert (await desk.sign_in()).status == 200
    assert len(await desk.rows(account_group)) == 501
    assert desk.browser.set_cookies
    assert max(map(len, desk.browser.set_cookies)) < 4_096
    assert all(len(cookie) < 700 for cookie in desk.browser.set_cookies if "-session" in cookie)


async def test_12_a_cookie_that_does_not_hold_is_nobody_s(desk: Desk) -> None:
    await desk.sign_in()
    good = desk.cookie()
    assert await desk.status_with(good) == 200
    other = "0" if good[40] != "0" else "1"
    tampered = good[:40] + other + good[41:]
    foreign = Sealer.of("f" * 40, f"{desk.api.base} session").seal({"created": 1, "session": {}})
    row = (await desk.rows())[0].session_id
    data = {"created": int(time.time()), "session": {"id": row, "csrf": "c"}}
    ours = Sealer.of("s" * 40, f"{desk.api.base} session").seal(data)
    assert await desk.status_with(ours) == 200
    elsewhere = Sealer.of("s" * 40, "https://another.example session").seal(data)
    attempt = Sealer.of("s" * 40, f"{desk.api.base} attempt").seal(data)
    for bad in (tampered, good[:-5], good[:20], "", "x", "=", "gAAAAA==", foreign, elsewhere,
                attempt, good + "A", "a" * 4000):  # fmt: skip
        assert await desk.status_with(bad) == 401, bad


async def test_12_keys_are_rotated_without_signing_anybody_out(serve: Serve, desk: Desk) -> None:
    await desk.sign_in()
    cookie, port = desk.cookie(), desk.api.settings.port
    url, old = desk.api.settings.public_url, "s" * 40
    for keys, status in ((f"{'n' * 40} {old}", 200), ("n" * 40, 401)):
        api = await serve(
            public_url=url, sign_in=settings_for(desk.provider.issuer, session_key=keys)
        )
        headers = {"Cookie": f"spt-session-{port}={cookie}"}
        address = f"http://127.0.0.1:{api.settings.port}/api/v1/account"
        response = await api.get(address, user=None, headers=headers)
        assert response.status == status


async def test_13_a_copied_cookie_is_dead_after_signing_out(desk: Desk) -> None:
    await desk.sign_in()
    copied = desk.cookie()
    response = await sign_out(desk)
    location = response.headers["Location"]
    assert location.startswith(desk.provider.issuer + "/end?")
    assert "id_token_hint=" in location
    assert not desk.cookie()
    assert await desk.status_with(copied) == 401
    home = await desk.browser.follow(response)
    assert (home.status, str(home.url)) == (200, desk.url("/"))


async def test_13_a_session_ends_when_it_is_idle_and_at_its_absolute_end(desk: Desk) -> None:
    await desk.sign_in()
    await age(desk, last_seen=7_190)
    assert await desk.status() == 200
    await age(desk, last_seen=7_210)
    assert await desk.status() == 401
    assert not await desk.rows()
    await desk.sign_in()
    await age(desk, expires=-5)
    assert await desk.status() == 200
    await age(desk, expires=1)
    assert await desk.status() == 401
    assert not await desk.rows()


async def test_13_use_keeps_a_session_and_is_not_written_each_time(desk: Desk) -> None:
    await desk.sign_in()
    await age(desk, last_seen=30)
    before = (await desk.rows())[0].last_seen
    assert await desk.status() == 200
    assert (await desk.rows())[0].last_seen == before
    await age(desk, last_seen=61)
    assert await desk.status() == 200
    assert (await desk.rows())[0].last_seen > before


@pytest.mark.parametrize("refreshes", [True, False])
async def test_13_groups_are_asked_for_again_and_who_left_is_out(
    desk: Desk, refreshes: bool
) -> None:
    desk.provider.refreshes = refreshes
    desk.provider.groups_in = {"id_token", "userinfo"}
    await desk.sign_in()
    desk.provider.groups = ["visitors"]
    assert await desk.status() == 200
    for expected in (403, 403):
        await age(desk, checked=901)
        assert await desk.status() == expected
    page = await desk.browser.get(desk.url("/account"))
    assert page.status == 403
    assert "Not authorised yet" in await page.text()
    desk.provider.groups = ["spt3g-users"]
    await age(desk, checked=901)
    assert await desk.status() == 200


async def test_13_a_user_whom_the_provider_ended_is_signed_out(desk: Desk) -> None:
    await desk.sign_in()
    desk.provider.tokens.clear()  # invalid_grant from now on
    await age(desk, checked=901)
    assert await desk.status() == 401
    assert not await desk.rows()
    desk.provider.refreshes = False
    await desk.sign_in()
    desk.provider.answers = {"/userinfo": (401, {"error": "invalid_token"})}
    await age(desk, checked=901)
    assert await desk.status() == 401
    assert not await desk.rows()
    assert ("session.end", "ok") in await desk.audited()


async def test_13_while_the_provider_is_away_sessions_go_on_and_ask_again_soon(
    desk: Desk,
) -> None:
    await desk.sign_in()
    desk.provider.down = {"/token"}
    await age(desk, checked=901)
    assert [await desk.status() for _ in range(3)] == [200] * 3
    assert desk.provider.asked["/token"] == 2  # the sign-in, and one try
    desk.provider.down = set()
    await age(desk, checked=901)
    assert await desk.status() == 200


async def test_13_of_many_requests_one_asks_for_the_groups(desk: Desk) -> None:
    await desk.sign_in()
    await age(desk, checked=901)
    assert set(await asyncio.gather(*(desk.status() for _ in range(10)))) == {200}
    assert desk.provider.asked["/token"] == 2


async def logged_out(desk: Desk, token: str) -> int:
    """Send a logout token, as the provider does."""
    url = desk.url("/account/backchannel-logout")
    response = await desk.api.http.post(url, data={"logout_token": token})
    return response.status


async def test_14_a_logout_token_ends_the_sessions_that_it_names(desk: Desk) -> None:
    for changes in ({}, {"sub": None}, {"sid": None}):
        await desk.sign_in()
        assert await logged_out(desk, desk.provider.logout_token(**changes)) == 200
        assert not await desk.rows()
        assert await desk.status() == 401
    await desk.sign_in()
    assert await logged_out(desk, desk.provider.logout_token(sid="another")) == 200
    assert await logged_out(desk, desk.provider.logout_token(sub="another", sid=None)) == 200
    assert await desk.status() == 200


async def test_14_a_logout_token_with_a_fault_ends_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.0)
    await desk.sign_in()
    at = int(time.time())
    make = desk.provider.logout_token
    used = make(sid="another")
    assert await logged_out(desk, used) == 200
    desk.provider.listed.insert(0, KEYS[2])
    forged = make()
    desk.provider.listed.pop(0)
    faults = {
        "used before": used,
        "another audience": make(aud="another"),
        "another issuer": make(iss="http://elsewhere"),
        "a signature of a stranger": forged,
        "a nonce": make(nonce="n"),
        "no events": make(events=None),
        "other events": make(events={"http://elsewhere": {}}),
        "events that are a list": make(events=[LOGOUT]),
        "neither sid nor sub": make(sid=None, sub=None),
        "no jti": make(jti=None),
        "no iat": make(iat=None),
        "an old iat": make(iat=at - 3600),
        "an iat in the future": make(iat=at + 3600),
        "expired": make(exp=at - 3600),
        "an ID token": desk.provider.id_token(None),
        "nonsense": "nonsense",
        "nothing": "",
    }
    statuses = {fault: await logged_out(desk, token) for fault, token in faults.items()}
    assert statuses == dict.fromkeys(faults, 400)
    assert (await desk.api.http.post(desk.url("/account/backchannel-logout"))).status == 400
    assert await desk.status() == 200
    assert len(await desk.rows()) == 1


Change = Callable[..., Awaitable[Any]]


async def test_15_a_change_by_cookie_needs_our_page_and_the_session_s_secret(desk: Desk) -> None:
    await desk.sign_in()
    token = await desk.csrf()
    url, fetch = desk.url(JOBS), desk.browser.fetch
    headers = {"X-CSRF-Token": token}

    async def status(**options: Any) -> int:
        sent = {"json": {"positions": [{"ra": 0.25, "dec": -57.8}]}} | options
        return (await fetch("POST", url, **sent)).status

    async with new_browser() as another:
        other = replace(desk, browser=another)
        await other.sign_in()
        foreign = await other.csrf()
    hidden = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    nothing_said = {"Origin": "", "Sec-Fetch-Site": ""}
    refused = {
        "no token": ({}, 403),
        "the token of another session": ({"X-CSRF-Token": foreign}, 403),
        "a token that is not ASCII": ({"X-CSRF-Token": "\N{SNOWMAN}"}, 403),
        "a foreign origin": (headers | {"Origin": "https://evil.example"}, 403),
        "a page that hides where it is": (headers | hidden, 403),
        "another port": (headers | {"Origin": f"http://127.0.0.1:{unused_port()}"}, 403),
        "neither origin nor site": (headers | nothing_said, 403),
    }
    for what, (sent, expected) in refused.items():
        assert await status(headers=sent) == expected, what
    text = {"data": '{"RA": 1}', "json": None}
    plain = headers | {"Content-Type": "text/plain"}
    assert await status(headers=plain, **text) == 415
    assert await status(headers=headers) == 303
    for origin in ("", "null"):
        site = headers | {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        assert await status(headers=site) == 303
    assert (await fetch("GET", url)).status == 200


async def test_15_a_token_of_scripts_needs_no_such_proof_and_cookies_do_not_count(
    desk: Desk,
) -> None:
    await desk.sign_in()
    bearer = {"Authorization": f"Bearer {await desk.api.token('bob')}"}
    response = await desk.browser.fetch("POST", desk.url(JOBS), data=GOOD, headers=bearer)
    assert response.status == 303
    me = await desk.browser.fetch("GET", desk.url("/api/v1/account"), headers=bearer)
    assert (await me.json())["name"] == "bob"
    bad = {"Authorization": "Bearer x"}
    assert (await desk.browser.fetch("GET", desk.url(JOBS), headers=bad)).status == 401


async def test_15_another_site_can_make_no_token_and_sign_nobody_out(desk: Desk) -> None:
    await desk.sign_in()
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site}
        response = await desk.browser.get(desk.url("/account/token/create"), headers=headers)
        assert response.status == 403
    for path in ("/account/logout", "/account/sessions", "/account/token/create"):
        response = await desk.browser.post(desk.url(path), {"session": "others"})
        assert response.status == 403, path
        fields = {"csrf": await desk.csrf(), "session": "others"}
        origin = {"Origin": "https://evil.example"}
        response = await desk.browser.post(desk.url(path), fields, headers=origin)
        assert response.status == 403, path
    assert await desk.status() == 200


async def sign_out(desk: Desk) -> Any:
    """Press the button of the account page."""
    page = await desk.browser.get(desk.url("/account"))
    action, fields = form(await page.text())
    assert action == desk.url("/account/logout")
    return await desk.browser.post(action, fields)


def _flags(header: str) -> tuple[str, set[str]]:
    name, *flags = header.split("; ")
    return name.partition("=")[0], {flag for flag in flags if not flag.startswith("expires")}


async def test_sessions_are_listed_and_ended_one_by_one_and_all_others_at_once(desk: Desk) -> None:
    await desk.sign_in()
    async with new_browser() as second, new_browser() as third:
        others = [replace(desk, browser=each) for each in (second, third)]
        for other in others:
            await other.sign_in()
        listed = (await (await desk.browser.fetch("GET", desk.url(SESSIONS))).json())["sessions"]
        assert [each["current"] for each in listed].count(True) == 1
        assert len(listed) == 3
        stale = next(each["id"] for each in listed if not each["current"])
        headers = {"X-CSRF-Token": await desk.csrf()}
        one = desk.url(f"{SESSIONS}/{stale}")
        assert (await desk.browser.fetch("DELETE", one)).status == 403
        assert (await desk.browser.fetch("DELETE", one, headers=headers)).status == 204
        assert (await desk.browser.fetch("DELETE", one, headers=headers)).status == 404
        assert sorted([await other.status() for other in others]) == [200, 401]
        rest = await desk.browser.fetch("DELETE", desk.url(SESSIONS), headers=headers)
        assert rest.status == 204
        assert [await other.status() for other in others] == [401, 401]
        assert await desk.status() == 200


async def test_another_user_s_session_is_not_there(desk: Desk) -> None:
    await desk.sign_in()
    (row,) = await desk.rows()
    async with new_browser() as browser:
        desk.provider.subject, desk.provider.name = "subject-2", "bob"
        bob = replace(desk, browser=browser)
        await bob.sign_in()
        headers = {"X-CSRF-Token": await bob.csrf()}
        response = await browser.fetch(
            "DELETE", desk.url(f"{SESSIONS}/{row.session_id}"), headers=headers
        )
        assert response.status == 404
        fields = {"csrf": await bob.csrf(), "session": row.session_id}
        assert (await browser.post(desk.url("/account/sessions"), fields)).status == 404
    assert await desk.status() == 200


async def test_the_account_page_ends_sessions_without_scripts(desk: Desk) -> None:
    async with new_browser() as browser:
        other = replace(desk, browser=browser)
        await other.sign_in()
        shown = await desk.sign_in()
        page = without_its_script(await shown.text(), shown.headers["Content-Security-Policy"])
        assert "<script" not in page
        ((action, fields),) = [
            (action, fields)
            for action, fields in map(form, re.findall(r"<form.*?</form>", page))
            if fields.get("session", "others") != "others"
        ]
        assert (await desk.browser.post(action, fields)).status == 303
        assert await other.status() == 401
    assert await desk.status() == 200


async def test_a_script_s_request_without_session_gets_401_in_json_and_a_page_a_sign_in(
    desk: Desk,
) -> None:
    response = await desk.browser.fetch("GET", desk.url(JOBS), headers={"Accept": "*/*"})
    assert response.status == 401
    assert "json" in response.headers["Content-Type"]
    assert (await desk.api.get(JOBS, user=None)).status == 401
    page = await desk.browser.get(desk.url("/files/jobs/x/out/?a=b"))
    assert page.status == 303
    assert page.headers["Location"] == desk.url(
        "/account/login?next=%2Ffiles%2Fjobs%2Fx%2Fout%2F%3Fa%3Db"
    )


async def test_the_cookie_holds_neither_groups_nor_what_the_provider_handed_out(
    desk: Desk,
) -> None:
    await desk.sign_in()
    sealer = Sealer.of("s" * 40, f"{desk.api.base} session")
    document = sealer.open(desk.cookie())
    assert document is not None
    assert document["session"].keys() == {"id", "csrf"}
    (row,) = await desk.rows()
    assert desk.provider.tokens[0] not in row.sealed_grant
    grant = Sealer.of("s" * 40, f"{desk.api.base} grant").open(row.sealed_grant)
    assert grant is not None
    assert grant["refresh"] == desk.provider.tokens[0]


async def test_what_is_spent_is_forgotten_once_it_cannot_come_again(desk: Desk) -> None:
    await desk.sign_in()
    async with desk.api.engine.database.write() as connection:
        past = await now(connection) - timedelta(seconds=1)
        await connection.execute(sa.update(spent).values(expires=past))
    await desk.sign_in("/account/login")
    await purge(desk.api.engine)
    assert len(await desk.rows(spent)) == 1


async def test_below_a_base_path_everything_stands_below_it(
    serve: Serve, provider: Provider
) -> None:
    api = await serve(base_path="/spt3g", sign_in=settings_for(provider.issuer))
    async with new_browser() as browser:
        desk = Desk(api, provider, browser)
        page = await desk.sign_in()
        assert (page.status, str(page.url)) == (200, api.base + "/account")
        assert await desk.status_with(desk.cookie()) == 200
        (await sign_out(desk)).close()
        assert await desk.status() == 401


async def test_whatever_shows_a_job_is_closed_at_once_to_a_session_that_ended_elsewhere(
    desk: Desk,
) -> None:
    desk.provider.groups = ["spt3g-users", "spt3g-admins"]
    await desk.sign_in()
    headers = {"X-CSRF-Token": await desk.csrf()}
    made = await desk.browser.fetch("POST", desk.url(JOBS), data=GOOD, headers=headers)
    job_id = made.headers["Location"].rpartition("/")[2]
    paths = [
        re.sub(r"\{[^}]*\}", "manifest", route.path.replace("{job_id}", job_id))
        for route in ROUTES
        if route.method == "GET" and "{job_id}" in route.path
    ]
    shown = desk.url(f"{JOBS}/{job_id}")
    assert (await desk.browser.fetch("GET", shown)).status == 200
    async with desk.api.engine.database.write() as connection:
        await connection.execute(sa.delete(browser_session))  # as another process does
    assert len(paths) > 12
    assert {path: await desk.status(path) for path in paths} == dict.fromkeys(paths, 401)
    page = await desk.browser.get(shown)
    assert page.status == 303
    assert "/account/login?next=" in page.headers["Location"]
