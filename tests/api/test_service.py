"""Probes, pages, the catalogue, and the description of every route."""

import asyncio
import io
import json
import logging
import re
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from sptapi.routes import ROUTES, Route
from sptjobs.maps.record import MapRecord
from sptjobs.store.maps import ingest_maps
from tests.api.conftest import JSON, Api, Serve

RECORD = MapRecord(
    map_id="1_90GHz_psth", path="a/1_90GHz_psth.fits", collection="c", field="ra0hdec-59.75",
    band="90GHz", filetype="passthrough", obsid="1", tag=None, season=None,
    date_beg="2020-04-01T00:00:00", date_end="2020-04-01T02:00:00", unit="mK", weight_unit="mK-2",
    beam_arcmin=1.6, band_centre_ghz=95.0, projection="ZEA", frame="ICRS", pixel_scale_arcmin=0.25,
    shape=(10, 20), sci_hdu=1, wgt_hdu=2, compression="GZIP_2", wcs={"CRVAL1": 0.0},
    footprint=(((0.0, -57.0), (1.0, -57.0), (1.0, -56.0)),), observed_box=(0, 0, 20, 10),
    sha256="0" * 64, size_bytes=1000, mtime_ns=1,
)  # fmt: skip


def _description() -> Any:
    return json.loads(files("sptapi").joinpath("openapi.json").read_text("utf-8"))


def _described(path: str) -> str:
    """Spell a route's path as the description does."""
    names = {"job_id": "jobId", "token_id": "tokenId", "result_id": "resultId", "path:.*": "path"}
    names |= {"session_id": "sessionId", "map_id": "mapId", "share_id": "shareId"}
    names |= {"account_id": "accountId", "notice_id": "noticeId"}
    names |= {"saved_id": "savedId", "comment_id": "commentId"}
    names |= {"catalogue_name": "catalogueName"}
    return re.sub(r"\{([^}]*)\}", lambda m: "{" + names.get(m[1], m[1]) + "}", path)


def test_every_route_is_described_and_nothing_else() -> None:
    described = {
        (method.upper(), path): operation
        for path, operations in _description()["paths"].items()
        for method, operation in operations.items()
    }
    assert {(route.method, _described(route.path)) for route in ROUTES} == set(described)
    for route in ROUTES:
        operation = described[route.method, _described(route.path)]
        assert operation["security"] == _security(route)
        names = {p["name"] for p in map(_resolved, operation.get("parameters", []))}
        assert set(re.findall(r"\{(\w+)\}", _described(route.path))) <= names


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.scope is None:
        return []
    if route.session_only:
        return [{"session": []}]
    return [{"bearer": [route.scope] if route.scope else []}]


def _resolved(item: Any) -> Any:
    if "$ref" not in item:
        return item
    found = _description()
    for key in item["$ref"].removeprefix("#/").split("/"):
        found = found[key]
    return found


def test_every_reference_of_the_description_leads_somewhere() -> None:
    text = json.dumps(_description())
    for reference in set(re.findall(r'"\$ref": "([^"]*)"', text)):
        assert _resolved({"$ref": reference})


