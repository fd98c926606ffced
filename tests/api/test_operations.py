"""What operators see is what is in the database and the broker, and what they do is done once."""

import asyncio
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import dramatiq
import pytest
import sqlalchemy as sa

from sptapi.keys import GATE
from sptapi.representations.times import render_time
from sptjobs.broker.control_results import ListedResults
from sptjobs.broker.inspection import discard_dead_letters, read_dead_letters
from sptjobs.broker.queues import CONTROL_QUEUE, EXECUTE_QUEUE, make_broker, message, queue_length
from sptjobs.broker.slot_board import CONTROL_KEY, SlotBoard
from sptjobs.engine.claims import claim
from sptjobs.store.accounts import upsert_account
from sptjobs.store.audit import AuditEntry, read_audit
from sptjobs.store.schema import job, part
from sptjobs.uws.phases import ExecutionPhase
from sptjobs.uws.times import parse_utc
from sptjobs.worker.worker_process import LastWords
from tests.api.conftest import Api, Serve
from tests.support.browsing import PAGE
from tests.support.embedded import KIND, private_broker

HTML = PAGE
ROOT = {"user": "root"}
NOBODY = "0" * 32
Cut = Callable[..., Awaitable[dict[str, bytes]]]


@pytest.fixture
async def fresh(api: Api) -> AsyncIterator[Api]:
    """The application with an empty broker."""
    api.engine.wakeups.broker.client.flushall()
    yield api
    api.engine.wakeups.broker.client.flushall()


async def page(api: Api, path: str) -> str:
    response = await api.get(path, headers=HTML, **ROOT)
    assert response.status == 200, await response.text()
    assert response.content_type == "text/html"
    return await response.text()


async def audited(api: Api) -> list[AuditEntry]:
    """What ``root`` did, without looking."""
    async with api.engine.database.read() as connection:
        found = [entry async for entry in read_audit(connection, name="root")]
    return [each for each in found if each.action not in {"job.read", "jobs.list"}]


async def mixed_jobs(api: Api, phases: dict[str, int]) -> None:
    """Make jobs in so many of each phase, of two users by turns."""
    for phase, count in phases.items():
        for number in range(count):
            path = await api.new_job(user=("ada", "eve")[number % 2], RUNID=f"{phase} {number}")
            async with api.engine.database.write() as connection:
                here = job.c.job_id == path.rpartition("/")[2]
                await connection.execute(sa.update(job).where(here).values(phase=phase))


@pytest.mark.parametrize(
    "phases",
    [
        {},
        {"PENDING": 3, "COMPLETED": 2},
        {"QUEUED": 1, "EXECUTING": 2, "ERROR": 3, "ABORTED": 1, "ARCHIVED": 2, "HELD": 1},
    ],
)
async def test_the_counts_of_overview_page_and_lists_equal_the_database(
    fresh: Api, phases: dict[str, int]
) -> None:
    await mixed_jobs(fresh, phases)
    async with fresh.engine.database.read() as connection:
        counted = Counter((await connection.execute(sa.select(job.c.phase))).scalars())
    assert counted == phases
    stated = (await fresh.document("/ops/", **ROOT))["jobs"]
    assert stated == {str(each): counted[each] for each in ExecutionPhase if each != "UNKNOWN"}
    text = await page(fresh, "/ops/")
    shown = re.findall(r'PHASE=(\w+)"><b>(\d+)</b>', text)
    assert {phase: int(number) for phase, number in shown} == stated
    for phase, number in stated.items():
        found = await fresh.document(f"/ops/jobs?PHASE={phase}", **ROOT)
        assert (found["total"], len(found["jobs"])) == (number, number)
    everything = await fresh.document("/ops/jobs", **ROOT)
    assert everything["total"] == sum(counted.values()) - counted["ARCHIVED"]


