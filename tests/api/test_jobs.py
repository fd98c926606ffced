"""The job list and the job document, in XML and in JSON (UWS 1.1)."""

import asyncio
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from pyvo.io.uws import parse_job, parse_job_list

from tests.api.conftest import GOOD, JOBS, JSON, SOON, Api, Serve
from tests.uws.test_empty_jobs import SETTINGS

VALIDATE = "/api/v1/cutout/validate"
UWS = "{http://www.ivoa.net/xml/UWS/v1.0}"
XLINK = "{http://www.w3.org/1999/xlink}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
Cut = Callable[..., Awaitable[dict[str, bytes]]]


async def test_a_job_is_made_by_a_form_and_found_at_an_absolute_address(api: Api) -> None:
    response = await api.post(JOBS, GOOD | {"RUNID": "my run"})
    assert response.status == 303
    location = response.headers["Location"]
    assert location.startswith(api.base + JOBS + "/")
    assert re.fullmatch("[0-9a-f]{32}", location.rpartition("/")[2]), "clients read no other ids"
    job = await api.document(location)
    assert (job["phase"], job["runId"], job["ownerId"]) == ("PENDING", "my run", "ada")
    assert {each["id"]: each["value"] for each in job["parameters"]} == GOOD
    assert job["results"] == []


async def test_the_base_path_is_part_of_every_address(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    path = await api.new_job()
    assert path.startswith(JOBS)
    assert (await api.get(path)).status == 200
    assert (await api.get(api.settings.public_url + path)).status == 404


async def test_phase_run_in_the_creating_request_queues_the_job(api: Api) -> None:
    for data in (GOOD | {"PHASE": "RUN"}, GOOD | {"phase": "RUN"}):
        response = await api.post(JOBS, data)
        job = await api.document(response.headers["Location"])
        assert job["phase"] == "QUEUED"
        assert not {"PHASE", "phase"} & {each["id"] for each in job["parameters"]}


async def test_a_job_may_come_in_the_query_string_without_a_body(api: Api) -> None:
    response = await api.post(JOBS, params=GOOD)
    assert response.status == 303
    job = await api.document(response.headers["Location"])
    assert {each["id"] for each in job["parameters"]} == set(GOOD)


async def test_a_job_may_come_as_json(api: Api) -> None:
    body: dict[str, Any] = {
        "positions": [{"ra": 0.25, "dec": -57.8, "objid": "a"}, {"ra": "1.5", "dec": -58}],
        "size": 5, "bands": ["90GHz", "150GHz"], "phase": "RUN", "runid": "r1",
        "executionduration": 60,
    }  # fmt: skip
    response = await api.call("POST", JOBS, json=body)
    assert response.status == 303, await response.text()
    job = await api.document(response.headers["Location"])
    assert (job["phase"], job["runId"], job["executionDuration"]) == ("QUEUED", "r1", 60)
    shown = {each["id"]: each["value"] for each in job["parameters"]}
    assert shown["SIZE"] == "5"
    assert set(shown) == {"POSITIONS", "SIZE", "BANDS"}


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("destruction", f"{SOON}T00:00:00", f"{SOON}T00:00:00.000Z"),
        ("executionDuration", "77", 77),
        ("EXECUTIONDURATION", 78, 78),
        ("runId", "mine", "mine"),
        ("RunID", 5, "5"),
        ("phase", "RUN", "QUEUED"),
    ],
)
async def test_controls_may_be_given_when_a_job_is_made_in_a_form_and_in_json(
    api: Api, name: str, value: Any, shown: Any, as_json: bool
) -> None:
    body = {**GOOD, name: value if as_json else str(value)}
    sent: dict[str, Any] = {"json" if as_json else "data": body}
    response = await api.call("POST", JOBS, **sent)
    assert response.status == 303, await response.text()
    job = await api.document(response.headers["Location"])
    (key,) = [each for each in job if each.lower() == name.lower()]
    assert job[key] == shown
    assert {each["id"] for each in job["parameters"]} == set(GOOD)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DESTRUCTION", "soon"),
        ("DESTRUCTION", "2001-01-01T00:00:00Z"),
        ("EXECUTIONDURATION", -1),
        ("EXECUTIONDURATION", 5.5),
        ("PHASE", "ABORT"),
        ("PHASE", True),
        ("RUNID", "r" * 65),
        ("RUNID", ["a", "b"]),
    ],
)
async def test_a_wrong_control_in_json_is_refused_by_its_name_when_made_and_when_validated(
    api: Api, name: str, value: Any
) -> None:
    body = {**GOOD, name.lower(): value}
    response = await api.call("POST", JOBS, json=body, headers=JSON)
    assert response.status == 400
    (problem,) = (await response.json(content_type=None))["problems"]
    assert problem["field"] == name
    report = await (await api.call("POST", VALIDATE, json=body)).json()
    assert [each["field"] for each in report["problems"]] == [name]


