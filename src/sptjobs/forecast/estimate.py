"""How many files a request will make, how big, and how much work that is.

Made of the same cost model that divides jobs into parts, of footprints instead of
a plan, and of the sizes that files of this service have. It is right within a
factor of about two; what only cutting can tell (unobserved pixels, how well
pictures compress) is not in it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sptjobs.forecast.cost import cost_of
from sptjobs.forecast.coverage import Coverage, Group
from sptjobs.forecast.local_scale import Sides, pixel_sides_of
from sptjobs.maps.footprints import Cover
from sptjobs.maps.record import MapRecord
from sptjobs.products import colour, registry
from sptjobs.products.product import FileKind, Per, TableKind
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from sptjobs.request.stamp_memory import MAX_STAMP_PIXELS, pixels_along, stamp_pixels

TAR_BLOCK = 512
PART_S = 1.0
"""Work of one part, each of which opens its maps anew."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a request will make: combinations of target and map, files, bytes, work.

    ``work_s`` are seconds on one core.
    """

    pairs: int
    files: int
    size_bytes: int
    work_s: float


def estimate_of(request: CutoutRequest, maps: Sequence[MapRecord], coverage: Coverage) -> Estimate:
    """Estimate what a request makes of the maps that it selects."""
    members: dict[Group, list[MapRecord]] = defaultdict(list)
    for record in maps:
        members[record.band, record.filetype, record.tag].append(record)
    met: dict[Group, list[tuple[Target, int]]] = defaultdict(list)
    for target, shares in zip(request.targets, coverage.shares, strict=True):
        for share in shares:
            if share.cover is not Cover.OUTSIDE:
                met[share.group].append((target, share.maps))
    pairs = size = 0
    work = 0.0
    for group, stamps in met.items():
        count, bytes_, seconds = _of_group(request, members[group], stamps)
        pairs, size, work = pairs + count, size + bytes_, work + seconds
    files_per = {
        Per.PAIR: pairs,
        Per.BAND_OF_TARGET: sum(map(len, met.values())),
        Per.TARGET: _pictures(met),
        Per.BAND: len(met),
    }
    files = sum(files_per[kind.per] for kind in _file_kinds(request))
    tables = len(request.products) - len(_file_kinds(request))
    return Estimate(pairs, files + (tables if pairs else 0), size, round(work, 3))


def _file_kinds(request: CutoutRequest) -> list[FileKind]:
    """The files of a request's products that have files."""
    outputs = (product.output for product in registry.chosen(request.products))
    return [output for output in outputs if isinstance(output, FileKind)]


def _of_group(
    request: CutoutRequest, maps: Sequence[MapRecord], stamps: Sequence[tuple[Target, int]]
) -> tuple[int, int, float]:
    """Combinations, bytes and seconds for maps that are alike, of which one stands for all."""
    record = maps[0]
    sides = pixel_sides_of(record)
    cost = cost_of(record, request)
    count = size = 0
    work = rows = 0.0
    for target, matching in stamps:
        wide, high = sides(target.ra, target.dec)
        pixels = _pixels(request, record, target, (wide, high))
        count += matching
        size += matching * _pair_bytes(request, pixels, record) + _gathered_bytes(
            request, pixels, matching
        )
        work += matching * (cost.per_stamp + cost.per_pixel * pixels)
        rows += matching * (target.ysize / high if request.makes_stamps else 1)
    opened = min(len(maps), count)
    # Rows that several stamps need are decoded once for each map.
    work += cost.per_row * min(rows, opened * record.shape[0])
    # Parts end after about a second of work, or after three openings' worth of it.
    budget = max(PART_S, 3 * cost.opening)
    work += cost.opening * (opened + work // budget)
    return count, size, work


def _pixels(request: CutoutRequest, record: MapRecord, target: Target, sides: Sides) -> int:
    """Pixels of a stamp of a map whose own have these sides at the target [arcmin]."""
    if not request.makes_stamps:
        return 1
    if request.projection is Projection.TAN:
        return math.prod(stamp_pixels(target, request.pixel_scale or record.pixel_scale_arcmin))
    wide, high = sides
    return min(
        pixels_along(target.xsize, wide) * pixels_along(target.ysize, high), MAX_STAMP_PIXELS
    )


def _pair_bytes(request: CutoutRequest, pixels: int, record: MapRecord) -> int:
    """Bytes that the products of a pair take in the tar of the result and in tables."""
    size = 0
    for product in registry.chosen(request.products):
        match product.output:
            case FileKind(per=Per.PAIR) as kind:
                # A picture is of one plane, and so small beside that it does not matter.
                planes = max(1, len(request.polarizations)) if product.takes_planes else 1
                size += _in_tar(planes * kind.size_bytes(pixels))
            case TableKind(row_bytes=row_bytes, has_row=has_row):
                size += row_bytes if has_row(record) else 0
    return size


def _gathered_bytes(request: CutoutRequest, pixels: int, maps: int) -> int:
    """Bytes in the tar of what is made of all maps of a target that are alike."""
    size = 0
    for product in registry.chosen(request.products):
        match product.output:
            case FileKind(per=Per.BAND_OF_TARGET) as kind:
                size += _in_tar(kind.size_bytes(pixels * maps if product.keeps_stamps else pixels))
            case FileKind(per=Per.TARGET) as kind:
                size += _in_tar(kind.size_bytes(pixels)) // colour.BANDS
    return size


def _pictures(met: Mapping[Group, Sequence[tuple[Target, int]]]) -> int:
    """How many targets have maps of three bands, for each kind and tag."""
    bands = Counter(
        (filetype, tag, target.objid)
        for (_, filetype, tag), stamps in met.items()
        for target, _ in stamps
    )
    return sum(count == colour.BANDS for count in bands.values())


def _in_tar(size: int) -> int:
    return TAR_BLOCK + -(-size // TAR_BLOCK) * TAR_BLOCK
