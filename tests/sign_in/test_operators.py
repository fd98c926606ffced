"""The operators' pages in a browser: who gets in, and that no other site acts for them."""

from typing import Any

import pytest

from tests.api.conftest import JOBS
from tests.support.browsing import form
from tests.support.page_policy import without_its_script
from tests.support.sign_in import Desk, new_browser

PAGES = ("/ops/", "/ops/jobs", "/ops/deadletters")


@pytest.fixture
async def operator(desk: Desk) -> Desk:
    """A browser in which an administrator is signed in."""
    desk.provider.groups = ["spt3g-admins"]
    await desk.sign_in()
    return desk


async def test_nobody_is_sent_to_sign_in_and_comes_back_to_the_page(desk: Desk) -> None:
    desk.provider.groups = ["spt3g-admins"]
    begun = await desk.browser.get(desk.url("/ops/jobs?PHASE=ERROR"))
    assert begun.status == 303
    assert begun.headers["Location"].startswith(desk.url("/account/login?next="))
    arrived = await desk.browser.follow(begun)
    assert (arrived.status, arrived.url.path_qs) == (200, "/ops/jobs?PHASE=ERROR")
    async with new_browser() as other:
        assert (await other.fetch("GET", desk.url("/ops/"))).status == 401


async def test_a_member_is_refused_and_not_led_there(desk: Desk) -> None:
    account = await (await desk.sign_in()).text()
    assert "/ops/" not in account
    for path in PAGES:
        response = await desk.browser.get(desk.url(path))
        assert response.status == 403, path
        text = await response.text()
        assert "operators of the service" in text
        assert "/ops/" not in text


async def test_an_administrator_is_led_from_the_account_page_to_every_page(operator: Desk) -> None:
    account = await (await operator.browser.get(operator.url("/account"))).text()
    assert f'href="{operator.url("/ops/")}"' in account
    for path in PAGES:
        response = await operator.browser.get(operator.url(path))
        assert (response.status, response.content_type) == (200, "text/html"), path
        policy = response.headers["Content-Security-Policy"]
        assert "<script" not in without_its_script(await response.text(), policy)
        assert "default-src 'none'" in policy


async def test_a_job_is_aborted_by_the_form_of_its_page_and_by_nothing_less(operator: Desk) -> None:
    path = await operator.api.new_job(user="eve", PHASE="RUN")
    mine = operator.url(f"/ops/jobs/{path.rpartition('/')[2]}")
    action, fields = form(await (await operator.browser.get(mine)).text())
    assert (action, fields["ACTION"]) == (mine, "ABORT")
    forged: list[dict[str, Any]] = [
        {"data": {"ACTION": "ABORT"}},
        {"data": fields | {"csrf": "x" * 32}},
        {"data": fields, "headers": {"Origin": "https://elsewhere.example"}},
        {"data": fields, "headers": {"Origin": "null", "Sec-Fetch-Site": "cross-site"}},
    ]
    for request in forged:
        assert (await operator.browser.post(mine, **request)).status == 403, request
    assert (await operator.api.document(path, user="eve"))["phase"] == "QUEUED"
    done = await operator.browser.post(action, fields)
    assert (done.status, done.headers["Location"]) == (303, mine)
    assert "ABORTED" in await (await operator.browser.follow(done)).text()
    late = await operator.browser.post(action, fields)
    assert late.status == 403
    assert "is ABORTED already" in await late.text()
    assert f'href="{operator.url("/ops/")}"' in await late.text()
    assert ("job.abort", "ok") in await operator.audited()


async def test_the_other_forms_work_too(operator: Desk) -> None:
    woken = await operator.browser.get(operator.url("/ops/"))
    action, fields = form(await woken.text())
    done = await operator.browser.post(action, fields)
    assert (done.status, done.headers["Location"]) == (303, operator.url("/ops/"))
    assert (await operator.browser.post(action, {})).status == 403
    assert [action for action, _ in await operator.audited()].count("queue.wake") == 1


async def test_a_session_whose_group_is_gone_is_out_at_the_next_look(operator: Desk) -> None:
    assert (await operator.browser.get(operator.url("/ops/"))).status == 200
    operator.provider.groups = ["spt3g-users"]
    await operator.sign_in("/account/login")
    assert (await operator.browser.get(operator.url("/ops/"))).status == 403
    assert (await operator.browser.fetch("GET", operator.url(JOBS))).status == 200