async def test_a_control_is_no_parameter_of_a_job_that_is_there(api: Api) -> None:
    path = await api.new_job()
    changes: tuple[dict[str, Any], ...] = (
        {"data": {"PHASE": "RUN"}},
        {"json": {"destruction": f"{SOON}T00:00:00Z"}},
    )
    for change in changes:
        response = await api.call("POST", f"{path}/parameters", **change)
        assert response.status == 400
        assert "is not a parameter of the cutout" in await response.text()


async def test_the_xml_document_has_the_order_and_the_namespaces_of_the_schema(
    api: Api, cut: Cut
) -> None:
    path = await api.new_job(PHASE="RUN", RUNID="<&\"'>", PRODUCTS="fits,preview")
    await cut(path)
    response = await api.get(path)
    assert response.headers["Content-Type"] == "application/xml"
    root = ET.fromstring(await response.read())
    assert (root.tag, root.get("version")) == (UWS + "job", "1.1")
    assert [child.tag.removeprefix(UWS) for child in root] == [
        "jobId", "runId", "ownerId", "phase", "quote", "creationTime", "startTime", "endTime",
        "executionDuration", "destruction", "parameters", "results", "jobInfo",
    ]  # fmt: skip
    assert root.findtext(UWS + "runId") == "<&\"'>"
    quote = root.find(UWS + "quote")
    assert quote is not None
    assert quote.get(XSI + "nil") == "true"
    results = root.findall(f"{UWS}results/{UWS}result")
    assert [each.get("id") for each in results] == ["result", "manifest", "previews"]
    assert all(each.get(XLINK + "href", "").startswith(api.base) for each in results)
    info = root.find(UWS + "jobInfo")
    assert info is not None
    assert all(not child.tag.startswith(UWS) for child in info)
    assert b"xmlns:xlink" in await response.read()


async def test_empty_containers_and_xlink_are_declared_for_clients_that_need_them(
    api: Api,
) -> None:
    text = await (await api.get(await api.new_job())).text()
    assert "<uws:results></uws:results>" in text
    assert "xmlns:xlink=" in text
    assert '<uws:startTime xsi:nil="true"/>' in text


async def test_pyvo_reads_the_job_and_the_list(api: Api, cut: Cut, tmp_path: Any) -> None:
    path = await api.new_job(PHASE="RUN")
    await cut(path)
    job_file, list_file = tmp_path / "job.xml", tmp_path / "jobs.xml"
    job_file.write_bytes(await (await api.get(path)).read())
    list_file.write_bytes(await (await api.get(JOBS)).read())
    job = parse_job(str(job_file))
    assert (job.phase, job.version) == ("COMPLETED", "1.1")
    assert job.creationtime is not None
    assert job.endtime is not None
    assert [result.id_ for result in job.results] == ["result", "manifest"]
    assert [each.jobid for each in parse_job_list(str(list_file))] == [job.jobid]


