"""What holds for every address of the table, so also for those of tomorrow."""

import re
from typing import Any

import pytest

from sptapi.auth.policy import WRITE_JOBS
from sptapi.routes import ROUTES, Route
from sptapi.services.command_line import operator_token
from tests.api.conftest import JOBS, Api

PRIVATE = [route for route in ROUTES if route.scope is not None]
OPERATORS = [route for route in ROUTES if route.admin]
OF_JOBS = [route for route in ROUTES if "{job_id}" in route.path and not route.admin]
OF_OBJECTS = [*OF_JOBS, *(route for route in PRIVATE if "{token_id}" in route.path)]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND")
FORGED = (
    "Bearer a.b.c",
    "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
    "Basic YWRhOmFkYQ==",
    "Digest username=ada",
)
NOBODY = "0" * 32


def name_of(route: Route) -> str:
    return f"{route.method} {route.path}"


def path_of(route: Route, object_id: str = NOBODY) -> str:
    path = re.sub("{(job|token)_id}", object_id, route.path)
    values = {"name": "RA", "result_id": "result", "session_id": NOBODY, "path:.*": ""}
    values |= {"share_id": NOBODY, "account_id": NOBODY, "notice_id": NOBODY}
    values |= {"saved_id": NOBODY, "comment_id": NOBODY}
    values |= {"map_id": NOBODY, "level": "0", "x": "0", "y": "0"}
    values |= {"chapter": "jobs", "catalogue_name": "clusters"}
    return re.sub(r"{([^}]*)}", lambda match: values[match[1]], path)


def body_of(route: Route) -> dict[str, Any]:
    """A body that is right, so that a refusal has no other reason."""
    bodies = {
        "/phase": {"PHASE": "RUN"},
        "/executionduration": {"EXECUTIONDURATION": "60"},
        "/destruction": {"DESTRUCTION": "2100-01-01"},
        "/parameters": {"SIZE": "5"},
        "/shares": {"KIND": "link"},
        "/comments": {"TEXT": "x"},
        "{job_id}": {"ACTION": "DELETE"},
        "{account_id}": {"ACTION": "APPROVE"},
    }
    if route.method != "POST":
        return {}
    ends = [body for end, body in bodies.items() if route.path.endswith(end)]
    return {"data": ends[0] if ends else {}}


ANNOUNCED = re.compile(r"(?<=event: sync\ndata: \{\}\n\n)(id: .*\nevent: job\ndata: .*\n\n)+")
"""What a stream says of a job when the announcement of an earlier change arrives late."""


async def response_to(api: Api, route: Route, object_id: str, user: str) -> tuple[int, str]:
    """The response to a user about an object: status and body, without its id."""
    response = await api.call(route.method, path_of(route, object_id), user=user, **body_of(route))
    text = ANNOUNCED.sub("", await response.text())
    return response.status, text.replace(object_id, "ID")


def test_the_table_has_what_these_tests_are_about() -> None:
    assert len(OF_JOBS) > 15
    assert {"{token_id}" in route.path for route in OF_OBJECTS} == {True, False}
    assert [route for route in ROUTES if route.path.startswith("/ops")] == OPERATORS


async def test_without_a_token_or_with_a_forged_one_nothing_private_opens(api: Api) -> None:
    for route in PRIVATE:
        responses = [await api.call(route.method, path_of(route), user=None)]
        for header in FORGED:
            headers = {"Authorization": header}
            responses.append(await api.call(route.method, path_of(route), headers=headers))
        assert [response.status for response in responses] == [401] * 5, name_of(route)
        assert all("WWW-Authenticate" in response.headers for response in responses)


async def test_to_another_user_each_object_answers_as_one_that_never_was(api: Api) -> None:
    job = (await api.new_job()).rpartition("/")[2]
    tokens = await api.document("/api/v1/account/tokens")
    for route in OF_OBJECTS:
        real = job if route in OF_JOBS else tokens["tokens"][0]["id"]
        theirs, nobodys = [await response_to(api, route, each, "eve") for each in (real, NOBODY)]
        assert theirs == nobodys, name_of(route)
        assert theirs[0] == 404, name_of(route)
    assert (await api.document(f"{JOBS}/{job}"))["phase"] == "PENDING"


