"""The table of an image's tiles that GZIP compressed, as it stands in the file.

References
----------
FITS Standard 4.0, section 10.1 (the table of tiles), section 10.2 (quantisation).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.tiles.dither import LENGTH
from sptjobs.formats.sky_positions import Floats, Indices
from sptjobs.formats.stored_file import OpenFile

_FORMATS = {"PB": ">i4", "QB": ">i8"}
_NUMBERS = {"D": ">f8", "E": ">f4", "J": ">i4", "I": ">i2", "K": ">i8", "B": "u1"}
_DITHERED = frozenset({"NONE", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2"})
"""Values of ZQUANTIZ that readers take for dithering; NONE is one by their common usage."""


@dataclass(frozen=True, slots=True)
class PackedTile:
    """Where a packed tile is: bytes ``begin`` to ``end`` of the file."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class TileTable:
    """How the tiles of a floating-point image are stored.

    Attributes
    ----------
    shape, tile
        Rows and columns of the image, and of its tiles but those at the far sides.
    shuffled
        Whether the bytes of values stand sorted by their significance (GZIP_2).
    dtype
        Of the image, as this machine has it.
    heap
        First byte of the heap in the file, and its end.
    packed, lossless
        Size and place in the heap of each tile, (n, 2); and of what could not be rounded
        and is packed as it was, where there is such a column.
    scale, zero
        Steps and offsets of each tile, where values were rounded to steps.
    blank
        What stands for no value, for each tile.
    seeds
        Place of each tile in the list of dithering.
    keeps_zero
        Whether zeros were kept out of dithering.
    """

    shape: tuple[int, int]
    tile: tuple[int, int]
    shuffled: bool
    dtype: np.dtype[Any]
    heap: tuple[int, int]
    packed: Indices
    lossless: Indices | None
    scale: Floats | None
    zero: Floats | None
    blank: Indices | None
    seeds: Indices | None
    keeps_zero: bool

    @property
    def itemsize(self) -> int:
        """Bytes of a value before it was packed."""
        return self.dtype.itemsize if self.scale is None else 4

    @property
    def tiles_across(self) -> int:
        """Tiles in a row of them."""
        return -(-self.shape[1] // self.tile[1])

    @property
    def size_bytes(self) -> int:
        """Memory that it takes."""
        columns = (self.packed, self.lossless, self.scale, self.zero, self.blank, self.seeds)
        return sum(column.nbytes for column in columns if column is not None)

    def piece(self, number: int) -> tuple[PackedTile | None, bool]:
        """Where a tile is, None where not in this table; and whether it was left unrounded."""
        size, place = self.packed[number].tolist()
        unrounded = size == 0
        if unrounded:
            if self.lossless is None:
                return None, True
            size, place = self.lossless[number].tolist()
        begin = self.heap[0] + place
        if size <= 0 or place < 0 or begin + size > self.heap[1]:
            return None, unrounded
        return PackedTile(begin, begin + size), unrounded


def read_tile_table(hdu: Any, file: OpenFile) -> TileTable | None:
    """Read the table of an image's tiles; None where only astropy knows how to read them.

    Parameters
    ----------
    hdu
        The image, a ``CompImageHDU`` of the same file.
    """
    if hdu.compression_type not in {"GZIP_1", "GZIP_2"}:
        return None
    about = hdu.fileinfo()
    file.stream.seek(about["hdrLoc"])
    header = fits.Header.fromfile(file.stream)
    dtype = _row_type(header)
    count = math.prod(-(-s // t) for s, t in zip(hdu.shape, hdu.tile_shape, strict=True))
    if dtype is None or not _is_usual(header, dtype) or header["NAXIS2"] != count:
        return None
    file.stream.seek(about["datLoc"])
    content = file.stream.read(header["NAXIS1"] * count)
    if len(content) < header["NAXIS1"] * count:
        return None
    columns = np.frombuffer(content, dtype)
    quantized, blank = "ZSCALE" in (dtype.names or ()), _blank(columns, header, hdu.header)
    if blank is not None and not quantized:
        return None
    method = header.get("ZQUANTIZ", "NO_DITHER") if quantized else "NO_DITHER"
    place, size = about["datLoc"], header["NAXIS1"] * count
    return TileTable(
        shape=hdu.shape,
        tile=tuple(hdu.tile_shape),
        shuffled=hdu.compression_type == "GZIP_2",
        dtype=np.dtype(f"f{-header['ZBITPIX'] // 8}"),
        heap=(place + header.get("THEAP", size), place + size + header["PCOUNT"]),
        packed=_integers(columns["COMPRESSED_DATA"]),
        lossless=_lossless(columns),
        scale=columns["ZSCALE"].astype(np.float64) if quantized else None,
        zero=columns["ZZERO"].astype(np.float64) if quantized else None,
        blank=blank,
        seeds=_seeds(header["ZDITHER0"], count) if method in _DITHERED else None,
        keeps_zero=method == "SUBTRACTIVE_DITHER_2",
    )


def _row_type(header: Mapping[str, Any]) -> np.dtype[Any] | None:
    """The rows of the table; None where a column is of a kind that tables of tiles do not have."""
    fields: list[tuple[Any, ...]] = []
    for number in range(1, header["TFIELDS"] + 1):
        name, form = header[f"TTYPE{number}"], header[f"TFORM{number}"].strip().removeprefix("1")
        if form[:2] in _FORMATS:
            fields.append((name, _FORMATS[form[:2]], (2,)))
        elif form in _NUMBERS:
            fields.append((name, _NUMBERS[form]))
        else:
            return None
    dtype = np.dtype(fields)
    return dtype if dtype.itemsize == header["NAXIS1"] else None


def _is_usual(header: Mapping[str, Any], dtype: np.dtype[Any]) -> bool:
    """Whether the columns alone hold the pixels, as all programs that write such files have it."""
    names = set(dtype.names or ())
    if header["ZBITPIX"] not in {-32, -64} or {"ZSCALE", "ZZERO"} & set(header):
        return False
    if "COMPRESSED_DATA" not in names or {"BSCALE", "BZERO", "TZERO1", "TSCAL1"} & set(header):
        return False
    if "ZSCALE" not in names:
        return True
    if "ZZERO" not in names or dtype["ZSCALE"] != ">f8" or dtype["ZZERO"] != ">f8":
        return False
    method, seed = header.get("ZQUANTIZ", "NO_DITHER"), header.get("ZDITHER0", 0)
    if method in _DITHERED:
        return type(seed) is int and 1 <= seed <= LENGTH
    return bool(method == "NO_DITHER")


def _integers(column: NDArray[Any]) -> Indices:
    return column.astype(np.int64)


def _lossless(columns: NDArray[Any]) -> Indices | None:
    if "GZIP_COMPRESSED_DATA" not in (columns.dtype.names or ()):
        return None
    return _integers(columns["GZIP_COMPRESSED_DATA"])


def _blank(
    columns: NDArray[Any], header: Mapping[str, Any], image: Mapping[str, Any]
) -> Indices | None:
    if "ZBLANK" in (columns.dtype.names or ()):
        return _integers(columns["ZBLANK"])
    value = header.get("ZBLANK", image.get("BLANK"))
    return None if value is None else np.full(len(columns), value, np.int64)


def _seeds(first: int, count: int) -> Indices:
    return (np.arange(count) + first - 1) % LENGTH
