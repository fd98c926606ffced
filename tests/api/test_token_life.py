"""Tokens are made in a session, renewed up to an end, listed, and revoked."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import jwt
import pytest
import sqlalchemy as sa

from sptapi.auth.policy import ALL_SCOPES
from sptapi.auth.token_usage import record
from sptapi.keys import GATE
from sptjobs.settings import Rate
from sptjobs.store.accounts import upsert_account
from sptjobs.store.audit import AuditEntry, read_audit
from sptjobs.store.schema import token
from tests.api.conftest import JOBS, JSON, Api, Serve
from tests.support.embedded import forget_counts
from tests.support.provider import Provider, running
from tests.support.sign_in import Desk, new_browser, settings_for

CREATE = "/account/token/create"
REFRESH = "/api/v1/account/token/refresh"
TOKENS = "/api/v1/account/tokens"
ME = "/api/v1/account"
Session = Callable[..., Awaitable[aiohttp.ClientResponse]]


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with running(Provider()) as made:
        yield made


@pytest.fixture
async def api(serve: Serve, provider: Provider) -> Api:
    return await serve(sign_in=settings_for(provider.issuer))


@pytest.fixture
async def session(api: Api, provider: Provider) -> AsyncIterator[Session]:
    """Send a request as a page of ours does, in the browser of somebody who signed in."""
    async with AsyncExitStack() as stack:
        desks: dict[str, tuple[Desk, str]] = {}

        async def send(
            method: str, path: str, *, user: str = "ada", **options: Any
        ) -> aiohttp.ClientResponse:
            if user not in desks:
                desk = Desk(api, provider, await stack.enter_async_context(new_browser()))
                provider.subject, provider.name, provider.session = user, user, f"sid-{user}"
                await desk.sign_in()
                desks[user] = desk, await desk.csrf()
            desk, csrf = desks[user]
            headers = {"X-CSRF-Token": csrf} | options.pop("headers", {})
            return await desk.browser.fetch(method, desk.url(path), headers=headers, **options)

        yield send


@pytest.fixture
def create(session: Session) -> Callable[..., Awaitable[Any]]:
    """Make a token and give the reply's document."""

    async def make(user: str = "ada", **wish: Any) -> Any:
        response = await session("POST", CREATE, user=user, json=wish)
        assert response.status == 201, await response.text()
        assert response.headers["Cache-Control"] == "no-store"
        return await response.json()

    return make


Create = Callable[..., Awaitable[Any]]


def bearer(document: Any) -> dict[str, str]:
    return JSON | {"Authorization": f"Bearer {document['token']}"}


async def status(api: Api, document: Any, path: str = ME) -> int:
    return (await api.get(path, headers=bearer(document))).status


async def audited(api: Api) -> list[AuditEntry]:
    async with api.engine.database.read() as connection:
        entries = [entry async for entry in read_audit(connection)]
    return [entry for entry in entries if entry.action.startswith("token.")]


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_a_token_is_made_as_wished_and_opens_what_it_allows(api: Api, create: Create) -> None:
    made = await create(name=" laptop ", scopes=["data:read", "jobs:read"], ttl=3600)
    assert (made["name"], made["scopes"]) == ("laptop", ["jobs:read", "data:read"])
    assert when(made["expires"]) - when(made["created"]) == timedelta(hours=1)
    assert when(made["chainExpires"]) - when(made["created"]) == timedelta(days=30)
    claims = jwt.decode(made["token"], options={"verify_signature": False})
    assert "groups" not in claims
    assert await status(api, made, JOBS) == 200
    refused = await api.post(JOBS, {"RA": "1", "DEC": "-57"}, headers=bearer(made))
    assert refused.status == 403
    (entry,) = await audited(api)
    assert (entry.action, entry.target, entry.name) == ("token.create", made["id"], "ada")
    assert entry.address == "127.0.0.1"


async def test_a_token_without_wishes_holds_a_day_and_allows_everything(create: Create) -> None:
    made = await create()
    assert made["scopes"] == list(ALL_SCOPES)
    assert when(made["expires"]) - when(made["created"]) == timedelta(days=1)


