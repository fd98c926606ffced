"""The list of maps as JSON: by place, time, band, kind, tag, and page by page."""

import io
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from astropy.io import fits

from sptjobs.store.maps import ingest_maps
from tests.api.conftest import Api
from tests.api.test_sia import ALL, MAPS

MAP_LIST = "/api/v1/maps"


@pytest.fixture
async def filled(api: Api) -> Api:
    await ingest_maps(api.engine.database, MAPS)
    return api


async def ids(api: Api, **fields: str) -> list[str]:
    found = await api.document(f"{MAP_LIST}?{urlencode(fields)}")
    assert found["count"] == len(found["maps"])
    return [each["id"] for each in found["maps"]]


async def test_sodas_parameters_mean_what_they_mean_there(filled: Api) -> None:
    assert await ids(filled, POS="CIRCLE 0.9 -56.8 0.01") == [ALL[0], ALL[2]]
    assert await ids(filled, TIME="59366 59367") == [ALL[1]]
    assert await ids(filled, BAND="2e-3 2.1e-3") == [ALL[2]]
    assert await ids(filled, POL="I") == ALL
    assert await ids(filled, ID="ivo://spt3g/maps?1_90GHz_psth") == [ALL[0]]


async def test_the_services_own_parameters_select_by_band_kind_and_tag(filled: Api) -> None:
    assert await ids(filled) == ALL
    assert await ids(filled, BANDS="90GHz,150GHz") == [ALL[0], ALL[2]]
    assert await ids(filled, BAND="95GHz") == [ALL[0]]  # as before BAND was SODA's
    assert await ids(filled, BANDS="90GHz", BAND="2e-3") == []
    assert await ids(filled, FILETYPE="filtered") == [ALL[1]]
    assert await ids(filled, TAG="yearly_2019_2020") == [ALL[2]]
    assert await ids(filled, TAG="other") == []


async def test_pages_follow_each_other_to_the_end_and_nothing_is_there_twice(filled: Api) -> None:
    address: str | None = f"{filled.base}{MAP_LIST}?LIMIT=1&TIME=58000+60000"
    seen: list[str] = []
    while address is not None:
        page = await filled.document(address)
        assert page["count"] == 1
        seen += [each["publisher_did"].partition("?")[2] for each in page["maps"]]
        address = page["next"]
    assert seen == ALL
    assert (await filled.document(f"{MAP_LIST}?LIMIT=3"))["next"] is None
    assert await ids(filled, AFTER=ALL[0]) == ALL[1:]


async def test_what_is_wrong_is_named(filled: Api) -> None:
    for name, value in (
        ("LIMIT", "0"), ("LIMIT", "1001"), ("AFTER", "a/b"), ("TAG", "a b"), ("BANDS", "30GHz"),
        ("POS", "CIRCLE"), ("TIME", "2020-01-01"), ("BAND", "red"), ("MAXREC", "1"), ("BANDS", ""),
    ):  # fmt: skip
        response = await filled.get(f"{MAP_LIST}?{urlencode({name: value})}")
        assert (response.status, name in await response.text()) == (400, True), (name, value)


async def test_the_coverage_is_the_union_of_the_mocs_of_the_maps_in_each_form(api: Api) -> None:
    mocs = ("3/1 4/8-9", "4/9-11", "5/0 12/20000")
    shown = [replace(each, moc=moc) for each, moc in zip(MAPS, mocs, strict=True)]
    await ingest_maps(api.engine.database, shown)
    address = f"{MAP_LIST}/moc"
    response = await api.get(f"{address}?RESPONSEFORMAT=ascii&TAG=yearly_2019_2020")
    assert response.content_type == "text/plain"
    assert (await response.text()).split() == ["5/0", "12/20000"]
    response = await api.get(f"{address}?RESPONSEFORMAT=json&BANDS=90GHz,220GHz")
    assert await response.json() == {"3": [1, 2], "4": []}
    response = await api.get(address)
    assert response.headers["Content-Type"] == "application/fits"
    with fits.open(io.BytesIO(await response.read())) as hdus:
        assert list(hdus[1].data["UNIQ"]) == [257, 258, 4096, 4 * 4**12 + 20000]
    known = {"If-None-Match": response.headers["ETag"]}
    assert (await api.get(address, headers=known)).status == 304
    response = await api.get(f"{address}?RESPONSEFORMAT=ascii&TAG=none")
    assert await response.text() == "0/\n"
    for wrong in ("RESPONSEFORMAT=png", "POS=CIRCLE+0+0+1", "TAG=a+b", "BANDS=30GHz"):
        assert (await api.get(f"{address}?{wrong}")).status == 400


async def test_a_coverage_that_would_lack_maps_is_refused_with_what_helps(filled: Api) -> None:
    response = await filled.get(f"{MAP_LIST}/moc")
    assert response.status == 503
    assert "sptjobs archive ingest" in await response.text()
