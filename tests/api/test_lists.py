"""The job list by page: sorted, filtered and counted over everything that a user has."""

import asyncio
import time
import uuid
from collections.abc import Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from sptjobs.request.identifiers import MAX_LABEL
from sptjobs.store.maps import ingest_maps
from sptjobs.store.schema import account, job, job_share
from sptjobs.uws.phases import ExecutionPhase
from tests.api.conftest import JOBS, JSON, Api
from tests.api.test_service import RECORD
from tests.support.scale import scaled

_BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


async def fill(api: Api, count: int, user: str = "ada") -> list[str]:
    """Insert jobs of a user: id n is the n-th made; sizes, names and ends in other orders."""
    await api.get(JOBS, user=user)
    async with api.engine.database.write() as connection:
        owner = await connection.scalar(
            sa.select(account.c.account_id).where(account.c.name == user)
        )
        ids = [uuid.uuid4().hex for _ in range(count)]
        rows = [
            {
                "job_id": job_id, "owner_id": owner, "lane": "shared", "parameters": "[]",
                "request": "{}" + " " * 2000, "execution_duration": 60,
                "phase": list(ExecutionPhase)[n % 5], "created": _BEGAN + timedelta(seconds=n),
                "run_id": f"Run {(n * 7919) % count:05d}" if n % 3 else None,
                "disk_bytes": (n * 104729) % count,
                "destruction": _BEGAN + timedelta(days=(n * 31) % count),
            }
            for n, job_id in enumerate(ids)
        ]  # fmt: skip
        await connection.execute(sa.insert(job), rows)
    return ids


async def share(api: Api, ids: list[str], user: str) -> None:
    """Insert shares of jobs with a member."""
    await api.get(JOBS, user=user)
    async with api.engine.database.write() as connection:
        member = sa.select(account.c.account_id).where(account.c.name == user)
        common = {
            "kind": "member", "holder": str(await connection.scalar(member)), "created": _BEGAN,
        }  # fmt: skip
        shares = [{"share_id": each, "job_id": each, **common} for each in ids]
        await connection.execute(sa.insert(job_share), shares)


async def listed(api: Api, query: str = "") -> tuple[list[str], int]:
    found = await api.document(f"{JOBS}?{query}")
    return [each["id"] for each in found["jobs"]], found["total"]


async def test_pages_together_are_the_list_and_each_tells_how_many_there_are(api: Api) -> None:
    ids = await fill(api, 25)
    pages = [await listed(api, f"LIMIT=10&OFFSET={offset}") for offset in (0, 10, 20, 30)]
    assert [each for page, _ in pages for each in page] == ids[::-1]
    assert {total for _, total in pages} == {25}
    assert await listed(api) == (ids[::-1], 25)


@pytest.mark.parametrize(
    ("sort", "key"),
    [
        ("created", lambda n: n), ("-created", lambda n: -n),
        ("size", lambda n: n * 104729 % 25), ("-size", lambda n: -(n * 104729 % 25)),
        ("destruction", lambda n: n * 31 % 25),
        ("runid", lambda n: f"run {n * 7919 % 25:05d}" if n % 3 else ""),
        ("phase", lambda n: str(list(ExecutionPhase)[n % 5])),
    ],
)  # fmt: skip
async def test_the_list_is_sorted_over_everything(api: Api, sort: str, key: Any) -> None:
    ids = await fill(api, 25)
    expected = [ids[n] for n in sorted(range(25), key=lambda n: (key(n), -n))]
    first, _ = await listed(api, f"SORT={sort}&LIMIT=7")
    second, _ = await listed(api, f"SORT={sort}&LIMIT=7&OFFSET=7")
    assert first + second == expected[:14]


async def test_a_text_finds_a_part_of_the_run_id_or_the_beginning_of_the_job_id(api: Api) -> None:
    names = ["clusters 2024", "100% Clusters", "under_score", "other"]
    made = {name: (await api.new_job(RUNID=name)).rpartition("/")[2] for name in names}

    async def found(text: str) -> set[str]:
        reply = await api.get(JOBS, params={"TEXT": text, "LIMIT": "5"}, headers=JSON)
        return {each["runId"] for each in (await reply.json())["jobs"]}

    assert await found("CLUSTER") == {"clusters 2024", "100% Clusters"}
    assert await found("0%") == {"100% Clusters"}
    assert await found("r_s") == {"under_score"}
    assert await found("nothing") == set()
    assert await found(made["other"][:12]) == {"other"}


