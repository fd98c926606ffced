"""Images as GZIP_2 row tiles, quantised as the real maps are.

References
----------
FITS standard 4.0, section 10 (tiled image compression), 10.2 (quantisation).
"""

import struct
import zlib

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

QUANTIZE_LEVEL = 16.0
"""Steps of the stored integers per standard deviation of a row's noise."""

_NOISE_PER_MEDIAN = 0.6052697
_BLOCK = 2880
_MAX_STEPS = 1 << 30
_BLOCK_ROWS = 64
_ROW = np.dtype([("data", ">i4", 2), ("exact", ">i4", 2), ("scale", ">f8"), ("zero", ">f8")])


class TileImage:
    """An image that is compressed as its rows arrive, so that only the result is kept.

    Parameters
    ----------
    width
        Pixels in a row.
    bitpix
        -32 or -64: what the pixels become when they are read back.
    """

    def __init__(self, width: int, bitpix: int) -> None:
        self._width = width
        self._bitpix = bitpix
        self._rows: list[tuple[bytes, bytes, float, float]] = []

    def add_rows(self, rows: NDArray[np.floating]) -> None:
        """Append rows, shape (n, width)."""
        for low in range(0, rows.shape[0], _BLOCK_ROWS):
            self._rows += _compressed(rows[low : low + _BLOCK_ROWS], self._bitpix)

    def to_bytes(self, cards: fits.Header) -> bytes:
        """Return the whole extension: header, table and heap, each padded to FITS blocks."""
        table = np.zeros(len(self._rows), _ROW)
        heap: list[bytes] = []
        offset = 0
        for number, (data, exact, scale, zero) in enumerate(self._rows):
            table[number] = ((len(data), offset), (len(exact), offset), scale, zero)
            heap.append(data or exact)
            offset += len(heap[-1])
        body = table.tobytes() + b"".join(heap)
        header = bytes(self._header(cards, offset).tostring(), "ascii")
        return header + body + b"\0" * (-len(body) % _BLOCK)

    def _header(self, cards: fits.Header, heap_size: int) -> fits.Header:
        longest = max(len(data) for data, *_ in self._rows)
        longest_exact = max(len(exact) for _, exact, *_ in self._rows)
        header = fits.Header(
            [
                ("XTENSION", "BINTABLE", "binary table extension"),
                ("BITPIX", 8, "array data type"),
                ("NAXIS", 2, "number of array dimensions"),
                ("NAXIS1", _ROW.itemsize, "width of table in bytes"),
                ("NAXIS2", len(self._rows), "number of rows in table"),
                ("PCOUNT", heap_size, "number of group parameters"),
                ("GCOUNT", 1, "number of groups"),
                ("TFIELDS", 4, "number of fields in each row"),
                ("TTYPE1", "COMPRESSED_DATA", ""),
                ("TFORM1", f"1PB({longest})", ""),
                ("TTYPE2", "GZIP_COMPRESSED_DATA", ""),
                ("TFORM2", f"1PB({longest_exact})", ""),
                ("TTYPE3", "ZSCALE", ""),
                ("TFORM3", "1D", ""),
                ("TTYPE4", "ZZERO", ""),
                ("TFORM4", "1D", ""),
                ("ZIMAGE", True, "extension contains compressed image"),
                ("ZTENSION", "IMAGE", "Image extension"),
                ("ZBITPIX", self._bitpix, "array data type"),
                ("ZNAXIS", 2, "number of array dimensions"),
                ("ZNAXIS1", self._width, ""),
                ("ZNAXIS2", len(self._rows), ""),
                ("ZPCOUNT", 0, "number of parameters"),
                ("ZGCOUNT", 1, "number of groups"),
                ("ZTILE1", self._width, "size of tiles to be compressed"),
                ("ZTILE2", 1, "size of tiles to be compressed"),
                ("ZCMPTYPE", "GZIP_2", "compression algorithm"),
                ("ZQUANTIZ", "NO_DITHER", "quantization method"),
                ("ZNAME1", "NOISEBIT", "floating point quantization level"),
                ("ZVAL1", QUANTIZE_LEVEL, "floating point quantization level"),
            ]
        )
        header.extend(cards, strip=False, end=True)
        return header


def _compressed(rows: NDArray[np.floating], bitpix: int) -> list[tuple[bytes, bytes, float, float]]:
    """Compress rows: quantised bytes, or else exact bytes, scale and zero point of each."""
    low, high = rows.min(axis=1).astype(np.float64), rows.max(axis=1).astype(np.float64)
    step = np.array([_noise(row) for row in rows]) / QUANTIZE_LEVEL
    exact = high - low >= _MAX_STEPS * step
    step[exact] = 0.0
    divisor = np.where(exact, np.inf, step)
    # A zero point that is a whole number of steps gives exact zeros back.
    zero = np.rint(low / divisor) * step
    steps = np.rint((rows - zero[:, None]) / divisor[:, None]).astype(">i4")
    # GZIP_2 stores the first bytes of all integers, then the second bytes, and so on.
    shuffled = steps.view(np.uint8).reshape(*rows.shape, 4).transpose(0, 2, 1)
    kind = ">f8" if bitpix == -64 else ">f4"
    return [
        (b"", _gzip(rows[i].astype(kind).tobytes()), 0.0, 0.0)
        if exact[i]
        else (_gzip(shuffled[i].tobytes()), b"", float(step[i]), float(zero[i]))
        for i in range(rows.shape[0])
    ]


def _noise(row: NDArray[np.floating]) -> float:
    """Noise of a row by the median of third-order differences, unobserved pixels left out."""
    observed = row[row != 0]
    if observed.size < 16:
        return 0.0
    # A quarter of the differences tells the noise well enough.
    differences = np.abs(2 * observed[2:-2:4] - observed[:-4:4] - observed[4::4])
    middle = differences.size // 2
    return float(_NOISE_PER_MEDIAN * np.partition(differences, middle)[middle])


def _gzip(data: bytes) -> bytes:
    """Compress at level 1, as cfitsio does, with no time in the header."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15, 9)
    body = packer.compress(data) + packer.flush()
    head = b"\x1f\x8b\x08\x00" + b"\0" * 4 + b"\x04\xff"
    return head + body + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
