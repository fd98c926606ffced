"""A part of a job's files as one tar."""

import io
import tarfile
from collections.abc import Awaitable, Callable

import pytest

from tests.api.conftest import Api

Cut = Callable[..., Awaitable[dict[str, bytes]]]
Done = tuple[str, dict[str, bytes]]
FOLDER = "J0000-5748/"
A, B = f"{FOLDER}J0000-5748_90GHz_1_fltd.fits", f"{FOLDER}J0000-5748_150GHz_2_fltd.fits"


@pytest.fixture
async def done(api: Api, cut: Cut) -> Done:
    """Give the address of a finished job's tar, and its files."""
    path = await api.new_job(PHASE="RUN")
    contents = await cut(path)
    return f"/files/jobs/{path.rpartition('/')[2]}/out.tar", contents


def members(body: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(body)) as tar:
        found = {m.name: handle.read() for m in tar if (handle := tar.extractfile(m)) is not None}
    assert len({name.partition("/")[0] for name in found}) == 1
    return {name.partition("/")[2]: content for name, content in found.items()}


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ([("PATH", A)], {A}), ([("PATH", B), ("PATH", A)], {A, B}), ([("PATH", FOLDER)], {A, B}),
        ([("PATH", "request.json")], {"request.json"}), ([("BAND", "150GHz")], {B}),
        ([("STATUS", "ok")], {A, B}), ([("TARGET", "J0000-5748"), ("BAND", "90GHz")], {A}),
        ([("TEXT", "j00")], {A, B}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_selection_holds_the_files_that_it_names(
    api: Api, done: Done, method: str, *, fields: list[tuple[str, str]], names: set[str]
) -> None:
    address, contents = done
    response = (
        await api.get(address, params=fields)
        if method == "GET"
        else await api.post(address, fields)
    )
    assert response.status == 200, await response.text()
    body = await response.read()
    assert int(response.headers["Content-Length"]) == len(body)
    assert members(body) == {name: contents[name] for name in names}


async def test_a_selection_can_be_resumed(api: Api, done: Done) -> None:
    address, _ = done
    whole = await api.get(f"{address}?PATH={A}&PATH={B}")
    body = await whole.read()
    for start in (0, 300, 512, 5000, len(body) - 1):
        part = await api.get(f"{address}?PATH={A}&PATH={B}", headers={"Range": f"bytes={start}-"})
        assert (part.status, await part.read()) == (206, body[start:])
    etag = whole.headers["ETag"]
    again = await api.get(f"{address}?PATH={A}&PATH={B}", headers={"If-None-Match": etag})
    assert again.status == 304
    assert (await api.get(f"{address}?PATH={A}")).headers["ETag"] != etag


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("PATH=no.fits", 404), (f"PATH={A}&PATH=../x", 404), ("PATH=J0000", 404),
        ("STATUS=failed", 404), ("STATUS=good", 400), (f"PATH={A}&BAND=90GHz", 400), ("X=1", 400),
    ],
)  # fmt: skip
async def test_a_selection_of_what_is_not_there_is_refused(
    api: Api, done: Done, query: str, status: int
) -> None:
    assert (await api.get(f"{done[0]}?{query}")).status == status


async def test_a_selection_is_the_owners_alone(api: Api, done: Done) -> None:
    assert (await api.get(f"{done[0]}?PATH={A}", user="eve")).status == 404
    assert (await api.post(done[0], {"PATH": A}, user="eve")).status == 404
