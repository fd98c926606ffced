"""What must not let anybody in: the way to the provider and back, and what comes with it."""

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sptapi.auth.oidc import jwks
from sptapi.browser.attempts import ATTEMPTS
from sptapi.keys import SIGN_IN
from sptjobs.store.schema import account
from tests.api.conftest import Serve
from tests.support.provider import CLIENT, KEYS, Provider
from tests.support.sign_in import Desk, new_browser, settings_for


async def assert_refused(desk: Desk, callback: str, status: int) -> str:
    """Go to the callback; nobody is let in."""
    response = await desk.browser.get(callback)
    assert response.status == status, await response.text()
    assert not await desk.rows()
    assert not desk.cookie()
    assert await desk.status() == 401
    return await response.text()


def with_state(callback: str, state: str) -> str:
    own = parse_qs(urlsplit(callback).query)["state"][0]
    return callback.replace(own, state)


# 1 and 2: the way back.


async def test_1_a_callback_with_another_state_is_refused(desk: Desk) -> None:
    callback = await desk.at_the_callback()
    for state in ("", "foreign", "%00", "a" * 3000):
        await assert_refused(desk, with_state(callback, state), 400)
    assert not desk.provider.asked["/token"]


async def test_1_a_callback_without_state_is_refused(desk: Desk) -> None:
    callback = await desk.at_the_callback()
    await assert_refused(desk, callback.partition("?")[0] + "?code=x", 400)
    assert not desk.provider.asked["/token"]


async def test_1_an_attempt_of_more_than_ten_minutes_is_refused(desk: Desk) -> None:
    callback = await desk.at_the_callback()
    (name, value), *_ = desk.browser.cookies(desk.api.base).items()
    fernet = desk.api.app[ATTEMPTS]._sealer.fernet
    for age, status in ((601, 400), (590, 303)):
        old = fernet.encrypt_at_time(fernet.decrypt(value), int(time.time()) - age).decode()
        async with new_browser() as browser:
            response = await browser.get(callback, headers={"Cookie": f"{name}={old}"})
        assert response.status == status
        assert desk.provider.asked["/token"] == (status == 303)


async def test_1_an_attempt_comes_back_once(desk: Desk) -> None:
    callback = await desk.at_the_callback()
    cookies = desk.browser.cookies(desk.api.base)
    assert (await desk.browser.get(callback)).status == 303
    asked = desk.provider.asked["/token"]
    assert (await desk.browser.get(callback)).status == 400
    # Not even whoever copied the browser's cookies before.
    copied = "; ".join(f"{name}={value}" for name, value in cookies.items())
    async with new_browser() as thief:
        assert (await thief.get(callback, headers={"Cookie": copied})).status == 400
    assert desk.provider.asked["/token"] == asked
    assert len(await desk.rows()) == 1


async def test_2_a_callback_in_another_browser_is_refused(desk: Desk) -> None:
    callback = await desk.at_the_callback()
    async with new_browser() as victim:
        await assert_refused(replace(desk, browser=victim), callback, 400)
    assert not desk.provider.asked["/token"]


async def test_2_an_answer_of_another_provider_is_refused(desk: Desk) -> None:
    for named in ("http://elsewhere", ""):
        desk.provider.redirect = {"iss": named}
        await assert_refused(desk, await desk.at_the_callback(), 400)
    assert not desk.provider.asked["/token"]


# 3: what the provider refuses.


def _other_verifier(code: dict[str, str]) -> None:
    code["code_challenge"] = "x" * 43


def _other_redirect(code: dict[str, str]) -> None:
    code["redirect_uri"] += "/elsewhere"


@pytest.mark.parametrize("spoil", [_other_verifier, _other_redirect])
async def test_3_a_wrong_verifier_or_redirect_gives_502_without_detail(
    desk: Desk, spoil: Callable[[dict[str, str]], None]
) -> None:
    callback = await desk.at_the_callback()
    (code,) = desk.provider.codes.values()
    spoil(code)
    text = await assert_refused(desk, callback, 502)
    assert "detail of the provider" not in text
    assert "invalid_grant" not in text


