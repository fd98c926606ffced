"""RESPONSEFORMAT and MAXREC mean something or are refused, everywhere (DALI 1.1, section 3.4)."""

import json
import xml.etree.ElementTree as ET
from collections.abc import Awaitable, Callable

import pytest

from sptapi.routes import ROUTES, Route
from tests.api.conftest import GOOD, JOBS, JSON, Api

Cut = Callable[..., Awaitable[dict[str, bytes]]]
IDS = {
    "{job_id}": "0" * 32, "{path:.*}": "a", "{token_id}": "0" * 32, "{session_id}": "0" * 32,
    "{name}": "x", "{result_id}": "result", "{map_id}": "0" * 32, "{level}": "0", "{x}": "0",
    "{y}": "0", "{share_id}": "0" * 32, "{account_id}": "0" * 32, "{notice_id}": "0" * 32,
    "{saved_id}": "0" * 32, "{comment_id}": "0" * 32, "{chapter}": "jobs",
    "{catalogue_name}": "clusters",
}  # fmt: skip


def address(route: Route) -> str:
    path = route.path
    for name, value in IDS.items():
        path = path.replace(name, value)
    return path


@pytest.mark.parametrize("name", ["RESPONSEFORMAT", "MAXREC", "maxrec"])
async def test_dali_01_a_parameter_that_means_nothing_at_an_address_is_refused_there(
    api: Api, name: str
) -> None:
    for route in ROUTES:
        if name.upper() in route.takes or route.session_only:
            continue
        path = address(route)
        response = await api.call(route.method, f"{path}?{name}=1", user="root")
        assert response.status == 400, path
        assert f"{name.upper()}: means nothing at this address" in await response.text()


@pytest.mark.parametrize("form", ["json", "application/json", "JSON", "xml", "text/xml",
                                  "application/xml"])  # fmt: skip
async def test_soda_07_a_document_of_the_job_has_the_format_that_is_asked_for(
    api: Api, form: str
) -> None:
    job = await api.new_job()
    for path in (JOBS, job, f"{job}/parameters", f"{job}/results"):
        # What is asked for by a parameter goes before the header.
        for headers in (JSON, {"Accept": "application/xml"}):
            response = await api.get(f"{path}?responseformat={form}", headers=headers)
            assert response.status == 200
            body = await response.read()
            if "json" in form.lower():
                assert response.content_type == "application/json"
                json.loads(body)
            else:
                assert response.headers["Content-Type"] in {form, "application/xml"}
                if "/" in form:
                    assert response.headers["Content-Type"] == form
                ET.fromstring(body)


async def test_another_format_is_refused_with_those_that_there_are(api: Api) -> None:
    job = await api.new_job()
    for path in (JOBS, job, f"{job}/parameters"):
        refused = await api.get(f"{path}?RESPONSEFORMAT=text/csv")
        assert refused.status == 400
        assert "application/json" in await refused.text()
    twice = await api.get(f"{JOBS}?RESPONSEFORMAT=json&RESPONSEFORMAT=xml")
    assert "MultiValuedParamNotSupported" in await twice.text()


async def test_maxrec_limits_the_list_of_jobs(api: Api) -> None:
    for _ in range(3):
        await api.new_job()
    for query, count in (("MAXREC=2", 2), ("MAXREC=0", 0), ("MAXREC=9", 3), ("LAST=2&MAXREC=1", 1)):
        found = await api.document(f"{JOBS}?{query}")
        assert len(found["jobs"]) == count, query
        assert found["total"] == 3
    for wrong in ("-1", "many", "1.5"):
        refused = await api.get(f"{JOBS}?MAXREC={wrong}")
        assert refused.status == 400
        assert "MAXREC" in await refused.text()


async def test_a_result_leads_to_the_form_that_is_asked_for(api: Api, cut: Cut) -> None:
    job = await api.new_job(
        PHASE="RUN", PRODUCTS="fits,preview,lightcurve", DATE_START="2020-01-01"
    )
    await cut(job)
    results = f"{job}/results"
    for form, name in (
        ("csv", "manifest.csv"),
        ("votable", "manifest.vot"),
        ("json", "manifest.json"),
    ):
        found = await api.get(f"{results}/manifest?RESPONSEFORMAT={form}")
        assert found.status == 303
        assert found.headers["Location"].endswith(f"/out/{name}")
    for form in ("csv", "fits", "parquet"):
        found = await api.get(f"{results}/lightcurve?RESPONSEFORMAT={form}")
        assert found.headers["Location"].endswith(f"/out/lightcurve.{form}")
    assert (await api.get(f"{results}/result?RESPONSEFORMAT=tar")).status == 303
    for path in (
        "manifest?RESPONSEFORMAT=fits",
        "result?RESPONSEFORMAT=json",
        "lightcurve?RESPONSEFORMAT=tar",
    ):
        assert (await api.get(f"{results}/{path}")).status == 400, path


async def test_a_validation_tells_of_a_format_that_a_job_would_not_make(api: Api) -> None:
    response = await api.post("/api/v1/cutout/validate?MAXREC=1", GOOD)
    document = await response.json()
    assert [each["field"] for each in document["problems"]] == ["MAXREC"]
