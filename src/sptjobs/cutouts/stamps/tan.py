"""North-up gnomonic stamps, resampled by reproject from a window around each target."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from astropy.wcs import WCS
from numpy.typing import NDArray
from reproject import reproject_adaptive, reproject_exact, reproject_interp

from sptjobs.cutouts.plan.part_plan import Pair, PartTarget, Style
from sptjobs.cutouts.stamps.stamp import Stamp, as_floats
from sptjobs.formats.flat_sky.geometry import Box, stamp_box, stamp_shape
from sptjobs.formats.flat_sky.open_map import OpenMap
from sptjobs.formats.flat_sky.wcs import Floats, full_cards, map_wcs, sky_to_pixel
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order

Pixels = NDArray[Any]
Cards = dict[str, float | int | str | bool]

_OUTLINE = 9
"""Points along each side that a stamp's outline is followed by."""
_REACH = {Order.NEAREST: 2, Order.BILINEAR: 2, Order.BICUBIC: 14}
"""Map pixels beyond the outline that a value depends on; the spline filter's memory is
0.268 a pixel, 1e-8 after 14."""


def tan_cards(target: PartTarget, scale_arcmin: float) -> tuple[Cards, tuple[int, int]]:
    """WCS cards and shape (ny, nx) of a north-up TAN stamp centred on a target."""
    ny, nx = stamp_shape(target.xsize, target.ysize, scale_arcmin)
    cards: Cards = {
        "WCSAXES": 2,
        "CTYPE1": "RA---TAN",
        "CTYPE2": "DEC--TAN",
        "CRPIX1": (nx + 1) / 2,
        "CRPIX2": (ny + 1) / 2,
        "CRVAL1": target.ra,
        "CRVAL2": target.dec,
        "CDELT1": -scale_arcmin / 60,
        "CDELT2": scale_arcmin / 60,
        "CUNIT1": "deg",
        "CUNIT2": "deg",
        "LONPOLE": 180.0,
        "LATPOLE": target.dec,
        "RADESYS": "ICRS",
    }
    return cards, (ny, nx)


def tan_reach(record: MapRecord, target: PartTarget, pair: Pair, style: Style) -> Box:
    """About the window of the map that a stamp needs, without projecting it."""
    radius = math.hypot(target.xsize, target.ysize) / 2 / record.pixel_scale_arcmin
    side = 2 * (math.ceil(radius) + _margin(style, record))
    return stamp_box(pair.x, pair.y, (side, side))


def tan_stamp(opened: OpenMap, target: PartTarget, style: Style) -> Stamp | None:
    """Resample a stamp; None when none of its pixel centres lies on the map.

    Unobserved map pixels count as NaN. A pixel of the stamp is unobserved where
    the chosen order needs one of them. WGT is that of the nearest map pixel.
    """
    record = opened.record
    cards, shape = tan_cards(target, style.pixel_scale or record.pixel_scale_arcmin)
    output = map_wcs(cards)
    if not _meets(record, output, shape):
        return None
    window = _outline_box(record, output, shape).grown(_margin(style, record))
    window = window.clipped(record.shape)
    wgt = _native_endian(opened.wgt.window(window))
    sci = _native_endian(opened.sci.window(window))
    sci = np.where((wgt > 0) & np.isfinite(sci), sci, np.nan).astype(sci.dtype)
    source = map_wcs(full_cards(record), x0=window.x0, y0=window.y0)
    values = _resampled(sci, source, output, shape, style.order)
    weights = np.nan_to_num(_interpolated(wgt, source, output, shape, "nearest-neighbor"))
    values[~(weights > 0)] = np.nan
    return Stamp(
        sci=values.astype(sci.dtype),
        wgt=weights.astype(wgt.dtype),
        wcs=cards,
        targ_x=float(cards["CRPIX1"]),
        targ_y=float(cards["CRPIX2"]),
        north=0.0,
    )


def _margin(style: Style, record: MapRecord) -> int:
    """Map pixels beyond a stamp's outline that its values depend on."""
    if style.order in _REACH:
        return _REACH[style.order]
    ratio = max(1.0, (style.pixel_scale or 0.0) / record.pixel_scale_arcmin)
    # Adaptive takes samples within two output pixels, exact within one.
    return math.ceil(4 * ratio) + 3


def _meets(record: MapRecord, output: WCS, shape: tuple[int, int]) -> bool:
    """Whether the centre of any pixel of the stamp lies on a pixel of the map."""
    ny, nx = record.shape
    rows, columns = (np.arange(side, dtype=np.float64) for side in shape)
    x, y = _map_pixels(record, output, *np.meshgrid(columns, rows))
    with np.errstate(invalid="ignore"):
        on_map = (x >= -0.5) & (x < nx - 0.5) & (y >= -0.5) & (y < ny - 0.5)
    return bool(on_map.any())


def _outline_box(record: MapRecord, output: WCS, shape: tuple[int, int]) -> Box:
    """Smallest box of map pixels around a stamp."""
    ny, nx = shape
    across = np.linspace(-0.5, nx - 0.5, _OUTLINE)
    up = np.linspace(-0.5, ny - 0.5, _OUTLINE)
    x, y = _map_pixels(record, output, *np.meshgrid(across, up))
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    return Box(
        math.floor(x.min()), math.floor(y.min()), math.ceil(x.max()) + 1, math.ceil(y.max()) + 1
    )


def _map_pixels(record: MapRecord, output: WCS, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    ra, dec = output.wcs_pix2world(x.ravel(), y.ravel(), 0)
    return sky_to_pixel(record, ra, dec)


def _resampled(
    sci: Pixels, source: WCS, output: WCS, shape: tuple[int, int], order: Order
) -> Pixels:
    match order:
        case Order.NEAREST:
            return _interpolated(sci, source, output, shape, "nearest-neighbor")
        case Order.BILINEAR:
            return _interpolated(sci, source, output, shape, "bilinear")
        case Order.BICUBIC:
            return _bicubic(sci, source, output, shape)
        case Order.ADAPTIVE:
            return _reprojected(reproject_adaptive, sci, source, output, shape)
        case Order.EXACT:
            return _reprojected(reproject_exact, sci, source, output, shape, parallel=False)


def _bicubic(sci: Pixels, source: WCS, output: WCS, shape: tuple[int, int]) -> Pixels:
    """Cubic spline in which one unobserved pixel does not spoil the whole stamp.

    The spline filter spreads a NaN over all pixels: unobserved ones are filled with
    0, and taken out again wherever bilinear interpolation would touch them.
    """
    values = _interpolated(np.nan_to_num(sci), source, output, shape, "bicubic")
    if np.isnan(sci).any():
        values[np.isnan(_interpolated(sci, source, output, shape, "bilinear"))] = np.nan
    return values


def _interpolated(
    pixels: Pixels, source: WCS, output: WCS, shape: tuple[int, int], order: str
) -> Pixels:
    return _reprojected(
        reproject_interp, pixels, source, output, shape, order=order, roundtrip_coords=False
    )


def _reprojected(
    resample: Callable[..., Any],
    pixels: Pixels,
    source: WCS,
    output: WCS,
    shape: tuple[int, int],
    **options: Any,
) -> Pixels:
    values = resample((pixels, source), output, shape_out=shape, return_footprint=False, **options)
    return np.asarray(values, dtype=np.float64)


def _native_endian(pixels: Pixels) -> Pixels:
    floats = as_floats(pixels)
    return floats.astype(floats.dtype.newbyteorder("="))
