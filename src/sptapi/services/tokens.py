"""Tokens that the service hands out."""

from collections.abc import Iterable
from datetime import timedelta

from sptapi.auth.tokens import KeySet, new_token_row, sign
from sptjobs.settings import Settings
from sptjobs.store.accounts import insert_token, upsert_account
from sptjobs.store.database import now, open_database

OPERATOR = "operator"
"""Issuer of the accounts that an operator vouches for."""


async def operator_token(
    settings: Settings, *, name: str, groups: Iterable[str], ttl_s: int
) -> str:
    """Make an access token for a user, recorded as any other, the user and groups too.

    The groups take the place of those that the user had.
    """
    KeySet.of(settings.token_key)
    async with open_database(settings.database_url) as database, database.write() as connection:
        account = await upsert_account(
            connection, issuer=OPERATOR, subject=name, name=name, groups=groups
        )
        ttl = timedelta(seconds=ttl_s)
        row = new_token_row(account.account_id, ttl=ttl, now=await now(connection))
        await insert_token(connection, row)
    return sign(row, settings)
