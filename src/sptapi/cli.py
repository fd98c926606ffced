"""The commands of the API server's side."""

import argparse
import asyncio
import json
import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sptapi.auth.policy import ALL_SCOPES
from sptapi.representations.times import render_time
from sptjobs.settings import Settings, SettingsError, read_settings, variables_beside
from sptjobs.uws.errors import ServiceError
from sptjobs.uws.times import parse_utc

_DEFAULT_TTL_S = 86_400
_LONGEST_TTL_S = 30 * 86_400


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # What no line shows need not be found out for each.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # It tells of its plug-ins in every process, and says nothing of the schema that matters.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        return int(chosen.run(chosen))
    except (SettingsError, ServiceError) as error:
        sys.stderr.write(f"sptapi: {error}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sptapi", description="API server of the data service")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve the API until SIGTERM or Ctrl-C")
    serve.set_defaults(run=_serve)
    token = commands.add_parser("token", help="print an access token for a user")
    token.add_argument("--user", required=True, metavar="NAME", help="name of the user")
    token.add_argument(
        "--group", action="append", default=[], metavar="G", help="group of the user; repeatable"
    )
    token.add_argument(
        "--ttl", type=_ttl, default=_DEFAULT_TTL_S, metavar="S", help="seconds that it holds"
    )
    token.add_argument(
        "--scope", action="append", choices=ALL_SCOPES, help="what it is good for; repeatable"
    )
    token.set_defaults(run=_token)
    revoke = commands.add_parser("revoke", help="revoke all access tokens of a user")
    revoke.add_argument("--user", required=True, metavar="NAME", help="name or account id")
    revoke.set_defaults(run=_revoke)
    _add_audit(commands)
    return parser


def _add_audit(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    audit = commands.add_parser("audit", help="print the audit log, one JSON object a line")
    audit.add_argument("--user", metavar="NAME", help="name or account id of whoever acted")
    for name, what in (("--after", "from"), ("--before", "until")):
        audit.add_argument(
            name, type=_time, metavar="TIME", help=f"{what} when, 2026-01-31T12:00:00Z for example"
        )
    audit.set_defaults(run=_audit)


def _time(text: str) -> datetime:
    try:
        return parse_utc(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no ISO 8601 time") from error


def _ttl(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= _LONGEST_TTL_S:
        raise argparse.ArgumentTypeError(f"must be between 1 and {_LONGEST_TTL_S} seconds")
    return seconds


def _serve(_chosen: argparse.Namespace) -> int:
    from sptapi.server import serve  # noqa: PLC0415 - the other command needs no server

    return asyncio.run(serve(read_settings()))


def _settings() -> Settings:
    """Read the settings; beside a running ``make run`` its state folder alone is enough."""
    return read_settings(variables_beside(os.environ))


def _token(chosen: argparse.Namespace) -> int:
    from sptapi.services.command_line import operator_token  # noqa: PLC0415 - as above

    made = operator_token(
        _settings(),
        name=chosen.user,
        groups=chosen.group,
        ttl_s=chosen.ttl,
        scopes=chosen.scope or ALL_SCOPES,
    )
    sys.stdout.write(asyncio.run(made) + "\n")
    return 0


def _revoke(chosen: argparse.Namespace) -> int:
    from sptapi.services.command_line import operator_revoke  # noqa: PLC0415 - as above

    count = asyncio.run(operator_revoke(_settings(), chosen.user))
    sys.stdout.write(f"{count} tokens revoked\n")
    return 0


def _audit(chosen: argparse.Namespace) -> int:
    asyncio.run(_print_audit(chosen))
    return 0


async def _print_audit(chosen: argparse.Namespace) -> None:
    from sptapi.services.command_line import audit_entries  # noqa: PLC0415 - as above

    found = audit_entries(_settings(), name=chosen.user, after=chosen.after, before=chosen.before)
    async for entry in found:
        line = asdict(entry) | {"at": render_time(entry.at)}
        sys.stdout.write(json.dumps(line) + "\n")
