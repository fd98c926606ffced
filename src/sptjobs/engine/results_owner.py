"""Whose results a folder holds: the database that may say what nobody needs any more.

The folder has a file ``owner.json`` with the id of its database, and how many sweeps that
had begun when the file was written. A database with another id is another one; one
with fewer sweeps is an older state of it, restored from a backup. Neither knows all jobs
whose results are there.
"""

import asyncio
import json
import logging
import os
import re
from concurrent.futures import Executor
from pathlib import Path

import sqlalchemy as sa

from sptjobs.store.database import Database
from sptjobs.store.database_identity import DatabaseIdentity, count_sweep, read_identity
from sptjobs.store.schema import event, job

_log = logging.getLogger(__name__)

OWNER_FILE = "owner.json"

_JOB = re.compile(r"[0-9a-f]{32}")
_BATCH = 500
_HELP = "compare the settings of this release, then see `sptjobs results check`"


class ForeignResultsError(Exception):
    """The results are not this database's; the message says why, and what to do."""


async def foreign_results(
    database: Database, results: Path, threads: Executor | None = None
) -> str | None:
    """Say why the folder's results are not this database's; None when they are, or nobody's yet.

    Parameters
    ----------
    threads
        Where the folder is looked at; None for the loop's own.

    Raises
    ------
    UnavailableError
        The database does not respond.
    """
    try:
        # The file first: it never notes more sweeps than its database has had by then.
        loop = asyncio.get_running_loop()
        recorded = await loop.run_in_executor(threads, _read_owner, results)
    except ForeignResultsError as error:
        return str(error)
    if recorded is None:
        return None
    async with database.read() as connection:
        return _difference(results, recorded, await read_identity(connection))


async def register_sweep(database: Database, results: Path) -> None:
    """Note in database and folder that a sweep begins; a folder without an owner gets one.

    Raises
    ------
    ForeignResultsError
        The results are not this database's: nothing may be removed.
    UnavailableError
        The database does not respond.
    """
    problem = await foreign_results(database, results)
    if problem is None and not (results / OWNER_FILE).exists():
        problem = await _unknown_to(database, results)
    if problem is not None:
        raise ForeignResultsError(problem)
    await adopt_results(database, results)


async def adopt_results(database: Database, results: Path) -> DatabaseIdentity:
    """Make this database the folder's owner, whoever was it before.

    A full disk takes the new file as soon as it has room: what the older one notes holds, too.
    """
    async with database.write() as connection:
        identity = await count_sweep(connection)
    try:
        await asyncio.to_thread(_write_owner, results, identity)
    except OSError as error:
        _log.warning("cannot write %s: %s", results / OWNER_FILE, error.strerror)
    return identity


def job_folders(results: Path) -> list[str]:
    """List the folders of jobs by name: their ids."""
    if not results.is_dir():
        return []
    with os.scandir(results) as entries:
        return sorted(entry.name for entry in entries if _JOB.fullmatch(entry.name))


def _read_owner(results: Path) -> DatabaseIdentity | None:
    try:
        document = json.loads((results / OWNER_FILE).read_bytes())
        return DatabaseIdentity(str(document["database"]), int(document["sweeps"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ForeignResultsError(f"{results / OWNER_FILE} cannot be read: {error!r}") from error


def _write_owner(results: Path, owner: DatabaseIdentity) -> None:
    new = results / f".{OWNER_FILE}.{os.getpid()}"
    try:
        with new.open("w", encoding="utf-8") as stream:
            json.dump({"database": owner.database_id, "sweeps": owner.sweeps}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(results / OWNER_FILE)
    finally:
        new.unlink(missing_ok=True)


def _difference(results: Path, recorded: DatabaseIdentity, own: DatabaseIdentity) -> str | None:
    if recorded.database_id != own.database_id:
        return (
            f"the results in {results} are those of the database {recorded.database_id}, "
            f"not of this one, {own.database_id}: {_HELP}"
        )
    if recorded.sweeps > own.sweeps:
        return (
            f"the database is older than the results in {results}, as a restored backup is "
            f"(sweep {own.sweeps}, the results saw {recorded.sweeps}): {_HELP}"
        )
    return None


async def _unknown_to(database: Database, results: Path) -> str | None:
    """Say that a folder without an owner holds other jobs than this database's."""
    found = await asyncio.to_thread(job_folders, results)
    for start in range(0, len(found), _BATCH):
        if await _knows_any(database, found[start : start + _BATCH]):
            return None
    if not found:
        return None
    return f"{results} holds results of {len(found)} jobs, none of them of this database: {_HELP}"


async def _knows_any(database: Database, job_ids: list[str]) -> bool:
    async with database.read() as connection:
        for column in (job.c.job_id, event.c.job_id):
            query = sa.select(column).where(column.in_(job_ids)).limit(1)
            if (await connection.execute(query)).first() is not None:
                return True
    return False
