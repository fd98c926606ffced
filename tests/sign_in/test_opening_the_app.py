"""Opening the web app by an address that people type, keep or share."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.sign_in import Desk

ADDRESSES = ("", "/", "/?clone=0123&a=b%20c", "/jobs", "/jobs/0123?tab=targets", "/nothing")


@pytest.mark.parametrize("address", ADDRESSES)
async def test_without_a_session_it_leads_to_the_sign_in_and_back(desk: Desk, address: str) -> None:
    moved = await desk.browser.get(desk.url(f"/app/cutout{address}"))
    if not address:
        assert moved.status == 308
        address = "/"
        moved = await desk.browser.get(desk.url(f"/app/cutout{address}"))
    assert (moved.status, moved.headers["Cache-Control"]) == (303, "no-store")
    goal = urlsplit(moved.headers["Location"])
    assert goal.path == "/account/login"
    assert parse_qs(goal.query)["next"] == [f"/app/cutout{address}"]


@pytest.mark.parametrize("address", ADDRESSES[1:])
async def test_with_a_session_it_is_there(desk: Desk, address: str) -> None:
    await desk.sign_in()
    shown = await desk.browser.get(desk.url(f"/app/cutout{address}"))
    assert shown.status == 200
    moved = await desk.browser.get(desk.url("/app/cutout"))
    assert (moved.status, moved.headers["Location"]) == (308, "/app/cutout/")


async def test_its_files_need_no_session(desk: Desk) -> None:
    picture = await desk.browser.get(desk.url("/app/cutout/favicon.svg"))
    assert picture.status == 200
