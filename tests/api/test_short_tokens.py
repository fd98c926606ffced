"""A short token is as good as a signed one, and ends like one."""

import base64
import logging
import re
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from sptapi.auth.short_tokens import (
    is_short_token,
    is_short_token_id,
    new_short_token,
    short_token_id,
)
from sptjobs.settings import Rate
from sptjobs.store.schema import metadata
from tests.api.conftest import JOBS, Api, Serve
from tests.api.test_token_life import (
    ME,
    REFRESH,
    TOKENS,
    api,
    audited,
    bearer,
    create,
    provider,
    session,
    status,
)

__all__ = ["api", "create", "provider", "session"]

Create = Callable[..., Awaitable[Any]]
Session = Callable[..., Awaitable[Any]]


@given(st.integers(0, 50))
def test_the_id_of_a_short_token_is_never_that_of_a_signed_one(number: int) -> None:
    del number
    text = new_short_token()
    found = uuid.UUID(short_token_id(text))
    assert is_short_token(text)
    assert (found.version, found.variant) == (8, uuid.RFC_4122)
    assert is_short_token_id(found.hex)
    assert short_token_id(text) == found.hex
    assert not is_short_token_id(uuid.uuid4().hex)


async def test_a_short_token_is_made_on_request_and_opens_all_that_a_signed_one_does(
    api: Api, create: Create
) -> None:
    made = await create(name="topcat", form="short")
    assert re.fullmatch("spt_[0-9A-Za-z]{32}", made["token"])
    assert made["form"] == "short"
    assert (await create())["form"] == "jwt"
    pair = base64.b64encode(f"anybody:{made['token']}".encode()).decode()
    for headers in (bearer(made), {"Authorization": f"Basic {pair}"}):
        response = await api.get(JOBS, headers=headers)
        assert response.status == 200
        assert response.headers["X-VO-Authenticated"] == "ada"
    assert (await api.post(JOBS, {"RA": "1", "DEC": "-57"}, headers=bearer(made))).status == 303


async def test_its_scopes_bind_a_short_token(api: Api, create: Create) -> None:
    made = await create(form="short", scopes=["data:read"])
    refused = await api.get(JOBS, headers=bearer(made))
    assert refused.status == 403
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]


async def test_the_secret_stands_nowhere_in_the_database(api: Api, create: Create) -> None:
    made = await create(form="short")
    assert made["id"] == short_token_id(made["token"])
    secret = made["token"].removeprefix("spt_")
    async with api.engine.database.read() as connection:
        for table in metadata.sorted_tables:
            for row in await connection.execute(sa.select(table)):
                assert secret not in repr(row)


async def test_a_short_token_is_listed_and_revoked_like_any_other(
    api: Api, create: Create, session: Session
) -> None:
    made, other = await create(form="short", name="a"), await create(form="short", name="b")
    listed = (await (await session("GET", TOKENS)).json())["tokens"]
    assert {each["name"]: each["form"] for each in listed} == {"a": "short", "b": "short"}
    assert (await session("DELETE", f"{TOKENS}/{made['id']}")).status == 204
    assert await status(api, made) == 401
    assert await status(api, other) == 200
    assert (await session("DELETE", TOKENS)).status == 200
    assert await status(api, other) == 401
    targets = [entry.target for entry in await audited(api) if entry.action == "token.revoke"]
    assert targets == [made["id"]]


async def test_refreshing_keeps_form_and_chain_unless_another_form_is_asked_for(
    api: Api, create: Create
) -> None:
    made = await create(form="short", scopes=["jobs:read"], ttl=3600)
    for wish, form in (({}, "short"), ({"form": "jwt"}, "jwt")):
        response = await api.post(REFRESH, json=wish, headers=bearer(made))
        assert response.status == 200
        new = await response.json(content_type=None)
        assert (new["form"], new["scopes"]) == (form, ["jobs:read"])
        assert (new["chain"], new["chainExpires"]) == (made["chain"], made["chainExpires"])
        assert await status(api, new) == 200
    assert await status(api, made) == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:-1],
        lambda text: text + "a",
        lambda text: text.replace("spt_", "SPT_"),
        lambda text: text[:-1] + ("a" if text[-1] != "a" else "b"),
        lambda text: text.swapcase(),
        short_token_id,
        lambda text: "spt_" + short_token_id(text),
    ],
)
async def test_what_is_nearly_a_short_token_opens_nothing(
    api: Api, create: Create, change: Callable[[str], str]
) -> None:
    made = await create(form="short")
    refused = await api.get(ME, headers={"Authorization": f"Bearer {change(made['token'])}"})
    assert refused.status == 401
    assert "invalid_token" in refused.headers["WWW-Authenticate"]


async def test_who_guesses_short_tokens_is_slowed_down(serve: Serve) -> None:
    found = await serve(rates=(("bearer", Rate(3, 60)),))
    counts = found.engine.wakeups.broker.client
    counts.flushall()
    seen = [
        (await found.get(ME, headers={"Authorization": f"Bearer {new_short_token()}"})).status
        for _ in range(5)
    ]
    counts.flushall()
    assert seen == [401, 401, 401, 429, 429]


async def test_another_form_is_refused_with_those_that_there_are(session: Session) -> None:
    refused = await session("POST", "/account/token/create", json={"form": "opaque"})
    assert refused.status == 400
    assert "FORM: must be jwt or short" in await refused.text()


async def test_a_short_token_in_an_address_is_masked_in_the_log(
    api: Api, create: Create, caplog: pytest.LogCaptureFixture
) -> None:
    made = await create(form="short")
    with caplog.at_level(logging.INFO, logger="sptapi.access"):
        assert (await api.get(f"{JOBS}/{made['token']}")).status == 404
    assert made["token"] not in caplog.text
    assert "[token]" in caplog.text
