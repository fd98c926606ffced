"""Only a token that holds in every respect opens the door."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from sptapi.auth import token_gate
from sptapi.auth.access_tokens import InvalidTokenError, KeySet, new_token_row, sign, verify
from sptapi.services.command_line import operator_token
from sptjobs.settings import Settings, SettingsError
from sptjobs.store.accounts import upsert_account
from sptjobs.store.tokens import insert_token, read_token
from tests.api.conftest import JOBS, KEY, Api, Serve
from tests.support.scale import examples

ME = "/api/v1/account"
CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti", "scope", "chain", "chain_start")
Forge = Callable[..., Awaitable[str]]


@pytest.fixture
def forge(api: Api) -> Forge:
    """Make a token like a good one of ``ada`` but for what is changed."""

    async def make(
        *, key: str = KEY, header: dict[str, Any] | None = None, algorithm: str = "HS256",
        without: str | None = None, **changes: Any,
    ) -> str:  # fmt: skip
        good = await api.token("ada")
        claims = jwt.decode(good, options={"verify_signature": False}) | changes
        if without is not None:
            del claims[without]
        headers = jwt.get_unverified_header(good) | (header or {})
        return jwt.encode(claims, key, algorithm=algorithm, headers=headers)

    return make


async def status(api: Api, token: str) -> int:
    response = await api.get(ME, headers={"Authorization": f"Bearer {token}"})
    return response.status


async def test_a_good_token_tells_who_one_is(api: Api) -> None:
    response = await api.get(ME)
    assert response.headers["X-VO-Authenticated"] == "ada"
    me = await response.json(content_type=None)
    assert (me["name"], me["groups"], me["admin"]) == ("ada", ["spt3g-users"], False)
    assert (await (await api.get(ME, user="root")).json(content_type=None))["admin"]


async def test_without_a_token_there_is_a_bare_challenge(api: Api) -> None:
    response = await api.get(JOBS, user=None)
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="spt3g"'
    assert "X-VO-Authenticated" not in response.headers
    assert (await response.text()).startswith("AuthenticationError: ")


async def test_the_scheme_is_read_in_any_case_and_the_query_string_never(api: Api) -> None:
    token = await api.token("ada")
    assert (await api.get(ME, headers={"Authorization": f"bearer {token}"})).status == 200
    assert (await api.get(f"{ME}?access_token={token}", user=None)).status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 60},
        {"key": "x" * 40},
        {"aud": "another"},
        {"aud": ["spt3g-data-service"]},
        {"iss": "http://another"},
        {"jti": "unknown"},
        {"jti": ["a"]},
        {"sub": "another"},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"exp": str(int(time.time()) + 600)},
        {"exp": 10**400},
        {"exp": True},
        {"chain_start": "1"},
        {"header": {"kid": "../../etc/passwd"}},
        {"header": {"kid": ""}},
        {"header": {"crit": ["x"], "x": 1}},
        {"header": {"typ": "JWT"}},
        {"header": {"kid": "another"}},
        {"header": {"alg": "HS512"}},
        *({"without": name} for name in CLAIMS),
    ],
)
async def test_a_token_with_one_fault_is_refused(
    api: Api, forge: Forge, changes: dict[str, Any]
) -> None:
    assert await status(api, await forge()) == 200
    response = await api.get(ME, headers={"Authorization": f"Bearer {await forge(**changes)}"})
    assert response.status == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="spt3g", error="invalid_token"'


async def test_an_unsigned_token_is_refused(api: Api, forge: Forge) -> None:
    claims = jwt.decode(await forge(), options={"verify_signature": False})
    header = {**jwt.get_unverified_header(await forge()), "alg": "none"}
    token = jwt.encode(claims, "", algorithm="none", headers=header)
    assert await status(api, token) == 401
    assert await status(api, (await forge()).rpartition(".")[0] + ".") == 401


async def test_a_revoked_token_is_refused_once_the_row_is_looked_at_again(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_gate, "_FRESH_S", 0.0)
    assert (await api.get(ME)).status == 200
    async with api.engine.database.write() as connection:
        await connection.execute(sa.text("UPDATE token SET revoked = '2026-01-01 00:00:00'"))
    assert (await api.get(ME)).status == 401


async def test_who_left_the_group_is_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_gate, "_FRESH_S", 0.0)
    assert (await api.get(ME)).status == 200
    async with api.engine.database.write() as connection:
        await upsert_account(
            connection, issuer="operator", subject="ada", name="ada", groups=["/spt3g-users"]
        )
    response = await api.get(ME)
    assert response.status == 403
    assert (await response.text()).startswith("AuthorizationError: ")


async def test_a_token_is_good_for_its_scopes_only(api: Api) -> None:
    async with api.engine.database.write() as connection:
        account = await upsert_account(
            connection, issuer="operator", subject="bob", name="bob", groups=["spt3g-users"]
        )
        row = new_token_row(account.account_id, ttl=timedelta(hours=1), now=datetime.now(UTC))
        row = type(row)(**{name: getattr(row, name) for name in row.__slots__} | {
            "scopes": ("jobs:read",)})  # fmt: skip
        await insert_token(connection, row)
    headers = {"Authorization": f"Bearer {sign(row, api.settings)}"}
    assert (await api.get(JOBS, headers=headers)).status == 200
    refused = await api.post(JOBS, {"RA": "1", "DEC": "-57"}, headers=headers)
    assert refused.status == 403
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


async def test_a_name_beyond_ascii_does_not_break_the_header(api: Api) -> None:
    response = await api.get(ME, user="Ásdís\r\nX: y")
    assert response.status == 200
    assert response.headers["X-VO-Authenticated"].startswith("%C3%81sd")


async def test_an_issued_token_is_recorded_with_its_user(serve: Serve) -> None:
    api = await serve()
    token = await operator_token(api.settings, name="eve", groups=["b", "a", "b"], ttl_s=60)
    claims = jwt.decode(token, options={"verify_signature": False})
    async with api.engine.database.read() as connection:
        row = await read_token(connection, claims["jti"])
    assert row is not None
    assert (row.account_id, row.chain) == (claims["sub"], claims["chain"])
    assert row.expires - row.issued == timedelta(seconds=60)
    assert "groups" not in claims


def test_keys_rotate_and_short_ones_are_refused() -> None:
    new, old = "n" * 32, "o" * 32
    both = KeySet.of(f"{new} {old}")
    row = new_token_row("a", ttl=timedelta(hours=1), now=datetime.now(UTC))
    base = {"database_url": "", "broker_url": "", "archive": None, "results": None}
    signed_old = sign(row, Settings(**base, token_key=old))  # type: ignore[arg-type]
    assert verify(signed_old, both, "")["jti"] == row.jti
    with pytest.raises(InvalidTokenError):
        verify(signed_old, KeySet.of(new), "")
    short = "k" * 31
    for wrong in ("", short, f"{new} {short}", f"a:{short}", f"a:{new} a:{old}", ":" + new):
        with pytest.raises(SettingsError, match="SPT_TOKEN_KEY"):
            KeySet.of(wrong)


@settings(max_examples=examples(150), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.one_of(
        st.text(max_size=60),
        st.text("abcdefghijABC.-_~+/=", max_size=200).map("Bearer ".__add__),
        st.lists(st.binary(max_size=30), min_size=3, max_size=3).map(
            lambda parts: (
                "Bearer " + ".".join(jwt.utils.base64url_encode(p).decode() for p in parts)
            )
        ),
        st.sampled_from(["Bearer", "Bearer ", "Basic YTpi", "bearer a.b.c", "Bearer a b"]),
    )
)
def test_no_authorization_header_verifies_by_chance(header: str) -> None:
    match = token_gate._HEADER.fullmatch(header)
    if match is not None:
        with pytest.raises(InvalidTokenError):
            verify(match[1], KeySet.of(KEY), "http://x")


def encoded(text: str) -> str:
    return jwt.utils.base64url_encode(text.encode()).decode()


async def test_no_authorization_header_breaks_the_service(api: Api) -> None:
    good = await api.token("ada")
    signature = good.rpartition(".")[2]
    for header in (
        "Bearer", "Bearer  ", "Bearer a.b.c", f"Bearer {encoded('[' * 5000)}.e30.{signature}",
        f"Bearer {good}, Bearer {good}", f"Bearer {good}x", f"Bearer e30.e30.{signature}",
        f"Bearer {encoded('null')}.e30.{signature}", f"Bearer\t{good}", f"Bearer {good} é",
        f"Bearer {good[:-1]}", f"Bearer {good}=", f"Bearer {good}" * 9,
    ):  # fmt: skip
        reply = await api.get(ME, headers={"Authorization": header})
        assert reply.status == 401, header
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    assert (await api.get(ME)).status == 200


@pytest.mark.parametrize("header", ["", "Negotiate x", "é" * 10, "Bearerx.y.z"])
async def test_another_scheme_gets_the_challenge_of_one_who_sent_nothing(
    api: Api, header: str
) -> None:
    reply = await api.get(ME, headers={"Authorization": header})
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"] == 'Bearer realm="spt3g"'


async def test_two_headers_are_refused_even_when_each_is_good(api: Api) -> None:
    good = f"Bearer {await api.token('ada')}"
    for second in (good, "Bearer x", ""):
        headers = CIMultiDict([("Authorization", good), ("Authorization", second)])
        reply = await api.http.get(api.base + ME, headers=headers)
        assert reply.status == 401


async def test_a_header_of_ten_kilobytes_is_refused(api: Api) -> None:
    good = await api.token("ada")
    reply = await api.get(ME, headers={"Authorization": f"Bearer {good}{'x' * 10_000}"})
    assert reply.status in {400, 401}


async def test_a_token_can_be_written_in_one_way_only(api: Api) -> None:
    good = await api.token("ada")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in alphabet.replace(good[-1], ""):
        assert await status(api, good[:-1] + last) == 401


async def test_a_token_that_a_provider_signed_is_refused(api: Api, forge: Forge) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(await forge(), options={"verify_signature": False})
    for typ in ("JWT", "at+jwt", "spt-api+jwt"):
        header = {"kid": jwt.get_unverified_header(await forge())["kid"], "typ": typ}
        token = jwt.encode(claims, key, algorithm="RS256", headers=header)
        assert await status(api, token) == 401


async def test_an_old_key_still_verifies_until_it_is_removed(serve: Serve) -> None:
    old, new = "o:" + "k" * 40, "n:" + "q" * 40
    before = await serve(token_key=old)
    token = await before.token("ada")
    address = before.settings.public_url

    async def reply(key: str, sent: str) -> int:
        at = await serve(token_key=key, public_url=address)
        headers = {"Authorization": f"Bearer {sent}"}
        where = f"http://127.0.0.1:{at.settings.port}{ME}"
        return (await at.get(where, headers=headers)).status

    steps = (old, f"{old}\n{new}", f"# new\n{new}\n# old\n{old}")
    assert [await reply(key, token) for key in steps] == [200, 200, 200]
    assert await reply(new, token) == 401
    rotated = await serve(token_key=steps[2], public_url=address)
    fresh = await rotated.token("ada")
    assert jwt.get_unverified_header(fresh)["kid"] == "n"
    assert [await reply(key, fresh) for key in (new, old)] == [200, 401]
