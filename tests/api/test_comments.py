"""Comments on jobs: by its owner and its readers, removed by who may, and gone with the job."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from sptapi.services.job_access import opened_job
from sptjobs.settings import Rate
from sptjobs.store.schema import job_comment
from tests.api.conftest import Api, Serve
from tests.support.embedded import forget_counts

pytestmark = pytest.mark.any_database


async def say(api: Api, job: str, text: str, user: str = "ada") -> dict[str, Any]:
    response = await api.post(f"{job}/comments", {"TEXT": text}, user=user)
    assert response.status == 201, await response.text()
    document: dict[str, Any] = await response.json()
    return document


async def shared_job(api: Api) -> str:
    await api.token("eve")
    job = await api.new_job()
    await api.post(f"{job}/shares", {"KIND": "member", "NAME": "eve"})
    return job


async def test_its_owner_and_those_with_whom_a_job_is_shared_talk_of_it(api: Api) -> None:
    job = await shared_job(api)
    first = await say(api, job, "  look at <b>A1</b>\r\nplease ")
    second = await say(api, job, "it is a point source", user="eve")
    assert (first["author"], first["text"]) == ("ada", "look at <b>A1</b>\nplease")
    for user in ("ada", "eve"):
        found = await api.document(f"{job}/comments", user=user)
        assert sorted(found["comments"], key=str) == sorted([first, second], key=str)
    assert (await api.get(f"{job}/comments", user="bob")).status == 404
    assert (await api.post(f"{job}/comments", {"TEXT": "x"}, user="bob")).status == 404
    assert len((await api.document(f"{job}/comments", user="root"))["comments"]) == 2
    assert (await api.post(f"{job}/comments", {"TEXT": "x"}, user="root")).status == 403


async def test_a_comment_is_removed_by_its_author_or_the_owner_of_the_job(api: Api) -> None:
    job = await shared_job(api)
    mine, hers = await say(api, job, "mine"), await say(api, job, "hers", user="eve")
    again = await say(api, job, "again", user="eve")

    async def remove(comment: dict[str, Any], user: str) -> int:
        path = f"{job}/comments/{comment['id']}"
        return (await api.call("DELETE", path, user=user)).status

    assert await remove(mine, "eve") == 403
    assert await remove(hers, "bob") == 404
    assert [await remove(hers, "eve"), await remove(again, "ada")] == [204, 204]
    assert await remove(hers, "eve") == 404
    assert (await api.document(f"{job}/comments"))["comments"] == [mine]


async def test_who_lost_the_share_meanwhile_leaves_no_comment(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await shared_job(api)
    share = (await api.document(f"{job}/shares"))["shares"][0]["id"]

    @asynccontextmanager
    async def then_ended(*given: Any) -> AsyncIterator[Any]:
        async with opened_job(*given) as opened:
            yield opened
        await api.call("DELETE", f"{job}/shares/{share}")

    monkeypatch.setattr("sptapi.services.comments.opened_job", then_ended)
    late = await api.post(f"{job}/comments", {"TEXT": "one more"}, user="eve")
    monkeypatch.undo()
    assert late.status == 404
    assert (await api.document(f"{job}/comments"))["comments"] == []


async def test_comments_go_with_their_job(api: Api) -> None:
    job, other = await shared_job(api), await api.new_job()
    await say(api, job, "here", user="eve")
    kept = await say(api, other, "there")
    assert (await api.call("DELETE", job)).status < 400
    async with api.engine.database.read() as connection:
        left = (await connection.execute(sa.select(job_comment.c.comment_id))).scalars().all()
    assert list(left) == [kept["id"]]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "TEXT: is missing"),
        ({"TEXT": " \n "}, "TEXT: must have 1 to 2000 characters"),
        ({"TEXT": "x" * 2001}, "TEXT: must have 1 to 2000 characters, not 2001"),
        ({"TEXT": "a\x00b"}, "U+0000"),
        ({"TEXT": "a", "TO": "eve"}, "TO: is unknown"),
    ],
)
async def test_what_is_wrong_with_a_comment_is_named(
    api: Api, fields: dict[str, str], said: str
) -> None:
    job = await api.new_job()
    refused = await api.post(f"{job}/comments", fields)
    assert (refused.status, said in await refused.text()) == (400, True), await refused.text()


async def test_comments_are_limited_for_a_job_and_by_time(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptapi.services.comments.MAX_COMMENTS", 1)
    api = await serve(rates=(("comment", Rate(2, 3600)),))
    job = await api.new_job()
    await say(api, job, "one")
    assert (await api.post(f"{job}/comments", {"TEXT": "two"})).status == 403
    assert (await api.post(f"{job}/comments", {"TEXT": "three"})).status == 429
    forget_counts(api.settings.broker_url)
