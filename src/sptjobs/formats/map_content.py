"""What is read of a map: its geometry, windows of its pixels, cards of its header."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from numpy.typing import NDArray

from sptjobs.maps.polarisation_plane import PolarisationPlane

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
    sci_layer: int | None = None
    wgt_layer: int | None = None
    planes: tuple[PolarisationPlane, ...] = ()


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
