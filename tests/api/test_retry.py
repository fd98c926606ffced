"""Jobs made of other jobs: what failed once more, and the same for newer maps."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from sptapi.parameters.body import Form
from sptapi.parameters.retry import read_origin
from sptjobs.engine.claims import claim
from sptjobs.execution.child.orders import Finished
from sptjobs.execution.finishing import finish
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.records import Outcome
from sptjobs.packs.writer import PackWriter
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.jobs import read_request
from sptjobs.store.maps import current_snapshot, ingest_maps, selected_maps
from sptjobs.store.schema import job
from sptjobs.uws.errors import ParameterError
from tests.api.conftest import JOBS, JSON, Api
from tests.api.test_service import RECORD

VALIDATE = "/api/v1/cutout/validate"
TABLE = "OBJID,RA,DEC,XSIZE\na,10,-50,5\nb,11,-51,\nc,12,-52,7\n"
COADD = replace(RECORD, map_id="c1", tag="yearly_winter_2020", filetype="filtered", date_beg=None)


async def request_of(api: Api, path: str) -> CutoutRequest:
    async with api.engine.database.read() as connection:
        text = await read_request(connection, path.rpartition("/")[2])
    assert text is not None
    return CutoutRequest.from_json(text)


async def finish_with(
    api: Api, path: str, statuses: Sequence[tuple[int, str, str]], snapshot: str = "1-abcdefabcdef"
) -> None:
    """Finish a queued job of one part with a row for each (target, band, status)."""
    taken = await claim(api.engine.database, "w", reserved=False)
    assert taken is not None
    assert taken.job_id == path.rpartition("/")[2]
    folder = f"{taken.job_id}/0-1-abc"
    with PackWriter(api.settings.results / folder) as pack:
        outcomes = [
            Outcome(target, "abc"[target], 1, 2, 5, 5, "m", band, "filtered", "1", None, status)
            for target, band, status in statuses
        ]
        pack.add_outcomes(OutcomeColumns.of(outcomes))
    report = Finished(len(statuses), dict(pack.outcomes), 0, pack.size_bytes)
    assert await finish(api.engine.database, taken, folder, report, snapshot)


async def made(api: Api, **fields: str) -> str:
    response = await api.post(JOBS, fields)
    assert response.status == 303, await response.text()
    return response.headers["Location"].removeprefix(api.base)


@pytest.fixture
async def done(api: Api) -> str:
    """Give a job of which b failed at 150 GHz, and c missed the map."""
    path = await made(api, POSITIONS=TABLE, SIZE="6", BANDS="90GHz,150GHz", PHASE="RUN")
    rows = [(0, "90GHz", "ok"), (0, "150GHz", "ok"), (1, "90GHz", "ok"), (1, "150GHz", "failed"),
            (2, "90GHz", "outside"), (2, "150GHz", "outside")]  # fmt: skip
    await finish_with(api, path, rows)
    return path


async def test_what_failed_is_asked_for_again_as_it_was(api: Api, done: str) -> None:
    path = await made(api, RETRY_OF=done.rpartition("/")[2], PHASE="RUN", RUNID="again")
    again, before = await request_of(api, path), await request_of(api, done)
    assert again == replace(before, targets=before.targets[1:2], bands=("150GHz",))
    shown = await api.document(path)
    assert (shown["phase"], shown["runId"]) == ("QUEUED", "again")
    assert shown["jobInfo"]["parent"] == done.rpartition("/")[2]
    assert {each["id"] for each in shown["parameters"]} == {"POSITIONS", "BANDS", "FILETYPE"}
    (listed, _) = (await api.document(JOBS))["jobs"]
    assert listed["jobInfo"]["parent"] == done.rpartition("/")[2]


async def test_a_stack_is_made_again_of_all_of_its_targets(api: Api) -> None:
    table = "RA,DEC,OBJID,STACK\n1,-50,a,x\n2,-50,b,\n"
    path = await made(
        api, POSITIONS=table, BANDS="90GHz", PRODUCTS="stack", PROJECTION="TAN", PHASE="RUN"
    )
    await finish_with(api, path, [(0, "90GHz", "ok"), (1, "90GHz", "failed")])
    again = await request_of(api, await made(api, RETRY_OF=path.rpartition("/")[2]))
    assert [(t.objid, t.stack) for t in again.targets] == [("a", "x"), ("b", None)]


async def test_other_statuses_are_retried_when_they_are_named(api: Api, done: str) -> None:
    job_id = done.rpartition("/")[2]
    path = await made(api, RETRY_OF=job_id, STATUS="failed,outside")
    assert [t.objid for t in (await request_of(api, path)).targets] == ["b", "c"]
    response = await api.call(
        "POST", JOBS, json={"retry_of": job_id, "status": ["outside"], "phase": "RUN"}
    )
    location = response.headers["Location"].removeprefix(api.base)
    assert [t.objid for t in (await request_of(api, location)).targets] == ["c"]


async def test_a_retry_of_a_request_in_json_with_times_is_the_same_request(api: Api) -> None:
    body = {
        "positions": [
            {"ra": 0.1 + 0.2, "dec": -50, "tmin": 58000.1},
            {"ra": "01:00:00", "dec": "-50:00:00"},
        ],
        "time": [58000, None], "size": 7.3, "products": ["fits", "preview"], "phase": "RUN",
        "projection": "TAN", "pad": False, "bands": ["90GHz"],
    }  # fmt: skip
    response = await api.call("POST", JOBS, json=body)
    path = response.headers["Location"].removeprefix(api.base)
    await finish_with(api, path, [(0, "90GHz", "failed"), (1, "90GHz", "failed")])
    again = await request_of(api, await made(api, RETRY_OF=path.rpartition("/")[2]))
    assert again == replace(await request_of(api, path), filetypes=("filtered",))


@pytest.mark.parametrize(
    "body",
    [
        {"POS": "CIRCLE 10 -50 0.05"},
        {"pos": ["CIRCLE 10 -50 0.05", "CIRCLE 11 -51 0.1"]},
        {"CIRCLE": "10 -50 0.05"},
        {"circle": [[10, -50, 0.05], [11, -51, 0.1]]},
        {"POS": "POLYGON 10 -50 11 -50 10.5 -49", "MASK_OUTSIDE": "true"},
        {"POS": "RANGE 10 11 -50 -49", "TIME": "58000 59000"},
        {"RA": "10", "DEC": "-50", "OBJID": "a", "SIZE": "7"},
        {"ra": 10, "dec": -50, "xsize": 6, "ysize": 7, "time": [58000, None]},
        {"positions": TABLE, "size": 7},
    ],
    ids="-".join,
)
@pytest.mark.parametrize("as_json", [False, True])
async def test_a_job_is_retried_however_its_targets_were_given(
    api: Api, body: dict[str, Any], as_json: bool
) -> None:
    if not as_json and not all(isinstance(value, str) for value in body.values()):
        return
    body = {**body, "BANDS": "90GHz", "PHASE": "RUN"}
    sent: dict[str, Any] = {"json" if as_json else "data": body}
    response = await api.call("POST", JOBS, **sent)
    assert response.status == 303, await response.text()
    path = response.headers["Location"].removeprefix(api.base)
    before = await request_of(api, path)
    await finish_with(api, path, [(each, "90GHz", "failed") for each in range(len(before.targets))])
    again = await request_of(api, await made(api, RETRY_OF=path.rpartition("/")[2]))
    assert again == replace(before, filetypes=("filtered",))


class Unread(list[Any]):
    """A table that may not be looked into."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("the table was read")

    __str__ = __repr__ = __iter__  # type: ignore[assignment]


