"""What planning, cutting and the archive need of a map, whatever file it is in.

A format is one implementation of ``MapFormat``, listed in ``sptjobs.formats.known_formats``.
Nothing here assumes that a map has a rectangular grid of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from sptjobs.formats.map_noise import MapNoise
from sptjobs.formats.sky_positions import Floats, Indices, Positions
from sptjobs.formats.windows import Windows
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import Statement
from sptjobs.request.cutout_request import Order

Cards = dict[str, float | int | str | bool]
"""Header cards by name."""

Pixels = NDArray[Any]


class Plane(StrEnum):
    """The two planes of a map: its pixels, and their weights.

    Of a map without weights every finite pixel has the weight 1, and stamps have no weights.
    """

    SCI = "SCI"
    WGT = "WGT"


@dataclass(frozen=True, slots=True)
class Geometry:
    """The attributes of a ``MapRecord`` that reading a file finds; see there."""

    projection: str
    frame: str
    pixel_scale_arcmin: float
    shape: tuple[int, int]
    sci_hdu: int
    wgt_hdu: int | None
    compression: str | None
    wcs: Cards
    footprint: tuple[tuple[tuple[float, float], ...], ...]
    observed_box: tuple[int, int, int, int]


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


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of stamps [arcmin], one for each position; both 0 for the pixel at a position.

    ``resampled`` says that the stamps are not of the map's own pixels.
    """

    xsize: Floats
    ysize: Floats
    resampled: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The positions whose stamps may meet a map, in the order in which it is best read.

    Attributes
    ----------
    found
        Which of the positions that were asked for.
    x, y
        The place of each in the map's own pixels, from 0.
    north
        Position angle of north from +y, counter-clockwise (towards -x) [deg].
    rows, ends
        First and end of the stretch of the map that its stamp needs, in the rows that
        ``sptjobs.forecast.cost`` counts.
    pixels
        Number of the map's own pixels that its stamp covers.
    """

    found: Indices
    x: Floats
    y: Floats
    north: Floats
    rows: Floats
    ends: Floats
    pixels: Floats


@dataclass(frozen=True, slots=True)
class Need:
    """What a stamp will need of a map.

    Attributes
    ----------
    x, y
        Its centre in the map's own pixels, as ``Placed`` has it.
    xsize, ysize
        Its size [arcmin]; both 0 for one pixel.
    order, pixel_scale
        How it is resampled, and to pixels of which side [arcmin]; None for the map's own.
    """

    x: float
    y: float
    xsize: float = 0.0
    ysize: float = 0.0
    order: Order | None = None
    pixel_scale: float | None = None


@dataclass(frozen=True, slots=True)
class MapWindow:
    """Pixels and weights of a stamp, floating point, and its WCS.

    ``x``, ``y`` are the place that was asked for in the window's pixels, from 1.
    """

    sci: Pixels
    wgt: Pixels
    wcs: Cards
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class OutputGrid:
    """Pixels to resample a map to: WCS cards, shape (ny, nx), and their side [arcmin]."""

    wcs: Cards
    shape: tuple[int, int]
    pixel_scale: float


@dataclass(frozen=True, slots=True)
class SourceCard:
    """A card of a map's header; ``image`` is the whole of it as it stands in the file."""

    name: str
    value: object
    comment: str
    image: str


@dataclass(frozen=True, slots=True)
class Loss:
    """A compression that did not keep the values.

    Attributes
    ----------
    compression
        Its name.
    step
        Largest step that it rounded values to; None where it has no such step.
    """

    compression: str
    step: float | None


class OpenMap(ABC):
    """An open map.

    Its methods raise ``MapError`` where the file turns out to be damaged; what else they
    raise fails the one stamp that was asked for.

    Attributes
    ----------
    record
        What the catalogue knows of it.
    """

    record: MapRecord

    @abstractmethod
    def native(self, need: Need, *, pad: bool) -> MapWindow | None:
        """Read the map's own pixels around a place; None when none of them is on the map.

        Beyond the map pixels are NaN and weights 0, or the window is clipped unless ``pad``.
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

        All of them lie on the map, and it is of a format that ``has_grid``.
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
    has_grid
        Whether its maps have rows and columns of pixels, so that native stamps can be cut.
    """

    name: str
    has_grid: bool

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

        Whatever it raises is a ``MapError`` to those who open by ``sptjobs.formats.map_opening``.
        """
