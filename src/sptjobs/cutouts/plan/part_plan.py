"""One part of a job, self-contained: everything that cutting it takes to know."""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.products import registry
from sptjobs.request.cutout_request import PLANES, Order, Projection
from sptjobs.uws.pair_status import Status


@dataclass(frozen=True, slots=True)
class Style:
    """How the stamps of a job are made.

    ``request_sha256`` is the digest of the canonical request, for the headers.

    Attributes
    ----------
    planes
        Planes of FITS stamps.
    mask_outside
        Whether pixels outside of regions count as unobserved.
    noise
        Whether the noise of stamps is asked for.
    uniform_coverage
        Least ratio of the smallest to the largest weight of a stamp; None for any.
    reference_start, reference_end
        Days, both included, on which observations began that are in coadds; None is open.
    stacks
        How many targets of the job each value of STACK has, where stacks are made.
    states
        States of polarisation of stamps; empty for that which each map's record is of.
    """

    projection: Projection
    pixel_scale: float | None
    order: Order
    pad: bool
    products: tuple[str, ...]
    request_sha256: str
    planes: tuple[str, ...] = PLANES
    mask_outside: bool = False
    noise: bool = False
    uniform_coverage: float | None = None
    reference_start: str | None = None
    reference_end: str | None = None
    stacks: tuple[tuple[str | None, int], ...] = ()
    states: tuple[str, ...] = ()

    @property
    def measures_noise(self) -> bool:
        """Whether the noise of stamps is measured."""
        return self.noise or self.uniform_coverage is not None

    @property
    def makes_stamps(self) -> bool:
        """Whether any product needs the pixels around the targets."""
        return registry.needs_stamps(self.products)


class PartTarget(NamedTuple):
    """A target and its index in the request.

    Attributes
    ----------
    objid
        Its name, as it was given.
    stem
        Name of its folder, which its files' names begin with.
    region
        The region that its stamp is the window of, as DALI writes it, if any.
    stack
        What tells the targets of its stack from those of others, if anything does.
    """

    index: int  # type: ignore[assignment]  # nobody searches a target as the tuple it is
    objid: str
    ra: float
    dec: float
    xsize: float
    ysize: float
    stem: str
    region: str | None = None
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class PartMap:
    """A map and what its files' names end in."""

    record: MapRecord
    suffix: str


class Pair(NamedTuple):
    """A target on a map.

    Attributes
    ----------
    target
        Index into the part's targets.
    x, y
        The target in the map's pixels, from 0.
    north
        Position angle of north from the map's +y, counter-clockwise [deg].
    xsize, ysize
        Size of its stamp on this map [arcmin], where it is not the target's.
    """

    target: int
    x: float
    y: float
    north: float
    xsize: float | None = None
    ysize: float | None = None

    @property
    def is_placed(self) -> bool:
        """Whether planning found its place on the map."""
        return not math.isnan(self.x)


@dataclass(frozen=True, slots=True)
class Bin:
    """Pairs of one map, sorted by its rows; ``map`` is an index into the part's maps."""

    map: int
    pairs: tuple[Pair, ...]

    @property
    def is_placed(self) -> bool:
        """Whether planning found places on the map."""
        return all(pair.is_placed for pair in self.pairs)


