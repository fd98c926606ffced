"""Copying a SQLite database while others read and write it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url


class BackupError(Exception):
    """The database cannot be copied; the message says why, and what to do."""


def back_up(url: str, target: Path) -> None:
    """Copy a database as it is at one moment, whole or not at all; writers do not wait.

    Raises
    ------
    BackupError
        The database is not SQLite, the target is there already, or copying failed.
    """
    source = make_url(url)
    if source.get_backend_name() != "sqlite" or source.database is None:
        raise BackupError("this command copies SQLite only: PostgreSQL has pg_dump")
    if target.exists():
        raise BackupError(f"{target} is there already: name another file")
    unfinished = target.with_name(f".{target.name}-unfinished")
    try:
        if not Path(source.database).exists():
            raise BackupError(f"there is no database {source.database}")
        with (
            closing(sqlite3.connect(source.database)) as live,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            live.backup(copy)
        unfinished.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"cannot copy {source.database} to {target}: {error}") from error
    finally:
        unfinished.unlink(missing_ok=True)
