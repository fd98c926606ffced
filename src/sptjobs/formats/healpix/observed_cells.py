"""Which pixels of a HEALPix map are observed, as stretches of their NESTED numbers.

From them come the footprint, and the multi-order coverage map (MOC).
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from astropy.wcs import WCS
from astropy_healpix import level_to_nside
from numpy.typing import NDArray
from scipy import ndimage

from sptjobs.formats.healpix.pixel_layout import PixelLayout
from sptjobs.formats.healpix.pixel_rows import CHUNK, PixelRows, weights_or_ones
from sptjobs.formats.healpix.pixelisation import Pixelisation
from sptjobs.formats.polygons import SkyPolygon, footprint
from sptjobs.formats.sky_positions import Floats, Indices, SkyFrame
from sptjobs.maps.map_error import MapError
from sptjobs.maps.moc import MAX_ORDER, write_ascii

_ICRS = SkyFrame("ICRS")
_MAX_STRETCHES = 12_000
"""Of a MOC: some 60,000 cells at the most."""
_MAX_CELLS = 2_000_000
"""By which the footprint is drawn."""
_DIRECTIONS = 1 << 17
_BLOCKS = 900
"""Blocks across the plane that it is drawn on."""
_WIDEST_DEG = 60.0
_COARSER = 1
"""Orders between the pixels of a turned frame and the cells that hold their centres: among four
pixels there is none without one."""

_Cells = NDArray[np.integer]
"""Numbers of cells, in the narrowest type that holds them."""


@dataclass(frozen=True, slots=True)
class Stretches:
    """Cells of an order in NESTED numbers: first ones, and those behind the last; disjoint."""

    order: int
    starts: _Cells
    ends: _Cells

    @property
    def count(self) -> int:
        """Number of cells."""
        return int((self.ends - self.starts).sum(dtype=np.int64))

    @classmethod
    def of(cls, order: int, cells: _Cells) -> "Stretches":
        """Join sorted cells, each of them once; they are written over, to take no more memory."""
        first = np.ones(len(cells), bool)
        for low in range(1, len(cells), CHUNK):
            part = cells[low : low + CHUNK]
            first[low : low + CHUNK] = part != cells[low - 1 : low - 1 + len(part)] + 1
        ends = cells[np.append(first[1:], True)]
        ends += 1
        count = 0
        for low in range(0, len(cells), CHUNK):
            part = cells[low : low + CHUNK][first[low : low + CHUNK]]
            cells[count : count + len(part)] = part
            count += len(part)
        starts = cells[:count]
        # Of few stretches all that memory is not held.
        return cls(order, starts.copy() if count < len(cells) // 2 else starts, ends)

    def coarser(self, orders: int) -> "Stretches":
        """The larger cells that hold these."""
        parts = list(self._coarser(orders))
        starts, ends = (np.concatenate(each) for each in zip(*parts, strict=True))
        return Stretches(self.order - orders, starts, ends)

    def coarser_counts(self, orders: int) -> tuple[int, int]:
        """Number of the stretches and of the cells that ``coarser`` gives."""
        stretches = cells = 0
        for starts, ends in self._coarser(orders):
            stretches += len(starts)
            cells += int((ends - starts).sum(dtype=np.int64))
        return stretches, cells

    def _coarser(self, orders: int) -> Iterator[tuple[_Cells, _Cells]]:
        """Starts and ends of larger cells, some at a time."""
        shift = 2 * orders
        begun = self.starts[:0], self.ends[:0]
        for low in range(0, len(self.starts), CHUNK):
            part = slice(low, low + CHUNK)
            starts = np.append(begun[0], self.starts[part] >> shift)
            ends = np.append(begun[1], (self.ends[part] + ((1 << shift) - 1)) >> shift)
            fresh = np.flatnonzero(np.append(True, starts[1:] > ends[:-1]))
            starts, ends = starts[fresh], ends[np.append(fresh[1:] - 1, len(ends) - 1)]
            yield starts[:-1], ends[:-1]
            # The next ones may go on with it.
            begun = starts[-1:], ends[-1:]
        yield begun

    def cells(self) -> Iterator[Indices]:
        """All cells, some at a time."""
        for low in range(0, len(self.starts), CHUNK):
            ends = self.ends[low : low + CHUNK].astype(np.int64)
            behind = np.cumsum(ends - self.starts[low : low + CHUNK])
            for first in range(0, int(behind[-1]), CHUNK):
                place = np.arange(first, min(first + CHUNK, int(behind[-1])))
                which = np.searchsorted(behind, place, side="right")
                yield np.asarray(ends[which] - (behind[which] - place), np.int64)


def observed_pixels(rows: PixelRows, layout: PixelLayout) -> tuple[Stretches, bool]:
    """The observed pixels, and whether the numbers of all stored ones rise.

    Raises
    ------
    MapError
        None is observed; a number is not one of the sky, or there twice.
    """
    pixelisation = layout.pixelisation
    if layout.index is None and not pixelisation.nested:
        found = list(_by_patches(rows, layout))
        is_sorted = True
    else:
        found, is_sorted = _by_rows(rows, layout)
    total = sum(map(len, found))
    if not total:
        raise MapError("has no observed pixel: no value is finite with a weight above 0")
    cells = np.empty(total, found[0].dtype)
    at = 0
    while found:
        part = found.pop()
        cells[at : at + len(part)] = part
        at += len(part)
    cells.sort()
    twice = np.flatnonzero(cells[1:] == cells[:-1])
    if twice.size:
        number = pixelisation.of_nested(cells[twice[:1]].astype(np.int64))[0]
        raise MapError(f"has pixel {number} twice")
    return Stretches.of(pixelisation.order, cells), is_sorted


def _number_type(pixelisation: Pixelisation) -> type[np.uint32] | type[np.int64]:
    return np.uint32 if pixelisation.count < 1 << 32 else np.int64


def _by_rows(rows: PixelRows, layout: PixelLayout) -> tuple[list[NDArray[np.integer]], bool]:
    """NESTED numbers of observed pixels as they are stored, and whether their own numbers rise."""
    found: list[NDArray[np.integer]] = []
    is_sorted, last = True, -1
    for places in rows.chunks():
        numbers = rows.numbers(places)
        wrong = np.flatnonzero((numbers < 0) | (numbers >= layout.pixelisation.count))
        if wrong.size:
            raise MapError(
                f"has pixel {numbers[wrong[0]]} in place {places[wrong[0]]}, where NSIDE"
                f" {layout.pixelisation.nside} has 0 to {layout.pixelisation.count - 1}"
            )
        is_sorted = is_sorted and bool(numbers[0] > last and (np.diff(numbers) > 0).all())
        last = int(numbers[-1])
        nested = layout.pixelisation.to_nested(numbers[_observed(rows, layout, places)])
        found.append(nested.astype(_number_type(layout.pixelisation)))
    return found, is_sorted


def _by_patches(rows: PixelRows, layout: PixelLayout) -> Iterator[NDArray[np.integer]]:
    """NESTED numbers of the observed pixels of a whole sky in rings, patch by patch."""
    for start in range(0, layout.pixelisation.count, CHUNK):
        nested = np.arange(start, min(start + CHUNK, layout.pixelisation.count))
        numbers = layout.pixelisation.of_nested(nested)
        order = np.argsort(numbers)
        places = numbers[order] - layout.first
        stored = (places >= 0) & (places < layout.count)
        good = order[stored][_observed(rows, layout, places[stored])]
        yield nested[good].astype(_number_type(layout.pixelisation))


def _observed(rows: PixelRows, layout: PixelLayout, places: Indices) -> NDArray[np.bool_]:
    good = np.isfinite(rows.values(layout.sci, places))
    if layout.partner is not None:
        good &= np.isfinite(rows.values(layout.partner, places))
    return np.asarray(good & (weights_or_ones(rows, layout.wgt, places) > 0))


def _least_orders(found: Stretches, which: int, most: int) -> int:
    """By how many orders cells have to be larger to be few enough.

    Parameters
    ----------
    which
        0 for the number of stretches, 1 for that of cells.
    """
    orders = 0
    while orders < found.order and found.coarser_counts(orders)[which] > most:
        orders += 1
    return orders


def moc_of(observed: Stretches, pixelisation: Pixelisation) -> str:
    """Write observed pixels as a MOC in ASCII: cells are pixels, or larger where they are many."""
    found = observed
    if pixelisation.frame.name == "GALACTIC":
        found = _in_icrs(observed, pixelisation)
    found = found.coarser(_least_orders(found, 0, _MAX_STRETCHES))
    shift = 2 * (MAX_ORDER - found.order)
    pairs = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
    return write_ascii([(start << shift, end << shift) for start, end in pairs], found.order)


def _in_icrs(observed: Stretches, pixelisation: Pixelisation) -> Stretches:
    """Cells of the sky in ICRS that hold the centres of pixels of another frame."""
    order = max(0, observed.order - _COARSER)
    sky = Pixelisation(int(level_to_nside(order)), nested=True, frame=_ICRS)
    found = np.empty(0, np.int64)
    for cells in observed.cells():
        directions = pixelisation.directions(pixelisation.of_nested(cells))
        found = np.union1d(found, sky.pixels(*sky.angles(directions)))
    return Stretches.of(order, found)


def footprint_of(observed: Stretches, pixelisation: Pixelisation) -> tuple[SkyPolygon, ...]:
    """Polygons that together contain every observed pixel's centre, as ``footprint`` has them."""
    found = observed.coarser(_least_orders(observed, 1, _MAX_CELLS))
    larger = Pixelisation(int(level_to_nside(found.order)), nested=True, frame=pixelisation.frame)
    cells = np.concatenate(list(found.cells()))
    # Some at a time: their angles take several times the memory of the vectors.
    parts = range(0, len(cells), _DIRECTIONS)
    directions = np.concatenate(
        [larger.directions(cells[low : low + _DIRECTIONS]) for low in parts], axis=1
    )
    if _reach(directions) <= _WIDEST_DEG:
        return _polygons(directions, larger.scale_arcmin / 60)
    base = cells >> (2 * found.order)
    return tuple(
        polygon
        for each in np.unique(base)
        for polygon in _polygons(directions[:, base == each], larger.scale_arcmin / 60)
    )


