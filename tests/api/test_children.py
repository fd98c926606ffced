"""A job's child resources: atoms, and what may be changed."""

from xml.etree import ElementTree as ET

import pytest

from sptjobs.engine import transitions
from sptjobs.uws.jobs import ErrorSummary
from tests.api.conftest import SOON, Api
from tests.support.databases import break_database


@pytest.mark.parametrize(
    ("child", "expected"),
    [("phase", "PENDING"), ("executionduration", "14400"), ("owner", "ada"), ("quote", "")],
)
async def test_an_atom_is_plain_text_without_a_line_end(
    api: Api, child: str, expected: str
) -> None:
    response = await api.get(f"{await api.new_job()}/{child}")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    assert await response.text() == expected


async def test_duration_and_destruction_equal_those_of_the_document(api: Api) -> None:
    path = await api.new_job()
    job = await api.document(path)
    assert await (await api.get(path + "/destruction")).text() == job["destruction"]
    assert job["destruction"].endswith("Z")
    assert await (await api.get(path + "/executionduration")).text() == str(
        job["executionDuration"]
    )


async def test_duration_and_destruction_are_changed_and_clamped(api: Api) -> None:
    path = await api.new_job()
    for child, name, sent, kept in (
        ("executionduration", "EXECUTIONDURATION", "60", "60"),
        ("executionduration", "executionduration", "0", "86400"),
        (
            "destruction",
            "DESTRUCTION",
            f"{SOON}T00:00:00.123456Z",
            f"{SOON}T00:00:00.123456Z",
        ),
        ("destruction", "destruction", f"{SOON}T00:00:00", f"{SOON}T00:00:00.000Z"),
    ):
        response = await api.post(f"{path}/{child}", {name: sent})
        assert (response.status, response.headers["Location"]) == (303, api.base + path)
        assert await (await api.get(f"{path}/{child}")).text() == kept
    await api.post(path + "/destruction", {"DESTRUCTION": "2999-01-01T00:00:00Z"})
    assert (await (await api.get(path + "/destruction")).text()) < "2900"


async def test_what_cannot_be_changed_is_refused(api: Api) -> None:
    path = await api.new_job()
    for child, fields in (
        ("executionduration", {}),
        ("executionduration", {"EXECUTIONDURATION": "soon"}),
        ("destruction", {"DESTRUCTION": "2001-01-01T00:00:00Z"}),
        ("destruction", {}),
        ("phase", {"PHASE": "COMPLETED"}),
        ("phase", {}),
    ):
        assert (await api.post(f"{path}/{child}", fields)).status == 400, (child, fields)
    await api.post(path + "/phase", {"PHASE": "RUN"})
    await api.post(path + "/phase", {"PHASE": "ABORT"})
    late = await api.post(path + "/executionduration", {"EXECUTIONDURATION": "5"})
    assert late.status == 403


async def test_the_error_of_a_failed_job_is_shown_and_others_have_none(api: Api) -> None:
    path = await api.new_job(PHASE="RUN")
    assert (await api.get(path + "/error")).status == 404
    async with api.engine.database.write() as connection:
        summary = ErrorSummary("UsageError", "no <map> answers", detail="tried 3 maps")
        assert await transitions.fail(connection, path.rpartition("/")[2], summary)
    text = await (await api.get(path + "/error")).text()
    assert text == "UsageError: no <map> answers\ntried 3 maps"
    job = await api.document(path)
    assert job["errorSummary"] == {
        "type": "fatal", "hasDetail": True, "message": "UsageError: no <map> answers"
    }  # fmt: skip
    root = ET.fromstring(await (await api.get(path)).read())
    assert [child.tag.rpartition("}")[2] for child in root][-2:] == ["errorSummary", "jobInfo"]


async def test_lists_of_parameters_and_results_stand_alone_too(api: Api) -> None:
    path = await api.new_job()
    for child, tag in (("parameters", "parameters"), ("results", "results")):
        root = ET.fromstring(await (await api.get(f"{path}/{child}")).read())
        assert root.tag == "{http://www.ivoa.net/xml/UWS/v1.0}" + tag
    assert await api.document(path + "/results") == []
    assert (await api.get(path + "/results/result")).status == 404
    assert (await api.get(path + "/parameters/NOSUCH")).status == 404
    assert await (await api.get(path + "/parameters/size")).text() == "10"


async def test_a_database_that_does_not_answer_is_503_with_retry_after(api: Api) -> None:
    path = await api.new_job()
    await break_database(api.engine.settings.database_url)
    response = await api.get(path)
    assert response.status == 503
    assert response.headers["Retry-After"]
    assert (await response.text()).startswith("ServiceUnavailable: ")
