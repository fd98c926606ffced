"""From the bytes that a tile was packed from to the values of the requested pixels."""

from typing import Any

import numpy as np
from isal import isal_zlib
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.tiles.dither import dither_values
from sptjobs.formats.flat_sky.tiles.tile_table import TileTable
from sptjobs.formats.sky_positions import Indices

RawBytes = NDArray[np.uint8]

_GZIP = 31
"""``wbits`` of zlib for data with the header and checksum of gzip."""
_ZERO = -2147483646
"""What stands for a zero that was kept out of dithering."""


def inflated(packed: bytes | memoryview, size: int) -> RawBytes | None:
    """Inflate bytes; None where they do not make ``size`` ones, or are damaged."""
    stream = isal_zlib.decompressobj(wbits=_GZIP)
    try:
        content = stream.decompress(packed, size + 1)
    except isal_zlib.error:  # type: ignore[misc]  # stubs: no class
        return None
    if len(content) != size or not stream.eof or stream.unused_data:
        return None
    return np.frombuffer(content, np.uint8)


def joined(parts: RawBytes, axis: int) -> RawBytes:
    """RawBytes of values with those of one value next to each other, which lie along ``axis``."""
    return np.ascontiguousarray(np.moveaxis(parts, axis, -1))


def values_of(table: TileTable, raw: RawBytes, tiles: Indices, pixels: Indices) -> NDArray[Any]:
    """Values as astropy has them, of this machine's byte order.

    Parameters
    ----------
    raw
        RawBytes of values, (…, bytes of a value), as ``joined`` gives them.
    tiles, pixels
        Numbers of tiles, and of pixels in their tiles, of shapes that go with that of the values.
    """
    kind = "f" if table.scale is None else "i"
    stored = raw.view(f">{kind}{table.itemsize}")[..., 0]
    if table.scale is None or table.zero is None:
        values = stored.astype(table.dtype)
    else:
        # What a damaged table makes of them is no number, and no matter for a warning.
        with np.errstate(all="ignore"):
            values = _scaled(table, stored, tiles, pixels).astype(table.dtype)
    if table.blank is not None:
        values[stored == table.blank[tiles]] = np.nan
    return values


def _scaled(
    table: TileTable, stored: NDArray[Any], tiles: Indices, pixels: Indices
) -> NDArray[np.float64]:
    """Undo the rounding to steps, in the order of operations that all readers have."""
    assert table.scale is not None
    assert table.zero is not None
    values = stored.astype(np.float64)
    if table.seeds is not None:
        values -= dither_values(table.seeds[tiles], pixels)
        values += 0.5
    values *= table.scale[tiles]
    values += table.zero[tiles]
    if table.keeps_zero:
        values[stored == _ZERO] = 0.0
    return values
