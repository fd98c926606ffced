"""Errors come in the form that the client reads, with the headers that every reply has."""

import re
from typing import Any

import pytest

from tests.api.conftest import JOBS, Api, Serve
from tests.support.page_policy import without_its_script

pytestmark = pytest.mark.any_database

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
FORMS = {
    "application/json": "application/problem+json",
    "application/problem+json": "application/problem+json",
    BROWSER: "text/html; charset=utf-8",
    "*/*": "text/plain; charset=utf-8",
    "application/x-votable+xml": "text/plain; charset=utf-8",
}


def fail(*_: Any) -> None:
    raise RuntimeError("secret of the house")


@pytest.mark.parametrize("accept", FORMS)
async def test_every_error_comes_in_the_form_that_was_asked_for(
    api: Api, monkeypatch: pytest.MonkeyPatch, accept: str
) -> None:
    monkeypatch.setattr("sptapi.handlers.jobs.jobs_tree", fail)
    headers = {"Accept": accept}
    job = JOBS + "/" + "0" * 32
    for status, method, path, user in (
        (400, "GET", JOBS + "?LAST=x", "ada"),
        (401, "GET", JOBS, None),
        (403, "DELETE", "/api/v1/account/tokens", "ada"),
        (404, "GET", job, "ada"),
        (404, "GET", "/nothing<script>", None),
        (405, "DELETE", "/live", None),
        (500, "GET", JOBS, "ada"),
    ):
        response = await api.call(method, path, user=user, headers=headers)
        text = await response.text()
        assert (response.status, response.headers["Content-Type"]) == (status, FORMS[accept])
        assert "secret" not in text
        check_headers(response.headers)
        if accept == BROWSER:
            assert response.headers["X-Request-ID"] in text
            policy = response.headers["Content-Security-Policy"]
            assert "style-src 'sha256-" in policy
            assert "<script" not in without_its_script(text, policy)
        elif not response.headers["Content-Type"].startswith("text/plain"):
            assert "<script" not in text


def check_headers(headers: Any) -> None:
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Server"] == "sptapi"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


async def test_a_page_without_a_session_leads_to_the_sign_in_and_back(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    reply = await api.get(JOBS + "?LAST=3", user=None, headers={"Accept": BROWSER})
    assert reply.status == 401
    (link,) = re.findall(r'href="([^"]*/account/login[^"]*)"', await reply.text())
    assert link == f"{api.base}/account/login?next=%2Fspt3g{JOBS.replace('/', '%2F')}%3FLAST%3D3"


async def test_browsers_are_bound_to_tls_only_where_the_public_address_has_it(
    serve: Serve,
) -> None:
    plain = await serve()
    assert "Strict-Transport-Security" not in (await plain.get("/live")).headers
    behind = await serve(public_url="https://spt.example.org")
    for path in ("/live", JOBS, "/nothing"):
        reply = await behind.get(f"http://127.0.0.1:{behind.settings.port}{path}", user=None)
        assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"
