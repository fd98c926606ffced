"""What cutting costs: a rough model, by which jobs are divided and requests estimated.

The constants were measured on one core of an AMD EPYC with the files in the page
cache. They need to be right within a factor of two or so: parts that come out a
little longer or shorter cost nothing, a map opened once a stamp would.
"""

from dataclasses import dataclass

from sptjobs.maps.record import MapRecord
from sptjobs.products import registry
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection

OPEN_S = 0.012
"""Opening a map: headers, WCS, templates."""
INFLATE_S_PER_BYTE = 2.0e-8
"""Unpacking a ``.gz`` file to disk, per byte of it."""
GZIP_DECODE_S, DECODE_S = (1e-5, 7e-9), (1e-4, 3e-8)
"""Decoding a tile-compressed row of one image, by gzip or otherwise: fixed, and per pixel."""
NATIVE_S, NATIVE_S_PER_PIXEL = 3.5e-4, 2.0e-8
"""A native stamp: fixed, and per pixel."""
ZENITHAL = frozenset({"ZEA", "TAN", "STG", "SIN", "ARC"})
"""Projections of maps that plane algebra resamples."""
ZENITHAL_S = {
    Order.NEAREST: (1.5e-4, 1.0e-7),
    Order.BILINEAR: (1.5e-4, 1.2e-7),
    Order.BICUBIC: (1.8e-4, 2.0e-7),
}
"""A TAN stamp of such a map by order: fixed, and per pixel."""
PROJECTED_S = {
    Order.NEAREST: (1.5e-4, 2.5e-7),
    Order.BILINEAR: (1.5e-4, 2.7e-7),
    Order.BICUBIC: (1.8e-4, 3.5e-7),
}
"""A TAN stamp of a map of another projection, which wcslib has the pixels of."""
NO_GRID_S = (4.0e-3, 2.0e-6)
"""A TAN stamp of a map without rows and columns, by any order: fixed, and per pixel."""
TAN_S = {
    Order.ADAPTIVE: (0.036, 3.0e-6),
    Order.EXACT: (0.036, 6.0e-6),
}
"""A TAN stamp that reproject makes: fixed, and per pixel."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Estimated seconds for the stamps of one map."""

    opening: float
    per_row: float
    per_stamp: float
    per_pixel: float


def cost_of(record: MapRecord, request: CutoutRequest) -> Cost:
    """The cost of cutting what ``request`` asks for out of a map."""
    planes = max(1, len(request.polarizations))
    opening, per_row = planes * OPEN_S, 0.0
    if record.compression == "gzip":
        opening += INFLATE_S_PER_BYTE * record.size_bytes
    elif record.compression is not None:
        row_s, pixel_s = GZIP_DECODE_S if record.compression.startswith("GZIP") else DECODE_S
        per_row = 2 * planes * (row_s + pixel_s * record.shape[1])
    per_stamp, per_pixel = (planes * seconds for seconds in _stamp(record, request))
    products = registry.chosen(request.products)
    return Cost(
        opening,
        per_row,
        per_stamp + sum(product.stamp_s for product in products),
        per_pixel + sum(product.pixel_s for product in products),
    )


def _stamp(record: MapRecord, request: CutoutRequest) -> tuple[float, float]:
    """Seconds for the pixels of a stamp: fixed, and per pixel; nothing where none is made."""
    if not request.makes_stamps:
        return 0.0, 0.0
    if request.projection is Projection.NATIVE:
        return NATIVE_S, NATIVE_S_PER_PIXEL
    if not record.has_grid:
        return NO_GRID_S
    sampled = ZENITHAL_S if record.projection in ZENITHAL else PROJECTED_S
    return (sampled | TAN_S)[request.order]
