"""Opening a catalogued map, whatever its format."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sptjobs.formats.damage import damage_named
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.opening.known_formats import format_of
from sptjobs.formats.placement import Need
from sptjobs.maps.record import MapRecord


@contextmanager
def open_map(archive: Path, record: MapRecord, needs: Iterable[Need]) -> Iterator[OpenMap]:
    """Open a catalogued map, as ``MapFormat.open`` does.

    Raises
    ------
    MapError
        The file is missing, is not the one that was catalogued, or is not readable.
    """
    with ExitStack() as stack:
        with damage_named():
            opened = stack.enter_context(format_of(record).open(archive, record, needs))
        yield opened