async def test_json_is_the_same_tree_as_xml(api: Api, cut: Cut) -> None:
    path = await api.new_job(PHASE="RUN", RUNID="r")
    await cut(path)
    tree = await api.document(path)
    root = ET.fromstring(await (await api.get(path)).read())
    assert list(tree)[1:] == [child.tag.removeprefix(UWS) for child in root]
    for name, value in tree.items():
        child = root.find(UWS + name)
        if child is None or len(child):
            continue
        assert (child.text or None) == (None if value is None else str(value)), name
    for group in ("progress", "outcomes"):
        written = next(each for each in root.iter() if each.tag.endswith("}" + group))
        assert {e.tag.rpartition("}")[2]: int(e.text or "") for e in written} == tree["jobInfo"][
            group
        ]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/xml"),
        ("", "application/xml"),
        ("text/html,*/*", "application/xml"),
        ("application/xml,text/plain", "application/xml"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("application/json;q=0.1, application/xml", "application/xml"),
        ("application/json;q=nonsense", "application/xml"),
    ],
)
async def test_xml_is_given_unless_json_is_named(api: Api, accept: str, expected: str) -> None:
    response = await api.get(JOBS, headers={"Accept": accept})
    assert response.headers["Content-Type"] == expected


async def test_the_list_is_filtered_by_phase_after_and_last(api: Api) -> None:
    first = await api.new_job()
    second = await api.new_job(PHASE="RUN")
    third = await api.new_job(PHASE="RUN")
    await api.post(third + "/phase", {"PHASE": "ABORT"})

    async def listed(query: str) -> list[str]:
        tree = await api.document(JOBS + query)
        return [each["href"].removeprefix(api.base) for each in tree["jobs"]]

    assert await listed("") == [third, second, first]
    assert await listed("?PHASE=PENDING&phase=ABORTED") == [third, first]
    assert await listed("?LAST=1") == [third]
    assert await listed("?PHASE=QUEUED&LAST=5") == [second]
    created = (await api.document(first))["creationTime"]
    assert await listed(f"?AFTER={created}") == [third, second]
    assert await listed(f"?AFTER={created.removesuffix('Z')}") == [third, second]
    assert await listed("?AFTER=2999-01-01T00:00:00.123456Z") == []
    assert await listed("?PHASE=ARCHIVED") == []
    for wrong in ("?PHASE=DONE", "?LAST=0", "?LAST=x", "?AFTER=yesterday", "?LAST=1&LAST=2"):
        assert (await api.get(JOBS + wrong)).status == 400, wrong


async def test_wait_returns_when_the_phase_changes(api: Api) -> None:
    path = await api.new_job(PHASE="RUN")
    begun = time.monotonic()
    waiting = asyncio.create_task(api.get(path + "?wait=30&phase=QUEUED"))
    await asyncio.sleep(0.3)
    await api.post(path + "/phase", {"PHASE": "ABORT"})
    response = await waiting
    assert time.monotonic() - begun < 10
    assert "ABORTED" in await response.text()


async def test_wait_ends_at_its_limit_and_at_the_cap(serve: Serve) -> None:
    api = await serve(wait_cap_s=0.3)
    path = await api.new_job()
    for wait in ("20", "-1", "999999999999"):
        begun = time.monotonic()
        response = await api.get(f"{path}?WAIT={wait}")
        assert response.status == 200
        assert 0.25 < time.monotonic() - begun < 5, wait


def test_the_cap_of_a_wait_is_below_the_time_limits_of_proxies_and_clients() -> None:
    assert 25 <= SETTINGS.wait_cap_s <= 30


async def test_wait_does_not_block_where_it_must_not(api: Api) -> None:
    path = await api.new_job(PHASE="RUN")
    begun = time.monotonic()
    await api.get(path + "?WAIT=0")
    await api.get(path + "?WAIT=30&PHASE=PENDING")
    await api.post(path + "/phase", {"PHASE": "ABORT"})
    await api.get(path + "?WAIT=-1")
    assert time.monotonic() - begun < 10
    for wrong in ("-2", "1.5", "ten", "", "1_0"):
        assert (await api.get(f"{path}?WAIT={wrong}")).status == 400, wrong


async def test_a_deletion_ends_a_wait_with_404(api: Api) -> None:
    path = await api.new_job()
    waiting = asyncio.create_task(api.get(path + "?WAIT=30"))
    await asyncio.sleep(0.3)
    assert (await api.call("DELETE", path)).status == 303
    assert (await waiting).status == 404


async def test_a_client_that_hangs_up_frees_its_waiter(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "sptapi.access")
    api = await serve(wait_cap_s=30.0)
    path = await api.new_job()
    asking = asyncio.create_task(api.get(path + "?WAIT=30"))
    await asyncio.sleep(0.3)
    assert path not in caplog.text
    asking.cancel()
    await asyncio.sleep(0.3)
    assert f"GET {path} 499" in caplog.text


