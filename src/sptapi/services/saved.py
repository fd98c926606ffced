"""What users keep under names: they save it, use it, rename it, and remove it."""

import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptapi.auth.identity import Identity
from sptjobs.store.accounts import lock_account
from sptjobs.store.database import Database, now
from sptjobs.store.saved import (
    Saved,
    SavedKind,
    SavedWish,
    delete_saved,
    insert_saved,
    read_all_saved,
    read_content,
    read_saved,
    rename_saved,
    replace_saved,
)
from sptjobs.uws.errors import ConflictError, LimitError, ParameterError, UnknownResultError

MAX_SAVED: Final = 100
"""Presets and lists of one account, together."""


async def own_saved(database: Database, identity: Identity, kind: SavedKind | None) -> list[Saved]:
    """List what the user keeps, by kind and name."""
    async with database.read() as connection:
        found = await read_all_saved(connection, identity.account_id)
    return [each for each in found if kind is None or each.kind is kind]


async def save(database: Database, identity: Identity, wish: SavedWish) -> Saved:
    """Keep a preset or a list under a name that no other of its kind has.

    Raises
    ------
    ParameterError
        The name is taken.
    LimitError
        The user keeps as many as one may.
    """
    async with database.write() as connection:
        await lock_account(connection, identity.account_id)
        known = await read_all_saved(connection, identity.account_id)
        if len(known) >= MAX_SAVED:
            raise LimitError(f"you keep {len(known)} presets and lists; remove one")
        at, saved_id = await now(connection), uuid.uuid4().hex
        made = Saved(saved_id, identity.account_id, wish.kind, wish.name, at, wish.targets)
        with suppress(sa.exc.IntegrityError):
            async with connection.begin_nested():
                await insert_saved(connection, made, wish.content)
            return made
    raise _taken(wish.kind, wish.name)


async def save_over(
    database: Database,
    identity: Identity,
    saved_id: str,
    wish: SavedWish,
    may_replace: Callable[[Saved], bool],
) -> Saved:
    """Put a content in the place of that of a preset or a list.

    Parameters
    ----------
    may_replace
        Whether that which is there is what the user means.

    Raises
    ------
    ConflictError
        It is not, or no longer, what the user means.
    UnknownResultError
        They have no such.
    """
    async with database.write() as connection:
        await lock_account(connection, identity.account_id)
        found = await _own(connection, identity, saved_id)
        if not may_replace(found):
            message = f"{found.name!r} was changed meanwhile; look at it, and save over it again"
            raise ConflictError(message)
        # Two changes within a tick of the clock are two.
        at = max(await now(connection), found.created + timedelta(microseconds=1))
        changed = replace(found, created=at, targets=wish.targets)
        await replace_saved(connection, changed, wish.content)
    return changed


async def saved_one(database: Database, identity: Identity, saved_id: str) -> Saved:
    """Give one of what the user keeps, without its content.

    Raises
    ------
    UnknownResultError
        They have no such.
    """
    async with database.read() as connection:
        return await _own(connection, identity, saved_id)


async def content_of(database: Database, identity: Identity, saved_id: str) -> tuple[Saved, str]:
    """Give what the user keeps: a preset as JSON, a list as CSV.

    Raises
    ------
    UnknownResultError
        They have no such.
    """
    async with database.read() as connection:
        found = await _own(connection, identity, saved_id)
        return found, await read_content(connection, saved_id)


async def rename_own_saved(
    database: Database, identity: Identity, saved_id: str, name: str
) -> Saved:
    """Give a preset or a list another name.

    Raises
    ------
    ParameterError
        Another one has it.
    UnknownResultError
        They have no such.
    """
    async with database.write() as connection:
        await lock_account(connection, identity.account_id)
        found = await _own(connection, identity, saved_id)
        with suppress(sa.exc.IntegrityError):
            async with connection.begin_nested():
                await rename_saved(connection, identity.account_id, saved_id, name)
            return await _own(connection, identity, saved_id)
    raise _taken(found.kind, name)


async def remove_saved(database: Database, identity: Identity, saved_id: str) -> None:
    """Remove a preset or a list.

    Raises
    ------
    UnknownResultError
        They have no such.
    """
    async with database.write() as connection:
        if not await delete_saved(connection, identity.account_id, saved_id):
            raise _unknown(saved_id)


async def _own(connection: AsyncConnection, identity: Identity, saved_id: str) -> Saved:
    found = await read_saved(connection, identity.account_id, saved_id)
    if found is None:
        raise _unknown(saved_id)
    return found


def _unknown(saved_id: str) -> UnknownResultError:
    return UnknownResultError(f"you keep nothing with the id {saved_id[:80]}")


def _taken(kind: SavedKind, name: str) -> ParameterError:
    what = "a preset" if kind is SavedKind.PRESET else "a list of targets"
    return ParameterError(f"you have {what} of this name already", field="NAME", value=name)
