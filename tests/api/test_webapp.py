"""The files of the web app: one page for all addresses, assets kept for ever, a strict policy."""

import re
from pathlib import Path

import pytest

from tests.api.conftest import Api, Serve

pytestmark = pytest.mark.any_database

APP = "/app/cutout"
SCRIPT = f"{APP}/assets/index-abc123.js"


@pytest.mark.parametrize("path", ["/", "/jobs", "/jobs/0123456789abcdef?tab=files", "/a/b/c/d"])
async def test_every_address_of_the_app_answers_with_its_page(api: Api, path: str) -> None:
    response = await api.get(APP + path, user=None)
    assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["Cache-Control"] == "public, no-cache"
    assert '<base href="/app/cutout/">' in await response.text()


async def test_the_page_is_written_for_the_base_path(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    moved = await api.get(f"{APP}?a=1", user=None)
    assert (moved.status, moved.headers["Location"]) == (308, "/spt3g/app/cutout/?a=1")
    page = await (await api.get(f"{APP}/jobs", user=None)).text()
    assert '<base href="/spt3g/app/cutout/">' in page
    assert "__" not in page


async def test_the_policy_allows_nothing_from_elsewhere_and_styles_by_a_fresh_nonce(
    api: Api,
) -> None:
    nonces = set()
    for _ in range(2):
        response = await api.get(APP + "/", user=None)
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert not re.search("https?:|[*]", policy)
        match = re.search(r"'nonce-([\w-]{20,})'", policy)
        assert match is not None
        assert f'content="{match[1]}"' in await response.text()
        nonces.add(match[1])
    assert len(nonces) == 2


async def test_assets_are_kept_for_ever_and_sent_compressed(api: Api) -> None:
    script = b"console.log(1);\n" * 200
    packed = await api.get(SCRIPT, user=None, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < len(script) / 10
    assert packed.headers["Content-Type"].partition(";")[0].endswith("/javascript")
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert await packed.read() == script
    plain = await api.get(SCRIPT, user=None, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert await plain.read() == script
    headers = {"If-None-Match": plain.headers["ETag"], "Accept-Encoding": "identity"}
    assert (await api.get(SCRIPT, user=None, headers=headers)).status == 304
    head = await api.call("HEAD", SCRIPT, user=None)
    assert head.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/gone-000.js", "/assets/", "/assets", "/robots.txt", "/index.html/",
        "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/assets/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/assets/index-abc123.js.gz", "/a%00.js",
    ],
)  # fmt: skip
async def test_only_files_of_the_build_are_served(api: Api, tmp_path: Path, path: str) -> None:
    (tmp_path / "secret.txt").write_text("what lies outside")
    response = await api.get(APP + path, user=None)
    if response.status == 200:  # a folder without a file is an address of the app
        assert path in {"/assets", "/index.html/"}
        assert "<base" in await response.text()
    else:
        assert response.status == 404
    assert "what lies outside" not in await response.text()


async def test_an_app_that_is_not_built_says_how_to_build_it(serve: Serve, tmp_path: Path) -> None:
    api = await serve(web_build=tmp_path / "nothing")
    response = await api.get(f"{APP}/jobs", user=None)
    assert response.status == 503
    assert "make web" in await response.text()
    assert (await api.get("/", user=None)).status == 200
