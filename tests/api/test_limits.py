"""How limits and back-pressure are reported to clients."""

from sptjobs.settings import Limits
from tests.api.conftest import GOOD, JOBS, JSON, Api, Serve


async def refusal(api: Api, path: str = JOBS, **fields: str) -> tuple[int, str | None, str]:
    """Post what is refused; give status, Retry-After and message."""
    response = await api.post(path, fields)
    return response.status, response.headers.get("Retry-After"), await response.text()


async def test_too_many_active_jobs_are_429_and_waiting_is_advised(serve: Serve) -> None:
    api = await serve(limits=Limits(active_jobs=1))
    first = await api.new_job(PHASE="RUN")
    second = await api.new_job()
    message = (
        "UsageError: active jobs: 1 of yours are queued or executing, the limit is 1; "
        "wait until one ends, or abort one\n"
    )
    assert await refusal(api, **GOOD, PHASE="RUN") == (429, "10", message)
    assert await refusal(api, f"{second}/phase", PHASE="RUN") == (429, "10", message)
    problem = await api.post(JOBS, GOOD | {"PHASE": "RUN"}, headers=JSON)
    assert (await problem.json(content_type=None))["status"] == 429
    await api.post(f"{first}/phase", {"PHASE": "ABORT"})
    assert (await api.post(f"{second}/phase", {"PHASE": "RUN"})).status == 303


async def test_too_many_pending_jobs_are_403_and_deleting_helps(serve: Serve) -> None:
    api = await serve(limits=Limits(pending_jobs=1))
    first = await api.new_job()
    status, retry, message = await refusal(api, **GOOD)
    assert (status, retry) == (403, None)
    assert message.startswith(
        "UsageError: pending jobs: 1 of yours are not run yet, the limit is 1"
    )
    await api.call("DELETE", first)
    await api.new_job()


async def test_too_many_stored_bytes_are_403(serve: Serve) -> None:
    api = await serve(limits=Limits(stored_bytes=0))
    status, retry, message = await refusal(api, **GOOD)
    assert (status, retry) == (403, None)
    assert "stored bytes: the results of your jobs take 0, the limit is 0" in message


async def test_a_nearly_full_disk_is_503_for_new_work_only(serve: Serve) -> None:
    before = await serve()
    made = await before.new_job()
    api = await serve(min_free_bytes=1 << 60)
    for path, fields in ((JOBS, GOOD), (f"{made}/phase", {"PHASE": "RUN"})):
        status, retry, message = await refusal(api, path, **fields)
        assert (status, retry) == (503, "5")
        assert message.startswith("ServiceUnavailable: the results' disk has ")
    ready = await api.get("/ready", user=None)
    document = await ready.json()
    assert (ready.status, document["status"], document["checks"]["results"]) == (200, "ok", "ok")
    assert list(document["warnings"]) == ["disk"]
    assert (await api.get(made)).status == 200
    assert (await api.call("DELETE", made)).status == 303


async def test_a_long_queue_is_503_for_new_work_and_a_warning_of_ready(serve: Serve) -> None:
    api = await serve(max_ready_parts=0)
    calm = await (await api.get("/ready", user=None)).json()
    assert calm["warnings"] == {}
    await api.new_job(PHASE="RUN")
    status, retry, message = await refusal(api, **GOOD)
    assert (status, retry) == (503, "5")
    assert message.startswith("ServiceUnavailable: 1 parts of jobs wait to be cut")
    ready = await api.get("/ready", user=None)
    assert (ready.status, list((await ready.json())["warnings"])) == (200, ["queue"])


async def test_too_many_targets_are_413_and_the_limit_is_that_of_the_users_group(
    serve: Serve,
) -> None:
    groups = (("spt3g-admins", Limits(targets=2)),)
    api = await serve(limits=Limits(targets=1), group_limits=groups)
    two = {"POSITIONS": "RA,DEC\n0.2,-57\n0.3,-57\n"}
    status, _, message = await refusal(api, **two)
    assert status == 413
    assert message.startswith("UsageError: POSITIONS: more than 1 targets, which is the most")
    made = (await api.post(JOBS, two, user="root")).headers["Location"]
    three = {"POSITIONS": "RA,DEC\n0.2,-57\n0.3,-57\n0.4,-57\n"}
    response = await api.post(f"{made}/parameters", three, user="root")
    assert (response.status, "more than 2 targets" in await response.text()) == (413, True)


async def test_what_is_capped_or_ends_soon_stands_in_the_jobs_document(serve: Serve) -> None:
    api = await serve(max_execution_s=100, default_execution_s=100, destruction_warning_s=10**9)
    made = await api.new_job(EXECUTIONDURATION="5000")
    first, second = (await api.document(made))["jobInfo"]["notes"]
    assert first == "executionDuration: 5000 s were asked for, 100 s is the most that a job gets"
    assert second.startswith("destruction: it is aborted and its files are destroyed at 20")
    xml = await (await api.get(made)).text()
    assert f"<spt:notes><spt:note>{first}</spt:note><spt:note>{second}</spt:note>" in xml
