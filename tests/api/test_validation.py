"""Checking a request before it is submitted."""

import csv
import time
from dataclasses import replace
from io import BytesIO
from typing import Any

import aiohttp
import numpy as np
import pytest
import sqlalchemy as sa
from astropy.io.votable import from_table
from astropy.table import Table

from sptjobs.maps.record import MapRecord
from sptjobs.settings import Limits
from sptjobs.store.maps import current_snapshot, ingest_maps
from sptjobs.store.schema import job
from tests.api.conftest import GOOD, JOBS, JSON, Api, Serve

VALIDATE = "/api/v1/cutout/validate"


async def reply(api: Api, data: Any = None, **options: Any) -> Any:
    response = await api.post(VALIDATE, data, **options)
    assert response.status == 200, await response.text()
    return await response.json()


@pytest.fixture
async def stocked(api: Api, tiny_maps: list[MapRecord]) -> Api:
    """Give an API whose archive holds the smallest set of maps."""
    await ingest_maps(api.engine.database, tiny_maps)
    return api


async def test_a_good_request_says_what_it_will_find_and_take(stocked: Api) -> None:
    found = await reply(stocked, GOOD | {"BANDS": "150GHz"})
    assert (found["ok"], found["problems"], found["warnings"]) == (True, [], [])
    (target,) = found["targets"]
    assert (target["row"], target["ra"], target["dec"]) == (1, 0.2499, -57.8066)
    assert target["sexagesimal"] == "00:00:59.976 -57:48:23.76"
    assert target["coverage"] == [
        {"band": "150GHz", "filetype": "filtered", "tag": "yearly_winter_2020", "maps": 1,
         "covered": "inside"}
    ]  # fmt: skip
    selection = found["selection"]
    assert (selection["maps"], selection["bands"]) == (1, ["150GHz"])
    assert selection["tags"] == ["yearly_winter_2020"]
    assert selection["snapshot"].startswith("1-")
    assert [name.partition(".")[2] for name in selection["files"]] == ["fits"]
    estimate = found["estimate"]
    assert (estimate["files"], estimate["pairs"]) == (1, 1)
    assert estimate["bytes"] == 512 + 29184
    assert 0 < estimate["seconds_low"] <= estimate["seconds"] <= estimate["seconds_high"] < 5


async def test_nothing_is_made(stocked: Api) -> None:
    await reply(stocked, GOOD | {"PHASE": "RUN"})
    assert (await stocked.document(JOBS))["jobs"] == []


async def test_every_row_is_reported_and_the_good_ones_are_forecast(stocked: Api) -> None:
    table = "objid,ra,Dec,note\na,0.1,-57.8,x\nb,400,-50,\nc,12:34,x,\nd,00:01:00,-57:48:00,\n"
    found = await reply(stocked, {"POSITIONS": table})
    assert found["ok"] is False
    assert found["bad_rows"] == [2, 3]
    assert [(p["row"], p["field"], p["value"]) for p in found["problems"]] == [
        (2, "RA", "400"), (3, "RA", "12:34"), (3, "DEC", "x"),
    ]  # fmt: skip
    assert "from 0 to 360" in found["problems"][0]["message"]
    assert [(t["row"], t["objid"], t["ra"]) for t in found["targets"]] == [
        (1, "a", 0.1), (4, "d", 0.25),
    ]  # fmt: skip
    assert found["columns"] == {
        "used": {"RA": "ra", "DEC": "Dec", "OBJID": "objid"},
        "ignored": ["note"],
        "kind": "CSV",
        "frame": "ICRS",
    }
    assert found["estimate"]["pairs"] == 6
    kept = await reply(stocked, {"POSITIONS": "objid,ra,dec\na,0.1,-57.8\nd,0.25,-57.8\n"})
    assert kept["ok"]
    assert kept["estimate"] == found["estimate"]


@pytest.mark.parametrize(
    ("ra", "dec", "hours", "degrees"),
    [
        ("12:30", "-57:48", (187.5, -57.8), (12.5, -57.8)),
        ("12 30.0", "-57 48", (187.5, -57.8), (12.5, -57.8)),
        ("123000.0", "-574800", (187.5, -57.8), (12.5, -57.8)),
    ],
)
async def test_what_can_be_read_in_hours_and_in_degrees_is_refused_with_both(
    stocked: Api, ra: str, dec: str, hours: tuple[float, float], degrees: tuple[float, float]
) -> None:
    found = await reply(stocked, {"POSITIONS": f"RA,DEC\n0.25,-57.8\n{ra},{dec}\nx,1\n"})
    assert not found["ok"]
    assert found["bad_rows"] == [2, 3]
    (ambiguity,) = found["ambiguities"]
    assert (ambiguity["field"], ambiguity["rows"]) == ("RA", [2])
    assert [each["name"] for each in ambiguity["readings"]] == ["hours", "degrees"]
    for reading, expected in zip(ambiguity["readings"], (hours, degrees), strict=True):
        (position,) = reading["positions"]
        assert position["row"] == 2
        assert (position["ra"], position["dec"]) == pytest.approx(expected)


