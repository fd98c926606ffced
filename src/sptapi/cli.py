"""The commands of the API server's side."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from sptjobs.settings import SettingsError, read_settings
from sptjobs.uws.errors import ServiceError

_DEFAULT_TTL_S = 86_400
_LONGEST_TTL_S = 30 * 86_400


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and give its exit status."""
    chosen = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
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
    token.set_defaults(run=_token)
    return parser


def _ttl(text: str) -> int:
    seconds = int(text)
    if not 1 <= seconds <= _LONGEST_TTL_S:
        raise argparse.ArgumentTypeError(f"must be between 1 and {_LONGEST_TTL_S} seconds")
    return seconds


def _serve(_chosen: argparse.Namespace) -> int:
    from sptapi.server import serve  # noqa: PLC0415 - the other command needs no server

    return asyncio.run(serve(read_settings()))


def _token(chosen: argparse.Namespace) -> int:
    from sptapi.services.operators import operator_token  # noqa: PLC0415 - as above

    settings = read_settings()
    made = operator_token(settings, name=chosen.user, groups=chosen.group, ttl_s=chosen.ttl)
    sys.stdout.write(asyncio.run(made) + "\n")
    return 0
