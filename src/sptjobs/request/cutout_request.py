"""The cutout request as a frozen record, and its canonical JSON."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from operator import attrgetter
from typing import Any

from sptjobs.compiled.loops import compiled_loops
from sptjobs.maps.site import declared
from sptjobs.products import registry
from sptjobs.request.identifiers import FEW_NAMES, Stems, file_stems
from sptjobs.request.text_column import TextColumn

PLANES = ("sci", "wgt")
"""Planes of a FITS stamp: the pixels, and their weights."""

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)
_TARGETS_AT_ONCE = 4096


class Projection(StrEnum):
    """Pixel grid of a stamp."""

    NATIVE = "native"
    TAN = "TAN"


class Order(StrEnum):
    """How a TAN stamp takes its values from the map's pixels."""

    NEAREST = "nearest"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    ADAPTIVE = "adaptive"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Target:
    """One position to cut at.

    Attributes
    ----------
    objid
        Name of the target as it was given, unique within the request. Its files are
        called by a stem that is derived from it (``CutoutRequest.stems``).
    ra, dec
        Centre [deg, ICRS], 0 <= ra < 360.
    xsize, ysize
        Width along the stamp's first axis and height along its second [arcmin].
    tmin, tmax
        Only maps observed in this closed interval qualify [MJD, UTC]; None is open.
    region
        The region of the sky that the stamp is the window of, as DALI writes it; None of a
        stamp that was asked for by its size, and of a circle that its size tells.
    stack
        What tells the targets of one stack from those of others, if anything does.
    """

    objid: str
    ra: float
    dec: float
    xsize: float
    ysize: float
    tmin: float | None = None
    tmax: float | None = None
    region: str | None = None
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class CutoutRequest:
    """What to cut, from which maps, and how.

    Attributes
    ----------
    targets
        At least one, in the order of the user's table. They compare as tuples do.
    bands, filetypes
        Maps that may qualify; never empty.
    date_start, date_end
        First and last day of observation [UTC], both included whole; None is open.
    coadds
        Tags of coadded maps. With neither tags nor dates nor target times, the
        newest filtered coadd of each band and field is used.
    pixel_scale
        Side of a TAN pixel [arcmin]; None is the map's own.
    products
        Names of products (``sptjobs.products.registry``).
    since
        Only maps that the archive got after this snapshot; None is all.
    map_ids
        Ids of the only maps that may qualify; empty is any.
    polarizations
        Planes of polarisation that stamps have, each map all of them; empty is its own one.
    planes
        Planes of a FITS stamp, ``sci`` among them.
    mask_outside
        Whether pixels outside a target's region count as unobserved.
    noise
        Whether the noise of each stamp is measured.
    uniform_coverage
        Least ratio of the smallest to the largest weight of a stamp, 0 to 1; None is any.
    reference_start, reference_end
        First and last day on which observations began that are in coadds [UTC], both
        included; None is open.
    pad
        Whether a stamp over a map's edge keeps its full size (SCI NaN, WGT 0 there).
    """

    targets: Sequence[Target]
    bands: tuple[str, ...] = field(default_factory=lambda: declared().band_names)
    filetypes: tuple[str, ...] = field(default_factory=lambda: declared().default_filetypes)
    date_start: date | None = None
    date_end: date | None = None
    coadds: tuple[str, ...] = ()
    projection: Projection = Projection.NATIVE
    pixel_scale: float | None = None
    order: Order = Order.BILINEAR
    pad: bool = True
    products: tuple[str, ...] = registry.DEFAULT
    since: str | None = None
    map_ids: tuple[str, ...] = ()
    polarizations: tuple[str, ...] = ()
    planes: tuple[str, ...] = PLANES
    mask_outside: bool = False
    noise: bool = False
    uniform_coverage: float | None = None
    reference_start: date | None = None
    reference_end: date | None = None

    @property
    def makes_stamps(self) -> bool:
        """Whether any product needs the pixels around the targets."""
        return registry.needs_stamps(self.products)

    @property
    def has_times(self) -> bool:
        """Whether the request asks for single observations by their time."""
        return (
            self.date_start is not None
            or self.date_end is not None
            or any(t.tmin is not None or t.tmax is not None for t in self.targets)
        )

    @property
    def stems(self) -> Stems:
        """Of each target the name of its folder, which its files' names begin with."""
        names = (target.objid for target in self.targets)
        return file_stems(tuple(names) if len(self.targets) <= FEW_NAMES else TextColumn(names))

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, no blanks, so that equal requests are equal texts."""
        return "".join(self._pieces())

    def digest(self) -> str:
        """SHA-256 of the canonical JSON, as hexadecimal digits."""
        digest = hashlib.sha256()
        for piece in self._pieces():
            digest.update(piece.encode())
        return digest.hexdigest()

    def documents(self) -> tuple[dict[str, Any], Iterator[dict[str, Any]]]:
        """The request without its targets, and the targets: plain values for JSON.

        Texts of all targets together may be large: what writes them takes one at a time.
        """
        # Values are plain: asdict would copy them one by one, at seven times the cost.
        document = {
            name: value
            for name in _REQUEST_FIELDS
            if name != "targets" and (value := getattr(self, name)) != _LATER.get(name, _NEVER)
        }
        return document, _documents(self.targets)

    def _pieces(self) -> Iterator[str]:
        """Canonical JSON, some thousand targets at a time."""
        document, _ = self.documents()
        begin, end = _CANONICAL.encode(document | {"targets": [0]}).split('"targets":[0]')
        yield begin + '"targets":['
        lead = ""
        for first in range(0, len(self.targets), _TARGETS_AT_ONCE):
            some = self.targets[first : first + _TARGETS_AT_ONCE]
            yield lead + (_plain_targets(some) or _CANONICAL.encode(list(_documents(some)))[1:-1])
            lead = ","
        yield "]" + end

    @classmethod
    def from_json(cls, text: str) -> "CutoutRequest":
        """Read what ``to_json`` wrote."""
        document: dict[str, Any] = json.loads(text)
        return cls(
            **{
                name: _READERS.get(name, _value)(document[name])
                for name in _REQUEST_FIELDS
                if name in document
            }
        )


def _documents(targets: Iterable[Target]) -> Iterator[dict[str, Any]]:
    """Targets as plain values for JSON."""
    for target in targets:
        yield {name: getattr(target, name) for name in _TARGET_FIELDS} | {
            name: value for name in _RARE_FIELDS if (value := getattr(target, name)) is not None
        }


def _plain_targets(targets: Sequence[Target]) -> str | None:
    """Canonical JSON of targets that have none of the rare fields, if there is compiled code."""
    loops = compiled_loops()
    if loops is None or any(t.region is not None or t.stack is not None for t in targets):
        return None
    names = sorted(_TARGET_FIELDS)
    columns = list(map(list, zip(*map(attrgetter(*names), targets), strict=True)))
    first, *others = (f'"{name}":' for name in names)
    pieces = ["{" + first, *(f",{other}" for other in others), "},"]
    return bytes(loops.json_rows(pieces, columns, _CANONICAL.encode))[:-1].decode()


def _value(value: Any) -> Any:
    """A value as the record has it: tuples have become lists."""
    return tuple(value) if isinstance(value, list) else value


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _targets(targets: list[dict[str, Any]]) -> tuple[Target, ...]:
    return tuple(Target(**target) for target in targets)


_READERS: dict[str, Callable[[Any], Any]] = {
    "targets": _targets,
    "date_start": _day,
    "date_end": _day,
    "reference_start": _day,
    "reference_end": _day,
    "projection": Projection,
    "order": Order,
}
"""What reads the fields whose values JSON has not."""

_NEVER = object()
_RARE_FIELDS = ("region", "stack")
_TARGET_FIELDS = tuple(each.name for each in fields(Target) if each.name not in _RARE_FIELDS)
_REQUEST_FIELDS = tuple(each.name for each in fields(CutoutRequest))
_FIRST_FIELDS = frozenset(
    {
        "targets", "bands", "filetypes", "date_start", "date_end", "coadds", "projection",
        "pixel_scale", "order", "pad", "products",
    }
)  # fmt: skip
_LATER = {
    each.name: each.default for each in fields(CutoutRequest) if each.name not in _FIRST_FIELDS
}
"""Defaults of the fields that came later, which are left out at them: requests keep the
digests that they had before the field was known."""