async def test_the_list_is_filtered_by_all_that_is_asked_together(api: Api) -> None:
    await mixed_jobs(api, {"PENDING": 4, "ERROR": 3, "QUEUED": 1})

    async def run_ids(query: str) -> set[str]:
        found = await api.document(f"/ops/jobs?{query}", **ROOT)
        assert found["total"] >= len(found["jobs"])
        return {each["runId"] for each in found["jobs"]}

    assert await run_ids("PHASE=ERROR&PHASE=QUEUED") == {
        "ERROR 0",
        "ERROR 1",
        "ERROR 2",
        "QUEUED 0",
    }
    assert await run_ids("PHASE=ERROR&USER=eve") == {"ERROR 1"}
    assert await run_ids("USER=ev") == set()
    assert await run_ids("USER=&TEXT=&PHASE=QUEUED") == {"QUEUED 0"}
    assert await run_ids("TEXT=pending&USER=ada") == {"PENDING 0", "PENDING 2"}
    assert await run_ids("AFTER=2100-01-01") == set()
    assert len(await run_ids("LAST=2")) == 2
    both = [await run_ids(f"SORT=runid&LIMIT=4&OFFSET={offset}") for offset in (0, 4)]
    assert both[0] | both[1] == await run_ids("")
    assert both[0].isdisjoint(both[1])
    everybody = await api.document("/ops/jobs", **ROOT)
    assert {each["ownerId"] for each in everybody["jobs"]} == {"ada", "eve"}
    for wrong in ("PHASE=NONE", "COLOUR=red", "LIMIT=0", "LIMIT=1001", "USER=a&USER=b"):
        assert (await api.get(f"/ops/jobs?{wrong}", **ROOT)).status == 400, wrong


async def test_the_list_names_its_filters_and_leads_on(api: Api) -> None:
    await mixed_jobs(api, {"PENDING": 3})
    hostile = await api.new_job(RUNID='<b>"&')
    text = await page(api, "/ops/jobs?LIMIT=2&USER=ada&PHASE=PENDING")
    assert "Without </span>USER ada" in text
    assert 'value="PENDING" checked' in text
    assert "1 to 2 of 3" in text
    (after,) = re.findall(r'href="([^"]*OFFSET=2)"', text)
    rest = await page(api, after.replace("&amp;", "&"))
    assert "3 to 3 of 3" in rest
    assert "OFFSET=0" in rest
    whole = await page(api, "/ops/jobs")
    assert "&lt;b&gt;&quot;&amp;" in whole
    assert "<b>" not in whole.partition("<main")[2]
    assert hostile.rpartition("/")[2] in whole
    assert "pass the filters" in await page(api, "/ops/jobs?TEXT=%22%3E%3Cscript%3E")


@pytest.mark.parametrize(
    ("path", "said", "leads_to"),
    [
        ("/ops/", "What messages changed would be here.", None),
        ("/ops/jobs", "The jobs of all users would be here.", "/app/cutout/"),
        ("/ops/jobs?USER=nobody", "Jobs that pass the filters would be here", "/ops/jobs"),
        ("/ops/deadletters", "Messages that no worker could carry out would be here.", "/ops/"),
        ("/ops/access", "Who asks for access would be here.", None),
        ("/ops/access", "What was decided would be here", None),
    ],
)
async def test_a_page_with_nothing_on_it_says_what_would_be_there(
    fresh: Api, path: str, said: str, leads_to: str | None
) -> None:
    states = re.findall(r'<div class="empty"><p>(.*?)</p>(.*?)</div>', await page(fresh, path))
    ((sentence, way),) = [each for each in states if each[0].startswith(said)]
    assert sentence.endswith(".")
    if leads_to is None:
        assert way == ""
    else:
        assert re.search(rf'href="[^"]*{re.escape(leads_to)}"', way)


async def test_parts_and_who_works_on_them_are_read_from_database_and_broker(fresh: Api) -> None:
    await fresh.new_job(PHASE="RUN")
    running = await fresh.new_job(PHASE="RUN", RUNID="at work")
    client = fresh.engine.wakeups.broker.client
    SlotBoard(client).announce("host:1:abc", 3)
    SlotBoard(client).announce("host:2:def", 2)
    for worker in ("host:1:abc", "gone:9:xyz"):
        taken = await claim(fresh.engine.database, worker, reserved=False)
        assert taken is not None
    async with fresh.engine.database.write() as connection:
        await connection.execute(
            sa.update(part).where(part.c.worker == "gone:9:xyz").values(strikes=1)
        )
    found = await fresh.document("/ops/", **ROOT)
    assert found["parts"] == {"ready": 0, "running": 2, "struck": 1}
    assert found["broker"]["slots"] == 5
    stated = {each["name"]: (each["slots"], len(each["parts"])) for each in found["workers"]}
    assert stated == {"host:1:abc": (3, 1), "host:2:def": (2, 0), "gone:9:xyz": (None, 1)}
    assert all(0 <= each["announcedAge"] <= 10 for each in found["workers"] if each["slots"])
    text = await page(fresh, "/ops/")
    assert "not announced" in text
    assert "No control worker." in text
    assert "No execute worker." not in text
    SlotBoard(client, CONTROL_KEY).announce("host:3:ghi", 1)
    found = await fresh.document("/ops/", **ROOT)
    assert [each["role"] for each in found["workers"]] == ["control", *["execute"] * 3]
    assert found["broker"]["slots"] == 5
    assert "No control worker." not in await page(fresh, "/ops/")
    shown = await fresh.document(f"/ops/jobs/{running.rpartition('/')[2]}", **ROOT)
    assert shown["parts"] == {"ready": 0, "running": 1, "done": 0, "dropped": 0}
    assert len(shown["notedParts"]) == 1


