"""The format of flat-sky FITS maps."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path

from sptjobs.formats.flat_sky.map_file import open_flat_map
from sptjobs.formats.flat_sky.placing import is_on, place
from sptjobs.formats.map_format import MapFormat, OpenMap, UncataloguedMap
from sptjobs.formats.placement import Need, Placed, Sizes
from sptjobs.formats.sky_positions import Indices, Positions
from sptjobs.maps.record import FLAT_SKY, MapRecord
from sptjobs.maps.statement import Statement


class FlatSky(MapFormat):
    """An image, and perhaps one of its weights, on one rectangular grid with a WCS."""

    name = FLAT_SKY

    def recognises(self, file: Path) -> bool:
        """Take any file: reading it says what of a map is missing."""
        del file
        return True

    def examine(self, file: Path, stated: Statement) -> AbstractContextManager[UncataloguedMap]:
        """Open a file that is to be catalogued."""
        # Cutting, which is to begin at once, needs nothing of it.
        from sptjobs.formats.flat_sky.uncatalogued import examine  # noqa: PLC0415 - see above

        return examine(file, stated)

    def place(
        self, record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes
    ) -> Placed:
        """Place positions on the map's pixels, sorted by the first row of each stamp."""
        return place(record, positions, asked, sizes)

    def holds(self, record: MapRecord, x: float, y: float) -> bool:
        """Whether a place lies on a pixel of the map."""
        return is_on(record, x, y)

    def open(
        self, archive: Path, record: MapRecord, needs: Iterable[Need]
    ) -> AbstractContextManager[OpenMap]:
        """Open a catalogued map."""
        return open_flat_map(archive, record, needs)
