"""Synchronous cutouts and examples at the API, without a worker: what is refused, and what ends."""

import asyncio
import io
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from astropy.io import fits

from sptapi.parameters.retry import retry
from sptapi.services import sync_cutout
from sptapi.services.combinations import combination_ids
from sptapi.services.multi_extension import as_one_file
from sptjobs.request.parsing import parse_request
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import JOBS, Api
from tests.request.test_selection import coadd
from tests.uws.test_empty_jobs import EMPTY

SYNC = "/api/v1/cutout/sync"
EXAMPLES = "/api/v1/cutout/examples"
SKY = (((359.0, -59.0), (2.0, -59.0), (2.0, -56.0), (359.0, -56.0)),)
HERE = {"CIRCLE": "0.25 -57.8 0.05"}


@pytest.fixture
async def api_with_maps(api: Api) -> Api:
    """Give the API three catalogued coadds of one field."""
    bands = ("90GHz", "150GHz", "220GHz")
    maps = [coadd(f"c{band}", "yearly_2020", band=band, footprint=SKY) for band in bands]
    await ingest_maps(api.engine.database, maps)
    return api


async def test_a_map_that_is_not_there_is_404_in_sync_and_400_in_a_job(api_with_maps: Api) -> None:
    api = api_with_maps
    for name in ("nothing_here", "ivo://spt3g/maps?nothing_here"):
        response = await api.get(SYNC, params={**HERE, "ID": name})
        assert response.status == 404
        assert (await response.text()).startswith("UsageError: ID: there is no map ivo://spt3g/")
        response = await api.post(JOBS, {**HERE, "ID": name})
        assert response.status == 400
        assert "nothing_here" in await response.text()
    pending = await api.new_job()
    response = await api.post(f"{pending}/parameters", {"ID": "nothing_here"})
    assert response.status == 400
    response = await api.get(SYNC, params={**HERE, "ID": "ivo://else.where/maps?c90GHz"})
    assert response.status == 400


async def test_an_empty_response_costs_no_job(api_with_maps: Api) -> None:
    api = api_with_maps
    for parameters in ({"CIRCLE": "100 20 0.1"}, {**HERE, "BAND": "1 2"}, {**HERE, "POL": "U"}):
        response = await api.get(SYNC, params=parameters)
        assert (response.status, await response.read()) == (204, b"")
        posted = await api.post(SYNC, parameters)
        assert posted.status == 204
    assert (await api.document(JOBS))["jobs"] == []


async def test_what_is_not_known_is_ignored_at_once_too_or_refused_if_strict(
    api_with_maps: Api,
) -> None:
    api = api_with_maps
    away = {"CIRCLE": "100 20 0.1", "BANDZ": "90GHz"}
    assert (await api.get(SYNC, params=away)).status == 204
    assert (await api.post(SYNC, away)).status == 204
    refused = await api.get(SYNC, params={**away, "STRICT": "true"})
    assert refused.status == 400
    assert (await refused.text()).startswith("UsageError: BANDZ")


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_does_not_wait_for_the_end_leaves_no_job(api_with_maps: Api, method: str) -> None:
    api = api_with_maps
    sent = api.get(SYNC, params=HERE) if method == "GET" else api.post(SYNC, HERE)
    asked = asyncio.create_task(sent)
    async with asyncio.timeout(10):
        while not (await api.document(JOBS))["jobs"]:
            await asyncio.sleep(0.02)
        asked.cancel()
        while (await api.document(JOBS))["jobs"]:
            await asyncio.sleep(0.02)


async def test_a_cutout_that_takes_too_long_says_so_and_leaves_no_job(
    api_with_maps: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_cutout, "TIME_LIMIT_S", 0.3)
    response = await api_with_maps.get(SYNC, params=HERE)
    assert response.status == 503
    assert "Retry-After" in response.headers
    assert (await response.text()).startswith("ServiceUnavailable: the cutout was not made within")
    assert (await api_with_maps.document(JOBS))["jobs"] == []


async def test_an_aborted_cutout_says_so(api_with_maps: Api) -> None:
    api = api_with_maps
    asked = asyncio.create_task(api.get(SYNC, params=HERE))
    async with asyncio.timeout(10):
        while not (jobs := (await api.document(JOBS))["jobs"]):
            await asyncio.sleep(0.02)
        await api.post(f"{JOBS}/{jobs[0]['id']}/phase", {"PHASE": "ABORT"})
        response = await asked
    assert response.status == 503
    assert "aborted" in await response.text()


async def test_more_maps_than_a_response_holds_are_refused(
    api_with_maps: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_cutout, "MAX_MAPS", 2)
    response = await api_with_maps.get(SYNC, params=HERE)
    assert response.status == 400
    assert "3 maps are selected, one response holds 2" in await response.text()


async def test_a_response_that_would_fill_the_memory_is_refused(api_with_maps: Api) -> None:
    fine = {"PROJECTION": "TAN", "PIXEL_SCALE": "0.05"}
    response = await api_with_maps.get(SYNC, params={"CIRCLE": "0.25 -57.8 0.8", **fine})
    assert response.status == 400
    assert "more than 64 MB" in await response.text()


async def test_sync_needs_a_token_and_head_is_not_taken(api: Api) -> None:
    assert (await api.get(SYNC, params=HERE, user=None)).status == 401
    assert (await api.call("HEAD", SYNC, params=HERE)).status == 405


