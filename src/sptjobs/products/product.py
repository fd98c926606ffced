"""The declaration of a product."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from sptjobs.maps.record import MapRecord
from sptjobs.uws.errors import ParameterError


class Needs(Enum):
    """What the making of a product needs of a map."""

    STAMP = "the pixels around the target"
    PIXEL = "the one pixel that holds the target"


class Per(Enum):
    """What a job has one file of a product for."""

    PAIR = "each target on each map"
    BAND_OF_TARGET = "each target, with all maps of a band, kind and tag"
    TARGET = "each target, with three bands of a kind and tag of maps"
    BAND = "each band, kind and tag of maps, with all targets"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a product's check of a request looks at.

    Attributes
    ----------
    products
        Names of the products that are asked for, in the order of the manifest.
    coadds
        Tags of coadds.
    bands
        Names of bands.
    observations
        Whether single observations may be selected: dates or times are given, or it
        cannot be known because no target could be read.
    """

    products: tuple[str, ...]
    coadds: tuple[str, ...]
    bands: tuple[str, ...]
    observations: bool


@dataclass(frozen=True, slots=True)
class FileKind:
    """The files of a product that has files of its own.

    Attributes
    ----------
    suffix
        What the name of a file ends with, behind the name of its pair.
    size_bytes
        Estimates the size of a file from the number of its stamp's pixels.
    per
        What there is one file for.
    """

    suffix: str
    media_type: str
    size_bytes: Callable[[int], int]
    per: Per = Per.PAIR


@dataclass(frozen=True, slots=True)
class TableKind:
    """The table of a product that has one for the whole job.

    Attributes
    ----------
    forms
        Names of the files that the table is served as, and their media types; the
        usual form first.
    row_bytes
        About the size of a row, whatever the form.
    has_row
        Whether a pair with this map gives a row.
    """

    forms: Mapping[str, str]
    row_bytes: int
    has_row: Callable[[MapRecord], bool]


@dataclass(frozen=True, slots=True)
class ResultKind:
    """The entry of a product in a job's UWS result list."""

    result_id: str
    media_type: str


def no_problems(_asked: Asked) -> Iterator[ParameterError]:
    """Find nothing wrong with a request."""
    return iter(())


def no_warnings(_maps: Sequence[MapRecord]) -> Iterator[ParameterError]:
    """Find nothing to warn of."""
    return iter(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """All that is special about a product, but for its making.

    Attributes
    ----------
    name
        As ``PRODUCTS`` spells it.
    summary
        One sentence for the documentation.
    needs
        What it needs of a map.
    output
        Its files, one for each pair, or its one table for the whole job.
    result
        Its own entry among the UWS results; None where ``result`` and ``manifest``,
        which every job has, are enough.
    stamp_s, pixel_s
        Seconds that making it takes beside reading the pixels: for each pair, and for
        each pixel of its stamp.
    check
        Lists what is wrong with a request that asks for it.
    warn
        Lists what its user should know of the maps that a request selects.
    across_maps
        Whether it is made of all maps of a target, which are then cut in one part.
    keeps_stamps
        Whether its files have all stamps of a target, which are kept until they are written.
    across_targets
        Whether it is made of all targets, so that a part has all of a band and kind of maps.
    takes_planes
        Whether it can be asked for with several planes of polarisation.
    """

    name: str
    summary: str
    needs: Needs
    output: FileKind | TableKind
    result: ResultKind | None
    stamp_s: float
    pixel_s: float
    check: Callable[[Asked], Iterator[ParameterError]] = no_problems
    warn: Callable[[Sequence[MapRecord]], Iterator[ParameterError]] = no_warnings
    across_maps: bool = False
    keeps_stamps: bool = False
    across_targets: bool = False
    takes_planes: bool = False
