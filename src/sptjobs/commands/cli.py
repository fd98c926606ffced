"""The command ``sptjobs``: workers, database, archive, cutouts.

Each command imports what it needs when it runs: a worker must not load the
scientific stack, and nobody waits for what she does not use.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from sptjobs import __version__
from sptjobs.commands.needed_settings import settings_without
from sptjobs.settings import SettingsError, read_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(prog="sptjobs", description="SPT-3G job engine")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    words = list(sys.argv[1:] if arguments is None else arguments)
    _add_commands(commands, words[0] if words else "")
    parsed = parser.parse_args(words)
    logging.basicConfig(
        level=logging.INFO,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # It tells of its plug-ins in every process, and says nothing of the schema that matters.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return int(parsed.run(parsed))
    except SettingsError as error:
        print(f"sptjobs: {error}", file=sys.stderr)
        return 2


def _add_commands(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", word: str
) -> None:
    worker = commands.add_parser("worker", help="run a worker")
    worker.add_argument("--role", choices=["control", "execute"], required=True)
    worker.set_defaults(run=_worker)
    database = commands.add_parser("db", help="migrate or copy the database")
    database.add_argument("action", choices=["upgrade", "await", "backup"])
    database.add_argument("file", type=Path, nargs="?", help="copy that backup makes, of SQLite")
    database.add_argument(
        "--timeout",
        "--patience",
        dest="timeout_s",
        type=float,
        default=0,
        metavar="S",
        help="seconds to wait for the database",
    )
    database.set_defaults(run=_db)
    archive = commands.add_parser("archive", help="make, catalogue, list or check maps")
    cutout = commands.add_parser("cutout", help="cut stamps without the service")
    results = commands.add_parser("results", help="check, adopt or set aside results on disk")
    if word == "archive":
        from sptjobs.commands import archive_command  # noqa: PLC0415 - see above

        archive_command.add_arguments(archive)
        archive.set_defaults(run=archive_command.run)
    elif word == "cutout":
        from sptjobs.commands import cutout_command  # noqa: PLC0415 - see above

        cutout_command.add_arguments(cutout)
        cutout.set_defaults(run=cutout_command.run)
    elif word == "results":
        from sptjobs.commands import results_command  # noqa: PLC0415 - see above

        results_command.add_arguments(results)
        results.set_defaults(run=results_command.run)


def _worker(parsed: argparse.Namespace) -> int:
    from sptjobs.worker.worker_process import run_worker  # noqa: PLC0415 - see above

    return run_worker(read_settings(), parsed.role)


def _db(parsed: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415 - see above

    from sptjobs.store import migration, sqlite_backup  # noqa: PLC0415 - see above
    from sptjobs.store.schema_revision import SchemaError, history  # noqa: PLC0415 - see above
    from sptjobs.uws.errors import UnavailableError  # noqa: PLC0415 - see above

    if (parsed.action == "backup") != (parsed.file is not None):
        print("sptjobs: `db backup FILE` takes a file, and no other action does", file=sys.stderr)
        return 2
    url = settings_without("SPT_BROKER_URL", "SPT_ARCHIVE", "SPT_RESULTS").database_url
    try:
        if parsed.action == "backup":
            sqlite_backup.back_up(url, parsed.file)
            return 0
        if parsed.action == "await":
            asyncio.run(migration.await_schema(url, parsed.timeout_s))
            return 0
        revision = asyncio.run(migration.upgrade(url, parsed.timeout_s))
    except (SchemaError, sqlite_backup.BackupError, UnavailableError) as error:
        print(f"sptjobs: {error}", file=sys.stderr)
        return 1
    own = history()[-1]
    newer = "" if revision == own else f", newer than this release's {own}, which works with it"
    print(f"the database is at revision {revision}{newer}")
    return 0