async def test_a_form_makes_a_token_with_its_guard_in_a_field_or_in_the_header(
    session: Session, api: Api
) -> None:
    csrf = (await (await session("GET", ME)).json())["csrf"]
    for form in ({"name": "a", "ttl": "60", "csrf": csrf}, {"name": "a", "ttl": "60"}):
        guard = {"X-CSRF-Token": "" if "csrf" in form else csrf}
        response = await session("POST", CREATE, data=form, headers=guard)
        assert response.status == 201, await response.text()
        made = await response.json()
        assert made["name"] == "a"
        assert when(made["expires"]) - when(made["created"]) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"ttl": 59}, "TTL"),
        ({"ttl": 30 * 86_400 + 1}, "TTL"),
        ({"ttl": "1e3"}, "TTL"),
        ({"ttl": True}, "TTL"),
        ({"ttl": "9" * 5000}, "TTL"),
        ({"scopes": []}, "SCOPES"),
        ({"scopes": ["jobs:read", "jobs:delete"]}, "SCOPES"),
        ({"scopes": [1]}, "SCOPES"),
        ({"name": "a" * 81}, "NAME"),
        ({"name": "a\nb"}, "NAME"),
        ({"name": " "}, "NAME"),
        ({"groups": "spt3g-admins"}, "GROUPS"),
    ],
)
async def test_a_wish_that_cannot_be_granted_is_refused_by_its_field(
    session: Session, wish: dict[str, Any], field: str
) -> None:
    response = await session("POST", CREATE, json=wish, headers=JSON)
    assert response.status == 400
    assert (await response.json(content_type=None))["problems"][0]["field"] == field


async def test_opening_the_address_makes_a_token_but_not_for_another_site(
    api: Api, session: Session
) -> None:
    for sent in ({}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "same-origin"}):
        response = await session("GET", CREATE + "?ttl=60&scopes=data:read", headers=sent)
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        assert await status(api, await response.json(), "/api/v1/maps") == 200
    for sent in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "anything"},
        {"Sec-Fetch-Site": "same-origin", "Sec-Purpose": "prefetch"},
    ):
        assert (await session("GET", CREATE, headers=sent)).status == 403
    assert (await session("HEAD", CREATE)).status == 405
    assert len(await audited(api)) == 3


async def test_a_token_makes_no_token_and_revokes_nothing_outside_its_chain(
    api: Api, create: Create
) -> None:
    one, other = await create(), await create()
    for method in ("GET", "POST"):
        assert (await api.call(method, CREATE, headers=bearer(one))).status == 403
        assert (await api.call(method, CREATE, user=None)).status == 401
    assert (await api.call("DELETE", TOKENS, headers=bearer(one))).status == 403
    path = f"{TOKENS}/{other['id']}"
    assert (await api.call("DELETE", path, headers=bearer(one))).status == 404
    listed = (await (await api.get(TOKENS, headers=bearer(one))).json())["tokens"]
    assert [(each["id"], each["current"]) for each in listed] == [(one["id"], True)]
    assert (await api.call("DELETE", f"{TOKENS}/{one['id']}", headers=bearer(one))).status == 204
    assert (await status(api, one), await status(api, other)) == (401, 200)


async def test_a_session_lists_and_revokes_each_of_its_users_tokens(
    api: Api, session: Session, create: Create
) -> None:
    made = [await create(name=name) for name in "abc"]
    await create("eve")
    assert await status(api, made[0]) == 200
    await record(api.app[GATE])
    assert (await session("DELETE", f"{TOKENS}/{made[1]['id']}")).status == 204
    assert (await session("DELETE", f"{TOKENS}/{made[1]['id']}")).status == 204
    listed = {
        each["name"]: each for each in (await (await session("GET", TOKENS)).json())["tokens"]
    }
    assert set(listed) == {"a", "b", "c"}
    assert listed["a"]["lastUsed"] is not None
    assert listed["b"]["revoked"] is not None
    assert (listed["c"]["lastUsed"], listed["c"]["revoked"]) == (None, None)
    assert [await status(api, each) for each in made] == [200, 401, 200]


