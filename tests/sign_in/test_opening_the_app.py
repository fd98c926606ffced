"""Opening the web app by the address that people type."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.sign_in import Desk


@pytest.mark.parametrize("query", ["", "?clone=0123&a=b%20c"])
async def test_without_a_session_it_leads_to_the_sign_in_and_back(desk: Desk, query: str) -> None:
    moved = await desk.browser.get(desk.url(f"/app/cutout{query}"))
    assert moved.status == 303
    address = urlsplit(moved.headers["Location"])
    assert address.path == "/account/login"
    assert parse_qs(address.query)["next"] == [f"/app/cutout/{query}"]


async def test_with_a_session_it_leads_to_the_app(desk: Desk) -> None:
    await desk.sign_in()
    moved = await desk.browser.get(desk.url("/app/cutout"))
    assert (moved.status, moved.headers["Location"]) == (308, "/app/cutout/")
    assert moved.headers["Cache-Control"] == "no-store"


async def test_its_folder_has_a_page_for_who_has_just_signed_out(desk: Desk) -> None:
    shown = await desk.browser.get(desk.url("/app/cutout/"))
    assert shown.status == 200
