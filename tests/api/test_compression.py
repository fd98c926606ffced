"""gzip for whoever accepts it, where it gives nothing away."""

import gzip
from collections.abc import Awaitable, Callable

import pytest

from sptapi.routes import ROUTES
from tests.api.conftest import JOBS, JSON, Api

pytestmark = pytest.mark.any_database

Cut = Callable[..., Awaitable[dict[str, bytes]]]
GZIP = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


async def both(api: Api, path: str, headers: dict[str, str] | None = None) -> tuple[bytes, bytes]:
    """Read a document packed, and as it is."""
    packed = await api.get(path, headers=GZIP | (headers or {}), auto_decompress=False)
    plain = await api.get(path, headers=PLAIN | (headers or {}))
    assert packed.headers.get("Content-Encoding") == "gzip", path
    assert "Content-Encoding" not in plain.headers
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    return gzip.decompress(await packed.read()), await plain.read()


async def test_documents_and_streamed_tables_are_packed_for_who_accepts_it(
    api: Api, cut: Cut
) -> None:
    for _ in range(5):
        job = await api.new_job(PHASE="RUN", DATE_START="2020-01-01", PRODUCTS="fits,lightcurve")
        await cut(job)
    out = f"/files/jobs/{job.rpartition('/')[2]}/out"
    tables = ("manifest.json", "manifest.csv", "manifest.vot", "lightcurve.vot", "lightcurve.csv")
    for path in (JOBS, "/openapi.json", *(f"{out}/{name}" for name in tables)):
        unpacked, plain = await both(api, path)
        assert unpacked == plain, path
    assert (await both(api, JOBS, JSON))[0].startswith(b"{")


async def test_what_is_packed_is_known_again_by_its_tag(api: Api, cut: Cut) -> None:
    job = await api.new_job(PHASE="RUN")
    await cut(job)
    path = f"/files/jobs/{job.rpartition('/')[2]}/out/manifest.vot"
    packed, plain = await api.get(path, headers=GZIP), await api.get(path, headers=PLAIN)
    assert packed.headers["ETag"] == "W/" + plain.headers["ETag"]
    for headers in (GZIP, PLAIN):
        known = headers | {"If-None-Match": packed.headers["ETag"]}
        assert (await api.get(path, headers=known)).status == 304


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("deflate, gzip;q=0.5", True), ("*", True), ("GZIP", True), ("br", False),
     ("gzip;q=0", False), ("*;q=0", False), ("gzip;q=nan?", False), ("", False)],
)  # fmt: skip
async def test_who_does_not_accept_gzip_gets_none(api: Api, accepted: str, packed: bool) -> None:
    response = await api.get("/openapi.json", headers={"Accept-Encoding": accepted})
    assert (response.headers.get("Content-Encoding") == "gzip") == packed


async def test_stamps_ranges_short_documents_and_event_streams_are_sent_as_they_are(
    api: Api, cut: Cut
) -> None:
    job = await api.new_job(PHASE="RUN")
    files = await cut(job)
    out = f"/files/jobs/{job.rpartition('/')[2]}/out"
    stamp = next(name for name in files if name.endswith(".fits"))
    for path in (f"{out}/{stamp}", f"{out}.tar", f"{out}/request.json", f"{job}/phase", "/live"):
        response = await api.get(path, headers=GZIP)
        assert response.status == 200, path
        assert "Content-Encoding" not in response.headers, path
    url, token = api.base + f"{job}/events", await api.token("ada")
    headers = GZIP | {"Authorization": f"Bearer {token}"}
    async with api.http.get(url, headers=headers) as stream:
        assert stream.content_type == "text/event-stream"
        assert "Content-Encoding" not in stream.headers


async def test_nothing_that_shows_a_secret_is_packed(api: Api) -> None:
    secret = {route.path for route in ROUTES if route.secret}
    assert {"/account", "/account/token/create", "/api/v1/account", "/ops/"} <= secret
    for path in ("/api/v1/account", "/api/v1/account/tokens", "/ops/"):
        response = await api.get(path, user="root", headers=GZIP | JSON)
        assert response.status == 200
        assert "Content-Encoding" not in response.headers, path
