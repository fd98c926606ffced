"""Locking the database, filling the disk and spoiling maps, and the way back from each."""

import asyncio
import os
import random
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from sptjobs.store.database import connect
from sptjobs.uws.errors import UnavailableError
from tests.chaos.schedule import Fault
from tests.chaos.sites import Site

_WOUND_BYTES = 4096


def hold_lock(url: str, table: str, seconds: float) -> None:
    """Lock a SQLite database against writing, a table under PostgreSQL against everything."""

    async def hold() -> None:
        async with connect(url) as database, database.write() as connection:
            if not database.is_sqlite:
                await connection.execute(sa.text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            await asyncio.sleep(seconds)

    # A database that is away, or that others lock for all that time, is as bad for them.
    with suppress(UnavailableError):
        asyncio.run(hold())


def spoil_map(site: Site, fault: Fault) -> Callable[[], None] | None:
    """Take a map away, shorten it or scribble over it; give what puts it back.

    None when the map is spoiled already.
    """
    files = sorted(site.pristine.rglob("*.fits*"))
    whole = files[fault.pick % len(files)]
    spoiled = site.archive / whole.relative_to(site.pristine)
    if not _is_like(spoiled, whole):
        return None
    site.spoiled.add(whole.name.partition(".")[0])
    if fault.kind == "vanish":
        spoiled.unlink()
    elif fault.kind == "truncate":
        os.truncate(spoiled, whole.stat().st_size // (2 + fault.pick))
    else:
        _scribble(spoiled, fault.pick)

    def repair() -> None:
        # Beside it first: nobody ever sees half of it.
        beside = spoiled.with_name(f".{spoiled.name}")
        shutil.copy2(whole, beside)
        beside.replace(spoiled)

    return repair


def _scribble(file: Path, seed: int) -> None:
    chance = random.Random(seed)
    with file.open("r+b") as content:
        for _ in range(8):
            content.seek(chance.randrange(file.stat().st_size))
            content.write(chance.randbytes(_WOUND_BYTES))


def _is_like(file: Path, other: Path) -> bool:
    try:
        found, wanted = file.stat(), other.stat()
    except FileNotFoundError:
        return False
    return (found.st_size, found.st_mtime_ns) == (wanted.st_size, wanted.st_mtime_ns)