@pytest.mark.parametrize("document", [{}, {"since_job": "x"}, {"retry_of": "x", "status": "ok"}])
def test_an_origin_is_looked_up_by_its_names_without_reading_the_table(
    document: dict[str, Any],
) -> None:
    form = Form(document={"positions": Unread([1]), **document})
    if not document:
        assert read_origin(form) is None
        return
    with pytest.raises(ParameterError, match="POSITIONS: is the other job's"):
        read_origin(form)


async def test_what_an_aborted_job_did_not_come_to_counts_as_failed(api: Api) -> None:
    path = await made(api, POSITIONS=TABLE, BANDS="90GHz", PHASE="RUN")
    await api.post(f"{path}/phase", {"PHASE": "ABORT"})
    again = await made(api, RETRY_OF=path.rpartition("/")[2])
    assert await request_of(api, again) == await request_of(api, path)


@pytest.mark.parametrize(
    ("fields", "status", "message"),
    [
        ({"STATUS": "no-data"}, 400, "no row of job"),
        ({"STATUS": "good"}, 400, "STATUS: must be one of"),
        ({"BANDS": "90GHz"}, 400, "BANDS: is the other job's"),
        ({"SINCE_JOB": "x"}, 400, "SINCE_JOB: is given with RETRY_OF"),
        ({"RETRY_OF": "f" * 32}, 404, "there is no job"),
        ({"RETRY_OF": "x"}, 404, "there is no job"),
    ],
)
async def test_a_wrong_retry_is_refused(
    api: Api, done: str, fields: dict[str, str], status: int, message: str
) -> None:
    sent = {"RETRY_OF": done.rpartition("/")[2]} | fields
    response = await api.post(JOBS, sent)
    assert response.status == status
    assert message in await response.text()
    report = await (await api.post(VALIDATE, sent)).json()
    assert not report["ok"]
    (problem,) = report["problems"]
    assert message in f"{problem['field']}: {problem['message']}" or message in problem["message"]


async def test_a_retry_is_validated_as_the_request_that_it_will_make(api: Api, done: str) -> None:
    sent = {"RETRY_OF": done.rpartition("/")[2], "RUNID": "again"}
    report = await (await api.post(VALIDATE, sent)).json()
    again = await request_of(api, await made(api, **sent))
    assert report["ok"]
    assert [target["objid"] for target in report["targets"]] == ["b"]
    assert [target.objid for target in again.targets] == ["b"]
    wrong = await (await api.post(VALIDATE, sent | {"EXECUTIONDURATION": "soon"})).json()
    assert [problem["field"] for problem in wrong["problems"]] == ["EXECUTIONDURATION"]