async def test_3_a_wrong_secret_gives_502_without_detail(serve: Serve, provider: Provider) -> None:
    api = await serve(sign_in=settings_for(provider.issuer, "another secret"))
    async with new_browser() as browser:
        desk = Desk(api, provider, browser)
        text = await assert_refused(desk, await desk.at_the_callback(), 502)
    assert "detail of the provider" not in text
    assert "another secret" not in text


async def test_3_a_refusal_of_the_provider_is_stated_in_our_words(desk: Desk) -> None:
    words = {"access_denied": 400, "temporarily_unavailable": 503, "invalid_scope": 502, "<b>": 502}
    for error, status in words.items():
        desk.provider.redirect = {"error": error, "error_description": "detail of the provider"}
        text = await assert_refused(desk, await desk.at_the_callback(), status)
        assert "detail of the provider" not in text
        assert "<b>" not in text


@pytest.mark.parametrize("path", ["/token", "/userinfo"])
async def test_3_a_provider_that_is_away_gives_503(desk: Desk, path: str) -> None:
    desk.provider.groups_in = {"userinfo"}
    callback = await desk.at_the_callback()
    desk.provider.down = {path}
    await assert_refused(desk, callback, 503)


# 4: the ID token.


def _unsigned(claims: dict[str, Any], header: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none", headers=header)


def _signed_with_the_public_key(claims: dict[str, Any], header: dict[str, Any]) -> str:
    public = KEYS[0].private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    parts = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=")
        for each in ({"alg": "HS256", "typ": "JWT"} | header, claims)
    ]
    mac = hmac.digest(pem, b".".join(parts), hashlib.sha256)
    return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()


def _signed_by_a_stranger(claims: dict[str, Any], header: dict[str, Any]) -> str:
    return jwt.encode(claims, KEYS[2].private, algorithm="RS256", headers=header)


def _signed_by_the_key_in_its_header(claims: dict[str, Any], header: dict[str, Any]) -> str:
    return _signed_by_a_stranger(claims, header | {"jwk": KEYS[2].jwk()})


def _signed_otherwise(claims: dict[str, Any], header: dict[str, Any]) -> str:
    return jwt.encode(claims, KEYS[0].private, algorithm="RS512", headers=header)


FAULTS: dict[str, dict[str, Any]] = {
    "alg none": {"sign": _unsigned},
    "HS256 with the public key": {"sign": _signed_with_the_public_key},
    "a bad signature": {"sign": _signed_by_a_stranger},
    "the key of its own header": {"sign": _signed_by_the_key_in_its_header},
    "an algorithm that is not accepted": {"sign": _signed_otherwise},
    "another issuer": {"claims": {"iss": "http://elsewhere"}},
    "an issuer with a slash more": {"claims": {"iss": "slash"}},
    "another audience": {"claims": {"aud": "another"}},
    "no audience": {"without": {"aud"}},
    "a further audience without azp": {"claims": {"aud": [CLIENT, "another"]}},
    "an azp of another client": {"claims": {"azp": "another"}},
    "no iat": {"without": {"iat"}},
    "no sub": {"without": {"sub"}},
    "an empty sub": {"claims": {"sub": ""}},
    "a sub that is no text": {"claims": {"sub": 7}},
    "no exp": {"without": {"exp"}},
    "no iss": {"without": {"iss"}},
    "an exp beyond the skew": {"claims": {"exp": -65}},
    "an exp that is a text": {"claims": {"exp": "9999999999"}},
    "an iat in the future": {"claims": {"iat": 120}},
    "another nonce": {"claims": {"nonce": "another"}},
    "no nonce": {"without": {"nonce"}},
    "an unknown crit": {"header": {"crit": ["exotic"], "exotic": 1}},
    "the type of a logout token": {"header": {"typ": "logout+jwt"}},
    "no token at all": {"sign": lambda _claims, _header: "nonsense"},
}  # fmt: skip


