"""Mails are handed to the site's relay, a minute's jobs in one, to a verified address."""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from sptapi.auth.oidc.client import _email
from sptjobs.engine.engine import Engine
from sptjobs.engine.job_commands import abort_job, set_run_id
from sptjobs.messaging import delivering
from sptjobs.messaging.delivering import due_notices, send_by_notice
from sptjobs.settings import Settings, SettingsError
from sptjobs.settings.mail_relay import MailSettings
from sptjobs.settings.reading import read_settings
from sptjobs.store.access_requests import (
    AccessState,
    AccessWish,
    decide_access_request,
    insert_access_request,
)
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import now
from sptjobs.store.notices import (
    Medium,
    Notice,
    NoticeWish,
    Topic,
    insert_notice,
    read_notices,
    store_email,
    tell_of_decision,
    tell_of_request,
)
from sptjobs.store.schema import notice
from tests.engine.conftest import MakeJob
from tests.support.mail_relay import Relay, mail_relay

NEEDED = {
    "SPT_DATABASE_URL": "sqlite+aiosqlite:////tmp/x",
    "SPT_BROKER_URL": "redis://localhost",
    "SPT_ARCHIVE": "/tmp/a",
    "SPT_RESULTS": "/tmp/r",
}


@pytest.fixture
def relay() -> Iterator[Relay]:
    with mail_relay() as opened:
        yield opened


@pytest.fixture
def settings(settings: Settings, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a site that sends mail, at once."""
    monkeypatch.setattr(delivering, "DELAY", timedelta(0))
    mail = MailSettings(
        "127.0.0.1", relay.port, tls=False, user="", password="", sender="spt@example.org"
    )
    return replace(settings, mail=mail, public_url="https://spt")


async def asked(engine: Engine, account_id: str, address: str, **wish: Topic) -> str:
    """Let an account with an address ask for mails, and give the notice's id."""
    async with engine.database.write() as connection:
        await store_email(connection, account_id, address)
        made = NoticeWish(Medium.MAIL, **wish)
        await insert_notice(
            connection, Notice("m" * 32, account_id, made, None, await now(connection))
        )
    return "m" * 32


async def test_all_jobs_that_ended_are_in_one_mail_to_the_user(
    engine: Engine, make_job: MakeJob, relay: Relay
) -> None:
    jobs = [await make_job() for _ in range(3)]
    found = await asked(engine, jobs[0].owner_id, "ada@example.org")
    await set_run_id(engine, jobs[0].job_id, "clusters")
    for job in jobs:
        await abort_job(engine, job.job_id)
    assert await send_by_notice(engine, found) == "3 sent"
    ((recipient, text),) = relay.mails
    mail = email.message_from_string(text, policy=email.policy.default)
    assert (recipient, mail["From"], mail["To"]) == (
        "ada@example.org",
        "spt@example.org",
        "ada@example.org",
    )
    assert mail["Subject"] == "3 jobs have ended"
    assert mail["Auto-Submitted"] == "auto-generated"
    content = str(mail.get_content())
    assert "Job clusters is ABORTED." in content
    assert all(f"https://spt/app/cutout/jobs/{job.job_id}" in content for job in jobs)
    await abort_job(engine, (await make_job()).job_id)
    # The next one comes a minute later.
    assert await due_notices(engine, 10) == []


async def test_a_relay_that_takes_nothing_is_tried_again(
    engine: Engine, make_job: MakeJob, relay: Relay
) -> None:
    job = await make_job()
    relay.refuses = "ada@example.org"
    found = await asked(engine, job.owner_id, "ada@example.org")
    await abort_job(engine, job.job_id)
    said = await send_by_notice(engine, found)
    assert said == "0 sent, then: the mail relay did not take it: SMTPRecipientsRefused"
    assert relay.mails == []


async def test_administrators_who_ask_are_mailed_who_asks_for_access(
    engine: Engine, relay: Relay
) -> None:
    async with engine.database.write() as connection:
        boss = await upsert_account(
            connection, issuer="i", subject="boss", name="boss", groups=["spt3g-admins"]
        )
        new = await upsert_account(connection, issuer="i", subject="x", name="new", groups=[])
    found = await asked(engine, boss.account_id, "boss@example.org", topic=Topic.REQUESTS)
    async with engine.database.write() as connection:
        await insert_access_request(connection, new.account_id, AccessWish("Chicago", "clusters"))
        await tell_of_request(connection, new.account_id)
    assert await send_by_notice(engine, found) == "1 sent"
    ((recipient, text),) = relay.mails
    assert recipient == "boss@example.org"
    assert "Subject: new asks for access" in text
    assert "new, Chicago" in text
    assert "https://spt/ops/access" in text


async def test_who_asked_for_access_is_mailed_each_decision(engine: Engine, relay: Relay) -> None:
    async with engine.database.write() as connection:
        new = await upsert_account(connection, issuer="i", subject="x", name="new", groups=[])
        await insert_access_request(connection, new.account_id, AccessWish("Chicago", "clusters"))
        await tell_of_decision(connection, new.account_id)  # no address: nothing is to be sent
    assert await due_notices(engine, 10) == []
    for state, answer in ((AccessState.DECLINED, "write first"), (AccessState.APPROVED, "")):
        async with engine.database.write() as connection:
            await store_email(connection, new.account_id, "new@example.org")
            await decide_access_request(connection, new.account_id, state, by="boss", answer=answer)
            await tell_of_decision(connection, new.account_id)
            await connection.execute(sa.update(notice).values(not_before=None))
        (found,) = await due_notices(engine, 10)
        assert await send_by_notice(engine, found) == "1 sent"
        recipient, text = relay.mails[-1]
        mail = email.message_from_string(text, policy=email.policy.default)
        assert recipient == "new@example.org"
        assert mail["Subject"].endswith(f"was {state}")
        assert answer in mail.get_content()
        assert "https://spt/account/login" in mail.get_content()
        # It is nothing that one asked for by itself: it is not listed, and cannot be.
        async with engine.database.read() as connection:
            assert await read_notices(connection, new.account_id) == []
    assert len(relay.mails) == 2


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({"email": "a@b.org", "email_verified": True}, "a@b.org"),
        ({"email": "a@b.org", "email_verified": False}, None),
        ({"email": "a@b.org"}, None),
        ({"email": "a@b.org", "email_verified": "true"}, None),
        ({"email": "a@b.org, c@d.org", "email_verified": True}, None),
        ({"email": "a@b.org\r\nBcc: c@d.org", "email_verified": True}, None),
        ({"email": ["a@b.org"], "email_verified": True}, None),
        ({"email": "@", "email_verified": True}, None),
        ({"email": "a" * 250 + "@b.org", "email_verified": True}, None),
        ({}, None),
    ],
)
def test_only_an_address_that_the_provider_has_verified_counts(
    claims: dict[str, object], found: str | None
) -> None:
    assert _email(claims) == found