async def test_the_same_for_newer_maps_is_validated_as_it_is_made(api: Api, done: str) -> None:
    sent = {"SINCE_JOB": done.rpartition("/")[2]}
    made_of_it = await api.post(JOBS, sent)
    report = await (await api.post(VALIDATE, sent)).json()
    assert report["ok"] == (made_of_it.status == 303)


async def test_only_ended_jobs_of_ones_own_are_retried(api: Api, done: str) -> None:
    running = await made(api, POSITIONS=TABLE, PHASE="RUN")
    response = await api.post(JOBS, {"RETRY_OF": running.rpartition("/")[2]})
    assert (response.status, "is QUEUED" in await response.text()) == (403, True)
    for name in ("RETRY_OF", "SINCE_JOB"):
        reply = await api.post(JOBS, {name: done.rpartition("/")[2]}, user="eve")
        assert reply.status == 404


async def test_the_same_for_newer_maps_takes_only_what_the_archive_got_since(api: Api) -> None:
    database = api.engine.database
    other = replace(COADD, map_id="c3", tag="yearly_winter_2021", filetype="passthrough",
                    sha256="1" * 64)  # fmt: skip
    await ingest_maps(database, [COADD, other])
    snapshot = await current_snapshot(database)
    path = await made(api, POSITIONS=TABLE, COADD="yearly_winter_2020,yearly_winter_2021",
                      PHASE="RUN")  # fmt: skip
    await finish_with(api, path, [(0, "90GHz", "ok")], snapshot)
    since = {"SINCE_JOB": path.rpartition("/")[2], "PHASE": "RUN"}
    refused = await api.post(JOBS, since)
    assert (refused.status, "has no map for it that is newer" in await refused.text()) == (
        400,
        True,
    )
    newer = replace(COADD, map_id="c2", tag="yearly_winter_2021", sha256="2" * 64)
    await ingest_maps(database, [newer], keep_missing=True)
    again = await made(api, **since)
    request = await request_of(api, again)
    assert request == replace(await request_of(api, path), since=snapshot)
    async with database.read() as connection:
        assert [each.map_id for each in await selected_maps(connection, request)] == ["c2"]
    shown = await api.document(again)
    assert {"id": "SINCE", "byReference": False, "value": snapshot} in shown["parameters"]
    assert shown["jobInfo"]["parent"] == path.rpartition("/")[2]


async def test_an_older_coadd_never_stands_in_for_a_newer_one(api: Api) -> None:
    database = api.engine.database
    await ingest_maps(database, [COADD])
    snapshot = await current_snapshot(database)
    older = replace(COADD, map_id="c0", tag="yearly_winter_2019", sha256="3" * 64)
    await ingest_maps(database, [older], keep_missing=True)
    request = CutoutRequest((), since=snapshot)
    async with database.read() as connection:
        assert await selected_maps(connection, request) == ()
        everything = await selected_maps(connection, replace(request, since=None))
    assert [each.map_id for each in everything] == ["c1"]


async def test_a_job_that_was_not_planned_has_nothing_to_be_newer_than(api: Api) -> None:
    path = await made(api, POSITIONS=TABLE)
    response = await api.post(JOBS, {"SINCE_JOB": path.rpartition("/")[2]})
    assert (response.status, "was not planned yet" in await response.text()) == (403, True)


def test_a_request_without_since_has_the_digest_it_always_had() -> None:
    text = CutoutRequest(()).to_json()
    assert "since" not in json.loads(text)
    assert CutoutRequest.from_json(text).since is None


async def test_a_snapshot_that_is_none_is_refused(api: Api) -> None:
    response = await api.post(JOBS, {"POSITIONS": TABLE, "SINCE": "yesterday"}, headers=JSON)
    problems: Any = (await response.json(content_type=None))["problems"]
    assert [each["field"] for each in problems] == ["SINCE"]
    async with api.engine.database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(job)) == 0


async def test_the_coadds_of_a_target_of_which_a_map_failed_are_made_anew_of_all_its_maps(
    api: Api,
) -> None:
    asked = {"PRODUCTS": "coadd", "DATE_START": "2020-01-01", "FILETYPE": "filtered"}
    path = await made(api, POSITIONS=TABLE, BANDS="90GHz,150GHz", PHASE="RUN", **asked)
    await finish_with(api, path, [(0, "90GHz", "ok"), (1, "90GHz", "failed"), (1, "90GHz", "ok")])
    again = await request_of(api, await made(api, RETRY_OF=path.rpartition("/")[2]))
    assert [target.objid for target in again.targets] == ["b"]
    assert (again.products, again.bands, again.map_ids) == (("coadd",), ("90GHz",), ())
    assert str(again.date_start) == "2020-01-01"