async def test_revoking_all_leaves_nothing_and_new_tokens_work(
    api: Api, session: Session, create: Create
) -> None:
    made = [await create(), await create()]
    others = await create("eve")
    made.append(await (await api.post(REFRESH, headers=bearer(made[0]))).json())
    response = await session("DELETE", TOKENS)
    assert await response.json() == {"revoked": 3}
    assert [await status(api, each) for each in made] == [401, 401, 401]
    assert (await api.post(REFRESH, headers=bearer(made[0]))).status == 401
    assert [await status(api, each) for each in (others, await create())] == [200, 200]


async def test_the_epoch_alone_ends_a_token(api: Api, create: Create) -> None:
    made = await create()
    async with api.engine.database.write() as connection:
        await connection.execute(sa.text("UPDATE account SET token_epoch = token_epoch + 1"))
    assert await status(api, made) == 401


async def test_another_users_token_is_404_with_the_body_of_none(
    api: Api, session: Session, create: Create
) -> None:
    theirs = await create("eve")
    for suffix in ("", "/chain"):
        answers = []
        for name in (theirs["id"], "0" * 32):
            response = await session("DELETE", f"{TOKENS}/{name}{suffix}")
            body = await response.json(content_type=None)
            del body["requestId"]
            answers.append((response.status, str(body).replace(name, "ID")))
        assert answers[0] == answers[1]
        assert answers[0][0] == 404
    for name in ("x", "%2e%2e", "A" * 32, "%00"):
        assert (await session("DELETE", f"{TOKENS}/{name}")).status == 404
    assert await status(api, theirs) == 200


async def test_a_refreshed_token_is_of_the_same_chain_and_holds_longer(
    api: Api, create: Create
) -> None:
    made = await create(ttl=3600, name="laptop")
    response = await api.post(REFRESH, headers=bearer(made))
    assert response.headers["Cache-Control"] == "no-store"
    new = await response.json()
    assert (response.status, new["chain"], new["name"]) == (200, made["chain"], "laptop")
    assert new["id"] != made["id"]
    assert when(new["expires"]) > when(made["expires"])
    assert new["chainExpires"] == made["chainExpires"]
    assert (await status(api, made), await status(api, new)) == (200, 200)


async def test_refreshing_never_widens_scopes_and_may_narrow_them(api: Api, create: Create) -> None:
    made = await create(scopes="jobs:read data:read")
    for wanted in ("jobs:write", "jobs:read jobs:write"):
        refused = await api.post(REFRESH, json={"scopes": wanted}, headers=bearer(made))
        assert refused.status == 403
        assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]
    narrow = await (
        await api.post(REFRESH, json={"scopes": "data:read"}, headers=bearer(made))
    ).json()
    assert narrow["scopes"] == ["data:read"]
    wider = await api.post(REFRESH, json={"scopes": "jobs:read"}, headers=bearer(narrow))
    assert wider.status == 403


async def _begin_chains(api: Api, at: datetime) -> None:
    async with api.engine.database.write() as connection:
        await connection.execute(sa.update(token).values(chain_start=at))


async def test_a_chain_has_a_hard_end(serve: Serve) -> None:
    api = await serve(token_chain_s=600, token_ttl_s=400)
    first = {"token": await api.token("ada")}
    earlier = datetime.now(UTC) - timedelta(seconds=300)
    await _begin_chains(api, earlier)
    new = await (await api.post(REFRESH, headers=bearer(first))).json()
    assert abs(when(new["expires"]) - earlier - timedelta(seconds=600)) < timedelta(seconds=2)
    await _begin_chains(api, earlier - timedelta(seconds=400))
    over = await api.post(REFRESH, headers=bearer(new))
    assert over.status == 401
    text = await over.text()
    assert "chain ended" in text
    assert api.base + CREATE in text