async def test_4_an_id_token_with_a_fault_makes_no_session(desk: Desk) -> None:
    good = {name: getattr(desk.provider, name) for name in ("claims", "header", "without", "sign")}
    for fault, changes in FAULTS.items():
        for name, value in (good | changes).items():
            setattr(desk.provider, name, value)
        desk.provider.claims = _timed(desk.provider, desk.provider.claims)
        response = await desk.browser.get(await desk.at_the_callback())
        assert response.status == 400, fault
        assert not desk.cookie(), fault
        assert not await desk.rows(), fault
    assert desk.provider.asked["/token"] == len(FAULTS)
    assert not await desk.rows(account)
    for name, value in good.items():
        setattr(desk.provider, name, value)
    assert (await desk.sign_in()).status == 200


def _timed(provider: Provider, claims: dict[str, Any]) -> dict[str, Any]:
    """Count times from now, and make the issuer that differs by a slash."""
    now = int(time.time())
    timed = {name: now + claims[name] for name in ("exp", "iat") if type(claims.get(name)) is int}
    if claims.get("iss") == "slash":
        timed["iss"] = provider.issuer + "/"
    return claims | timed


async def test_4_what_is_within_the_skew_or_named_twice_is_let_in(desk: Desk) -> None:
    now = int(time.time())
    desk.provider.claims = {"exp": now - 30, "iat": now + 30, "aud": [CLIENT, "b"], "azp": CLIENT}
    assert (await desk.sign_in()).status == 200


async def test_5_user_information_about_another_user_is_refused(desk: Desk) -> None:
    desk.provider.groups_in = {"userinfo"}
    desk.provider.userinfo = {"sub": "another"}
    await assert_refused(desk, await desk.at_the_callback(), 400)
    desk.provider.userinfo = {}
    assert (await desk.sign_in()).status == 200


# 6: discovery and keys.


async def test_6_a_provider_of_another_name_makes_the_service_unready(
    serve: Serve, provider: Provider
) -> None:
    provider.metadata = {"issuer": provider.issuer + "/"}
    api = await serve(sign_in=settings_for(provider.issuer))
    ready = await api.get("/ready", user=None)
    assert ready.status == 503
    assert "issuer" in (await ready.json())["checks"]["sign-in"]
    async with new_browser() as browser:
        assert (await browser.get(api.base + "/account/login")).status == 502


async def test_6_without_its_provider_the_service_runs_and_says_so(
    serve: Serve, provider: Provider
) -> None:
    provider.down = {"/.well-known/openid-configuration"}
    api = await serve(sign_in=settings_for(provider.issuer))
    ready = await api.get("/ready", user=None)
    assert ready.status == 200
    assert "does not respond" in (await ready.json())["warnings"]["sign-in"]
    assert (await api.get("/api/v1/account")).status == 200
    async with new_browser() as browser:
        assert (await browser.get(api.base + "/account/login")).status == 503
        provider.down = set()
        assert (await browser.get(api.base + "/account/login")).status == 303


async def test_6_keys_rotated_just_after_they_were_fetched_let_users_in(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.3)
    await desk.sign_in()
    desk.provider.listed = [KEYS[1], KEYS[0]]
    began = time.monotonic()
    assert (await desk.sign_in("/account/login?next=/account")).status == 200
    assert len(await desk.rows()) == 1
    assert desk.provider.asked["/jwks"] == 2
    assert time.monotonic() - began < 2


