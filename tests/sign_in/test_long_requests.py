"""What lasts ends soon after its user was shut out: event streams, blocking requests, downloads."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import aiohttp
import pytest
import sqlalchemy as sa

from sptapi.auth.identity import Identity
from sptapi.keys import LONG_REQUESTS
from sptapi.services.command_line import operator_revoke, operator_token
from sptjobs.store.accounts import find_accounts
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import account_group, token
from sptjobs.uws.errors import AuthenticationError
from tests.api.conftest import GOOD, JOBS, Api, Serve
from tests.api.test_transactions import counted
from tests.request.test_selection import coadd
from tests.support.provider import Provider
from tests.support.sign_in import Desk, new_browser, settings_for

LIMIT_S = 5.0
EVENTS = "/api/v1/cutout/events"
Job = Callable[[str], str]

LASTING: dict[str, Job] = {
    "all events": lambda _: EVENTS,
    "events of a job": lambda job: f"{job}/events",
    "WAIT": lambda job: f"{job}?WAIT=60",
    "WAIT for a phase": lambda job: f"{job}?WAIT=60&PHASE=PENDING",
}


@pytest.fixture
async def waiting(serve: Serve, provider: Provider) -> AsyncIterator[Desk]:
    """A server that lets clients wait for a minute, and a browser."""
    sign_in = settings_for(provider.issuer)
    api = await serve(sign_in=sign_in, rates=(), wait_cap_s=60.0)
    async with new_browser() as browser:
        yield Desk(api, provider, browser)


async def ends(response: aiohttp.ClientResponse) -> int:
    """Read a response to its end, however it ends; give its status."""
    with suppress(aiohttp.ClientError):
        await response.read()
    return response.status


async def last_and_end(
    get: Callable[[str], Awaitable[aiohttp.ClientResponse]],
    paths: list[str],
    shut_out: Callable[[], Awaitable[object]],
) -> list[int]:
    """Open some requests, shut their user out, and give the statuses once all have ended."""

    async def whole(path: str) -> int:
        return await ends(await get(path))

    lasting = [asyncio.create_task(whole(path)) for path in paths]
    await asyncio.sleep(2.5)
    assert not any(task.done() for task in lasting), "nobody was shut out yet"
    await shut_out()
    begun = time.monotonic()
    statuses = await asyncio.wait_for(asyncio.gather(*lasting), 30)
    assert time.monotonic() - begun < LIMIT_S
    return statuses


async def revoke_by_another_process(api: Api) -> None:
    assert await operator_revoke(api.settings, "ada") == 1


async def revoke_the_row(api: Api) -> None:
    async with api.engine.database.write() as connection:
        await connection.execute(sa.update(token).values(revoked=token.c.issued))


async def expire_the_row(api: Api) -> None:
    async with api.engine.database.write() as connection:
        await connection.execute(sa.update(token).values(expires=token.c.issued))


async def leave_the_group(api: Api) -> None:
    """As a sign-in with other groups at another server would."""
    await operator_token(api.settings, name="ada", groups=["visitors"], ttl_s=60)


async def delete_by_itself(api: Api) -> None:
    listed = await api.document("/api/v1/account/tokens")
    (mine,) = [row["id"] for row in listed["tokens"]]
    response = await api.call("DELETE", f"/api/v1/account/tokens/{mine}")
    assert response.status == 204


@pytest.mark.parametrize(
    ("shut_out", "status"),
    [
        (revoke_by_another_process, 401),
        (revoke_the_row, 401),
        (expire_the_row, 401),
        (delete_by_itself, 401),
        (leave_the_group, 403),
    ],
)
async def test_what_lasts_ends_within_five_seconds_of_what_ends_its_token(
    waiting: Desk, shut_out: Callable[[Api], Awaitable[None]], status: int
) -> None:
    api = waiting.api
    job = await api.new_job()
    headers = {"Authorization": f"Bearer {await api.token('ada')}"}

    async def get(path: str) -> aiohttp.ClientResponse:
        return await api.http.get(api.base + path, headers=headers)

    paths = [path(job) for path in LASTING.values()]
    found = await last_and_end(get, paths, lambda: shut_out(api))
    assert found == [200, 200, status, status]


async def test_a_cutout_at_once_ends_with_its_token_whichever_way_it_was_asked_for(
    waiting: Desk,
) -> None:
    api = waiting.api
    footprint = (((359.0, -59.0), (2.0, -59.0), (2.0, -56.0), (359.0, -56.0)),)
    await ingest_maps(api.engine.database, [coadd("c", "yearly_2020", footprint=footprint)])
    headers = {"Authorization": f"Bearer {await api.token('ada')}"}

    async def ask(method: str) -> aiohttp.ClientResponse:
        url, where = f"{api.base}/api/v1/cutout/sync", {"CIRCLE": "0.25 -57.8 0.05"}
        if method == "POST":
            return await api.http.post(url, data=where, headers=headers)
        return await api.http.get(url, params=where, headers=headers)

    found = await last_and_end(ask, ["GET", "POST"], lambda: revoke_the_row(api))
    assert found == [401, 401]


async def log_out(desk: Desk) -> None:
    response = await desk.browser.post(desk.url("/account/logout"), {"csrf": await desk.csrf()})
    assert response.status in {302, 303}


async def end_it_at_the_provider(desk: Desk) -> None:
    url = desk.url("/account/backchannel-logout")
    data = {"logout_token": desk.provider.logout_token()}
    assert (await desk.api.http.post(url, data=data)).status == 200


async def lose_the_groups(desk: Desk) -> None:
    """As another server finds when it asks the provider for them again."""
    async with desk.api.engine.database.write() as connection:
        await connection.execute(sa.update(account_group).values(name="visitors"))


@pytest.mark.parametrize(
    ("shut_out", "status"), [(log_out, 401), (end_it_at_the_provider, 401), (lose_the_groups, 403)]
)
async def test_what_lasts_ends_within_five_seconds_of_the_end_of_its_session(
    waiting: Desk, shut_out: Callable[[Desk], Awaitable[None]], status: int
) -> None:
    assert (await waiting.sign_in()).status == 200
    csrf = {"X-CSRF-Token": await waiting.csrf()}
    made = await waiting.browser.fetch("POST", waiting.url(JOBS), data=GOOD, headers=csrf)
    job = made.headers["Location"].removeprefix(waiting.api.base)

    async def get(path: str) -> aiohttp.ClientResponse:
        headers = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}
        return await waiting.browser.http.get(waiting.url(path), headers=headers)

    paths = [path(job) for path in LASTING.values()]
    found = await last_and_end(get, paths, lambda: shut_out(waiting))
    assert found == [200, 200, status, status]


async def test_an_administrator_who_is_none_any_more_watches_no_more(waiting: Desk) -> None:
    api = waiting.api
    job = await api.new_job()
    headers = {"Authorization": f"Bearer {await api.token('root', 'spt3g-admins')}"}

    async def get(path: str) -> aiohttp.ClientResponse:
        return await api.http.get(api.base + path, headers=headers)

    async def demote() -> None:
        await operator_token(api.settings, name="root", groups=["spt3g-users"], ttl_s=60)

    paths = [LASTING["events of a job"](job), LASTING["WAIT"](job)]
    assert await last_and_end(get, paths, demote) == [200, 403]


async def test_what_lasts_ends_within_five_seconds_of_the_end_of_its_share(waiting: Desk) -> None:
    api = waiting.api
    job = await api.new_job()
    headers = {"Authorization": f"Bearer {await api.token('eve')}"}
    made = await api.post(f"{job}/shares", {"KIND": "member", "NAME": "eve"})
    share = (await made.json())["id"]

    async def get(path: str) -> aiohttp.ClientResponse:
        return await api.http.get(api.base + path, headers=headers)

    async def end() -> None:
        assert (await api.call("DELETE", f"{job}/shares/{share}")).status == 204

    paths = [LASTING["events of a job"](job), LASTING["WAIT"](job)]
    assert await last_and_end(get, paths, end) == [200, 404]


async def test_an_owner_waits_on_when_a_job_is_shared_no_longer(waiting: Desk) -> None:
    api = waiting.api
    job = await api.new_job()
    made = await api.post(f"{job}/shares", {"KIND": "link"})
    waits = asyncio.create_task(api.get(f"{job}?WAIT=6"))
    await asyncio.sleep(2.5)
    await api.call("DELETE", f"{job}/shares/{(await made.json())['id']}")
    assert (await waits).status == 200


async def test_one_look_is_enough_for_all_and_none_for_what_is_short(waiting: Desk) -> None:
    api = waiting.api
    requests = api.app[LONG_REQUESTS]
    await api.token("ada")
    async with api.engine.database.read() as connection:
        (account_id,) = await find_accounts(connection, "ada")
        jti = await connection.scalar(sa.select(token.c.jti))
    scopes = frozenset({"jobs:read"})
    groups = ("spt3g-users",)
    good = Identity(account_id, "ada", groups, scopes, "token", str(jti), is_member=True)
    gone = Identity(account_id, "ada", groups, scopes, "session", "0" * 32, is_member=True)

    async def last(identity: Identity) -> None:
        async with requests.held(identity):
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(last(each)) for each in [good] * 300 + [gone] * 300]
    await asyncio.sleep(0)
    with counted(api) as found:
        await requests.check()
        assert found == []
        for each in requests._open:
            each.since -= 10
        await requests.check()
    assert found == ["begin", "groups"]
    _, lasting = await asyncio.wait(tasks, timeout=0.5)
    assert lasting == set(tasks[:300])
    for task in tasks:
        task.cancel()
    ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, AuthenticationError) for each in ended[300:])
    assert requests._open == set()
