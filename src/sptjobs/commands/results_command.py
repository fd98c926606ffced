"""``sptjobs results``: whose results a folder holds, and an operator's word on the rest.

None of these commands removes anything. They need the database and the folder, no broker,
and may run beside the service.
"""

import argparse
import asyncio
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from sptjobs.commands.needed_settings import settings_without
from sptjobs.control.orphans import unnamed_packs
from sptjobs.control.unnamed_packs import PackFolder
from sptjobs.engine.results_owner import adopt_results, foreign_results
from sptjobs.settings import Settings
from sptjobs.store.database import Database
from sptjobs.store.opening import open_database
from sptjobs.store.schema import pack
from sptjobs.store.schema_revision import SchemaError
from sptjobs.uws.errors import UnavailableError

ASIDE = "set-aside"
"""Folder of the results to which packs are moved that no sweep removes."""

_KINDS = (
    "on the disk",
    "of ended jobs, which the sweep removes",
    "of attempts that lost their part",
    "of which the database knows nothing",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("check", help="compare the results with the database")
    actions.add_parser("adopt", help="make this database the owner of the results")
    aside = f"move what no sweep removes to the folder {ASIDE} of the results"
    parser = actions.add_parser("set-aside", help=aside)
    parser.add_argument("--lost", action="store_true", help="packs of lost attempts, too")


def run(arguments: argparse.Namespace) -> int:
    """Run an action; 1 when an operator has to look at something, or it cannot be done."""
    try:
        return asyncio.run(_run(arguments, settings_without("SPT_BROKER_URL", "SPT_ARCHIVE")))
    except (SchemaError, UnavailableError, OSError) as error:
        print(f"sptjobs: {error}", file=sys.stderr)
        return 1


async def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    action, results = arguments.action, settings.results
    if not results.is_dir():
        print(f"sptjobs: there is no folder {results}", file=sys.stderr)
        return 1
    async with open_database(settings.database_url) as database:
        if action == "check":
            return await _check(database, results)
        if action == "adopt":
            return await _adopt(database, results)
        return await _set_aside(database, results, lost=arguments.lost)


async def _check(database: Database, results: Path) -> int:
    counts, _ = await _look(database, results)
    missing = await _missing(database, results)
    foreign = await foreign_results(database, results)
    for what, count in counts.items():
        print(f"{count} packs {what}")
    for folder in missing[:10]:
        print(f"missing: {folder}")
    print(f"{len(missing)} packs are missing that the database names")
    print(foreign or f"the results in {results} are those of this database")
    return 1 if foreign or missing else 0


async def _adopt(database: Database, results: Path) -> int:
    identity = await adopt_results(database, results)
    if problem := await foreign_results(database, results):
        print(f"sptjobs: {problem}", file=sys.stderr)
        return 1
    print(f"the results in {results} are those of the database {identity.database_id} now")
    return 0


async def _set_aside(database: Database, results: Path, *, lost: bool) -> int:
    if problem := await foreign_results(database, results):
        print(f"sptjobs: {problem}", file=sys.stderr)
        return 1
    _, left = await _look(database, results, lost=lost)
    folder = results / ASIDE / datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    for job_id, name in sorted(left):
        (folder / job_id).mkdir(parents=True, exist_ok=True)
        (results / job_id / name).rename(folder / job_id / name)
    print(f"moved {len(left)} packs to {folder}" if left else "there is nothing to set aside")
    return 0


async def _look(
    database: Database, results: Path, *, lost: bool = False
) -> tuple[Counter[str], set[PackFolder]]:
    """Count packs by what the database says of them; list those that no sweep removes."""
    counts = Counter(dict.fromkeys(_KINDS, 0))
    left: set[PackFolder] = set()
    async for _, listed, unnamed in unnamed_packs(database, results):
        found = (listed, unnamed.ended, unnamed.lost, unnamed.unknown)
        counts.update({kind: len(packs) for kind, packs in zip(_KINDS, found, strict=True)})
        left |= unnamed.unknown | (unnamed.lost if lost else set())
    return counts, left


async def _missing(database: Database, results: Path) -> list[str]:
    async with database.read() as connection:
        named = (await connection.execute(sa.select(pack.c.folder))).scalars().all()
    return await asyncio.to_thread(
        lambda: sorted(folder for folder in named if not (results / folder).is_dir())
    )
