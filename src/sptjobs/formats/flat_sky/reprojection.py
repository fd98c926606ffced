"""Resampling a map to another grid by reproject, from a window around it."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from astropy.wcs import WCS
from reproject import reproject_adaptive, reproject_exact, reproject_interp

from sptjobs.formats.flat_sky.images import Image, as_floats
from sptjobs.formats.flat_sky.inpainting import inpainted
from sptjobs.formats.flat_sky.placing import margin
from sptjobs.formats.flat_sky.wcs import full_cards, map_wcs, sky_to_pixel
from sptjobs.formats.geometry import Box
from sptjobs.formats.map_content import OutputGrid, Pixels
from sptjobs.formats.sky_positions import Floats
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order

_OUTLINE = 9
"""Points along each side that a stamp's outline is followed by."""


def resample(
    record: MapRecord, sci: Image, wgt: Image, grid: OutputGrid, order: Order
) -> tuple[Pixels, Pixels] | None:
    """Pixels and weights on another grid; None when none of its pixel centres is on the map."""
    output, shape = map_wcs(grid.wcs), grid.shape
    if not _meets(record, output, shape):
        return None
    reach = margin(record, order, grid.pixel_scale)
    window = _outline_box(record, output, shape).grown(reach).clipped(record.shape)
    weights = _native_endian(wgt.window(window))
    pixels = _native_endian(sci.window(window))
    pixels = np.where((weights > 0) & np.isfinite(pixels), pixels, np.nan).astype(pixels.dtype)
    source = map_wcs(full_cards(record), x0=window.x0, y0=window.y0)
    values = _resampled(pixels, source, output, shape, order)
    nearest = np.nan_to_num(_interpolated(weights, source, output, shape, "nearest-neighbor"))
    values[~(nearest > 0)] = np.nan
    return values.astype(pixels.dtype), nearest.astype(weights.dtype)


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
    """Cubic spline through the observed pixels, wherever bilinear interpolation finds a value.

    Without unobserved pixels within 14 of them values are those of a spline through the
    whole map. Beside a hole the spline goes on over it as the least bent surface does: a
    plane is continued exactly. It still passes through every observed pixel.
    """
    if not np.isnan(sci).any():
        return _interpolated(sci, source, output, shape, "bicubic")
    values = _interpolated(sci, source, output, shape, "bilinear")
    observed = np.isfinite(values)
    if observed.any():
        whole = inpainted(sci.astype(np.float64))
        values[observed] = _interpolated(whole, source, output, shape, "bicubic")[observed]
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
