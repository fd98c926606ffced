"""Jobs in two steps (UWS 1.1, section 2.2.3): made, described, run; and what they do not know."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptapi.keys import JOB_STATES
from sptjobs.broker.slot_board import SLOTS_KEY
from sptjobs.engine.claims import claim
from sptjobs.engine.quotes import quote_of
from sptjobs.forecast.forecast import Load
from sptjobs.request.completeness import what_is_missing
from sptjobs.request.parsing import parse_request
from sptjobs.request.unknown_parameters import ignored_names
from sptjobs.store.maps import ingest_maps
from sptjobs.uws.errors import InvalidRequestError, MultiValuedParamNotSupported
from sptjobs.uws.jobs import Job, Pace, Progress
from sptjobs.uws.phases import ExecutionPhase
from tests.api.conftest import GOOD, JOBS, Api
from tests.api.test_service import RECORD

Cut = Callable[..., Awaitable[dict[str, bytes]]]
VALUES = {
    "RA": "1",
    "DEC": "-57",
    "OBJID": "a",
    "CIRCLE": "1 -57 0.1",
    "POS": "CIRCLE 1 -57 0.1",
    "POSITIONS": "RA,DEC\n1,-57\n",
    "SIZE": "5",
    "BANDS": "90GHz",
    "TIME": "58000 58001",
}


async def created(api: Api, *fields: tuple[str, str]) -> str:
    response = await api.post(JOBS, fields)
    assert response.status == 303, await response.text()
    return response.headers["Location"].removeprefix(api.base)


@pytest.mark.parametrize("body", [None, {"RUNID": "empty"}, {"BANDS": "90GHz"}, {"SIZE": "5"}])
async def test_c03_a_job_is_made_empty_described_and_run_as_astroquery_casda_does(
    api: Api, body: dict[str, str] | None
) -> None:
    response = await api.post(JOBS, body)
    assert response.status == 303
    job = response.headers["Location"].removeprefix(api.base)
    circles = "CIRCLE=0.25+-57.8+0.05&CIRCLE=0.5+-57.8+0.05"
    if body and "SIZE" in body:
        circles = "RA=0.25&DEC=-57.8"
    assert (await api.post(f"{job}/parameters?{circles}")).status == 303
    assert (await api.post(f"{job}/phase", {"phase": "RUN"})).status == 303
    assert (await api.document(job))["phase"] == "QUEUED"


async def test_running_a_job_without_targets_says_what_is_missing_and_changes_nothing(
    api: Api,
) -> None:
    job = await created(api)
    for path, word in ((f"{job}/phase", "POSITIONS"), (job, "POS, CIRCLE, POLYGON")):
        refused = await api.post(path, {"PHASE": "RUN"})
        assert refused.status == 400
        assert refused.content_type == "text/plain"
        assert word in await refused.text()
    assert (await api.document(job))["phase"] == "PENDING"
    assert await claim(api.engine.database, "w", reserved=True) is None


async def test_half_a_position_may_be_completed(api: Api) -> None:
    job = await created(api, ("RA", "0.25"), ("OBJID", "a"))
    refused = await api.post(f"{job}/phase", {"PHASE": "RUN"})
    assert "DEC: is missing" in await refused.text()
    assert (await api.post(f"{job}/parameters", {"DEC": "-57.8"})).status == 303
    assert (await api.post(f"{job}/phase", {"PHASE": "RUN"})).status == 303


async def test_a_job_of_a_json_document_may_lack_its_targets_too(api: Api) -> None:
    response = await api.post(JOBS, json.dumps({"bands": ["90GHz"]}), headers={
        "Content-Type": "application/json"
    })  # fmt: skip
    assert response.status == 303
    job = response.headers["Location"].removeprefix(api.base)
    assert (await api.post(f"{job}/phase", {"PHASE": "RUN"})).status == 400
    table = json.dumps({"positions": [{"ra": 0.25, "dec": -57.8}]})
    headers = {"Content-Type": "application/json"}
    assert (await api.post(f"{job}/parameters", table, headers=headers)).status == 303
    assert (await api.post(f"{job}/phase", {"PHASE": "RUN"})).status == 303


async def test_a_job_that_is_to_run_at_once_must_be_complete_and_is_not_made_otherwise(
    api: Api,
) -> None:
    refused = await api.post(JOBS, {"PHASE": "RUN", "BANDS": "90GHz"})
    assert refused.status == 400
    assert "no targets are given" in await refused.text()
    assert (await api.document(JOBS))["total"] == 0


@pytest.mark.parametrize(
    ("name", "value"), [("SIZE", "-1"), ("RA", "north"), ("BANDS", "1GHz"), ("CIRCLE", "1 2")]
)
async def test_a_wrong_value_is_refused_at_once_however_incomplete_the_job_is(
    api: Api, name: str, value: str
) -> None:
    refused = await api.post(JOBS, {name: value})
    assert refused.status == 400
    assert name in await refused.text()
    job = await created(api)
    assert (await api.post(f"{job}/parameters", {name: value})).status == 400


def said_of(names: set[str], *, incomplete: bool) -> list[str]:
    """What is wrong with a request of these parameters, of all that is about missing ones."""
    fields = [(name, VALUES[name]) for name in sorted(names)]
    try:
        parse_request(fields, {}, max_targets=10, incomplete=incomplete)
    except InvalidRequestError as error:
        said = [str(each) for each in error.problems]
        return [each for each in said if "missing" in each or "no targets" in each]
    return []


@given(st.sets(st.sampled_from(sorted(VALUES))))
def test_what_is_missing_is_what_the_reader_of_requests_would_miss(names: set[str]) -> None:
    missing = what_is_missing(names)
    assert said_of(names, incomplete=True) == []
    if not {"CIRCLE", "POS", "POSITIONS"} & names:
        assert said_of(names, incomplete=False) == ([] if missing is None else [str(missing)])
    else:
        assert missing is None


async def test_c11_what_is_not_known_is_kept_ignored_and_reported(api: Api, cut: Cut) -> None:
    job = await created(
        api, *GOOD.items(), ("tapclient", "astroquery"), ("LANG", "ADQL"), ("BANDZ", "90GHz"),
        ("SEASON", "winter"), ("SEASON", "summer"), ("PHASE", "RUN"),
    )  # fmt: skip
    document = await api.document(job)
    assert document["jobInfo"]["ignored"] == ["TAPCLIENT", "LANG", "BANDZ", "SEASON"]
    notes = document["jobInfo"]["notes"]
    assert notes[2] == "BANDZ: there is no such parameter; did you mean BAND?; it was ignored"
    kept = [(each["id"], each["value"]) for each in document["parameters"]]
    assert ("TAPCLIENT", "astroquery") in kept
    assert [value for name, value in kept if name == "SEASON"] == ["winter", "summer"]
    xml = await (await api.get(job)).text()
    assert "<spt:ignored><spt:parameter>TAPCLIENT</spt:parameter>" in xml
    await cut(job)
    out = f"/files/jobs/{job.rpartition('/')[2]}/out"
    for name in ("manifest.json", "manifest.vot"):
        text = await (await api.get(f"{out}/{name}")).text()
        assert "TAPCLIENT, LANG, BANDZ, SEASON" in text


@pytest.mark.parametrize("names", [["N\0"], ["n" * 65], [f"n{at}" for at in range(101)]])
async def test_what_a_document_cannot_show_is_refused_also_where_it_means_nothing(
    api: Api, names: list[str]
) -> None:
    sent = urlencode(GOOD | dict.fromkeys(names, "1"))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await api.post(JOBS, sent, headers=headers)).status == 400
    assert (await api.document(JOBS))["total"] == 0


async def test_strict_refuses_what_is_not_known_by_its_name(api: Api) -> None:
    for strict in ("true", "TRUE"):
        refused = await api.post(JOBS, GOOD | {"BANDZ": "90GHz", "STRICT": strict})
        assert refused.status == 400
        assert "BANDZ: there is no such parameter; did you mean BAND?" in await refused.text()
    assert (await api.post(JOBS, GOOD | {"STRICT": "perhaps"})).status == 400
    job = await created(api, *GOOD.items(), ("STRICT", "true"))
    assert "ignored" not in (await api.document(job))["jobInfo"]
    refused = await api.post(f"{job}/parameters", {"BANDZ": "90GHz", "STRICT": "true"})
    assert refused.status == 400
    assert (await api.post(f"{job}/parameters", {"BANDZ": "90GHz"})).status == 303
    assert (await api.document(job))["jobInfo"]["ignored"] == ["BANDZ"]


async def test_any_json_value_of_what_is_not_known_is_kept(api: Api) -> None:
    document: dict[str, Any] = {
        "client": {"name": "x", "versions": [1, 2]},
        "flag": None,
        "list": [1],
    }
    document |= GOOD
    headers = {"Content-Type": "application/json"}
    response = await api.post(JOBS, json.dumps(document), headers=headers)
    assert response.status == 303, await response.text()
    found = await api.document(response.headers["Location"].removeprefix(api.base))
    assert found["jobInfo"]["ignored"] == ["CLIENT", "LIST"]
    document["strict"] = True
    refused = await api.post(JOBS, json.dumps(document), headers=headers)
    assert refused.status == 400


async def test_a_validation_warns_of_what_is_not_known(api: Api) -> None:
    response = await api.post("/api/v1/cutout/validate", GOOD | {"BANDZ": "1"})
    document = await response.json()
    assert document["ok"]
    assert document["warnings"][0]["field"] == "BANDZ"
    response = await api.post("/api/v1/cutout/validate", GOOD | {"BANDZ": "1", "STRICT": "true"})
    document = await response.json()
    assert [each["field"] for each in document["problems"]] == ["BANDZ"]


def test_the_name_of_an_uploaded_table_is_no_unknown_parameter() -> None:
    shown = (("POSITIONS", "param:mine"), ("mine", None), ("Other", "1"))
    assert ignored_names(shown) == ("Other",)


async def test_a_tag_that_there_is_not_is_refused_with_those_that_there_are(api: Api) -> None:
    coadd = replace(RECORD, map_id="winter", tag="yearly_winter_2020", sha256="2" * 64)
    refused = await api.post(JOBS, GOOD | {"COADD": "yearly_winter_2020"})
    assert "there are no coadds" in await refused.text()
    await ingest_maps(api.engine.database, [RECORD, coadd])
    job = await created(api, *GOOD.items(), ("COADD", "yearly_winter_2020"))
    for path in (JOBS, f"{job}/parameters", "/api/v1/cutout/validate"):
        refused = await api.post(path, GOOD | {"COADD": "yearly_winter_2021"})
        assert (refused.status == 400) == ("validate" not in path)
        assert "there are yearly_winter_2020" in await refused.text()
    assert dict((await api.document(job))["parameters"][-1]) == {
        "id": "COADD", "byReference": False, "value": "yearly_winter_2020",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["application/fits", "image/fits", "FITS"])
async def test_a_format_that_stamps_are_made_in_is_taken_and_no_other(api: Api, name: str) -> None:
    await created(api, *GOOD.items(), ("RESPONSEFORMAT", name))
    for field, value in (("RESPONSEFORMAT", "image/png"), ("MAXREC", "10")):
        for path in (JOBS, f"{await created(api)}/parameters"):
            refused = await api.post(path, GOOD | {field: value})
            assert refused.status == 400
            assert field in await refused.text()
    twice = await api.post(JOBS, [("RESPONSEFORMAT", name), ("RESPONSEFORMAT", name)])
    assert MultiValuedParamNotSupported.code in await twice.text()


async def test_a_run_id_may_be_posted_to_the_parameters_too(api: Api) -> None:
    job = await created(api, *GOOD.items(), ("RUNID", "first"))
    assert (await api.post(f"{job}/parameters", {"runid": "second"})).status == 303
    assert (await api.document(job))["runId"] == "second"


async def test_deleting_a_job_leads_to_a_list_that_is_short(api: Api) -> None:
    job = await created(api, *GOOD.items())
    response = await api.call("DELETE", job)
    assert response.headers["Location"] == f"{api.base}{JOBS}?LAST=100"


@pytest.mark.parametrize("length", [8191, 20_000, 100_000])
async def test_an_address_that_is_too_long_is_414_and_says_to_post(api: Api, length: int) -> None:
    query = "RA=" + "1" * (length - len(JOBS) - len("?RA="))
    for user in ("ada", None):
        refused = await api.get(f"{JOBS}?{query}", user=user)
        assert refused.status == 414
        assert "POST" in await refused.text()
    fits = await api.get(f"{JOBS}?{query[: 8190 - len(JOBS) - 1]}")
    assert fits.status == 200


async def test_a_job_that_is_at_work_has_a_quote_by_measured_rates(api: Api) -> None:
    job = await api.new_job()
    assert (await api.document(job))["quote"] is None
    client = api.engine.wakeups.client
    seconds, _ = await client.time()
    await client.zadd(SLOTS_KEY, {"somebody:0": seconds + 100})
    api.app[JOB_STATES].load.looked = float("-inf")
    assert (await api.post(f"{job}/phase", {"PHASE": "RUN"})).status == 303
    document = await api.document(job)
    quote = datetime.fromisoformat(document["quote"])
    assert 0 <= (quote - datetime.now(UTC)).total_seconds() <= 5
    text = await (await api.get(f"{job}/quote")).text()
    assert abs(datetime.fromisoformat(text) - quote) < timedelta(seconds=3)
    assert (await api.post(f"{job}/phase", {"PHASE": "ABORT"})).status == 303
    assert (await api.document(job))["quote"] is None
    assert await (await api.get(f"{job}/quote")).text() == ""


@given(st.floats(0.01, 100), st.integers(1, 64), st.integers(0, 10_000), st.integers(1, 1000))
def test_a_quote_grows_with_what_is_before_and_with_how_long_parts_take(
    ratio: float, slots: int, ahead: int, left: int
) -> None:
    at = datetime.now(UTC)
    job = Job(
        "0" * 32, "o", "o", ExecutionPhase.QUEUED, 1, at, 60, (), progress=Progress(left, left)
    )

    def quoted(ratio: float, ahead: int) -> datetime:
        load = Load(slots, 0, 0, [ratio] * 20)
        found = quote_of(job, Pace(jobs_ahead=1, parts_ahead=ahead), load, at)
        assert found is not None
        return found

    assert quoted(ratio, ahead) <= quoted(ratio, ahead + slots)
    assert quoted(ratio, ahead) <= quoted(2 * ratio, ahead)
    assert quote_of(job, Pace(left_s=3.2), Load(slots, 0), at) == at.replace(
        microsecond=0
    ) + timedelta(seconds=4)
    assert quote_of(job, Pace(), Load(0, 0), at) is None
