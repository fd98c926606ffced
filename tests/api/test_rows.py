"""What became of each target, a page at a time."""

import io
import tarfile
from collections.abc import Awaitable, Callable

import pytest

from sptjobs.request.identifiers import MAX_LABEL
from tests.api.conftest import Api

Cut = Callable[..., Awaitable[dict[str, bytes]]]


@pytest.fixture
async def done(api: Api, cut: Cut) -> str:
    """Give a finished job with a row for each of two bands."""
    path = await api.new_job(PHASE="RUN")
    await cut(path)
    return path + "/targets"


async def test_rows_come_in_order_with_the_addresses_of_their_files(api: Api, done: str) -> None:
    found = await api.document(done)
    assert [row["band"] for row in found["rows"]] == ["90GHz", "150GHz"]
    assert (found["total"], found["rows_total"], found["phase"]) == (2, 2, "COMPLETED")
    assert found["statuses"] == {"ok": 2, "partial": 0, "outside": 0, "no-data": 0, "failed": 0}
    assert found["bands"] == {"150GHz": 1, "90GHz": 1}
    for row in found["rows"]:
        response = await api.get(row["href"])
        assert int(response.headers["Content-Length"]) == row["size"]
        assert response.headers["ETag"] == f'"{row["sha256"]}"'


@pytest.mark.parametrize(
    ("query", "bands", "total"),
    [
        ("BAND=150GHz", ["150GHz"], 1), ("band=95GHz,150GHz", ["90GHz", "150GHz"], 2),
        ("STATUS=failed", [], 0), ("STATUS=ok&STATUS=failed&LIMIT=1", ["90GHz"], 2),
        ("OFFSET=1", ["150GHz"], 2), ("OFFSET=9", [], 2), ("TEXT=j0000", ["90GHz", "150GHz"], 2),
        ("TEXT=x", [], 0), ("TARGET=J0000-5748", ["90GHz", "150GHz"], 2), ("TARGET=j", [], 0),
        ("FILETYPE=passthrough", [], 0), ("SORT=-band", ["150GHz", "90GHz"], 2),
        ("SORT=size", ["150GHz", "90GHz"], 2), ("SORT=-size", ["90GHz", "150GHz"], 2),
        ("SORT=-size&OFFSET=1", ["150GHz"], 2), ("SORT=-snr", ["90GHz", "150GHz"], 2),
        ("SIZE=4000 4000", ["150GHz"], 1), ("size=4001 +Inf", ["90GHz"], 1),
        ("RA=0 1&DEC=-58 -57", ["90GHz", "150GHz"], 2), ("SNR=-Inf +Inf", [], 0),
        ("TIME=58000 59000", [], 0), ("SIZE=-Inf 5000&BAND=90GHz", [], 0),
    ],
)  # fmt: skip
async def test_pages_and_filters_are_the_servers(
    api: Api, done: str, query: str, bands: list[str], total: int
) -> None:
    found = await api.document(f"{done}?{query}")
    assert [row["band"] for row in found["rows"]] == bands
    assert found["total"] == total
    assert found["rows_total"] == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("BAND=30GHz", "BAND"), ("STATUS=good", "STATUS"), ("OFFSET=-1", "OFFSET"),
        ("OFFSET=1e3", "OFFSET"), ("LIMIT=0", "LIMIT"), ("LIMIT=1001", "LIMIT"),
        ("COLOUR=red", "COLOUR"), ("LIMIT=1&LIMIT=2", "LIMIT"),
        ("TEXT=" + "x" * (MAX_LABEL + 1), "TEXT"), ("SORT=colour", "SORT"), ("SORT=", "SORT"),
        ("SORT=--snr", "SORT"), ("SORT=snr&SORT=ra", "SORT"), ("SNR=5", "SNR"), ("SNR=", "SNR"),
        ("SNR=5 x", "SNR"), ("SNR=5 4", "SNR"), ("SNR=nan 4", "SNR"), ("SNR=1 2 3", "SNR"),
        ("SNR=%2BInf %2BInf", "SNR"), ("SNR=1 2&SNR=3 4", "SNR"), ("TIME=2019-03-01", "TIME"),
        ("OBJID=1 2", "OBJID"),
    ],
)  # fmt: skip
async def test_a_wrong_filter_is_named(api: Api, done: str, query: str, field: str) -> None:
    response = await api.get(f"{done}?{query}")
    assert response.status == 400
    assert f"{field}: " in await response.text()


@pytest.mark.parametrize(("query", "value"), [("SNR=5 x", "x"), ("SORT=colour", "colour")])
async def test_a_wrong_filter_tells_its_value(api: Api, done: str, query: str, value: str) -> None:
    text = await (await api.get(f"{done}?{query}")).text()
    assert repr(value) in text or f'"{value}"' in text or value in text.split()


async def test_what_is_chosen_by_a_range_is_downloaded(api: Api, done: str) -> None:
    job_id = done.removesuffix("/targets").rpartition("/")[2]
    tar = f"/files/jobs/{job_id}/out.tar"
    for size, expected in (("4000 4000", 1), ("1 +Inf", 2)):
        response = await api.get(tar, params={"SIZE": size})
        assert response.status == 200
        with tarfile.open(fileobj=io.BytesIO(await response.read())) as found:
            assert len(found.getnames()) == expected
    refused = await api.get(tar, params={"SIZE": "big"})
    assert (refused.status, "SIZE: " in await refused.text()) == (400, True)


async def test_a_job_that_has_not_begun_has_no_rows(api: Api) -> None:
    found = await api.document(await api.new_job() + "/targets")
    assert (found["rows"], found["total"], found["phase"]) == ([], 0, "PENDING")


async def test_rows_are_the_owners_and_the_operators(api: Api, done: str) -> None:
    assert (await api.get(done, user="eve")).status == 404
    assert (await api.get(done, user="root")).status == 200
    assert (await api.get(done, user=None)).status == 401


async def test_an_unchanged_page_is_not_sent_again(api: Api, done: str) -> None:
    etag = (await api.get(done)).headers["ETag"]
    assert (await api.get(done, headers={"If-None-Match": etag})).status == 304
