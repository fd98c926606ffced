"""What users keep under names: presets of requests, and lists of targets."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from sptjobs.store.schema import saved


class SavedKind(StrEnum):
    """A request without its targets, or targets without a request."""

    PRESET = "preset"
    TARGETS = "targets"


@dataclass(frozen=True, slots=True)
class Saved:
    """Something kept, without its content.

    Attributes
    ----------
    created
        When it was saved, or last saved over.
    targets
        How many a list has.
    """

    saved_id: str
    account_id: str
    kind: SavedKind
    name: str
    created: datetime
    targets: int | None = None

    @property
    def etag(self) -> str:
        """Entity tag, which another name and another content change."""
        facts = f"{self.saved_id} {self.created.isoformat()} {self.name}"
        return f'"{hashlib.sha256(facts.encode()).hexdigest()[:32]}"'


@dataclass(frozen=True, slots=True)
class SavedWish:
    """What is to be kept, as it is stored; ``targets`` counts those of a list."""

    kind: SavedKind
    name: str
    content: str
    targets: int | None = None


_FACTS = [each for each in saved.columns if each.name != "content"]


def _record(row: sa.Row[tuple[object, ...]]) -> Saved:
    fields = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's public name for it
    return Saved(**fields | {"kind": SavedKind(fields["kind"])})


async def read_all_saved(connection: AsyncConnection, account_id: str) -> list[Saved]:
    """List what an account keeps, by kind and name."""
    query = sa.select(*_FACTS).where(saved.c.account_id == account_id)
    rows = await connection.execute(query.order_by(saved.c.kind, saved.c.name))
    return [_record(row) for row in rows]


async def read_saved(connection: AsyncConnection, account_id: str, saved_id: str) -> Saved | None:
    """Read one of them, None where the account has no such."""
    query = sa.select(*_FACTS).where(*_own(account_id, saved_id))
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _record(row)


async def read_content(connection: AsyncConnection, saved_id: str) -> str:
    """Read the content of one that is there."""
    query = sa.select(saved.c.content).where(saved.c.saved_id == saved_id)
    content: str = (await connection.execute(query)).scalar_one()
    return content


async def insert_saved(connection: AsyncConnection, made: Saved, content: str) -> None:
    """Keep something."""
    values = {"saved_id": made.saved_id, "account_id": made.account_id, "kind": made.kind}
    values |= {"name": made.name, "content": content}
    query = sa.insert(saved).values(**values, created=made.created, targets=made.targets)
    await connection.execute(query)


async def rename_saved(
    connection: AsyncConnection, account_id: str, saved_id: str, name: str
) -> None:
    """Give one of them another name."""
    query = sa.update(saved).where(*_own(account_id, saved_id)).values(name=name)
    await connection.execute(query)


async def replace_saved(connection: AsyncConnection, changed: Saved, content: str) -> None:
    """Save over one of them: its content, and when that was saved."""
    query = sa.update(saved).where(*_own(changed.account_id, changed.saved_id))
    values = {"created": changed.created, "targets": changed.targets, "content": content}
    await connection.execute(query.values(**values))


async def delete_saved(connection: AsyncConnection, account_id: str, saved_id: str) -> bool:
    """Remove one of them; False where the account has no such."""
    result = await connection.execute(sa.delete(saved).where(*_own(account_id, saved_id)))
    return result.rowcount > 0


def _own(account_id: str, saved_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return saved.c.account_id == account_id, saved.c.saved_id == saved_id