async def test_messages_are_counted_where_they_are(fresh: Api) -> None:
    broker = make_broker(fresh.settings.broker_url)
    broker.declare_queue(EXECUTE_QUEUE)
    for _ in range(4):
        broker.enqueue(message("cut", EXECUTE_QUEUE, NOBODY))
    consumer = broker.consume(EXECUTE_QUEUE, prefetch=3)
    assert next(consumer) is not None
    found = await fresh.document("/ops/", **ROOT)
    execute = {"name": "execute", "waiting": 1, "delayed": 0, "inFlight": 3, "deadLetters": 0}
    assert found["broker"]["queues"][0] == execute
    assert found["broker"]["permits"] == 1
    broker.close()


async def test_transitions_that_messages_made_are_listed_with_result_and_time(fresh: Api) -> None:
    assert (await fresh.document("/ops/", **ROOT))["transitions"] == []
    assert "Lately no job was over its time" in await page(fresh, "/ops/")
    results = ListedResults(client=fresh.engine.wakeups.broker.client)
    begun = datetime.now(UTC) - timedelta(seconds=1)
    for number in range(30):
        results.store_result(message("abort", CONTROL_QUEUE, NOBODY), f"ABORTED: {number}", 1_000)
    results.store_exception(message("archive", CONTROL_QUEUE, NOBODY), OSError("<no>"), 1_000)
    found = (await fresh.document("/ops/", **ROOT))["transitions"]
    assert [each["result"] for each in found] == [
        None, *(f"ABORTED: {number}" for number in range(29, 10, -1)),
    ]  # fmt: skip
    failed = found[0]
    assert (failed["actor"], failed["job"], failed["error"]) == ("archive", NOBODY, "OSError: <no>")
    assert begun <= datetime.fromisoformat(failed["sent"]) <= datetime.fromisoformat(failed["done"])
    text = await page(fresh, "/ops/")
    assert "ABORTED: 29" in text
    assert "OSError: &lt;no&gt;" in text


async def test_an_operator_aborts_anothers_job_once_and_its_user_reads_why(api: Api) -> None:
    path = await api.new_job(PHASE="RUN")
    mine = f"/ops/jobs/{path.rpartition('/')[2]}"
    body = {"ACTION": "ABORT", "REASON": "the disk is full"}
    done = await api.post(mine, body, **ROOT)
    assert (done.status, (await done.json())["phase"]) == (200, "ABORTED")
    seen = await api.document(path)
    assert seen["phase"] == "ABORTED"
    assert "aborted: by an operator: the disk is full" in seen["jobInfo"]["notes"]
    again = await api.post(mine, body, **ROOT)
    assert again.status == 403
    assert "is ABORTED already" in await again.text()
    (entry,) = await audited(api)
    assert (entry.action, entry.target, entry.detail) == (
        "job.abort", path.rpartition("/")[2], "the disk is full",
    )  # fmt: skip
    assert entry.address == "127.0.0.1"
    assert "the disk is full" in await page(api, mine)


async def test_only_a_job_that_ended_is_archived_and_its_record_stays(api: Api, cut: Cut) -> None:
    path = await api.new_job(PHASE="RUN")
    mine = f"/ops/jobs/{path.rpartition('/')[2]}"
    early = await api.post(mine, {"ACTION": "ARCHIVE"}, **ROOT)
    assert early.status == 403
    assert (await api.document(path))["phase"] == "QUEUED"
    await cut(path)
    response = await api.post(mine, {"ACTION": "ARCHIVE"}, headers=HTML, **ROOT)
    assert (response.status, response.headers["Location"]) == (303, api.base + mine)
    seen = await api.document(path)
    assert (seen["phase"], seen["jobInfo"]["stored_bytes"]) == ("ARCHIVED", 0)
    assert (await api.post(mine, {"ACTION": "ARCHIVE"}, **ROOT)).status == 403
    assert [(each.action, each.outcome) for each in await audited(api)] == [("job.archive", "ok")]
    assert "by an operator" in await page(api, mine)