def _middle(directions: Floats) -> Floats:
    middle = directions.mean(axis=1)
    length = float(np.linalg.norm(middle))
    return middle / length if length > 1e-6 else np.array([0.0, 0.0, 1.0])


def _reach(directions: Floats) -> float:
    """Greatest distance from their middle [deg]."""
    return math.degrees(math.acos(max(-1.0, float((_middle(directions) @ directions).min()))))


def _polygons(directions: Floats, side_deg: float) -> tuple[SkyPolygon, ...]:
    """Footprint of cells of a side, drawn on an equal-area plane around their middle."""
    reach = _reach(directions) + side_deg
    block = max(3 * side_deg, 2 * reach / _BLOCKS)
    across = 2 * math.ceil(reach / block) + 6
    wcs = _plane(_middle(directions), block, across)
    x, y, z = directions
    lon, lat = np.degrees(np.arctan2(y, x)), np.degrees(np.arctan2(z, np.hypot(x, y)))
    columns, lines = np.rint(wcs.wcs_world2pix(lon, lat, 0)).astype(np.int64)
    mask = np.zeros((across, across), bool)
    mask[lines, columns] = True
    # The pixels of a cell may lie in the next block.
    return footprint(ndimage.binary_dilation(mask, np.ones((3, 3))), wcs, _ICRS)


def _plane(middle: Floats, block: float, across: int) -> WCS:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = "RA---ZEA", "DEC--ZEA"
    wcs.wcs.crval = (
        math.degrees(math.atan2(middle[1], middle[0])) % 360,
        math.degrees(math.atan2(middle[2], math.hypot(middle[0], middle[1]))),
    )
    wcs.wcs.crpix = (across + 1) / 2, (across + 1) / 2
    wcs.wcs.cdelt = -block, block
    wcs.wcs.radesys = "ICRS"
    wcs.wcs.set()
    return wcs