async def test_a_dead_token_is_not_refreshed(api: Api, create: Create) -> None:
    expired, revoked = await create(), await create()
    async with api.engine.database.write() as connection:
        which = token.c.jti == expired["id"]
        await connection.execute(sa.update(token).where(which).values(expires=token.c.issued))
    path = f"{TOKENS}/{revoked['id']}/chain"
    assert (await api.call("DELETE", path, headers=bearer(revoked))).status == 204
    for dead in (expired, revoked):
        assert (await api.post(REFRESH, headers=bearer(dead))).status == 401
    assert (await api.post(REFRESH, user=None)).status == 401


async def test_refreshing_without_a_group_is_403_and_ends_the_chain(
    api: Api, provider: Provider, create: Create
) -> None:
    made = await create()
    new = await (await api.post(REFRESH, headers=bearer(made))).json()

    async def put_in(*groups: str) -> None:
        async with api.engine.database.write() as connection:
            await upsert_account(
                connection, issuer=provider.issuer, subject="ada", name="ada", groups=groups
            )
        api.app[GATE].forget()

    await put_in("spt3g-users/alumni")
    assert await status(api, made) == 403
    assert (await api.post(REFRESH, headers=bearer(made))).status == 403
    await put_in("spt3g-users")
    assert (await status(api, made), await status(api, new)) == (401, 401)
    last = (await audited(api))[-1]
    assert (last.action, last.outcome) == ("token.refresh", "refused")


async def test_twenty_at_once_get_twenty_good_tokens_of_one_chain(api: Api, create: Create) -> None:
    made = await create(scopes="jobs:read")
    answers = await asyncio.gather(*(api.post(REFRESH, headers=bearer(made)) for _ in range(20)))
    new = [await reply.json() for reply in answers]
    assert {each["chain"] for each in new} == {made["chain"]}
    assert len({each["id"] for each in new}) == 20
    assert all(when(each["expires"]) <= when(each["chainExpires"]) for each in new)
    assert [await status(api, each) for each in new] == [200] * 20
    path = f"{TOKENS}/{new[7]['id']}/chain"
    assert (await api.call("DELETE", path, headers=bearer(new[3]))).status == 204
    assert [await status(api, each) for each in (made, *new)] == [401] * 21


async def test_a_chain_that_is_revoked_while_it_is_refreshed_leaves_no_good_token(
    api: Api, create: Create
) -> None:
    made = await create()
    path = f"{TOKENS}/{made['id']}/chain"
    results = await asyncio.gather(
        *(api.post(REFRESH, headers=bearer(made)) for _ in range(10)),
        api.call("DELETE", path, headers=bearer(made)),
        *(api.post(REFRESH, headers=bearer(made)) for _ in range(10)),
    )
    assert {each.status for each in results} <= {200, 204, 401}
    for reply in results:
        if reply.status == 200:
            assert await status(api, await reply.json()) == 401


async def test_a_session_has_no_token_to_refresh(session: Session) -> None:
    assert (await session("POST", REFRESH)).status == 400


async def test_floods_of_sign_ins_and_of_new_tokens_are_429(
    serve: Serve, provider: Provider, broker_url: str
) -> None:
    forget_counts(broker_url)
    rates = (("login", Rate(3, 60)), ("callback", Rate(2, 60)), ("token-create", Rate(2, 3600)))
    api = await serve(sign_in=settings_for(provider.issuer), rates=rates)

    async def ask(path: str, **options: Any) -> tuple[int, bool]:
        reply = await api.get(path, user=None, **options)
        return reply.status, "Retry-After" in reply.headers

    async with new_browser() as browser:
        desk = Desk(api, provider, browser)
        await desk.sign_in()  # the first that is begun, and none that fails
        asked = [await ask("/account/login") for _ in range(3)]
        assert asked == [(303, False)] * 2 + [(429, True)]
        forged = {"X-Forwarded-For": "192.0.2.1"}
        failed = [await ask("/account/callback?state=x", headers=forged) for _ in range(3)]
        assert failed == [(400, False)] * 2 + [(429, True)]
        made = [await browser.fetch("GET", desk.url(CREATE)) for _ in range(3)]
        assert [each.status for each in made] == [200, 200, 429]
        assert 0 < int(made[2].headers["Retry-After"]) <= 1800
