"""From the id of a session, as a cookie holds it, to an identity."""

import logging
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.identity import Identity
from sptapi.auth.oidc.client import Grant, OidcClient
from sptapi.auth.oidc.sign_in_errors import (
    GrantEndedError,
    ProviderError,
    ProviderUnavailableError,
    SignInError,
)
from sptapi.auth.policy import ALL_SCOPES, identify
from sptapi.auth.sealing import Sealer
from sptjobs.settings import Settings
from sptjobs.store.accounts import Account, read_account, upsert_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import Database, now
from sptjobs.store.sessions import (
    SessionRow,
    claim_check,
    end_sessions,
    postpone_check,
    read_session,
    store_grant,
    touch_session,
)
from sptjobs.uws.errors import AuthenticationError

_log = logging.getLogger(__name__)

_TOUCH_S: Final = 60.0
_RETRY_S: Final = 60.0
_FRESH_S: Final = 4.0
"""How long a row that was read is believed where it is looked at once more, as a token's is."""

_MAX_KNOWN: Final = 4096
_SECOND: Final = timedelta(seconds=1)


class SessionOverError(AuthenticationError):
    """The browser presents a session that has ended, or never was."""


@dataclass(frozen=True, slots=True)
class SessionGate:
    """Admits sessions, ends those that are over, and reads their users' groups again.

    Every request reads the row, so whoever signed out is out at once. What opens a job reads it
    with the job, in one transaction: until then, what was read shortly before is believed.
    """

    settings: Settings
    database: Database
    client: OidcClient
    grants: Sealer
    _known: OrderedDict[str, tuple[Identity, float]] = field(default_factory=OrderedDict)

    async def admit(self, session_id: str, *, opens_job: bool = False) -> Identity:
        """Give the identity behind a session.

        Parameters
        ----------
        opens_job
            Whether :func:`check_signed_in` follows, in the transaction that reads a job.

        Raises
        ------
        SessionOverError
            It ended, or was idle for too long.
        AuthorizationError
            The user is in no allowed group any more.
        """
        identity, until = self._known.get(session_id, (None, 0.0))
        if opens_job and identity is not None and time.monotonic() < until:
            return identity
        return await self._admit_by_row(session_id)

    async def _admit_by_row(self, session_id: str) -> Identity:
        begun = time.monotonic()
        async with self.database.read() as connection:
            row = await read_session(connection, session_id)
            account = None if row is None else await read_account(connection, row.account_id)
            moment = await now(connection)
        if row is None or account is None:
            raise SessionOverError("the session has ended; sign in again")
        if row.expires < moment or row.last_seen + self.idle < moment:
            await self.end(row, account, "expired")
            raise SessionOverError("the session has expired; sign in again")
        account = await self._kept_up(row, account, moment)
        identity = identify(
            account,
            self.settings,
            scopes=ALL_SCOPES,
            credential="session",
            credential_id=row.session_id,
        )
        self._remember(identity, begun + min(_FRESH_S, self._nothing_due_s(row, moment)))
        return identity

    def _remember(self, identity: Identity, until: float) -> None:
        self._known[identity.credential_id] = (identity, until)
        self._known.move_to_end(identity.credential_id)
        while len(self._known) > _MAX_KNOWN:
            self._known.popitem(last=False)

    def _nothing_due_s(self, row: SessionRow, moment: datetime) -> float:
        """Seconds for which a session neither expires nor has anything to be written."""
        check = row.checked + timedelta(seconds=self.settings.sign_in.groups_refresh_s)
        return (min(row.expires, row.last_seen + self._touched_after, check) - moment) / _SECOND

    def _grant(self, row: SessionRow) -> Grant:
        document = self.grants.open(row.sealed_grant)
        if document is None:
            # Its key was taken out of the settings: the user signs in anew.
            raise GrantEndedError
        return Grant.of(document)

    @property
    def idle(self) -> timedelta:
        """How long a session may be unused."""
        return timedelta(seconds=self.settings.sign_in.idle_s)

    @property
    def _touched_after(self) -> timedelta:
        return min(timedelta(seconds=_TOUCH_S), self.idle / 4)

    async def end(self, row: SessionRow, account: Account, reason: str) -> None:
        """End a session by our own decision."""
        actor = Actor(account.account_id, account.name)
        async with self.database.write() as connection:
            if await end_sessions(connection, row.account_id, ids=[row.session_id]):
                await record_audit(
                    connection, "session.end", actor, target=row.session_id, detail=reason
                )

    async def _kept_up(self, row: SessionRow, account: Account, moment: datetime) -> Account:
        """Note the use, now and then, and ask for the groups when that is due."""
        due = timedelta(seconds=self.settings.sign_in.groups_refresh_s)
        if moment - row.checked >= due:
            async with self.database.write() as connection:
                mine = await claim_check(connection, row, moment)
            # While one request asks, the others go on with what is known.
            return await self._read_again(row, account, moment) if mine else account
        if moment - row.last_seen >= self._touched_after:
            async with self.database.write() as connection:
                await touch_session(connection, row.session_id, moment)
        return account

    async def _read_again(self, row: SessionRow, account: Account, moment: datetime) -> Account:
        try:
            person = await self.client.read_again(account.subject, self._grant(row))
        except (GrantEndedError, SignInError) as error:
            await self.end(row, account, "the identity provider ended it")
            raise SessionOverError("the session has ended; sign in again") from error
        except (ProviderUnavailableError, ProviderError):
            _log.warning("the groups of account %s cannot be read again now", account.account_id)
            due = self.settings.sign_in.groups_refresh_s
            sooner = moment - timedelta(seconds=max(due - _RETRY_S, 0))
            async with self.database.write() as connection:
                await postpone_check(connection, row.session_id, sooner)
            return account
        async with self.database.write() as connection:
            sealed = self.grants.seal(person.grant.as_document())
            await store_grant(connection, row.session_id, sealed)
            return await upsert_account(
                connection,
                issuer=account.issuer,
                subject=account.subject,
                name=person.name,
                groups=person.groups,
            )


async def check_signed_in(connection: AsyncConnection, identity: Identity) -> None:
    """Look once more at the session of who asks; a token's row is believed for a while anyway.

    Raises
    ------
    SessionOverError
        It has ended.
    """
    if identity.credential != "session":
        return
    if await read_session(connection, identity.credential_id) is None:
        raise SessionOverError("the session has ended; sign in again")