async def test_what_is_not_understood_changes_nothing(api: Api) -> None:
    path = await api.new_job()
    wrong: tuple[dict[str, str], ...] = (
        {},
        {"ACTION": "DELETE"},
        {"ACTION": "ABORT", "COLOUR": "red"},
        {"ACTION": "ABORT", "REASON": "x" * 201},
        {"ACTION": "ABORT", "REASON": "a\x07b"},
        {"ACTION": "ARCHIVE", "REASON": "x"},
    )
    for body in wrong:
        response = await api.post(f"/ops/jobs/{path.rpartition('/')[2]}", body, **ROOT)
        assert response.status == 400, body
    assert (await api.document(path))["phase"] == "PENDING"
    assert await audited(api) == []


async def test_a_job_that_is_not_there_is_404(api: Api) -> None:
    for job_id in (NOBODY, "x"):
        assert (await api.get(f"/ops/jobs/{job_id}", **ROOT)).status == 404
        response = await api.post(f"/ops/jobs/{job_id}", {"ACTION": "ABORT"}, **ROOT)
        assert response.status == 404


async def test_waking_sends_what_is_missing_and_no_more(fresh: Api) -> None:
    await fresh.new_job(PHASE="RUN")
    await fresh.new_job(PHASE="RUN")
    broker = fresh.engine.wakeups.broker
    fresh.engine.wakeups.permits.close()
    broker.client.flushall()
    SlotBoard(broker.client).announce("w", 8)
    for expected in (2, 2):
        response = await fresh.post("/ops/", **ROOT)
        assert response.status == 200
        assert (await response.json())["permits"] == expected
    assert queue_length(broker, EXECUTE_QUEUE) == 4
    SlotBoard(broker.client).withdraw("w", 8)
    assert (await (await fresh.post("/ops/", **ROOT)).json())["permits"] == 0
    assert [each.action for each in await audited(fresh)] == ["queue.wake"] * 3


async def dead(api: Api, count: int) -> None:
    """Let a real worker that knows no actor read so many messages."""
    broker = make_broker(api.settings.broker_url, [LastWords()])
    broker.declare_queue(EXECUTE_QUEUE)
    for number in range(count):
        broker.enqueue(message("polish", EXECUTE_QUEUE, f"{number:032x}"))
    before = broker.client.zcard(f"{broker.namespace}:{EXECUTE_QUEUE}.XQ")
    worker = dramatiq.Worker(broker, queues={EXECUTE_QUEUE}, worker_threads=1, worker_timeout=20)
    worker.start()
    try:
        async with asyncio.timeout(20):
            while broker.client.zcard(f"{broker.namespace}:{EXECUTE_QUEUE}.XQ") < before + count:
                await asyncio.sleep(0.01)
    finally:
        await asyncio.to_thread(worker.stop)
        broker.close()


async def test_dead_letters_are_shown_with_their_reason_and_discarded_as_far_as_seen(
    fresh: Api,
) -> None:
    assert (await fresh.document("/ops/deadletters", **ROOT))["total"] == 0
    assert "There are none" in await page(fresh, "/ops/deadletters")
    begun = datetime.now(UTC) - timedelta(seconds=1)
    await dead(fresh, 103)
    found = await fresh.document("/ops/deadletters", **ROOT)
    assert (found["total"], found["queues"]) == (103, {"execute": 103, "control": 0})
    assert len(found["letters"]) == 100
    newest = found["letters"][0]
    assert (newest["queue"], newest["actor"]) == ("execute", "polish")
    assert re.fullmatch("[0-9a-f]{32}", newest["job"])
    assert newest["error"].startswith("ActorNotFound: ")
    assert begun <= datetime.fromisoformat(newest["at"]) <= datetime.now(UTC)
    assert found["letters"] == sorted(found["letters"], key=lambda each: each["at"], reverse=True)
    assert "100 of 103" in await page(fresh, "/ops/deadletters")
    assert (await fresh.document("/ops/", **ROOT))["broker"]["queues"][0]["deadLetters"] == 103
    await asyncio.sleep(0.01)
    await dead(fresh, 1)
    body = {"QUEUE": "execute", "UNTIL": newest["at"]}
    response = await fresh.post("/ops/deadletters", body, **ROOT)
    assert (response.status, await response.json()) == (200, {"discarded": 103})
    left = await fresh.document("/ops/deadletters", **ROOT)
    assert left["total"] == 1
    client: Any = fresh.engine.wakeups.broker.client
    assert client.hlen("dramatiq:execute.XQ.msgs") == 1
    (entry,) = await audited(fresh)
    assert (entry.action, entry.target) == ("queue.discard", "execute")
    assert (entry.detail or "").startswith("103 dead letters")
    for wrong in ({}, {"QUEUE": "execute"}, body | {"QUEUE": "x"}, body | {"UNTIL": "soon"}):
        assert (await fresh.post("/ops/deadletters", wrong, **ROOT)).status == 400, wrong