async def test_what_is_wrong_besides_rows_is_reported_and_nothing_is_forecast(stocked: Api) -> None:
    fields = GOOD | {"BANDS": "30GHz", "SIZES": "3", "DESTRUCTION": "yesterday"}
    found = await reply(stocked, fields)
    assert [p["field"] for p in found["problems"]] == ["DESTRUCTION", "BANDS"]
    assert [p["field"] for p in found["warnings"]] == ["SIZES"]
    assert (found["ok"], found["selection"], found["estimate"]) == (False, None, None)
    assert found["targets"][0]["coverage"] == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([*GOOD.items(), ("SIZE", "3")], "SIZE: may be given once"),
        ([("POSITIONS", "RA,DEC\n" + "1,2\n" * 6)], "more than 5 targets"),
        ([], "no targets are given"),
    ],
)
async def test_a_request_that_cannot_be_read_is_an_answer_too(
    serve: Serve, fields: list[tuple[str, str]], message: str
) -> None:
    api = await serve(limits=Limits(targets=5))
    found = await reply(api, fields or {"BANDS": "90GHz"})
    assert found["ok"] is False
    assert any(message in p["message"] for p in found["problems"])


async def test_a_body_that_is_no_form_is_an_error(api: Api) -> None:
    response = await api.post(VALIDATE, b"x", headers={"Content-Type": "text/plain"})
    assert response.status == 415
    response = await api.post(VALIDATE, b"{", headers=JSON | {"Content-Type": "application/json"})
    assert response.status == 400


async def test_json_is_checked_as_a_form_is(stocked: Api) -> None:
    body = {"positions": [{"ra": 0.1, "dec": -57.8}, {"ra": "x", "dec": 1}], "runid": 3 * "é" * 99}
    found = await reply(stocked, json=body)
    assert [(p["row"], p["field"]) for p in found["problems"]] == [(None, "RUNID"), (2, "RA")]
    assert found["targets"][0]["row"] == 1


async def test_an_uploaded_votable_is_checked_and_makes_the_same_job(stocked: Api) -> None:
    table = Table({"RAJ2000": [0.1, 0.2], "DEJ2000": [-57.8, -57.9], "z": [1, 2]})
    out = BytesIO()
    from_table(table).to_xml(out, tabledata_format="binary2")
    form = aiohttp.FormData({"UPLOAD": "positions,param:t"})
    form.add_field("t", out.getvalue(), filename="t.vot", content_type="application/x-votable+xml")
    found = await reply(stocked, form)
    assert found["ok"]
    assert found["columns"]["used"] == {"RA": "RAJ2000", "DEC": "DEJ2000"}
    assert (found["columns"]["ignored"], found["columns"]["kind"]) == (["z"], "VOTable")
    form = aiohttp.FormData({"UPLOAD": "positions,param:t"})
    form.add_field("t", out.getvalue(), filename="t.vot")
    made = await stocked.post(JOBS, form)
    assert made.status == 303
    path = made.headers["Location"].removeprefix(stocked.base)
    assert await (await stocked.get(f"{path}/parameters/t")).read() == out.getvalue()


