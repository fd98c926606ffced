"""Tokens that the service hands out, renews and revokes."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.access_tokens import InvalidTokenError, TokenWish, new_token_row, sign
from sptapi.auth.identity import Identity
from sptapi.auth.policy import ALL_SCOPES, ScopeError, check_member, identify, may_manage_token
from sptapi.auth.short_tokens import is_short_token_id, new_short_token, short_token_id
from sptjobs.settings import Settings
from sptjobs.store.accounts import read_account
from sptjobs.store.audit import Actor, record_audit
from sptjobs.store.database import Database, now
from sptjobs.store.tokens import (
    TokenRow,
    insert_token,
    list_tokens,
    lock_tokens,
    read_token,
    revoke_all,
    revoke_chain,
    revoke_token,
)
from sptjobs.uws.errors import UnknownTokenError

_TOKEN_ID = re.compile("[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Issued:
    """A token with its record. The text is shown once and kept nowhere."""

    row: TokenRow
    text: str


def chain_end(row: TokenRow, settings: Settings) -> datetime:
    """When the last token of a chain expires, however often it is refreshed."""
    return row.chain_start + timedelta(seconds=settings.token_chain_s)


async def create_token(
    database: Database, settings: Settings, identity: Identity, wish: TokenWish, actor: Actor
) -> Issued:
    """Make a token that begins a chain of its own."""
    async with database.write() as connection:
        epoch = await lock_tokens(connection, identity.account_id)
        secret = new_short_token() if wish.short else None
        row = new_token_row(
            identity.account_id,
            ttl=timedelta(seconds=wish.ttl_s or settings.token_ttl_s),
            now=await now(connection),
            scopes=wish.scopes or ALL_SCOPES,
            name=wish.name,
            epoch=epoch,
            jti=None if secret is None else short_token_id(secret),
        )
        await insert_token(connection, row)
        detail = f"scopes {' '.join(row.scopes)}"
        await record_audit(connection, "token.create", actor, target=row.jti, detail=detail)
    return Issued(row, secret or sign(row, settings))


async def refresh_token(
    database: Database, settings: Settings, identity: Identity, wish: TokenWish, actor: Actor
) -> Issued:
    """Make a token that goes on where the presented one ends; that one stays valid.

    It has the form of the presented one, unless another is asked for.

    Raises
    ------
    InvalidTokenError
        It was revoked just now, or its chain is over.
    AuthorizationError
        The user is in no allowed group any more; the whole chain is revoked.
    ScopeError
        A scope is requested that the presented token lacks.
    """
    secret: str | None = None
    async with database.write() as connection:
        old = await _presented(connection, identity)
        member = await _still_member(connection, settings, identity)
        if member.is_member:
            row, secret = await _renewed(connection, settings, old, wish)
            await record_audit(connection, "token.refresh", actor, target=row.jti)
        else:
            await revoke_chain(connection, old.chain)
            detail = f"chain {old.chain} revoked: in no allowed group"
            await record_audit(
                connection, "token.refresh", actor, target=old.jti, outcome="refused", detail=detail
            )
    check_member(member)
    return Issued(row, secret or sign(row, settings))


async def visible_tokens(database: Database, identity: Identity) -> list[TokenRow]:
    """List the tokens that the identity may manage, newest first."""
    async with database.read() as connection:
        rows = await list_tokens(connection, identity.account_id)
    return [row for row in rows if may_manage_token(identity, row)]


async def revoke_own(
    database: Database, identity: Identity, jti: str, actor: Actor, *, chain: bool
) -> None:
    """Revoke a token, or its whole chain; doing it again changes nothing.

    Raises
    ------
    UnknownTokenError
        There is no such token, or the identity may not manage it.
    """
    async with database.write() as connection:
        await lock_tokens(connection, identity.account_id)
        row = await read_token(connection, jti) if _TOKEN_ID.fullmatch(jti) else None
        if row is None or not may_manage_token(identity, row):
            raise UnknownTokenError(f"there is no token {jti[:80]}")
        if chain:
            count = await revoke_chain(connection, row.chain)
        else:
            count = await revoke_token(connection, jti)
        action = "token.revoke-chain" if chain else "token.revoke"
        await record_audit(connection, action, actor, target=jti, detail=f"{count} revoked")


async def revoke_every(database: Database, account_id: str, actor: Actor) -> int:
    """Revoke all tokens of an account; give how many were still good."""
    async with database.write() as connection:
        await lock_tokens(connection, account_id)
        count = await revoke_all(connection, account_id)
        detail = f"{count} revoked"
        await record_audit(connection, "token.revoke-all", actor, target=account_id, detail=detail)
    return count


async def _presented(connection: AsyncConnection, identity: Identity) -> TokenRow:
    """Read the token that the identity came with: it may have been revoked meanwhile."""
    epoch = await lock_tokens(connection, identity.account_id)
    row = await read_token(connection, identity.credential_id)
    if row is None or row.revoked is not None or row.epoch != epoch:
        raise InvalidTokenError("the token has been revoked")
    return row


async def _still_member(
    connection: AsyncConnection, settings: Settings, identity: Identity
) -> Identity:
    account = await read_account(connection, identity.account_id)
    assert account is not None, "accounts are never deleted"
    return identify(
        account,
        settings,
        scopes=identity.scopes,
        credential="token",
        credential_id=identity.credential_id,
    )


async def _renewed(
    connection: AsyncConnection, settings: Settings, old: TokenRow, wish: TokenWish
) -> tuple[TokenRow, str | None]:
    """Record a token of the same chain; of a short one, the text is given too."""
    at, end = await now(connection), chain_end(old, settings)
    if at >= end:
        where = f"{settings.public_url}{settings.base_path}/account/token/create"
        raise InvalidTokenError(f"the token's chain ended at {end:%FT%TZ}; sign in at {where}")
    scopes = wish.scopes or old.scopes
    if not set(scopes) <= set(old.scopes):
        raise ScopeError(f"the token allows {' '.join(old.scopes)}, a refreshed one cannot do more")
    ttl = timedelta(seconds=wish.ttl_s or settings.token_ttl_s)
    short = is_short_token_id(old.jti) if wish.short is None else wish.short
    secret = new_short_token() if short else None
    new = new_token_row(
        old.account_id,
        ttl=ttl,
        now=at,
        scopes=scopes,
        name=wish.name or old.name,
        epoch=old.epoch,
        jti=None if secret is None else short_token_id(secret),
    )
    new = replace(new, chain=old.chain, chain_start=old.chain_start, expires=min(new.expires, end))
    await insert_token(connection, new)
    return new, secret
