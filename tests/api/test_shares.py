"""Jobs that are shared: by name, with a group, by a link; what is refused, listed and ended."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from sptapi.services.shares import MAX_SHARES
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import now
from sptjobs.store.schema import audit, job_share
from tests.api.conftest import GOOD, JOBS, JSON, Api

SHARED = "/api/v1/cutout/shared"
Cut = Callable[..., Awaitable[dict[str, bytes]]]


async def share(api: Api, job: str, **wish: str) -> Any:
    """Share a job of ada's and give what the service says of it."""
    response = await api.post(f"{job}/shares", json=wish)
    assert response.status == 201, await response.text()
    return await response.json()


async def refusal(api: Api, job: str, wish: dict[str, Any]) -> str:
    response = await api.post(f"{job}/shares", json=wish)
    assert response.status == 400, await response.text()
    return await response.text()


async def listed(api: Api, user: str, query: str = "") -> list[str]:
    found = await api.document(f"{SHARED}{query}", user=user)
    return [each["id"] for each in found["jobs"]]


async def test_shares_are_listed_in_their_order_for_all_who_read_the_job(api: Api) -> None:
    await api.token("eve")
    job = await api.new_job()
    wishes = (
        {"kind": "member", "name": "eve"},
        {"kind": "group", "name": "spt3g-users"},
        {"kind": "link"},
    )
    made = [await share(api, job, **wish) for wish in wishes]
    assert [each["name"] for each in made] == ["eve", "spt3g-users", None]
    for user in ("ada", "eve", "root"):
        found = await api.document(f"{job}/shares", user=user)
        assert sorted(found["shares"], key=str) == sorted(made, key=str)


async def test_who_reads_a_shared_job_gets_its_files_and_pictures_too(api: Api, cut: Cut) -> None:
    await api.token("eve")
    job = await api.new_job(PHASE="RUN")
    contents = await cut(job)
    name = "J0000-5748/J0000-5748_90GHz_1_fltd.fits"
    out = f"/files/jobs/{job.rpartition('/')[2]}/out"
    assert (await api.get(f"{out}/{name}", user="eve")).status == 404
    await share(api, job, kind="member", name="eve")
    assert await (await api.get(f"{out}/{name}", user="eve")).read() == contents[name]
    whole = [await (await api.get(f"{out}.tar", user=user)).read() for user in ("ada", "eve")]
    assert whole[0] == whole[1]


async def test_only_what_is_shared_by_name_or_group_is_listed_and_never_ones_own(api: Api) -> None:
    await api.token("eve")
    by_name, by_group, by_link = [await api.new_job(RUNID=each) for each in "ngl"]
    await share(api, by_name, kind="member", name="eve")
    await share(api, by_group, kind="group", name="spt3g-users")
    await share(api, by_link, kind="link")
    ids = [path.rpartition("/")[2] for path in (by_group, by_name)]
    assert await listed(api, "eve") == ids
    assert await listed(api, "bob") == ids[:1]
    assert await listed(api, "ada") == []
    assert await listed(api, "eve", "?TEXT=n") == ids[1:]
    first = await api.get(f"{SHARED}?LIMIT=1", user="eve", headers=JSON)
    assert first.headers["Link"] == f'<{api.base}{SHARED}?OFFSET=1&LIMIT=1>; rel="next"'
    assert (await api.document(JOBS, user="eve"))["jobs"] == []


async def test_a_member_who_leaves_the_group_reads_no_longer_what_is_shared_with_it(
    api: Api,
) -> None:
    job = await api.new_job()
    async with api.engine.database.write() as connection:
        groups = ["spt3g-users", "clusters"]
        known = {"issuer": "spt3g:operator", "subject": "ada", "name": "ada"}
        await upsert_account(connection, **known, groups=groups)
        at, holder = await now(connection), "clusters"
        values = {"share_id": "a" * 32, "job_id": job.rpartition("/")[2], "created": at}
        await connection.execute(sa.insert(job_share).values(**values, kind="group", holder=holder))
    assert (await api.get(job, user="eve")).status == 404