async def test_the_time_that_is_shown_is_the_one_that_discards(fresh: Api) -> None:
    client = fresh.engine.wakeups.client
    for number in range(300):
        died_ms = 1_700_000_000_000 + number * 7_919_357
        await client.zadd("dramatiq:control.XQ", {f"m{number}": died_ms})
        (letter,), _ = await read_dead_letters(client, 1)
        until = parse_utc(render_time(letter.at))
        early = until - timedelta(milliseconds=1)
        assert await discard_dead_letters(client, "control", early) == 0
        assert await discard_dead_letters(client, "control", until) == 1, died_ms


async def test_a_dead_letter_that_cannot_be_read_is_shown_all_the_same(fresh: Api) -> None:
    client: Any = fresh.engine.wakeups.broker.client
    client.zadd("dramatiq:control.XQ", {"<i>": 1_700_000_000_000, "gone": 1})
    client.hset("dramatiq:control.XQ.msgs", "<i>", b"\xff{")
    letters = (await fresh.document("/ops/deadletters", **ROOT))["letters"]
    assert [(each["messageId"], each["actor"]) for each in letters] == [
        ("<i>", None),
        ("gone", None),
    ]
    assert "&lt;i&gt;" in await page(fresh, "/ops/deadletters")


async def test_without_the_broker_the_database_is_shown_and_jobs_are_aborted(serve: Serve) -> None:
    api = await serve(broker_url="unix:///nowhere/broker.sock")
    path = await api.new_job(PHASE="RUN")
    found = await api.document("/ops/", **ROOT)
    assert found["jobs"]["QUEUED"] == found["parts"]["ready"] == 1
    assert found["oldestQueuedAge"] >= 0
    assert found["broker"]["reached"] is False
    assert "does not respond" in found["broker"]["reason"]
    assert "No broker." in await page(api, "/ops/")
    assert (await api.get("/ops/deadletters", **ROOT)).status == 503
    assert (await api.post("/ops/", **ROOT)).status == 503
    body = {"QUEUE": "execute", "UNTIL": "2100-01-01"}
    assert (await api.post("/ops/deadletters", body, **ROOT)).status == 503
    assert await audited(api) == []
    mine = f"/ops/jobs/{path.rpartition('/')[2]}"
    assert (await api.post(mine, {"ACTION": "ABORT"}, **ROOT)).status == 200


async def test_a_broker_that_hangs_holds_nobody_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.broker.inspection._TIMEOUT_S", 0.3)
    monkeypatch.setattr("sptjobs.engine.operator_commands._TIMEOUT_S", 0.3)
    with private_broker(KIND) as broker:
        api = await serve(broker_url=broker.url)
        await api.new_job(PHASE="RUN")
        assert (await api.document("/ops/", **ROOT))["broker"]["reached"] is True
        broker.running.send_signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(5):
                found = await api.document("/ops/", **ROOT)
                assert (await api.post("/ops/", **ROOT)).status == 503
                assert (await api.get("/ops/deadletters", **ROOT)).status == 503
        finally:
            broker.running.send_signal(signal.SIGCONT)
        assert found["broker"]["reason"] == "the broker does not respond within 0.3 s"
        assert found["jobs"]["QUEUED"] == 1


async def test_who_is_an_administrator_no_more_is_out(api: Api) -> None:
    assert (await api.get("/ops/", **ROOT)).status == 200
    async with api.engine.database.write() as connection:
        await upsert_account(
            connection, issuer="operator", subject="root", name="root", groups=["spt3g-users"]
        )
    api.app[GATE].forget()
    for path in ("/ops", "/ops/", "/ops/jobs", "/ops/deadletters"):
        assert (await api.get(path, **ROOT)).status == 403, path


async def test_looking_at_the_list_is_written_down_once(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    moved = await api.get("/ops", **ROOT)
    assert (moved.status, moved.headers["Location"]) == (308, "/spt3g/ops/")
    for _ in range(2):
        await api.document("/ops/jobs", **ROOT)
    async with api.engine.database.read() as connection:
        found = [entry async for entry in read_audit(connection, name="root")]
    assert [(each.action, each.target) for each in found] == [("jobs.list", "jobs")]
    for path in ("/ops/", "/ops/jobs"):
        for link in re.findall(r'href="([^"#]*)"', await page(api, path)):
            assert (await api.get(link.replace("&amp;", "&"), **ROOT)).status == 200, link