def test_the_relay_is_read_and_a_wrong_one_is_refused_without_its_password() -> None:
    url = "smtps://ada:pass%40word@mail.example.org:2465"
    read = read_settings(NEEDED | {"SPT_SMTP_URL": url, "SPT_MAIL_FROM": "spt@example.org"})
    assert read.mail == MailSettings(
        "mail.example.org",
        2465,
        tls=True,
        user="ada",
        password="pass@word",
        sender="spt@example.org",
    )
    assert "word" not in repr(read)
    plain = read_settings(NEEDED | {"SPT_SMTP_URL": "smtp://relay", "SPT_MAIL_FROM": "s@e.org"})
    assert plain.mail is not None
    assert (plain.mail.port, plain.mail.tls) == (25, False)
    # Who comes from whom is no secret: processes that send nothing may read it, too.
    assert read_settings(NEEDED | {"SPT_MAIL_FROM": "s@e.org"}).mail is None
    for wrong in (
        {"SPT_SMTP_URL": "http://ada:secret@relay", "SPT_MAIL_FROM": "s@e.org"},
        {"SPT_SMTP_URL": "smtp://ada:secret@relay:x", "SPT_MAIL_FROM": "s@e.org"},
        {"SPT_SMTP_URL": "smtp://relay"},
        {"SPT_SMTP_URL": "smtp://relay", "SPT_MAIL_FROM": "nobody"},
    ):
        with pytest.raises(SettingsError, match=r"SPT_SMTP_URL|SPT_MAIL_FROM") as refused:
            read_settings(NEEDED | wrong)
        assert "secret" not in str(refused.value)
