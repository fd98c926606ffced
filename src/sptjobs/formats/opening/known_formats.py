"""The formats of map files that there are."""

from pathlib import Path

from sptjobs.formats.flat_sky.flat_sky import FlatSky
from sptjobs.formats.healpix.healpix import Healpix
from sptjobs.formats.map_format import MapFormat
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

FORMATS: tuple[MapFormat, ...] = (Healpix(), FlatSky())
"""In the order in which they are asked whether they recognise a file."""


def load_everything() -> None:
    """Load what a map loads when it is first resampled.

    A process that many wait for does so while it has no order.
    """
    from sptjobs.formats.flat_sky import reprojection  # noqa: PLC0415 - see above

    del reprojection


def format_of(record: MapRecord) -> MapFormat:
    """Format of a catalogued map.

    Raises
    ------
    MapError
        A later release catalogued it.
    """
    for each in FORMATS:
        if each.name == record.format:
            return each
    raise MapError(f"the map is of format {record.format}, which this release does not read")


def format_of_file(file: Path) -> MapFormat:
    """Format that recognises a file.

    Raises
    ------
    MapError
        None does.
    """
    for each in FORMATS:
        if each.recognises(file):
            return each
    raise MapError("is in no format of maps that is known")
