"""Signing in and out, as the database sees it."""

from dataclasses import dataclass, replace
from datetime import timedelta

from sptapi.auth.oidc.client import Grant, OidcClient, Person
from sptapi.auth.oidc.group_admin import GroupAdmin
from sptapi.auth.oidc.sign_in_errors import SignInError
from sptapi.auth.oidc.transaction import LIFETIME_S, Transaction
from sptapi.auth.policy import is_member
from sptapi.auth.sealing import Sealer
from sptapi.auth.session_gate import SessionGate
from sptjobs.settings import Settings
from sptjobs.store.access_requests import delete_access_request
from sptjobs.store.accounts import Account, upsert_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import Database
from sptjobs.store.notices import store_email
from sptjobs.store.sessions import (
    SessionRow,
    end_sessions,
    find_signed_in,
    insert_session,
    read_session,
    spend,
)

_LOGOUT_TOKEN_HOLDS = timedelta(minutes=10)
_LONGEST_AGENT = 255


@dataclass(frozen=True, slots=True)
class SignIn:
    """Everything that signing in needs.

    Attributes
    ----------
    gate
        Admits the sessions that come of it.
    groups
        Puts users into the group that lets them in; None where administrators do it elsewhere.
    """

    settings: Settings
    database: Database
    client: OidcClient
    gate: SessionGate
    grants: Sealer
    groups: GroupAdmin | None

    @classmethod
    def of(
        cls,
        settings: Settings,
        database: Database,
        client: OidcClient,
        groups: GroupAdmin | None = None,
    ) -> "SignIn":
        """Put it together for a deployment."""
        grants = sealer(settings, "grant")
        gate = SessionGate(settings, database, client, grants)
        return cls(settings, database, client, gate, grants, groups)

    async def spend_state(self, transaction: Transaction) -> None:
        """Let an attempt to sign in come back once.

        Raises
        ------
        SignInError
            It did before.
        """
        holds = timedelta(seconds=LIFETIME_S)
        async with self.database.write() as connection:
            fresh = await spend(connection, "state", transaction.state, holds)
        if not fresh:
            raise SignInError("this sign-in was finished before; begin again")

    async def begin_session(
        self, person: Person, actor: Actor, *, agent: str | None, instead_of: str | None
    ) -> tuple[Account, SessionRow | None]:
        """Make the session of somebody who signed in, none when no group lets them in.

        Parameters
        ----------
        actor
            Where from; name and account are filled in.
        agent
            What the browser calls itself.
        instead_of
            The session that the browser had before: it ends.
        """
        async with self.database.write() as connection:
            account = await upsert_account(
                connection,
                issuer=self.client.issuer,
                subject=person.subject,
                name=person.name,
                groups=person.groups,
            )
            await store_email(connection, account.account_id, person.email)
            actor = replace(actor, account_id=account.account_id, name=account.name)
            old = None if instead_of is None else await read_session(connection, instead_of)
            if old is not None:
                await end_sessions(connection, old.account_id, ids=[old.session_id])
            if not is_member(account, self.settings):
                detail = f"none of {len(account.groups)} groups is allowed"
                await record_audit(
                    connection, "session.begin", actor, outcome="refused", detail=detail
                )
                return account, None
            # Whoever is in has nothing to ask for any more.
            await delete_access_request(connection, account.account_id)
            row = await insert_session(
                connection,
                account.account_id,
                lifetime=timedelta(seconds=self.settings.sign_in.lifetime_s),
                provider_session=person.provider_session,
                sealed_grant=self.grants.seal(person.grant.as_document()),
                agent=agent and agent[:_LONGEST_AGENT],
            )
            await record_audit(connection, "session.begin", actor, target=row.session_id)
            return account, row

    async def sign_out(self, session_id: str, actor: Actor) -> str | None:
        """End a session, and those of the same browser at the provider.

        Returns
        -------
        str | None
            The ID token, by which the provider ends its own session.
        """
        async with self.database.write() as connection:
            row = await read_session(connection, session_id)
            if row is None:
                return None
            await end_sessions(connection, row.account_id, ids=[session_id])
            if row.provider_session is not None:
                await end_sessions(
                    connection, row.account_id, provider_session=row.provider_session
                )
            await record_audit(connection, "session.end", actor, target=session_id)
        grant = self.grants.open(row.sealed_grant)
        return None if grant is None else Grant.of(grant).id_token

    async def sign_out_by_provider(self, token: str, actor: Actor) -> int:
        """End what a logout token of the provider is about, and return how many sessions.

        Raises
        ------
        SignInError
            The token does not hold, or was used before.
        """
        claims = await self.client.verifier.logout_token(token)
        async with self.database.write() as connection:
            if not await spend(connection, "logout", claims["jti"], _LOGOUT_TOKEN_HOLDS):
                raise SignInError("the logout token was used before")
            about = {"subject": claims.get("sub"), "provider_session": claims.get("sid")}
            ended = 0
            for account_id in await find_signed_in(connection, self.client.issuer, **about):
                ended += await end_sessions(
                    connection, account_id, provider_session=about["provider_session"]
                )
                ended_by = replace(actor, account_id=account_id)
                await record_audit(
                    connection,
                    "session.end",
                    ended_by,
                    detail="signed out at the identity provider",
                )
        return ended


def sealer(settings: Settings, purpose: str) -> Sealer:
    """Make the sealer of one purpose; another deployment's cookies do not open with it."""
    site = settings.public_url + settings.base_path
    return Sealer.of(settings.sign_in.session_key, f"{site} {purpose}")