async def test_the_description_names_the_deployment(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    response = await api.get("/openapi.json", user=None)
    assert (await response.json())["servers"] == [{"url": api.base}]


async def test_everything_private_needs_a_token(api: Api) -> None:
    for route in ROUTES:
        path = re.sub(r"\{[^}]*\}", "x", route.path.replace("{chapter}", "jobs"))
        response = await api.call(route.method, path, user=None)
        # The addresses of signing in are not there without an identity provider.
        public = {"/app/cutout": 308}.get(route.path, 404 if "/account" in route.path else 200)
        assert response.status == (public if route.scope is None else 401), route
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        kept = {
            "/api/v1/cutout/jobinfo.xsd": "public, max-age=3600",
            "/sky.jpg": "public, max-age=86400",
            "/icon.svg": "public, max-age=86400",
        }
        pages = route.path.startswith(("/app/cutout/", "/docs"))
        of_app = "public, no-cache" if pages else "no-store"
        assert response.headers["Cache-Control"] == kept.get(route.path, of_app)


async def test_the_landing_page_links_to_what_there_is(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    text = await (await api.get("/", user=None)).text()
    for link in re.findall(r'href="([^"#]*)"', text):
        assert (await api.get(link)).status == 200, link


async def test_every_page_of_the_server_says_what_it_is_in_a_line_of_its_own(serve: Serve) -> None:
    api = await serve()
    described = set()
    paths = ("/", "/docs", "/docs/start", "/docs?q=phase")
    for path in paths:
        text = await (await api.get(path, headers={"Accept": "text/html"})).text()
        (line,) = re.findall(r'<meta name="description" content="([^"]{20,})">', text)
        described.add(line)
    assert len(described) == len(paths)


async def test_the_landing_page_shows_the_sky_and_says_what_a_link_to_it_shows(
    serve: Serve,
) -> None:
    api = await serve(base_path="/spt3g")
    page = await api.get("/", user=None)
    assert "img-src 'self'" in page.headers["Content-Security-Policy"]
    text = await page.text()
    shown = dict(re.findall(r'<meta property="([^"]+)" content="([^"]+)"', text))
    (source,) = re.findall(r'<img src="([^"]+)"', text)
    assert shown["og:image"] == source == f"{api.base}/sky.jpg"
    picture = await api.get(source, user=None)
    assert picture.content_type == "image/jpeg"
    content = await picture.read()
    assert len(content) < 120_000
    with Image.open(io.BytesIO(content)) as opened:
        size = [int(shown[f"og:image:{side}"]) for side in ("width", "height")]
        assert [*opened.size] == size == [1200, 630]
    (icon,) = re.findall(r'<link rel="icon" [^>]*href="([^"]+)"', text)
    assert (await api.get(icon, user=None)).content_type == "image/svg+xml"


async def test_ready_says_why_not(serve: Serve, tmp_path: Path) -> None:
    api = await serve()
    ready = await api.get("/ready", user=None)
    assert (ready.status, (await ready.json())["status"]) == (200, "ok")
    lost = await serve(broker_url="unix:///nowhere/broker.sock")
    reply = await lost.get("/ready", user=None)
    assert reply.status == 503
    checks = (await reply.json())["checks"]
    assert checks["database"] == "ok"
    assert checks["broker"] != "ok"
    assert (await lost.get("/live", user=None)).status == 200
    api.settings.results.rmdir()
    gone = await api.get("/ready", user=None)
    assert "results folder" in (await gone.json())["checks"]["results"]


async def test_maps_are_listed_and_filtered(api: Api) -> None:
    filtered = replace(
        RECORD, map_id="2_150GHz_fltd", band="150GHz", filetype="filtered", sha256="1" * 64
    )
    await ingest_maps(api.engine.database, [RECORD, filtered])
    every = await api.document("/api/v1/maps")
    assert every["count"] == 2
    assert every["snapshot"].startswith("1-")
    (first, _) = every["maps"]
    assert (first["id"], first["unit"], first["file"]) == ("1_90GHz_psth", "mK", RECORD.path)
    assert first["footprint"] == [[[0.0, -57.0], [1.0, -57.0], [1.0, -56.0]]]

    async def ids(query: str) -> list[str]:
        return [each["id"] for each in (await api.document("/api/v1/maps" + query))["maps"]]

    assert await ids("?BAND=95GHz") == ["1_90GHz_psth"]
    assert await ids("?filetype=filtered") == ["2_150GHz_fltd"]
    assert await ids("?band=90GHz&band=150GHz&filetype=filtered") == ["2_150GHz_fltd"]
    for wrong in ("?BAND=30GHz", "?FILETYPE=raw", "?COLOUR=red"):
        assert (await api.get("/api/v1/maps" + wrong)).status == 400


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/nothing", "/api", "/files/jobs"])
async def test_an_unknown_address_is_404_with_a_label(api: Api, path: str) -> None:
    response = await api.get(path, user=None)
    assert response.status == 404
    assert (await response.text()).startswith("UsageError: ")
    assert (await api.get(path, headers=JSON)).headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("sent", "kept"), [("abc-1.2_X", True), ("a b", False), ("x" * 65, False)])
async def test_a_sane_request_id_is_kept_and_another_replaced(
    api: Api, sent: str, kept: bool
) -> None:
    response = await api.get("/live", headers={"X-Request-ID": sent})
    assert (response.headers["X-Request-ID"] == sent) is kept


async def test_what_is_unforeseen_goes_to_the_log_only(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> None:
        raise RuntimeError("secret of the house")

    monkeypatch.setattr("sptapi.handlers.jobs.jobs_tree", fail)
    response = await api.get("/api/v1/cutout/async")
    text = await response.text()
    assert (response.status, text.startswith("Error: ")) == (500, True)
    assert "secret" not in text
    assert response.headers["X-Request-ID"] in text
    assert "secret of the house" in caplog.text


async def test_a_background_task_that_does_not_run_any_more_fails_the_probe_and_is_named(
    api: Api,
) -> None:
    async def hanging() -> None:
        await asyncio.sleep(60)

    repeating = api.engine.background.repeating
    assert (await api.get("/live", user=None)).status == 200
    async with repeating("sweep", hanging, 1, limit_s=0.1):
        await asyncio.sleep(0.2)
        response = await api.get("/live", user=None)
        assert response.status == 503
        assert (await response.json())["tasks"] == ["sweep"]
    assert (await api.get("/live", user=None)).status == 200


async def test_the_api_server_repeats_what_waiters_and_listeners_need(api: Api) -> None:
    names = {each.name for each in api.engine.background._running}
    assert {"job watch", "subscription to changes", "event feed", "last use of tokens"} <= names


@pytest.mark.parametrize("base_path", ["", "/spt"])
async def test_a_probe_that_finds_all_well_leaves_no_line_in_the_log(
    serve: Serve, caplog: pytest.LogCaptureFixture, base_path: str
) -> None:
    caplog.set_level(logging.INFO, "sptapi.access")
    api = await serve(base_path=base_path)
    assert (await api.get("/live", user=None)).status == 200
    assert (await api.get("/lives", user=None)).status == 404
    endless = asyncio.Event().wait
    async with api.engine.background.repeating("stuck", endless, 0, limit_s=0.0):
        await asyncio.sleep(0.01)
        assert (await api.get("/live", user=None)).status == 503
    lines = [each for each in caplog.messages if "/live" in each]
    assert [line.split(" ")[1:3] for line in lines] == [
        [f"{base_path}/lives", "404"],
        [f"{base_path}/live", "503"],
    ]