async def test_6_many_tokens_of_an_unknown_key_fetch_the_keys_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.3)
    await desk.sign_in()
    sign_in = desk.api.app[SIGN_IN]
    assert sign_in is not None
    forged = desk.provider.signed({"iss": "x"}, {"kid": "unknown"})
    verifier = sign_in.client.verifier
    tries = [verifier.id_token(forged, nonce=None) for _ in range(20)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert all(isinstance(result, Exception) for result in results)
    assert desk.provider.asked["/jwks"] == 2


async def test_6_tokens_that_name_no_key_let_users_in_also_after_a_rotation(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.0)
    desk.provider.kid_stated = False
    assert (await desk.sign_in()).status == 200
    desk.provider.listed = [KEYS[1]]
    assert (await desk.sign_in("/account/login?next=/account")).status == 200


async def test_6_known_keys_do_while_the_provider_s_keys_cannot_be_fetched(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.sign_in()
    desk.provider.down = {"/jwks"}
    monkeypatch.setattr(jwks, "_FRESH_S", 0.0)
    monkeypatch.setattr(jwks, "_MIN_PAUSE_S", 0.0)
    assert (await desk.sign_in("/account/login?next=/account")).status == 200


async def test_6_without_any_key_known_it_is_503(desk: Desk) -> None:
    desk.provider.down = {"/jwks"}
    await assert_refused(desk, await desk.at_the_callback(), 503)


# 7: groups.


GROUPS: list[Any] = [
    [],
    "spt3g-users",
    ["/x/spt3g-users"],
    ["/spt3g-users"],
    ["SPT3G-USERS"],
    ["spt3g-users "],
    ["spt3g"],
    ["spt3g-users/x"],
    {"spt3g-users": 1},
    ["spt3g-users", 7],
    None,
]


async def test_7_who_is_in_no_allowed_group_sees_what_to_do_and_gets_no_session(
    desk: Desk,
) -> None:
    for groups in GROUPS:
        desk.provider.groups = groups
        text = await assert_refused(desk, await desk.at_the_callback(), 403)
        assert "Not authorised yet" in text
        assert f'href="{desk.api.base}/account/logout"' in text
    assert await desk.audited() == [("session.begin", "refused")] * len(GROUPS)


async def test_7_without_the_claim_anywhere_nobody_is_let_in(desk: Desk) -> None:
    desk.provider.groups_in = set()
    await assert_refused(desk, await desk.at_the_callback(), 403)


async def test_7_the_page_s_link_signs_out_at_the_provider(desk: Desk) -> None:
    desk.provider.groups = []
    await desk.browser.get(await desk.at_the_callback())
    response = await desk.browser.get(desk.url("/account/logout"))
    assert response.headers["Location"].startswith(desk.provider.issuer + "/end?")


# 8: where one goes on.

AWAY = ["//evil.example", "/\\evil.example", "///evil.example", "https://evil.example",
        "/\t/evil.example", " /app/", "/app/\n", "javascript:alert(1)", "\\\\evil.example",
        "/%5cevil.example", "/%2f/evil.example", "/%09/evil.example", "/a/../../evil", "/a/./b",
        "/a/%2e%2e/b", "/account/logout", "/account/%6cogout", "/acc%6funt/login", "/a b",
        "/\N{FULLWIDTH SOLIDUS}evil.example", "/" + "a" * 2048, "", "app/cutout", "/a/..",
        "/a%c3%28", "/a%ff", "/a%7f"]  # fmt: skip


KEPT = ["/app/cutout?x=1#y", "/", "/account", "/files/jobs/1/out/", "/accounts", "/a%20b",
        "/app/cutout/new?name=two%20words&to=%2F%2Fx%5C..%2F", "/a?b=/../c", "/%C3%A9"]  # fmt: skip


async def goal_after(desk: Desk, goal: str) -> str:
    """Sign in on the way to a goal, and give the address where that leads."""
    response = await desk.browser.get(desk.url("/account/login?next=" + quote(goal, safe="")))
    assert "cutout" not in response.headers["Location"]  # the provider does not learn it
    callback = await desk.browser.follow(response, until=desk.url("/account/callback"))
    return (await desk.browser.get(callback.headers["Location"])).headers["Location"]


async def test_8_a_goal_that_is_not_ours_leads_to_the_start_page(desk: Desk) -> None:
    assert {goal: await goal_after(desk, goal) for goal in AWAY} == dict.fromkeys(
        AWAY, desk.url("/")
    )


async def test_8_a_goal_that_is_ours_is_kept(desk: Desk) -> None:
    for goal in KEPT:
        assert await goal_after(desk, goal) == desk.url(goal)