async def test_sharing_again_gives_the_share_that_is_there(api: Api) -> None:
    await api.token("eve")
    job = await api.new_job()
    first, second = [await share(api, job, kind="member", name="eve") for _ in range(2)]
    assert first == second
    first, second = [await share(api, job, kind="LINK") for _ in range(2)]
    assert first == second
    assert len((await api.document(f"{job}/shares"))["shares"]) == 2


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({}, "KIND: is missing"),
        ({"kind": "world"}, "KIND: must be one of member, group, link (got 'world')"),
        ({"kind": "member"}, "NAME: is missing"),
        ({"kind": "member", "name": "  "}, "NAME: must be the name of a member"),
        ({"kind": "member", "name": "x" * 256}, "NAME: must be the name of a member"),
        ({"kind": "member", "name": "nobody"}, "NAME: nobody of this name has signed in yet"),
        ({"kind": "member", "name": "ada"}, "NAME: the job is your own"),
        ({"kind": "group", "name": "spt3g-admins"}, "that you are in (spt3g-users)"),
        ({"kind": "group", "name": "SPT3G-USERS"}, "that you are in (spt3g-users)"),
        ({"kind": "link", "name": "eve"}, "NAME: a link has none"),
        ({"kind": "link", "until": "tomorrow"}, "UNTIL: is unknown; take KIND or NAME"),
        ({"kind": ["link", "member"]}, "KIND: must be one of"),
        ({"kind": {"a": 1}}, "KIND: must be a text"),
    ],
)
async def test_a_wrong_wish_is_refused_with_what_is_right(
    api: Api, wish: dict[str, Any], said: str
) -> None:
    job = await api.new_job()
    assert said in await refusal(api, job, wish)
    assert (await api.document(f"{job}/shares"))["shares"] == []


async def test_of_two_members_of_one_name_the_one_is_told_by_the_id(api: Api) -> None:
    job = await api.new_job()
    async with api.engine.database.write() as connection:
        accounts = [
            await upsert_account(
                connection, issuer="https://sign-in", subject=each, name="eve", groups=[]
            )
            for each in ("a", "b")
        ]
    assert "2 accounts have this name" in await refusal(api, job, {"kind": "member", "name": "eve"})
    made = await share(api, job, kind="member", name=accounts[0].account_id)
    assert made["name"] == "eve"


async def test_a_job_has_as_many_shares_as_one_may_have(api: Api) -> None:
    job = await api.new_job()
    async with api.engine.database.write() as connection:
        at = await now(connection)
        rows = [
            {
                "share_id": f"{number:032x}", "job_id": job.rpartition("/")[2], "kind": "group",
                "holder": f"g{number}", "created": at,
            }
            for number in range(MAX_SHARES)
        ]  # fmt: skip
        await connection.execute(sa.insert(job_share), rows)
    response = await api.post(f"{job}/shares", {"KIND": "link"})
    assert f"the job has {MAX_SHARES} shares" in await response.text()
    assert len((await api.document(f"{job}/shares"))["shares"]) == MAX_SHARES


async def test_a_deleted_job_takes_its_shares_with_it(api: Api) -> None:
    job = await api.new_job()
    await share(api, job, kind="link")
    assert (await api.call("DELETE", job)).status == 303
    async with api.engine.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(job_share)) == 0


async def test_a_share_is_ended_at_its_own_job_only(api: Api) -> None:
    job, other = await api.new_job(), await api.new_job()
    made = await share(api, job, kind="link")
    path = f"shares/{made['id']}"
    assert (await api.call("DELETE", f"{other}/{path}")).status == 404
    assert (await api.call("DELETE", f"{job}/{path}", user="eve")).status == 403
    assert (await api.call("DELETE", f"{job}/{path}")).status == 204
    assert (await api.call("DELETE", f"{job}/{path}")).status == 404


async def test_nobody_repeats_a_job_that_is_shared_but_its_owner(api: Api, cut: Cut) -> None:
    job = await api.new_job(PHASE="RUN")
    await cut(job)
    await share(api, job, kind="link")
    for name in ("RETRY_OF", "SINCE_JOB"):
        fields = {name: job.rpartition("/")[2]}
        assert (await api.post(JOBS, fields, user="eve")).status == 403
    assert (await api.post(JOBS, GOOD, user="eve")).status == 303


async def test_the_log_tells_who_shared_what_with_whom_and_that_it_was_ended(api: Api) -> None:
    job = await api.new_job()
    made = await share(api, job, kind="group", name="spt3g-users")
    await api.call("DELETE", f"{job}/shares/{made['id']}")
    query = sa.select(audit.c.action, audit.c.name, audit.c.target, audit.c.detail)
    async with api.engine.database.read() as connection:
        found = [tuple(row) for row in await connection.execute(query.order_by(audit.c.audit_id))]
    shown = ("ada", job.rpartition("/")[2], "group spt3g-users")
    assert [row for row in found if row[0].startswith("job.")] == [
        ("job.share", *shown), ("job.unshare", *shown),
    ]  # fmt: skip


async def test_a_reader_leaves_no_trace_in_the_log_as_an_administrator_does(api: Api) -> None:
    job = await api.new_job()
    await share(api, job, kind="link")
    assert (await api.get(job, user="eve")).status == 200
    async with api.engine.database.read() as connection:
        actions = set((await connection.execute(sa.select(audit.c.action))).scalars())
    assert "job.read" not in actions
