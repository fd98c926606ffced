"""The command ``sptjobs cutout``: stamps of any FITS maps, without the service."""

import argparse
import os
import sys
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from sptjobs.archive.map_reader import MapReader, ReadingLimits
from sptjobs.commands.exit_codes import ALL_FAILED, INTERRUPTED, REFUSED
from sptjobs.request.cutout_request import Order
from sptjobs.settings import SettingsError
from sptjobs.uws.errors import ServiceError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments to its parser."""
    parser.epilog = (
        "Exit codes: 0 everything has a status, 1 some pair or map failed, 2 refused, nothing was"
        " written, 3 every pair failed, 130 interrupted."
    )
    parser.add_argument(
        "--positions",
        required=True,
        type=Path,
        metavar="FILE",
        help="table with RA and DEC: CSV, VOTable or ECSV",
    )
    parser.add_argument("--size", required=True, metavar="ARCMIN", help="where a row has none")
    parser.add_argument("--projection", choices=["native", "tan"], default="native")
    parser.add_argument("--pixel-scale", metavar="ARCMIN", help="TAN only; default the map's")
    parser.add_argument(
        "--order", choices=[order.value for order in Order], help="TAN only; default bilinear"
    )
    output = parser.add_mutually_exclusive_group(required=True)
    output.add_argument("--out", type=Path, metavar="DIR", help="new or empty folder")
    output.add_argument(
        "--tar", type=Path, metavar="FILE", help="new file; unpacks into one folder of its name"
    )
    output.add_argument(
        "--list", action="store_true", help="say what would be cut, and write nothing"
    )
    parser.add_argument("--hdu", metavar="HDU", help="image to cut, by number from 0, or EXTNAME")
    parser.add_argument(
        "--weights", metavar="HDU", help="its weights; none: every finite pixel counts"
    )
    parser.add_argument(
        "--pol",
        metavar="STATES",
        help="planes of polarisation, such as I,Q,U, of maps that hold them; default the image's",
    )
    parser.add_argument(
        "--workers", type=_count, default=1, metavar="N", help="processes that cut; default 1"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    parser.add_argument(
        "maps", nargs="+", type=Path, metavar="MAP", help="FITS image with a WCS of the sky"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise argparse.ArgumentTypeError(f"must be a number from 1 to 256, not {text!r}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Cut stamps and return the exit code."""
    try:
        # With threads of its own for linear algebra, which nothing here needs, it could not fork.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        from sptjobs.archive.map_reader_main import main  # noqa: PLC0415 - see above
        from sptjobs.commands.cutout_steps import carried_out  # noqa: PLC0415 - see above

        with MapReader(ReadingLimits(), forked=main) as reader:
            # Before the targets are read, which may be many and which it has no use for.
            reader.start()
            return carried_out(arguments, reader)
    except ServiceError as error:
        print(f"sptjobs cutout: {error.message}", file=sys.stderr)
    except SettingsError as error:
        print(f"sptjobs cutout: {str(error).removeprefix('SPT_ARCHIVE: ')}", file=sys.stderr)
    except OSError as error:
        print(f"sptjobs cutout: {error.filename}: {error.strerror}", file=sys.stderr)
    except BrokenProcessPool:
        print("sptjobs cutout: a cutting process ended; --resume goes on", file=sys.stderr)
        return ALL_FAILED
    except KeyboardInterrupt:
        print("sptjobs cutout: interrupted; --resume goes on", file=sys.stderr)
        return INTERRUPTED
    return REFUSED
