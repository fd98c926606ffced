"""What planning, cutting and the archive need of a map, whatever file it is in.

A format is one implementation of ``MapFormat``, listed in
``sptjobs.formats.opening.known_formats``.
Nothing here assumes that a map has a rectangular grid of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sptjobs.formats.map_content import (
    Geometry,
    Loss,
    MapWindow,
    OutputGrid,
    Pixels,
    Plane,
    SourceCard,
)
from sptjobs.formats.map_noise import MapNoise
from sptjobs.formats.placement import Need, Placed, Sizes
from sptjobs.formats.sky_positions import Indices, Positions
from sptjobs.formats.windows import Windows
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import Statement
from sptjobs.request.cutout_request import Order


class UncataloguedMap(ABC):
    """An open file that is to be catalogued."""

    @property
    @abstractmethod
    def cards(self) -> Mapping[str, object]:
        """Header cards that say what the map is, those without a value left out."""

    @abstractmethod
    def geometry(self) -> Geometry:
        """Read where the map lies on the sky, and which of it is observed.

        Raises
        ------
        MapError
            It is no complete map.
        """

    def noise(self) -> MapNoise | None:
        """Measure the noise against the weights; None where that cannot be done."""
        return None

    @abstractmethod
    def moc(self) -> str:
        """Write the observed pixels as a MOC in ASCII (IVOA MOC 2.0, section 4.3.2).

        It holds the centre of each of them, and its area is larger by less than a percent
        where their outline is not very ragged.
        """


class OpenMap(ABC):
    """An open map.

    Its methods raise ``MapError`` where the file turns out to be damaged; what else they
    raise fails the one stamp that was asked for.

    Attributes
    ----------
    record
        What the catalogue knows of it.
    further
        The maps that further planes of its file are, where stamps are to have them too.
    """

    record: MapRecord
    further: Sequence["OpenMap"] = ()

    def of_state(self, state: str) -> "OpenMap":
        """The map that a plane of polarisation of the same file is.

        Raises
        ------
        MapError
            The file has no such plane.
        """
        self.record.of_state(state)
        return self

    @abstractmethod
    def native(self, need: Need, *, pad: bool) -> MapWindow | None:
        """Read the map's own pixels around a place; None when none of them is on the map.

        Beyond the map pixels are NaN and weights 0, or the window is clipped unless ``pad``.

        Raises
        ------
        MapError
            The map's record has no grid.
        """

    def natives(self, needs: Sequence[Need], *, pad: bool) -> Windows | None:
        """Read what ``native`` gives for places whose stamps have one size, all at once.

        None where they have to be read one by one.
        """
        del needs, pad
        return None

    @abstractmethod
    def resampled(self, grid: OutputGrid, order: Order) -> tuple[Pixels, Pixels] | None:
        """Pixels and weights on another grid; None when no pixel centre of it is on the map.

        Unobserved map pixels count as NaN. A pixel is unobserved where the order needs
        one of them. Weights are those of the nearest map pixel.
        """

    def resampled_all(self, grids: Sequence[OutputGrid], order: Order) -> Windows | None:
        """Read what ``resampled`` gives for north-up grids of one shape and scale, all at once.

        None where they have to be resampled one by one.
        """
        del grids, order
        return None

    @abstractmethod
    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Value and weight of the pixel that holds a place on the map."""

    def box(self, x0: int, y0: int, x1: int, y1: int) -> tuple[Pixels, Pixels]:
        """Pixels and weights of columns ``x0`` to ``x1`` and rows ``y0`` to ``y1``, ends excluded.

        All of them lie on the map, and its record ``has_grid``.
        """
        raise MapError(f"the map has no pixels in rows: {x0}, {y0}, {x1}, {y1}")

    @property
    @abstractmethod
    def is_weighted(self) -> bool:
        """Whether the pixels are multiplied by their weights."""

    @abstractmethod
    def carried(self, plane: Plane, *, resampled: bool) -> Sequence[SourceCard]:
        """Header cards that hold for stamps too, with remarks: nothing of the file, and no WCS.

        They are given as they stand, whether the standard allows them or not. Cards of the
        map's own grid are among them unless ``resampled``.
        """

    @abstractmethod
    def loss(self, plane: Plane) -> Loss | None:
        """What compression has taken from a plane's values; None where nothing."""

    @abstractmethod
    def shifted(self, plane: Plane, wcs: Mapping[str, Any]) -> Mapping[str, Any]:
        """Cards beside the WCS that say where a native stamp with this WCS lies.

        Where the WCS has arrays for the values of many stamps, the cards have arrays too.
        """


class MapFormat(ABC):
    """A format of map files.

    Attributes
    ----------
    name
        What ``MapRecord.format`` calls it.
    orders
        How its maps can be resampled.
    """

    name: str
    orders: frozenset[Order] = frozenset(Order)

    @abstractmethod
    def recognises(self, file: Path) -> bool:
        """Whether a file looks like one of this format."""

    @abstractmethod
    def examine(self, file: Path, stated: Statement) -> AbstractContextManager[UncataloguedMap]:
        """Open a file that is to be catalogued.

        Parameters
        ----------
        stated
            Which HDUs the map is in, where that is stated.

        Raises
        ------
        MapError
            It is not a map of this format.
        """

    @abstractmethod
    def place(
        self, record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes
    ) -> Placed:
        """Place the ``asked`` ones of positions on a map.

        Those whose stamps cannot meet the map are left out: exactly so for the map's
        own pixels, generously for resampled ones.
        """

    @abstractmethod
    def holds(self, record: MapRecord, x: float, y: float) -> bool:
        """Whether a place lies on a pixel of the map."""

    @abstractmethod
    def open(
        self, archive: Path, record: MapRecord, needs: Iterable[Need]
    ) -> AbstractContextManager[OpenMap]:
        """Open a catalogued map.

        Parameters
        ----------
        archive
            Folder that ``record.path`` is relative to.
        needs
            About what will be asked for; other things work too, more slowly.

        ``sptjobs.formats.opening.map_opening`` turns whatever it raises into a ``MapError``.
        """