@pytest.mark.parametrize("stored", ["tabledata", "binary", "binary2"])
async def test_a_table_of_any_kind_is_given_as_csv(api: Api, stored: str) -> None:
    table = Table({"note": ['a "b"', "c,d"], "RAJ2000": [0.1, 400.0], "DEJ2000": [-57.8, -57.9]})
    out = BytesIO()
    from_table(table).to_xml(out, tabledata_format=stored)
    form = aiohttp.FormData()
    form.add_field("table", out.getvalue(), filename="t.vot")
    response = await api.post("/api/v1/cutout/table", form)
    assert response.status == 200
    assert response.headers["X-Table-Kind"] == "VOTable"
    assert response.headers["X-Table-Frame"] == "ICRS"
    rows = list(csv.reader((await response.text()).splitlines()))
    assert rows[0] == ["note", "RA", "DEC"]
    assert [(name, float(ra), float(dec)) for name, ra, dec in rows[1:]] == [
        ('a "b"', 0.1, -57.8), ("c,d", 400.0, -57.9),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"<VOTABLE>", "not well-formed"),
        (b"SIMPLE  = T", "looks like FITS"),
        (b"RA,DEC\n1,2\n3,4\n5,6\n", "more than 2"),
    ],
)
async def test_a_table_that_cannot_be_read_is_refused_saying_why(
    serve: Serve, content: bytes, message: str
) -> None:
    api = await serve(limits=Limits(targets=2))
    form = aiohttp.FormData()
    form.add_field("table", content, filename="t")
    response = await api.post("/api/v1/cutout/table", form)
    assert response.status in {400, 413}
    assert message in await response.text()


async def test_a_request_that_was_made_before_names_the_job_that_has_its_files(
    stocked: Api,
) -> None:
    database = stocked.engine.database

    async def same(**more: str) -> Any:
        return (await reply(stocked, GOOD | more))["same_job"]

    async def change(**values: Any) -> None:
        async with database.write() as connection:
            await connection.execute(sa.update(job).values(**values))

    assert await same() is None
    made = await stocked.post(JOBS, GOOD | {"RUNID": "mine"})
    assert await same() is None  # it was not run
    await stocked.post(
        made.headers["Location"].removeprefix(stocked.base) + "/phase", {"PHASE": "RUN"}
    )
    found = await same(RUNID="other")
    assert (found["runId"], found["phase"]) == ("mine", "QUEUED")
    assert made.headers["Location"].endswith(found["id"])
    assert await same(SIZE="3") is None
    snapshot = await current_snapshot(database)
    await change(phase="COMPLETED", snapshot=snapshot)
    assert (await same())["phase"] == "COMPLETED"
    response = await stocked.post(VALIDATE, GOOD, user="somebody else")
    assert (await response.json())["same_job"] is None
    await change(snapshot="0-another")
    assert await same() is None
    await change(phase="ERROR", snapshot=snapshot)
    assert await same() is None


async def test_an_archive_that_changed_is_seen_at_once(
    stocked: Api, tiny_maps: list[MapRecord]
) -> None:
    fields = GOOD | {"BANDS": "150GHz"}
    assert (await reply(stocked, fields))["selection"]["tags"] == ["yearly_winter_2020"]
    newer = [
        replace(each, map_id=each.map_id + "n", tag="yearly_winter_2021")
        for each in tiny_maps
        if each.tag is not None
    ]
    await ingest_maps(stocked.engine.database, newer, keep_missing=True)
    assert (await reply(stocked, fields))["selection"]["tags"] == ["yearly_winter_2021"]


@pytest.mark.any_database
@pytest.mark.alone
async def test_ten_thousand_rows_are_checked_in_well_under_two_seconds(stocked: Api) -> None:
    seed = np.random.default_rng(1)
    rows = zip(seed.uniform(0, 1.4, 10_000), seed.uniform(-58.4, -56.6, 10_000), strict=True)
    table = "OBJID,RA,DEC\n" + "".join(f"t{n},{ra},{dec}\n" for n, (ra, dec) in enumerate(rows))
    took = []
    for _ in range(3):
        # Of this process alone: a busy machine is not the service's fault.
        started = time.process_time()
        found = await reply(stocked, {"POSITIONS": table})
        took.append(time.process_time() - started)
    assert found["ok"]
    assert len(found["targets"]) == 10_000
    assert min(took) < 2


async def test_pasted_lines_are_checked_and_how_well_a_position_in_a_name_is_known_is_said(
    stocked: Api,
) -> None:
    lines = "SPT-CL J0000-5748\nNGC 253 -25.3\nSPT-CL J0000-5748b, 0.2499, -57.8066\n"
    found = await reply(stocked, {"POSITIONS": lines})
    assert [(t["row"], t["objid"], t["stem"]) for t in found["targets"]] == [
        (1, "SPT-CL J0000-5748", "SPT-CL_J0000-5748"),
        (3, "SPT-CL J0000-5748b", "SPT-CL_J0000-5748b"),
    ]
    assert [(p["row"], p["message"][:24]) for p in found["problems"]] == [
        (2, "could have the number 25")
    ]
    assert [w["row"] for w in found["warnings"] if "known to 1 min in RA" in w["message"]] == [1]
