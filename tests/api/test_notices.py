"""Users ask for messages, see what they asked for, and end it; nobody sends by another's."""

import asyncio

import pytest

from sptjobs.settings.mail_relay import MailSettings
from sptjobs.store.notices import store_email
from tests.api.conftest import Api, Serve

NOTICES = "/api/v1/account/notices"
HOOK = {"CHANNEL": "webhook", "URL": "https://example.org/ended"}
MAIL = MailSettings("127.0.0.1", 1, tls=False, user="", password="", sender="s@example.org")


@pytest.fixture
async def api(serve: Serve) -> Api:
    return await serve(webhooks=True, mail=MAIL)


async def test_a_webhook_is_made_with_a_secret_that_is_shown_once_and_ended(api: Api) -> None:
    assert (await api.document(NOTICES))["notices"] == []
    made = await api.post(NOTICES, HOOK)
    assert made.status == 201
    document = await made.json()
    assert document["secret"].startswith("whsec_")
    (listed,) = (await api.document(NOTICES))["notices"]
    assert "secret" not in listed
    assert (listed["url"], listed["topic"], listed["stopped"]) == (HOOK["URL"], "jobs", False)
    again = await (await api.post(NOTICES, HOOK)).json()
    assert again["id"] == listed["id"]
    assert (await api.call("DELETE", f"{NOTICES}/{listed['id']}", user="eve")).status == 404
    assert (await api.call("DELETE", f"{NOTICES}/{listed['id']}")).status == 204
    assert (await api.call("DELETE", f"{NOTICES}/{listed['id']}")).status == 404
    assert (await api.document(NOTICES))["notices"] == []


async def test_mails_go_to_the_address_that_the_provider_has_verified_and_nowhere_else(
    api: Api,
) -> None:
    refused = await api.post(NOTICES, {"CHANNEL": "mail"})
    assert (refused.status, "no mail address" in await refused.text()) == (400, True)
    me = (await api.document("/api/v1/account"))["id"]
    async with api.engine.database.write() as connection:
        await store_email(connection, me, "ada@example.org")
    assert (await api.document(NOTICES))["email"] == "ada@example.org"
    assert (await api.post(NOTICES, {"CHANNEL": "mail"})).status == 201
    other = await api.post(NOTICES, {"CHANNEL": "mail", "URL": "https://example.org"})
    assert other.status == 400


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "CHANNEL"),
        ({"CHANNEL": "pigeon"}, "must be one of mail, webhook"),
        ({"CHANNEL": "webhook"}, "URL"),
        (HOOK | {"URL": "https://127.0.0.1/"}, "not on the internet"),
        (HOOK | {"URL": "http://example.org/"}, "must begin with https://"),
        (HOOK | {"TOPIC": "weather"}, "must be one of jobs, requests"),
        (HOOK | {"JOB": "x", "TOPIC": "requests"}, "TOPIC=jobs only"),
        (HOOK | {"EVERY": "day"}, "EVERY"),
    ],
)
async def test_what_is_wrong_is_named(api: Api, fields: dict[str, str], said: str) -> None:
    response = await api.post(NOTICES, fields)
    assert (response.status, said in await response.text()) == (400, True), await response.text()


async def test_of_a_job_only_its_owner_asks_and_only_before_it_ends(api: Api) -> None:
    path = await api.new_job()
    job = path.rpartition("/")[2]
    assert (await api.post(NOTICES, HOOK | {"JOB": job}, user="eve")).status == 404
    made = await api.post(NOTICES, HOOK | {"JOB": job})
    assert ((await made.json())["job"], made.status) == (job, 201)
    await api.post(f"{path}/phase", {"PHASE": "ABORT"})
    late = await api.post(NOTICES, HOOK | {"JOB": job, "URL": "https://example.org/2"})
    assert (late.status, "ABORTED already" in await late.text()) == (400, True)


async def test_who_asks_for_access_is_for_administrators(api: Api) -> None:
    fields = HOOK | {"TOPIC": "requests"}
    assert (await api.post(NOTICES, fields)).status == 403
    assert (await api.post(NOTICES, fields, user="root")).status == 201


async def test_a_user_has_at_most_a_hundred(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sptapi.services.notices.MAX_NOTICES", 2)
    for number in range(2):
        fields = HOOK | {"URL": f"https://example.org/{number}"}
        assert (await api.post(NOTICES, fields)).status == 201
    full = await api.post(NOTICES, HOOK)
    assert (full.status, "end one" in await full.text()) == (403, True)


@pytest.mark.any_database
async def test_requests_at_once_do_not_pass_the_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptapi.services.notices.MAX_NOTICES", 2)
    wishes = [HOOK | {"URL": f"https://example.org/{number}"} for number in range(12)]
    responses = await asyncio.gather(*(api.post(NOTICES, fields) for fields in wishes))
    assert sorted(response.status for response in responses) == [201] * 2 + [403] * 10


async def test_a_site_that_sends_nothing_says_so(serve: Serve) -> None:
    api = await serve()
    found = await api.document(NOTICES)
    assert (found["mail"], found["webhooks"]) == (False, False)
    for fields in (HOOK, {"CHANNEL": "mail"}):
        response = await api.post(NOTICES, fields)
        assert (response.status, "this site sends no" in await response.text()) == (400, True)
