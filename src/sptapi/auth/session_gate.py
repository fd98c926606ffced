"""From the id of a session, as a cookie holds it, to an identity."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

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
    put_off_check,
    read_session,
    store_grant,
    touch_session,
)
from sptjobs.uws.errors import AuthenticationError

_log = logging.getLogger(__name__)

_TOUCH_S: Final = 60.0
_RETRY_S: Final = 60.0


class SessionOverError(AuthenticationError):
    """The browser presents a session that has ended, or never was."""


@dataclass(frozen=True, slots=True)
class SessionGate:
    """Admits sessions, ends those that are over, and reads their users' groups again.

    Every request reads the row, so whoever signed out is out at once.
    """

    settings: Settings
    database: Database
    client: OidcClient
    grants: Sealer

    async def admit(self, session_id: str) -> Identity:
        """Give the identity behind a session.

        Raises
        ------
        SessionOverError
            It ended, or was idle for too long.
        AuthorizationError
            The user is in no allowed group any more.
        """
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
        return identify(
            account,
            self.settings,
            scopes=ALL_SCOPES,
            credential="session",
            credential_id=row.session_id,
        )

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
        if moment - row.last_seen >= min(timedelta(seconds=_TOUCH_S), self.idle / 4):
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
                await put_off_check(connection, row.session_id, sooner)
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
