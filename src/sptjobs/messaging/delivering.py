"""Delivering what waits: by one notice at a time, so that none holds up the others for long.

A message may come twice: when the process dies after it was taken and before that is written.
Its id tells.
"""

import asyncio
import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.engine.engine import Engine
from sptjobs.messaging.mail import send_mail
from sptjobs.messaging.texts import (
    decision_mail,
    job_document,
    jobs_mail,
    request_document,
    requests_mail,
)
from sptjobs.messaging.webhook import DeliveryError, post_webhook
from sptjobs.settings import Settings
from sptjobs.store.access_requests import AccessRequest, AccessState, read_access_request
from sptjobs.store.accounts import read_account
from sptjobs.store.jobs import read_job
from sptjobs.store.notices import (
    Medium,
    Notice,
    Topic,
    WaitingMessage,
    claim_notice,
    find_due_notices,
    note_failure,
    note_sent,
    read_email,
    waiting_messages,
)
from sptjobs.uws.jobs import Job

DELAY: Final = timedelta(seconds=5)
"""How long a message waits: who deletes a job at once, as a synchronous cutout does, gets none."""

_HOLD: Final = timedelta(minutes=3)
"""How long nobody else sends by a notice: longer than a round can last."""

_ROUND_S: Final = 60.0
_BATCH: Final = 100
_MAIL_PAUSE: Final = timedelta(minutes=1)
"""Mails come once a minute at most: what ends meanwhile is in the next one."""

_FIRST_RETRY_S: Final = 60
_LAST_RETRY_S: Final = 21_600


@dataclass(frozen=True, slots=True)
class _Thing:
    """What a message is about, as it is now."""

    message_id: int
    job: Job | None
    request: AccessRequest | None

    @property
    def number(self) -> str:
        """What no other message has, also when a database gives a removed row's id again."""
        if self.request is not None:
            about = f"{self.request.account_id}-{int(self.request.asked.timestamp())}"
        else:
            about = self.job.job_id if self.job is not None else ""
        return f"{self.message_id}-{about}"


async def due_notices(engine: Engine, limit: int) -> list[str]:
    """Find the notices by which something is to be sent now.

    Raises
    ------
    UnavailableError
        The database does not respond.
    """
    async with engine.database.read() as connection:
        return await find_due_notices(connection, DELAY, limit)


async def send_by_notice(engine: Engine, notice_id: str) -> str:
    """Send what waits to be sent by a notice, and say how that went.

    Raises
    ------
    UnavailableError
        The database does not respond.
    """
    async with engine.database.write() as connection:
        claimed = await claim_notice(connection, notice_id, _HOLD)
        if claimed is None:
            return "nothing to do: somebody else sends by it, or it is gone"
        waiting = await waiting_messages(connection, notice_id, _BATCH)
        things = [await _thing(connection, each, claimed.wish.topic) for each in waiting]
        email = await _recipient(connection, engine.settings, claimed)
    # What a message was about may be gone, or decided: there is nothing to say of it.
    gone = {each.message_id for each in things if each.job is None and each.request is None}
    sent, failure = await _send(engine.settings, claimed, email, things)
    pause = _MAIL_PAUSE if claimed.wish.channel is Medium.MAIL else timedelta(0)
    async with engine.database.write() as connection:
        await note_sent(connection, notice_id, sent | gone, pause)
        if failure is not None:
            await note_failure(connection, claimed, failure, retry_after(claimed.failures))
    return f"{len(sent)} sent" if failure is None else f"{len(sent)} sent, then: {failure}"


def retry_after(failures: int) -> timedelta:
    """How long to wait after so many earlier failures in a row: four times as long each time."""
    return timedelta(seconds=min(_FIRST_RETRY_S * 4**failures, _LAST_RETRY_S))


async def _thing(connection: AsyncConnection, message: WaitingMessage, topic: Topic) -> _Thing:
    job = None if message.job_id is None else await read_job(connection, message.job_id)
    asked = None
    if message.about_id is not None:
        asked = await read_access_request(connection, message.about_id)
    is_open = asked is not None and asked.state is AccessState.OPEN
    is_news = is_open is (topic is not Topic.DECISION)
    return _Thing(message.message_id, job, asked if is_news else None)


async def _recipient(connection: AsyncConnection, settings: Settings, notice: Notice) -> str | None:
    """Give the mail address of a user who may still know it; "" of one without, None of others."""
    if notice.wish.topic is Topic.DECISION:
        return await read_email(connection, notice.account_id) or ""
    account = await read_account(connection, notice.account_id)
    groups = set() if account is None else set(account.groups)
    needed = {*settings.admin_groups}
    if notice.wish.topic is not Topic.REQUESTS:
        needed |= {*settings.allowed_groups}
    if groups.isdisjoint(needed):
        return None
    return await read_email(connection, notice.account_id) or ""


async def _send(
    settings: Settings, notice: Notice, email: str | None, things: Sequence[_Thing]
) -> tuple[set[int], str | None]:
    """Send all that there is time for; give what was sent, and why it went no further."""
    about = [each for each in things if each.job is not None or each.request is not None]
    if email is None:
        return set(), "its user is in no group any more that may know this"
    if not about:
        return set(), None
    if notice.wish.channel is Medium.MAIL:
        return await _mail(settings, notice, email, about)
    return await _post_all(settings, notice, about)


async def _mail(
    settings: Settings, notice: Notice, email: str, things: Sequence[_Thing]
) -> tuple[set[int], str | None]:
    if settings.mail is None or not email:
        return set(), "there is no mail relay, or no mail address of the user any more"
    base = settings.public_url + settings.base_path
    jobs = [each.job for each in things if each.job is not None]
    requests = [each.request for each in things if each.request is not None]
    if notice.wish.topic is Topic.DECISION:
        subject, text = decision_mail(base, requests[-1])
    else:
        subject, text = jobs_mail(base, jobs) if jobs else requests_mail(base, requests)
    reason = await _tried(send_mail, settings.mail, email, subject, text)
    return ({each.message_id for each in things} if reason is None else set()), reason


async def _post_all(
    settings: Settings, notice: Notice, things: Iterable[_Thing]
) -> tuple[set[int], str | None]:
    if not settings.webhooks:
        return set(), "this site sends no webhooks any more"
    sent: set[int] = set()
    until = time.monotonic() + _ROUND_S
    for each in things:
        if time.monotonic() > until:
            break
        body = json.dumps(_document(settings, each)).encode()
        message_id = f"{notice.notice_id}-{each.number}"
        networks = settings.webhook_networks
        arguments = (notice.wish.url, notice.secret, message_id, body, networks)
        if (reason := await _tried(post_webhook, *arguments)) is not None:
            return sent, reason
        sent.add(each.message_id)
    return sent, None


def _document(settings: Settings, thing: _Thing) -> dict[str, Any]:
    base = settings.public_url + settings.base_path
    if thing.job is not None:
        return job_document(base, thing.job)
    assert thing.request is not None, "a message is about a job or a request"
    return request_document(base, thing.request)


async def _tried(send: Callable[..., None], *arguments: Any) -> str | None:
    """Send from a thread; say why it failed, None when it did not."""
    try:
        await asyncio.to_thread(send, *arguments)
    except DeliveryError as error:
        return str(error)
    return None
