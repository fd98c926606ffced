"""Images as plain FITS extensions."""

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

_BLOCK = 2880


class PlainImageWriter:
    """An uncompressed 32-bit image that collects its rows."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._rows: list[bytes] = []
        self._height = 0

    def add_rows(self, rows: NDArray[np.floating]) -> None:
        """Append rows, shape (n, width)."""
        self._rows.append(rows.astype(">f4").tobytes())
        self._height += rows.shape[0]

    def to_bytes(self, cards: fits.Header) -> bytes:
        """Return the whole extension, header and pixels, each padded to FITS blocks."""
        header = fits.Header(
            [
                ("XTENSION", "IMAGE", "Image extension"),
                ("BITPIX", -32, "array data type"),
                ("NAXIS", 2, "number of array dimensions"),
                ("NAXIS1", self._width, ""),
                ("NAXIS2", self._height, ""),
                ("PCOUNT", 0, "number of parameters"),
                ("GCOUNT", 1, "number of groups"),
            ]
        )
        header.extend(cards, strip=False, end=True)
        body = b"".join(self._rows)
        return bytes(header.tostring(), "ascii") + body + b"\0" * (-len(body) % _BLOCK)