async def test_examples_are_xhtml_that_anybody_reads_and_each_is_accepted(
    api_with_maps: Api,
) -> None:
    """VOSI-03, SODA 2.1: DALI examples, whose parameters a program can send."""
    response = await api_with_maps.get(EXAMPLES, user=None)
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("application/xhtml+xml")
    root = ET.fromstring(await response.read())
    xhtml = "{http://www.w3.org/1999/xhtml}"
    body = root.find(f"{xhtml}body")
    assert body is not None
    assert body.get("vocab") == "http://www.ivoa.net/rdf/examples#"
    examples = [each for each in root.iter() if each.get("typeof") == "example"]
    assert len(examples) >= 4
    for example in examples:
        assert example.get("resource") == f"#{example.get('id')}"
        words: dict[str, list[str]] = {}
        for each in example.iter():
            words.setdefault(each.get("property") or "", []).append("".join(each.itertext()))
        fields = list(zip(words["key"], words["value"], strict=True))
        assert words["name"]
        assert words["capability"][0].startswith("ivo://ivoa.net/std/SODA#")
        own = [each for each in fields if each[0] not in {"PHASE", "RESPONSEFORMAT"}]
        assert parse_request(own, {}, max_targets=1).targets


def stamp(band: str, *, weights: bool = True) -> bytes:
    """A file as stamps are."""
    hdus: list[Any] = [fits.PrimaryHDU(np.arange(12, dtype=">f4").reshape(3, 4))]
    if weights:
        hdus.append(fits.ImageHDU(np.ones((3, 4), ">f4"), name="WGT"))
    hdus[0].header["EXTNAME"] = "SCI"
    for hdu in hdus:
        hdu.header["BAND"] = band
    out = io.BytesIO()
    fits.HDUList(hdus).writeto(out, checksum=True)
    return out.getvalue()


@pytest.mark.parametrize("weights", [True, False])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_files_joined_are_one_valid_file_with_right_checksums(count: int, *, weights: bool) -> None:
    bands = ["90GHz", "150GHz", "220GHz"][:count]
    joined = as_one_file([stamp(band, weights=weights) for band in bands])
    assert len(joined) % 2880 == 0
    with fits.open(io.BytesIO(joined), checksum=True) as hdus:
        hdus.verify("exception")
        assert len(hdus) == count * (2 if weights else 1)
        for n, band in enumerate(bands, start=1):
            hdu = hdus["SCI", n] if count > 1 else hdus[0]
            assert hdu.header["BAND"] == band
            np.testing.assert_array_equal(hdu.data, np.arange(12).reshape(3, 4))
        for hdu in hdus:
            assert hdu.verify_checksum() == 1
            assert hdu.verify_datasum() == 1


def test_a_retry_of_regions_asks_for_the_same_regions_again() -> None:
    fields = [
        ("POS", "RANGE 1 2 -50 -49"), ("CIRCLE", "0.25 -57.8 0.05"), ("TIME", "58000 +Inf"),
        ("POLYGON", "0.1 -57.9 0.5 -57.9 0.3 -57.7"), ("MASK_OUTSIDE", "true"),
    ]  # fmt: skip
    request = parse_request(fields, {}, max_targets=5)
    again = retry("j", tuple(fields), request.targets, request.bands, request.filetypes)
    kept = [each for each in fields if each[0] not in again.replaced]
    assert parse_request([*kept, *again.fields], {}, max_targets=5) == request


Cut = Callable[..., Awaitable[dict[str, bytes]]]


@pytest.mark.parametrize(
    ("count", "name", "listed"),
    [(1, "BAND", 1), (100, "BAND", 100), (101, "BAND", 0), (2, "TAPCLIENT", 2), (2, "PAD", 0)],
)
def test_up_to_a_hundred_combinations_of_sodas_parameters_are_results_whatever_is_ignored(
    count: int, name: str, listed: int
) -> None:
    fields = (("CIRCLE", "0.25 -57.8 0.05"), (name, "x"))
    progress = replace(EMPTY.progress, pairs_total=count)
    job = replace(EMPTY, parameters=fields, progress=progress)
    assert combination_ids(job) == [f"stamp-{number}" for number in range(1, listed + 1)]


async def test_soda_08_a_job_in_sodas_terms_alone_lists_its_stamps(
    api_with_maps: Api, cut: Cut
) -> None:
    api = api_with_maps
    for fields, expected in (
        ({"CIRCLE": "0.2499 -57.8066 0.0833"}, True),
        ({"CIRCLE": "0.2499 -57.8066 0.0833", "BAND": "-Inf Inf", "ID": "c90GHz"}, True),
        ({"CIRCLE": "0.2499 -57.8066 0.0833", "PIXEL_SCALE": "0.2", "PROJECTION": "TAN"}, False),
        ({"RA": "0.2499", "DEC": "-57.8066"}, False),
    ):
        made = await api.post(JOBS, {**fields, "PHASE": "RUN"})
        assert made.status == 303, await made.text()
        path = made.headers["Location"].removeprefix(api.base)
        await cut(path)
        results = (await api.document(path))["results"]
        stamps = [each for each in results if each["id"].startswith("stamp-")]
        assert bool(stamps) == expected, fields
        for each in stamps:
            assert each["mime-type"] == "application/fits"
            found = await api.get(each["href"])
            assert found.status in {200, 303}
            if found.status == 200:
                assert (await found.text()).startswith(("UsageError: ", "Error: "))
        missing = await api.get(f"{path}/results/stamp-{len(stamps) + 1}")
        assert missing.status == 404
