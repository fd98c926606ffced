"""What of reading a table needs astropy, or may be long: done in reading processes only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sptjobs.request.sky_frames import DeclaredFrame
from sptjobs.request.tables import SourceTable


class NeedsReadingProcessError(Exception):
    """The table needs astropy, which this process does not load."""


@dataclass(frozen=True, slots=True)
class Astronomy:
    """What astropy does for the reading of tables.

    Attributes
    ----------
    read_table
        Reads a table, given its content and what kind of table it is.
    to_icrs
        Transforms longitudes and latitudes [deg] in a frame to ICRS.
    """

    read_table: Callable[[bytes | str, str], SourceTable]
    to_icrs: Callable[
        [DeclaredFrame, Sequence[float], Sequence[float]], tuple[list[float], list[float]]
    ]


class _Process:
    """What this process may load."""

    load: Callable[[], Astronomy] | None = None


def provide(load: Callable[[], Astronomy] | None) -> None:
    """Let this process read every table, or no longer.

    ``load`` gives what it takes, when it is needed.
    """
    _Process.load = load


def require_process() -> None:
    """Make sure that this is a reading process, before something that may be long.

    Raises
    ------
    NeedsReadingProcessError
        It is none.
    """
    if _Process.load is None:
        raise NeedsReadingProcessError


def astronomy() -> Astronomy:
    """Give what reads the tables that the pure readers leave.

    Raises
    ------
    NeedsReadingProcessError
        The process loads no astropy.
    """
    if _Process.load is None:
        raise NeedsReadingProcessError
    return _Process.load()