async def test_run_and_abort_answer_303_and_change_the_phase_first(api: Api) -> None:
    path = await api.new_job()
    for command, phase in (("RUN", "QUEUED"), ("ABORT", "ABORTED")):
        response = await api.post(path + "/phase", {"phase": command})
        assert (response.status, response.headers["Location"]) == (303, api.base + path)
        assert await (await api.get(path + "/phase")).text() == phase


async def test_a_second_run_is_refused_and_a_second_abort_is_harmless(api: Api) -> None:
    path = await api.new_job(PHASE="RUN")
    again = await api.post(path + "/phase", {"PHASE": "RUN"})
    assert again.status == 403
    assert (await again.text()).startswith("UsageError: ")
    await api.post(path + "/phase", {"PHASE": "ABORT"})
    before = await api.document(path)
    assert (await api.post(path + "/phase", {"PHASE": "ABORT"})).status == 303
    assert (await api.post(path + "/phase", {"PHASE": "RUN"})).status == 403
    assert await api.document(path) == before


async def test_phase_and_deletion_may_be_posted_to_the_job_itself(api: Api) -> None:
    path = await api.new_job()
    assert (await api.post(path, {"PHASE": "ABORT"})).status == 303
    assert await (await api.get(path + "/phase")).text() == "ABORTED"
    assert (await api.post(path, {"SIZE": "5"})).status == 400
    response = await api.post(path, {"ACTION": "DELETE"})
    assert (response.status, response.headers["Location"]) == (303, f"{api.base}{JOBS}?LAST=100")
    for child in ("", "/phase", "/results", "/parameters"):
        assert (await api.get(path + child)).status == 404


async def test_to_another_user_a_job_does_not_exist_and_an_operator_may_only_read(api: Api) -> None:
    path = await api.new_job()
    assert (await api.get(path, user="eve")).status == 404
    assert (await api.post(path + "/phase", {"PHASE": "RUN"}, user="eve")).status == 404
    assert (await api.call("DELETE", path, user="eve")).status == 404
    assert (await api.document(JOBS, user="eve"))["jobs"] == []
    assert (await api.get(path, user="root")).status == 200
    assert (await api.post(path + "/phase", {"PHASE": "RUN"}, user="root")).status == 403
    assert await (await api.get(path + "/phase")).text() == "PENDING"


async def test_an_unknown_job_is_404_whatever_its_id_looks_like(api: Api) -> None:
    for name in ("0" * 32, "x", "%2e%2e", "A" * 32, "0" * 500, "%00", "%F0%9F%94%AD"):
        for method in ("GET", "DELETE"):
            assert (await api.call(method, f"{JOBS}/{name}")).status == 404, name


async def test_a_wrong_method_is_405_and_says_what_is_allowed(api: Api) -> None:
    path = await api.new_job()
    for method, where, allowed in (
        ("DELETE", JOBS, "GET,HEAD,POST"),
        ("PUT", path, "DELETE,GET,HEAD,POST"),
        ("POST", path + "/quote", "GET,HEAD"),
        ("PATCH", path + "/phase", "GET,HEAD,POST"),
    ):
        response = await api.call(method, where)
        assert (response.status, response.headers["Allow"]) == (405, allowed)
        assert (await response.text()).startswith("UsageError: ")


async def test_head_gives_the_head_of_get(api: Api) -> None:
    path = await api.new_job()
    response = await api.call("HEAD", path)
    assert response.status == 200
    assert int(response.headers["Content-Length"]) > 500
    assert await response.read() == b""


async def test_errors_are_problems_for_clients_that_ask_for_json(api: Api) -> None:
    response = await api.post(JOBS, {"POSITIONS": "RA,DEC\n1,-57\n400,-57\n"}, headers=JSON)
    assert response.status == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = await response.json(content_type=None)
    assert problem["title"] == "UsageError"
    assert problem["requestId"] == response.headers["X-Request-ID"]
    (only,) = problem["problems"]
    assert (only["field"], only["row"], only["value"]) == ("RA", 2, "400")