async def reads_and_changes_nothing(api: Api, job: str, user: str) -> None:
    for route in OF_JOBS:
        response = await response_to(api, route, job, user)
        # By its scope: a long selection of files is read by POST.
        if route.scope != WRITE_JOBS:
            assert response == await response_to(api, route, job, "ada"), name_of(route)
        elif "/comments" in route.path and (route.method == "DELETE" or user != "root"):
            # Readers comment on a job; nobody has written the comment that is to be removed.
            assert response[0] == (404 if route.method == "DELETE" else 201), name_of(route)
        else:
            assert response[0] == 403, name_of(route)
    assert (await api.document(f"{JOBS}/{job}"))["phase"] == "PENDING"


async def test_an_administrator_reads_every_job_and_changes_none(api: Api) -> None:
    job = (await api.new_job()).rpartition("/")[2]
    await reads_and_changes_nothing(api, job, "root")


@pytest.mark.parametrize(
    "share",
    [
        {"KIND": "member", "NAME": "eve"},
        {"KIND": "group", "NAME": "spt3g-users"},
        {"KIND": "link"},
    ],
)
async def test_a_reader_reads_all_of_a_shared_job_changes_nothing_and_then_knows_of_none(
    api: Api, share: dict[str, str]
) -> None:
    await api.token("eve")
    job = (await api.new_job()).rpartition("/")[2]
    made = await api.post(f"{JOBS}/{job}/shares", share)
    assert made.status == 201, await made.text()
    await reads_and_changes_nothing(api, job, "eve")
    share_id = (await made.json())["id"]
    assert (await api.call("DELETE", f"{JOBS}/{job}/shares/{share_id}")).status == 204
    await knows_of_no_job(api, job, "eve")


async def test_a_share_with_one_member_lets_no_other_see_the_job(api: Api) -> None:
    await api.token("eve")
    job = (await api.new_job()).rpartition("/")[2]
    await api.post(f"{JOBS}/{job}/shares", {"KIND": "member", "NAME": "eve"})
    await knows_of_no_job(api, job, "bob")


async def knows_of_no_job(api: Api, job: str, user: str) -> None:
    for route in OF_JOBS:
        theirs, nobodys = [await response_to(api, route, each, user) for each in (job, NOBODY)]
        assert theirs == nobodys, name_of(route)
        assert theirs[0] == 404, name_of(route)


async def test_operators_addresses_tell_a_member_the_same_of_a_job_and_of_none(api: Api) -> None:
    job = (await api.new_job()).rpartition("/")[2]
    for route in OPERATORS:
        for user in ("ada", "eve"):
            real, nobodys = [await response_to(api, route, each, user) for each in (job, NOBODY)]
            assert real == nobodys, name_of(route)
            assert real[0] == 403, name_of(route)
    assert (await api.document(f"{JOBS}/{job}"))["phase"] == "PENDING"


async def test_a_deleted_job_is_gone_at_every_address(api: Api) -> None:
    path = await api.new_job()
    assert (await api.call("DELETE", path)).status == 303
    for route in OF_JOBS:
        status, _ = await response_to(api, route, path.rpartition("/")[2], "ada")
        assert status == 404, name_of(route)


async def test_a_revoked_token_opens_no_address(api: Api) -> None:
    own = (await api.document("/api/v1/account/tokens"))["tokens"][0]["id"]
    assert (await api.call("DELETE", f"/api/v1/account/tokens/{own}")).status == 204
    for route in PRIVATE:
        response = await api.call(route.method, path_of(route))
        assert response.status == 401, name_of(route)
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


async def test_a_method_that_no_address_has_is_405_and_names_those_it_has(api: Api) -> None:
    allowed: dict[str, set[str]] = {}
    for route in ROUTES:
        methods = allowed.setdefault(route.path, set())
        methods |= {route.method} | ({"HEAD"} if route.method == "GET" and route.safe else set())
    for route in {route.path: route for route in ROUTES}.values():
        for method in set(METHODS) - allowed[route.path]:
            response = await api.call(method, path_of(route))
            assert response.status == 405, (method, route.path)
            assert set(response.headers["Allow"].split(",")) == allowed[route.path]


@pytest.mark.parametrize("scope", ["jobs:read", "jobs:write", "data:read"])
async def test_a_token_of_one_scope_opens_what_needs_it_and_nothing_else(
    api: Api, scope: str
) -> None:
    token = await operator_token(
        api.settings, name="root", groups=["spt3g-admins"], ttl_s=600, scopes=[scope]
    )
    for route in PRIVATE:
        if not route.scope or route.session_only:
            continue
        headers = {"Authorization": f"Bearer {token}"}
        response = await api.call(route.method, path_of(route), headers=headers, **body_of(route))
        assert (response.status == 403) == (route.scope != scope), name_of(route)
        if response.status == 403:
            assert 'error="insufficient_scope"' in response.headers["WWW-Authenticate"]