async def test_every_job_of_a_list_tells_how_it_stands(api: Api, cut: Any) -> None:
    path = await api.new_job(PHASE="RUN", RUNID="r")
    await cut(path)
    (shown,) = (await api.document(f"{JOBS}?LIMIT=1"))["jobs"]
    job_ = await api.document(path)
    info = shown["jobInfo"]
    for name in ("progress", "outcomes"):
        assert info[name] == job_["jobInfo"][name]
    assert (info["parent"], info["reason"]) == (None, None)
    assert info["stored_bytes"] == job_["jobInfo"]["stored_bytes"] > 10_000
    assert (shown["destruction"], shown["endTime"]) == (job_["destruction"], job_["endTime"])
    await api.post(f"{await api.new_job()}/phase", {"PHASE": "ABORT"})
    aborted, _ = (await api.document(f"{JOBS}?LIMIT=2"))["jobs"]
    assert aborted["jobInfo"]["reason"] == "by request"


@pytest.mark.parametrize(
    "query", ["SORT=name", "SORT=", "LIMIT=0", "LIMIT=1001", "OFFSET=-1", "LAST=1&LIMIT=1",
              "LAST=1&SORT=size", "TEXT=" + "x" * (MAX_LABEL + 1)],
)  # fmt: skip
async def test_wrong_paging_is_refused_by_name(api: Api, query: str) -> None:
    response = await api.get(f"{JOBS}?{query}")
    assert response.status == 400
    assert query.partition("=")[0] + ": " in await response.text()


async def test_the_list_stays_fast_with_ten_thousand_jobs(api: Api) -> None:
    count = scaled(10_000)
    await fill(api, count)
    await asyncio.sleep(0)
    for query in ("", "&SORT=runid", "&SORT=-size", "&SORT=destruction", "&SORT=phase",
                  "&TEXT=99", "&PHASE=ERROR", f"&OFFSET={count - 50}"):  # fmt: skip
        started = time.perf_counter()
        page, total = await listed(api, "LIMIT=50" + query)
        took = time.perf_counter() - started
        assert len(page) <= 50 <= total <= count
        assert took < 5, f"{query}: {1000 * took:.0f} ms"


async def followed(api: Api, query: str) -> tuple[list[str], int]:
    """Read a list to its end by its links; give ids and how many pages there were."""
    found: list[str] = []
    address, pages = f"{JOBS}?{query}", 0
    while address:
        response = await api.get(address, headers=JSON)
        found += [each["id"] for each in (await response.json())["jobs"]]
        link, pages = response.headers.get("Link", ""), pages + 1
        assert not link or link.endswith('>; rel="next"')
        address = link.partition(">")[0].removeprefix("<")
    return found, pages


@pytest.mark.parametrize("query", ["", "SORT=created", "AFTER=2026-01-01T00:20:00Z", "TEXT=run"])
async def test_a_long_list_leads_on_from_page_to_page(api: Api, query: str) -> None:
    ids = await fill(api, 2300)
    found, pages = await followed(api, query)
    in_pages, many = await followed(api, f"{query}&LIMIT=700")
    assert found == in_pages
    assert pages <= many
    if query in {"", "SORT=created"}:
        assert found == (ids if query else ids[::-1])
        assert pages == 3


async def test_last_gives_so_many_and_no_link(api: Api) -> None:
    ids = await fill(api, 1200)
    response = await api.get(f"{JOBS}?LAST=1100", headers=JSON)
    assert [each["id"] for each in (await response.json())["jobs"]] == ids[:99:-1]
    assert "Link" not in response.headers
    assert len((await api.document(f"{JOBS}?LAST=999999"))["jobs"]) == 1200


async def longest_pause(during: Awaitable[Any]) -> float:
    """Do something, and find the longest time that the event loop did not turn meanwhile."""
    longest, running = 0.0, asyncio.ensure_future(during)
    before = time.perf_counter()
    while not running.done():
        await asyncio.sleep(0.001)
        now = time.perf_counter()
        longest, before = max(longest, now - before), now
    await running
    return longest


