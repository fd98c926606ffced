"""An open flat-sky FITS map: windows of its two images, and what its headers say."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from sptjobs.formats.carried_cards import is_of_the_grid
from sptjobs.formats.flat_sky.images import (
    Image,
    as_floats,
    stacked,
)
from sptjobs.formats.flat_sky.map_headers import MapHeaders
from sptjobs.formats.flat_sky.pixel_sides import has_even_pixels
from sptjobs.formats.flat_sky.placing import (
    SAMPLED,
    margin,
    native_box,
    native_corners,
    pixel_box,
)
from sptjobs.formats.flat_sky.polarised_pair import PolarisedPair, turned_cards
from sptjobs.formats.flat_sky.wcs import full_cards
from sptjobs.formats.flat_sky.wcs_places import wcs_places
from sptjobs.formats.flat_sky.zenithal import MapPlaces, grid_places, zenithal
from sptjobs.formats.geometry import Box
from sptjobs.formats.map_content import Loss, MapWindow, OutputGrid, Pixels, Plane, SourceCard
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.north_up import windows_of
from sptjobs.formats.placement import Need
from sptjobs.formats.stokes import OF_FEEDS, PAIR
from sptjobs.formats.windows import Windows
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order
from sptjobs.request.stamp_memory import MAX_STAMP_PIXELS

_SAMPLED_PIXELS = 1 << 14
"""Pixels that are resampled at a time: few enough that a processor keeps them at hand."""


class FlatMap(OpenMap):
    """An open flat-sky map.

    Parameters
    ----------
    record
        What the catalogue knows of it.
    headers, images
        Of both planes.
    pair
        Opens the partner of a map of Q or U.
    opened
        Opens another map in the same file.
    """

    def __init__(
        self,
        record: MapRecord,
        headers: MapHeaders,
        images: Mapping[Plane, Image],
        pair: Callable[[], PolarisedPair],
        opened: Callable[[MapRecord], "FlatMap"],
    ) -> None:
        self.record = record
        self._headers, self._images = headers, images
        self._pair, self._opened = cache(pair), opened
        self._wcs = full_cards(record)

    def of_state(self, state: str) -> "FlatMap":
        """The map that another plane of the same file is."""
        record = self.record.of_state(state)
        return self if record is self.record else self._opened(record)

    def native(self, need: Need, *, pad: bool) -> MapWindow | None:
        """Read the pixels around a place."""
        box = native_box(self.record, need)
        if not has_even_pixels(self.record):
            _check_size(box)
        inside = box.clipped(self.record.shape)
        if inside.is_empty:
            return None
        if not pad:
            box = inside
        wcs = dict(self._wcs)
        wcs["CRPIX1"] = float(wcs["CRPIX1"]) - box.x0
        wcs["CRPIX2"] = float(wcs["CRPIX2"]) - box.y0
        return MapWindow(
            sci=_padded(self._images[Plane.SCI].window(inside), inside, box, np.nan),
            wgt=_padded(self._images[Plane.WGT].window(inside), inside, box, 0.0),
            wcs=wcs,
            x=need.x - box.x0 + 1,
            y=need.y - box.y0 + 1,
        )

    def natives(self, needs: Sequence[Need], *, pad: bool) -> Windows | None:
        """Read the pixels around places, unless the map's edge would clip one of them."""
        if not has_even_pixels(self.record):
            return None
        size, x0, y0 = native_corners(self.record, needs)
        (ny, nx), (rows, columns) = size, self.record.shape
        x1, y1 = x0 + nx, y0 + ny
        if not ((x0 < columns) & (y0 < rows) & (x1 > 0) & (y1 > 0)).all():
            return None
        if not pad and not ((x0 >= 0) & (y0 >= 0) & (x1 <= columns) & (y1 <= rows)).all():
            return None
        left, low = np.maximum(x0, 0), np.maximum(y0, 0)
        right, high = np.minimum(x1, columns), np.minimum(y1, rows)
        boxes = np.stack([left, low, right, high], axis=1)
        starts = np.stack([low - y0, left - x0], axis=1)
        crpix = {
            "CRPIX1": float(self._wcs["CRPIX1"]) - x0,
            "CRPIX2": float(self._wcs["CRPIX2"]) - y0,
        }
        varying = {name: values.tolist() for name, values in crpix.items()}
        x, y = np.array([need.x for need in needs]), np.array([need.y for need in needs])
        return Windows(
            sci=stacked(self._images[Plane.SCI], boxes, size, np.nan, starts),
            wgt=stacked(self._images[Plane.WGT], boxes, size, 0.0, starts),
            wcs=self._wcs | {name: values[0] for name, values in varying.items()},
            varying=varying,
            x=(x - x0 + 1).tolist(),
            y=(y - y0 + 1).tolist(),
        )

    def resampled(self, grid: OutputGrid, order: Order) -> tuple[Pixels, Pixels] | None:
        """Resample by a few sums where the projection allows it, else by reproject.

        Q and U are turned to the grid's north (+y), the angle growing from north to east (IAU).
        """
        self._check_turns()
        images = self._turned(grid)
        places = self._places([grid], order)
        if places is not None:
            found = self._sampled(images, places, grid, order)
            return None if found is None else (found[0][0], found[1][0])
        # It takes two seconds to load, and native stamps never need it.
        from sptjobs.formats.flat_sky.reprojection import resample  # noqa: PLC0415 - see above

        return resample(self.record, *images, grid, order)

    def resampled_all(self, grids: Sequence[OutputGrid], order: Order) -> Windows | None:
        """Resample to grids of one shape, unless one is off the map or far from its centre.

        Q and U are resampled one by one: each grid has a north of its own.
        """
        if self._is_polarised or self._headers[Plane.SCI].stokes in OF_FEEDS:
            return None
        step = max(1, _SAMPLED_PIXELS // math.prod(grids[0].shape))
        images = self._images[Plane.SCI], self._images[Plane.WGT]
        found = []
        for begin in range(0, len(grids), step):
            places = self._places(grids[begin : begin + step], order)
            planes = None if places is None else self._sampled(images, places, grids[0], order)
            if planes is None:
                return None
            found.append(planes)
        return windows_of(grids, found)

    @property
    def _is_polarised(self) -> bool:
        return self._headers[Plane.SCI].stokes in PAIR

    def _check_turns(self) -> None:
        """Refuse to resample what would have to be turned, and cannot."""
        stokes = self._headers[Plane.SCI].stokes
        if stokes in OF_FEEDS:
            raise MapError(
                f"the map holds {stokes}, which changes where north does and cannot be turned to"
                " a stamp's north; ask for native stamps"
            )

    def _turned(self, grid: OutputGrid) -> tuple[Image, Image]:
        """Pixels and weights; of Q and U the pixels against the north of a grid."""
        sci, wgt = self._images[Plane.SCI], self._images[Plane.WGT]
        return (self._pair().turned_to(grid, sci) if self._is_polarised else sci), wgt

    def _places(self, grids: Sequence[OutputGrid], order: Order) -> MapPlaces | None:
        """Map pixels of grids of one shape, by plane algebra or by wcslib; None for reproject."""
        if order not in SAMPLED:
            return None
        way = zenithal(self.record)
        return wcs_places(self.record, grids) if way is None else grid_places(way, grids)

    def _sampled(
        self, images: tuple[Image, Image], places: MapPlaces, grid: OutputGrid, order: Order
    ) -> tuple[Pixels, Pixels] | None:
        # So do the splines of scipy take their time to load.
        from sptjobs.formats.flat_sky.pixel_interpolation import sampled  # noqa: PLC0415 - see above

        reach = margin(self.record, order, grid.pixel_scale)
        return sampled(images, self.record.shape, places, order, reach)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Read one pixel of both images; Q and U turned to north in ICRS, as the IAU has it."""
        box = pixel_box(x, y)
        sci, wgt = (self._images[plane].window(box) for plane in Plane)
        if self._is_polarised:
            sci = self._pair().turned_pixel(as_floats(sci), box)
        return float(sci[0, 0]), float(wgt[0, 0])

    def box(self, x0: int, y0: int, x1: int, y1: int) -> tuple[Pixels, Pixels]:
        """Read a box of both images."""
        box = Box(x0, y0, x1, y1)
        sci, wgt = (as_floats(self._images[plane].window(box)) for plane in Plane)
        return sci, wgt

    @property
    def is_weighted(self) -> bool:
        """Whether the header says WEIGHTED."""
        return self._headers[Plane.SCI].is_weighted

    def carried(self, plane: Plane, *, resampled: bool) -> Sequence[SourceCard]:
        """Cards of an image's header that hold for stamps too."""
        cards = self._headers[plane].carried
        if not resampled:
            return cards
        kept = [card for card in cards if not is_of_the_grid(card)]
        return turned_cards(kept) if plane is Plane.SCI and self._is_polarised else kept

    def loss(self, plane: Plane) -> Loss | None:
        """What the compression of an image's tiles has taken."""
        return self._headers[plane].loss

    def shifted(self, plane: Plane, wcs: Mapping[str, Any]) -> dict[str, Any]:
        """The projection's centre in the stamp's pixels, as spt3g spells it."""
        shift = {
            "X0": wcs["CRPIX1"] - float(self.record.wcs["CRPIX1"]),
            "Y0": wcs["CRPIX2"] - float(self.record.wcs["CRPIX2"]),
        }
        return {name: value + shift[name] for name, value in self._headers[plane].origin}


def _check_size(box: Box) -> None:
    """Refuse what near the pole of a cylindrical map would take most of it."""
    ny, nx = box.shape
    if ny * nx > MAX_STAMP_PIXELS:
        raise MapError(
            f"the stamp would have {nx} x {ny} pixels, so narrow are the map's there, and the"
            f" largest has {MAX_STAMP_PIXELS}; ask for a smaller one, or for a TAN stamp"
        )


def _padded(pixels: Pixels, inside: Box, box: Box, fill: float) -> Pixels:
    pixels = as_floats(pixels)
    if inside == box:
        return pixels
    stamp = np.full(box.shape, fill, dtype=pixels.dtype)
    stamp[inside.y0 - box.y0 : inside.y1 - box.y0, inside.x0 - box.x0 : inside.x1 - box.x0] = pixels
    return stamp
