"""What users want to know by mail or webhook: they ask for it, see it, and end it."""

import uuid
from urllib.parse import urlsplit

from sptapi.auth.identity import Identity
from sptapi.services.job_access import changeable_job
from sptjobs.engine.engine import Engine
from sptjobs.messaging.webhook import new_secret
from sptjobs.settings import Settings
from sptjobs.store.accounts import lock_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import now
from sptjobs.store.notices import (
    Medium,
    Notice,
    NoticeWish,
    Topic,
    delete_notice,
    insert_notice,
    read_email,
    read_notices,
)
from sptjobs.uws.errors import AuthorizationError, LimitError, UnknownResultError, UsageError
from sptjobs.uws.phases import FINAL

MAX_NOTICES = 100
"""Notices of one account, those of single jobs among them."""


async def own_notices(engine: Engine, identity: Identity) -> tuple[list[Notice], str | None]:
    """List the notices of the user, and the mail address to which mails would go."""
    async with engine.database.read() as connection:
        email = await read_email(connection, identity.account_id)
        return await read_notices(connection, identity.account_id), email


async def make_notice(engine: Engine, identity: Identity, wish: NoticeWish, actor: Actor) -> Notice:
    """Ask for messages; asking for the same again gives the notice that is there.

    Raises
    ------
    UsageError
        The site sends none of this kind, there is no mail address, or the job has ended.
    AuthorizationError
        Only administrators may know it, or the job is another user's.
    LimitError
        The user has as many as one may have.
    """
    _check(engine.settings, identity, wish)
    if wish.job_id is not None:
        job = await changeable_job(engine.database, identity, wish.job_id)
        if job.phase in FINAL:
            raise UsageError(f"JOB: the job is {job.phase} already; there is nothing to wait for")
    async with engine.database.write() as connection:
        if wish.channel is Medium.MAIL and not await read_email(connection, identity.account_id):
            message = (
                "CHANNEL: the identity provider vouches for no mail address of yours; "
                "take a webhook, or ask an operator"
            )
            raise UsageError(message)
        await lock_account(connection, identity.account_id)
        known = await read_notices(connection, identity.account_id)
        same = (each for each in known if each.wish == wish and not each.is_stopped)
        if (found := next(same, None)) is not None:
            return found
        if len(known) >= MAX_NOTICES:
            raise LimitError(f"you have {len(known)} notices; end one")
        secret = new_secret() if wish.channel is Medium.WEBHOOK else None
        at = await now(connection)
        made = Notice(uuid.uuid4().hex, identity.account_id, wish, secret, at)
        await insert_notice(connection, made)
        detail = f"{wish.topic} by {wish.channel} {urlsplit(wish.url or '').netloc}".strip()
        await record_audit(connection, "notice.make", actor, target=made.notice_id, detail=detail)
    return made


async def end_notice(engine: Engine, identity: Identity, notice_id: str, actor: Actor) -> None:
    """End a notice of the user, with what waits to be sent by it.

    Raises
    ------
    UnknownResultError
        They have no such notice.
    """
    async with engine.database.write() as connection:
        if not await delete_notice(connection, identity.account_id, notice_id):
            raise UnknownResultError(f"there is no notice {notice_id[:80]}")
        await record_audit(connection, "notice.end", actor, target=notice_id)


def _check(settings: Settings, identity: Identity, wish: NoticeWish) -> None:
    if wish.channel is Medium.MAIL and settings.mail is None:
        raise UsageError("CHANNEL: this site sends no mail")
    if wish.channel is Medium.WEBHOOK and not settings.webhooks:
        raise UsageError("CHANNEL: this site sends no webhooks")
    if wish.topic is Topic.REQUESTS and not identity.is_admin:
        raise AuthorizationError("who asks for access is for the operators of the service")
