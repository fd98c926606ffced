"""Who is in no group asks for access; administrators decide, and the user is told."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa
from cryptography.fernet import MultiFernet
from hypothesis import given
from hypothesis import strategies as st

from sptapi.auth.oidc.group_admin import user_page
from sptapi.parameters.access_requests import read_access_wish
from sptapi.services import access_requests
from sptapi.services.access_requests import new_ticket
from sptjobs.control.purge import purge
from sptjobs.settings.mail_relay import MailSettings
from sptjobs.settings.rates import Rate
from sptjobs.store.access_requests import AccessWish
from sptjobs.store.database import now
from sptjobs.store.notices import store_email
from sptjobs.store.schema import access_request, account, audit, notice_message
from sptjobs.uws.errors import ParameterError
from tests.api.conftest import Serve
from tests.support.browsing import form
from tests.support.provider import Provider
from tests.support.sign_in import Desk, new_browser, settings_for

WISH = {"INSTITUTE": "University of Chicago", "WHY": "Stamps of clusters.\r\nJohn knows me."}


async def outside(desk: Desk) -> str:
    """Sign somebody in whom no group lets in, and give the page that says so."""
    desk.provider.groups = ["visitors"]
    refused = await desk.sign_in("/account/login")
    assert refused.status == 403
    return await refused.text()


async def ask(desk: Desk, page: str, **changes: str) -> aiohttp.ClientResponse:
    action, fields = form(page)
    assert action == desk.url("/account/access")
    return await desk.browser.post(action, fields | WISH | changes)


async def asked(desk: Desk) -> str:
    """Ask, and give the id of the account."""
    assert (await ask(desk, await outside(desk))).status == 200
    (row,) = await desk.rows(access_request)
    return str(row.account_id)


async def as_boss(desk: Desk, method: str, path: str, **options: Any) -> aiohttp.ClientResponse:
    return await desk.api.call(method, path, user="root", **options)


async def requests_of(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await (await as_boss(desk, "GET", "/ops/access")).json())[
        "requests"
    ]
    return found


async def test_an_outsider_asks_and_sees_at_each_visit_how_the_request_stands(desk: Desk) -> None:
    page = await outside(desk)
    assert "Ask for access" in page
    done = await ask(desk, page)
    assert done.status == 200
    assert "You have asked for access" in await done.text()
    again = await outside(desk)
    assert "University of Chicago" in again
    assert "Stamps of clusters.\nJohn knows me." in again
    assert "<form" not in again
    assert await desk.rows() == []
    assert ("access.ask", "ok") in await desk.audited()


async def test_an_approved_one_is_told_and_the_request_goes_when_they_are_let_in(
    desk: Desk,
) -> None:
    who = await asked(desk)
    path = f"/ops/access/{who}"
    done = await as_boss(desk, "POST", path, data={"ACTION": "APPROVE", "REASON": "welcome"})
    assert (done.status, await done.json()) == (200, {"account": who, "action": "APPROVE"})
    told = await outside(desk)
    assert "Your request was approved" in told
    assert "welcome" in told
    desk.provider.groups = ["spt3g-users"]
    assert (await desk.sign_in()).status == 200
    assert await desk.rows(access_request) == []
    assert [each for each, _ in await desk.audited() if "access" in each] == [
        "access.ask",
        "access.approve",
    ]


async def test_the_overview_counts_who_waits_and_a_decision_waits_to_be_mailed_where_mails_are_sent(
    serve: Serve, provider: Provider
) -> None:
    mail = MailSettings("127.0.0.1", 1, tls=False, user="", password="", sender="s@example.org")
    api = await serve(sign_in=settings_for(provider.issuer), rates=(), mail=mail)
    async with new_browser() as browser:
        desk = Desk(api, provider, browser)
        who = await asked(desk)
        async with api.engine.database.write() as connection:
            await store_email(connection, who, "new@example.org")
        overview = await as_boss(desk, "GET", "/ops/")
        assert (await overview.json())["accessRequests"] == 1
        assert (await as_boss(desk, "POST", f"/ops/access/{who}", data={"ACTION": "APPROVE"})).ok
        assert [row.about_id for row in await desk.rows(notice_message)] == [who]
        desk.provider.groups = ["spt3g-admins"]
        await desk.sign_in()
        page = await (await desk.browser.get(desk.url("/ops/"))).text()
        assert "<b>0</b> <span>open requests for access</span>" in page


async def test_a_declined_one_reads_why_asks_again_and_may_still_be_approved(desk: Desk) -> None:
    who = await asked(desk)
    path = f"/ops/access/{who}"
    refusal = {"ACTION": "DECLINE", "REASON": "write to <us> first"}
    assert (await as_boss(desk, "POST", path, data=refusal)).status == 200
    assert [each["state"] for each in await requests_of(desk)] == ["declined"]
    page = await outside(desk)
    assert "write to &lt;us&gt; first" in page
    assert (await ask(desk, page, WHY="I have written")).status == 200
    (request,) = await requests_of(desk)
    assert (request["state"], request["why"], request["answer"]) == ("open", "I have written", None)
    assert (await as_boss(desk, "POST", path, data=refusal)).status == 200
    assert (await as_boss(desk, "POST", path, data={"ACTION": "APPROVE"})).status == 200


async def test_what_was_decided_is_not_declined_and_nobody_is_decided_on_who_did_not_ask(
    desk: Desk,
) -> None:
    who = await asked(desk)
    assert (await as_boss(desk, "POST", f"/ops/access/{who}", data={"ACTION": "APPROVE"})).ok
    for action in ("APPROVE", "DECLINE"):
        fields = {"ACTION": action, "REASON": "late"}
        late = await as_boss(desk, "POST", f"/ops/access/{who}", data=fields)
        assert late.status == 400
        assert "approved already, by root" in await late.text()
    nobody = await as_boss(desk, "POST", f"/ops/access/{'0' * 32}", data={"ACTION": "APPROVE"})
    assert nobody.status == 404
    without = await as_boss(desk, "POST", f"/ops/access/{who}", data={"ACTION": "DECLINE"})
    assert (without.status, "REASON: say why" in await without.text()) == (400, True)


async def test_asking_again_or_at_once_from_many_tabs_makes_one_request_the_first(
    desk: Desk,
) -> None:
    page = await outside(desk)
    await ask(desk, page)
    assert (await ask(desk, page, WHY="another reason")).status == 200
    async with desk.api.engine.database.write() as connection:
        await connection.execute(sa.delete(access_request))
    answers = await asyncio.gather(*(ask(desk, page, WHY=f"reason {n}") for n in range(8)))
    assert [each.status for each in answers] == [200] * 8
    assert len(await desk.rows(access_request)) == 1
    assert [name for name, _ in await desk.audited()].count("access.ask") == 2


async def test_no_other_site_and_no_forged_or_old_form_asks(desk: Desk) -> None:
    page = await outside(desk)
    action, fields = form(page)
    fields |= WISH
    forged: list[tuple[int, dict[str, Any]]] = [
        (403, {"data": fields, "headers": {"Origin": "https://elsewhere.example"}}),
        (403, {"data": fields, "headers": {"Origin": "null", "Sec-Fetch-Site": "cross-site"}}),
        (400, {"data": fields | {"csrf": ""}}),
        (400, {"data": fields | {"csrf": fields["csrf"][:-4] + "AAAA"}}),
        (400, {"data": WISH}),
    ]
    for status, request in forged:
        assert (await desk.browser.post(action, **request)).status == status, request
    assert await desk.rows(access_request) == []


async def test_a_form_holds_for_half_an_hour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    action, fields = form(await outside(desk))
    fields |= WISH
    (row,) = (each for each in await desk.rows(account) if each.name == "ada")
    past = int(time.time()) - 1_860
    with monkeypatch.context() as earlier:
        earlier.setattr(MultiFernet, "encrypt", lambda all_, data: all_.encrypt_at_time(data, past))
        old = new_ticket(desk.api.settings, row.account_id)
    late = await desk.browser.post(action, fields | {"csrf": old})
    assert (late.status, "half an hour" in await late.text()) == (400, True)
    assert (await desk.browser.post(action, fields)).status == 200


async def test_a_member_has_nothing_to_ask_for(desk: Desk) -> None:
    page = await outside(desk)
    desk.provider.groups = ["spt3g-users"]
    await desk.sign_in()
    response = await ask(desk, page)
    assert response.status == 403
    assert "have access already" in await response.text()


async def test_who_lost_the_group_asks_from_the_account_page(
    serve: Serve, provider: Provider
) -> None:
    sign_in = settings_for(provider.issuer, groups_refresh_s=0.0)
    api = await serve(sign_in=sign_in, rates=())
    async with new_browser() as browser:
        desk = Desk(api, provider, browser)
        await desk.sign_in()
        provider.groups = []
        page = await browser.get(desk.url("/account"))
        assert page.status == 403
        assert (await ask(desk, await page.text())).status == 200


async def test_a_flood_of_requests_is_429_and_too_many_open_ones_are_refused(
    serve: Serve, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_requests, "MAX_OPEN", 1)
    sign_in = settings_for(provider.issuer)
    api = await serve(sign_in=sign_in, rates=(("access", Rate(3, 3600)),))
    async with new_browser() as browser:
        desk = Desk(api, provider, browser)
        page = await outside(desk)
        await ask(desk, page)
        provider.subject, provider.name = "subject-2", "bob"
        other = await outside(desk)
        full = await ask(desk, other)
        assert (full.status, "wait to be decided" in await full.text()) == (403, True)
        await ask(desk, other)
        assert (await ask(desk, other)).status == 429
    assert len(await desk.rows(access_request)) == 1


async def test_an_administrator_approves_by_the_form_of_the_page_and_by_nothing_less(
    desk: Desk,
) -> None:
    await asked(desk)
    desk.provider.subject, desk.provider.name = "subject-boss", "boss"
    desk.provider.groups = ["spt3g-admins"]
    await desk.sign_in()
    page = desk.url("/ops/access")
    text = await (await desk.browser.get(page)).text()
    assert "University of Chicago" in text
    assert "Put whom you approve into the group <code>spt3g-users</code>" in text
    action, fields = form(text)
    forged = await desk.browser.post(action, fields | {"csrf": "x" * 32})
    assert forged.status == 403
    done = await desk.browser.post(action, fields)
    assert (done.status, done.headers["Location"]) == (303, page)
    assert "approved" in await (await desk.browser.get(page)).text()
    (row,) = (each for each in await desk.rows(audit) if each.action == "access.approve")
    assert row.name == "boss"


async def test_requests_go_after_the_time_of_records(desk: Desk) -> None:
    await asked(desk)
    engine = desk.api.engine
    await purge(engine)
    assert len(await desk.rows(access_request)) == 1
    async with engine.database.write() as connection:
        kept = timedelta(seconds=engine.settings.records_kept_s + 60)
        at = await now(connection) - kept
        await connection.execute(sa.update(access_request).values(changed=at))
    forever = replace(engine, settings=replace(engine.settings, records_kept_s=0))
    await purge(forever)
    assert len(await desk.rows(access_request)) == 1
    await purge(engine)
    assert await desk.rows(access_request) == []


@given(st.text(), st.text())
def test_whatever_is_written_is_kept_line_by_line_or_refused_by_its_field(
    institute: str, why: str
) -> None:
    try:
        wish = read_access_wish((("INSTITUTE", institute), ("WHY", why)))
    except ParameterError as error:
        refused = error.field
    else:
        refused = ""
        assert wish.institute == institute.strip()
        assert wish.why.splitlines() == why.strip().splitlines()
        assert 0 < len(wish.why) <= AccessWish.LONGEST_WHY
    # The first of the two that cannot be stored as it is.
    is_line = bool(institute.strip()) and institute.strip().isprintable()
    assert refused in ({"", "WHY", "INSTITUTE"} if is_line else {"INSTITUTE", "WHY"})


def test_only_a_keycloak_has_a_page_of_the_user() -> None:
    page = "https://k.example/auth/admin/spt/console/#/spt/users/a%2Fb/groups"
    assert user_page("https://k.example/auth/realms/spt", "a/b") == page
    assert user_page("http://127.0.0.1:9000", "a") is None