@pytest.mark.alone
async def test_lists_of_twenty_thousand_jobs_let_others_have_their_turn(api: Api) -> None:
    await fill(api, 20_000)
    for query in ("", "?LAST=20000"):
        for accept in ("application/xml", "application/json"):
            asked = api.get(JOBS + query, headers={"Accept": accept})
            assert await longest_pause(asked) < 1, (query, accept)


@pytest.mark.alone
async def test_other_long_lists_let_others_have_their_turn(api: Api) -> None:
    count = scaled(4_000, 20_000)
    ids = await fill(api, count)
    maps = [
        replace(RECORD, map_id=f"m{n:05d}", sha256=f"{n:064d}", obsid=str(n)) for n in range(count)
    ]
    await ingest_maps(api.engine.database, maps)
    await share(api, ids, "root")
    for path in (
        "/api/v1/maps", "/api/v1/maps/summary", "/api/v1/maps/footprints",
        "/api/v1/sia?MAXREC=20000", "/api/v1/sia?MAXREC=20000&RESPONSEFORMAT=json",
        "/api/v1/sky", "/api/v1/cutout/shared", "/ops/", "/ops/jobs",
    ):  # fmt: skip
        asked = asyncio.create_task(api.get(path, user="root"))
        pause = await longest_pause(asked)
        assert (await asked).status == 200, path
        assert pause < 1, path


async def test_a_job_is_renamed_by_its_owner_alone(api: Api) -> None:
    path = await api.new_job(RUNID="before")
    assert (await api.post(path, {"RUNID": "after"})).status == 303
    assert (await api.document(path))["runId"] == "after"
    assert (await api.post(path, {"RUNID": "x"}, user="eve")).status == 404
    assert (await api.post(path, {"RUNID": "x"}, user="root")).status == 403
    for wrong in ({"RUNID": "x" * 65}, {"RUNID": "a", "PHASE": "RUN"}, {"RUNID": "\x01"}):
        assert (await api.post(path, wrong)).status == 400
    assert (await api.document(path))["runId"] == "after"
    await api.post(path, {"RUNID": ""})
    assert "runId" not in await api.document(path)


async def test_the_account_tells_what_is_used_of_each_limit(api: Api, cut: Any) -> None:
    async def limits() -> Any:
        return (await api.document("/api/v1/account"))["limits"]

    assert (await limits())["active"] == {"used": 0, "limit": 2000}
    await api.new_job()
    path = await api.new_job(PHASE="RUN")
    before = await limits()
    assert (before["active"]["used"], before["pending"]["used"]) == (1, 1)
    await cut(path)
    after = await limits()
    stored = (await api.document(path))["jobInfo"]["stored_bytes"]
    assert after["stored"] == {"used": stored, "limit": 100 * 10**9}
    assert after["active"]["used"] == 0
    assert after["targets"] == {"limit": 100_000}


async def test_a_queued_job_tells_what_is_ahead_of_it_and_a_running_one_how_fast_it_goes(
    api: Api, cut: Any
) -> None:
    first, second = await api.new_job(PHASE="RUN"), await api.new_job(PHASE="RUN")
    info = (await api.document(second))["jobInfo"]
    assert info["pace"] == {"jobs_ahead": 1, "parts_ahead": 1}
    assert (await api.document(first))["jobInfo"]["pace"]["jobs_ahead"] == 0
    await cut(first, finished=False)
    pace = (await api.document(first))["jobInfo"]["pace"]
    assert set(pace) == {"elapsed_s", "pairs_per_s"}
    async with api.engine.database.write() as connection:
        began = datetime.now(UTC) - timedelta(seconds=10)
        values = {"started": began, "pairs_total": 100, "pairs_done": 20}
        await connection.execute(
            sa.update(job).where(job.c.job_id == first.rpartition("/")[2]).values(**values)
        )
    pace = (await api.document(first))["jobInfo"]["pace"]
    assert pace["pairs_per_s"] == pytest.approx(2, rel=0.2)
    assert pace["left_s"] == pytest.approx(40, rel=0.2)
    assert "<spt:left_s>" in await (await api.get(first)).text()