@dataclass(frozen=True, slots=True)
class PartPlan:
    """The work of one part.

    Positions on the maps were computed once for the whole job and travel with
    the plan, so that no file depends on how the work was divided.
    """

    number: int
    cost_s: float
    style: Style
    maps: tuple[PartMap, ...]
    targets: tuple[PartTarget, ...]
    bins: tuple[Bin, ...]

    @property
    def pairs(self) -> int:
        """Number of combinations of target and map."""
        return sum(len(each.pairs) for each in self.bins)

    def to_line(self) -> str:
        """One line of JSON without its line end."""
        return json.dumps(
            {
                "number": self.number,
                "cost_s": self.cost_s,
                "style": asdict(self.style),
                "maps": [[each.record.to_fields(), each.suffix] for each in self.maps],
                # Beside the records, which the release before reads too.
                "block_sums": [each.record.block_sums for each in self.maps],
                "noise": [each.record.noise for each in self.maps],
                # The release before calls files by what it reads as the name.
                "targets": [[t.index, t.stem, t.ra, t.dec, t.xsize, t.ysize] for t in self.targets],
                "labels": [t.objid for t in self.targets],
                "regions": [t.region for t in self.targets],
                "stacks": [t.stack for t in self.targets],
                "bins": [
                    [each.map, [_pair_fields(pair) for pair in each.pairs]] for each in self.bins
                ],
            },
            separators=(",", ":"),
        )

    @classmethod
    def from_line(cls, line: str | bytes) -> "PartPlan":
        """Read what ``to_line`` wrote."""
        fields: dict[str, Any] = json.loads(line)
        style = fields["style"]
        return cls(
            number=fields["number"],
            cost_s=fields["cost_s"],
            style=Style(
                projection=Projection(style["projection"]),
                pixel_scale=style["pixel_scale"],
                order=Order(style["order"]),
                pad=style["pad"],
                products=tuple(style["products"]),
                request_sha256=style["request_sha256"],
                planes=tuple(style.get("planes", PLANES)),
                mask_outside=style.get("mask_outside", False),
                noise=style.get("noise", False),
                uniform_coverage=style.get("uniform_coverage"),
                reference_start=style.get("reference_start"),
                reference_end=style.get("reference_end"),
                stacks=tuple((label, count) for label, count in style.get("stacks", ())),
                states=tuple(style.get("states", ())),
            ),
            maps=tuple(_part_maps(fields)),
            targets=tuple(_part_targets(fields)),
            bins=tuple(
                Bin(number, tuple(Pair(*pair) for pair in pairs))
                for number, pairs in fields["bins"]
            ),
        )


def _part_maps(fields: dict[str, Any]) -> Iterator[PartMap]:
    maps = fields["maps"]
    # A plan of an earlier release has no sums, or no noise.
    sums, noise = (fields.get(name, [None] * len(maps)) for name in ("block_sums", "noise"))
    for (record, suffix), its_sums, its_noise in zip(maps, sums, noise, strict=True):
        found = replace(MapRecord.from_fields(record), block_sums=its_sums, noise=its_noise)
        yield PartMap(found, suffix)


def _part_targets(fields: dict[str, Any]) -> Iterator[PartTarget]:
    targets = fields["targets"]
    # In a plan of the release before a name is its own stem.
    labels = fields.get("labels", [target[1] for target in targets])
    regions, stacks = (fields.get(n, [None] * len(targets)) for n in ("regions", "stacks"))
    for numbers, label, region, stack in zip(targets, labels, regions, stacks, strict=True):
        index, stem, ra, dec, xsize, ysize = numbers
        yield PartTarget(index, label, ra, dec, xsize, ysize, stem, region, stack)


def _pair_fields(pair: Pair) -> list[float]:
    """A pair as a list; without a size of its own as the release before has it."""
    own = [] if pair.xsize is None or pair.ysize is None else [pair.xsize, pair.ysize]
    return [pair.target, pair.x, pair.y, pair.north, *own]


_TARGET_COLUMNS = {"target": "index"} | {
    name: name for name in ("objid", "ra", "dec", "xsize", "ysize", "stem")
}
"""Attributes of an outcome that tell of its target, and what this calls them."""

_MAP_COLUMNS = ("map_id", "band", "filetype", "obsid", "date_beg")


def outcome_of(
    target: PartTarget, record: MapRecord, status: Status, reason: str | None, **facts: Any
) -> Outcome:
    """The outcome of a pair, with nothing said of a stamp but what ``facts`` say."""
    about = {name: getattr(target, own) for name, own in _TARGET_COLUMNS.items()}
    return Outcome(**about, **map_facts(record), status=status.value, reason=reason, **facts)


def map_facts(record: MapRecord) -> dict[str, Any]:
    """Attributes that the outcomes of all pairs of a map have alike."""
    return {name: getattr(record, name) for name in _MAP_COLUMNS}


def target_columns(targets: Sequence[PartTarget]) -> dict[str, Sequence[Any]]:
    """Attributes of the outcomes of targets that tell of these."""
    columns = dict(zip(PartTarget._fields, zip(*targets, strict=True), strict=True))
    return {name: columns[own] for name, own in _TARGET_COLUMNS.items()}
