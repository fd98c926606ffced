"""Indexes in migrations: made beside those who read and write, where the database can."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import context, op

ONLINE = "online"
"""Attribute of Alembic's configuration: each statement is a transaction of its own."""


def make_index(name: str, table: str, columns: Sequence[str], **options: Any) -> None:
    """Make an index; one that an attempt before left unfinished is made anew.

    Only in a migration that says ``concurrently = True``, which may be repeated.
    """
    online = _is_online()
    if online and _is_invalid(name):
        op.drop_index(name, table, postgresql_concurrently=True)
    options |= {"if_not_exists": True, "postgresql_concurrently": online}
    op.create_index(name, table, list(columns), **options)


def remove_index(name: str, table: str) -> None:
    """Remove an index that is no longer used, in such a migration too."""
    op.drop_index(name, table, if_exists=True, postgresql_concurrently=_is_online())


def _is_online() -> bool:
    return bool(context.config.attributes.get(ONLINE))


def _is_invalid(name: str) -> bool:
    query = sa.text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
    return op.get_bind().scalar(query, {"name": name}) is False
