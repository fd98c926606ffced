"""The coadds that the sky is shown by."""

from sptapi.services.maps import Holdings
from sptjobs.maps.record import MapRecord
from sptjobs.pyramids.levels import Levels
from sptjobs.uws.errors import UnknownResultError


def sky_layer(holdings: Holdings, map_id: str) -> MapRecord:
    """Find a layer.

    Raises
    ------
    UnknownResultError
        There is no such coadd.
    """
    if (record := holdings.coadded_image(map_id)) is not None:
        return record
    if any(record.map_id == map_id and not record.has_grid for record in holdings.maps):
        raise UnknownResultError(
            f"map {map_id} has no pixels in rows and columns, of which tiles are made;"
            " TAN stamps show it"
        )
    raise UnknownResultError(
        f"there is no coadd {map_id!r}; /api/v1/sky lists those that there are"
    )


def check_tile(record: MapRecord, level: int, x: int, y: int) -> None:
    """Refuse a tile that a map does not have.

    Raises
    ------
    UnknownResultError
        It lies beside the map, or the map has no such level.
    """
    levels = Levels.of(record.shape)
    if levels.holds(level, x, y):
        return
    if not 0 <= level < levels.count:
        raise UnknownResultError(
            f"there is no level {level} of map {record.map_id}: it has 0 to {levels.count - 1}"
        )
    across, up = levels.tiles(level)
    raise UnknownResultError(
        f"there is no tile {x}, {y} at level {level} of map {record.map_id}:"
        f" x is 0 to {across - 1}, y is 0 to {up - 1}"
    )
