"""The FITS files of all stamps of a sheet: the bytes that each would have by itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.checksums import Bytes, encoded, with_carries, word_sums
from sptjobs.cutouts.stamps.header_bytes import (
    BLOCK,
    CARD,
    checksum_card,
    datasum_card,
    header_bytes,
)
from sptjobs.cutouts.stamps.stamp_file import stamp_file, structure_cards
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate, about_cards
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_content import Plane

_SIGNATURE = slice(11, 27)
"""Where the 16 characters of a checksum stand on its card."""


def sheet_files(
    template: HeaderTemplate, targets: Sequence[PartTarget], sheet: StampSheet
) -> list[bytes]:
    """Write each stamp of a sheet as ``stamp_file`` does, all checksums at once."""
    wcs = template.wcs_of_all(sheet.windows)
    places = zip(sheet.windows.x, sheet.windows.y, strict=True)
    columns = (targets, places, sheet.north, sheet.covered, sheet.noise, sheet.centre_covered)
    about = [about_cards(*each, centre=centre) for *each, centre in zip(*columns, strict=True)]
    if len(set(map(len, about))) > 1 or any("CONTINUE" in cards for cards in about):
        # Names are so long that headers differ in more than numbers.
        return [stamp_file(template, t, sheet.stamp(n)) for n, t in enumerate(targets)]
    images = []
    for plane, pixels in ((Plane.SCI, sheet.sci), (Plane.WGT, sheet.wgt)):
        if plane in template.common:
            shifted = template.shifted_of_all(plane, sheet.windows)
            cards = list(map("".join, zip(wcs, shifted, about, strict=True)))
            images.append(_Image(plane, pixels, cards, template.common[plane]))
    files = np.zeros((len(sheet), sum(image.size for image in images)), np.uint8)
    begin = 0
    for image in images:
        image.write(files[:, begin : begin + image.size])
        begin += image.size
    return [row.tobytes() for row in files]


class _Image:
    """One HDU of each stamp of a sheet.

    Parameters
    ----------
    pixels
        Shape (n, ny, nx), in the byte order of this machine.
    cards
        Those of each header that are its stamp's own, all of one length.
    common
        Those that all of them have, behind.
    """

    def __init__(
        self, plane: Plane, pixels: NDArray[Any], cards: Sequence[str], common: str
    ) -> None:
        start = structure_cards(plane, pixels)(common)
        self._words = pixels.reshape(len(pixels), -1)
        self._cards = _rows(cards)
        self._begin = len(start)
        self._checksum = self._begin + len(cards[0]) + len(common)
        zeros = checksum_card("0" * 16) + datasum_card(0)
        self._header = header_bytes(start + "0" * len(cards[0]) + common + zeros)

    @property
    def size(self) -> int:
        """Size of the HDU in a file [byte]."""
        data = self._words.shape[1] * self._words.itemsize
        return len(self._header) + data + -data % BLOCK

    def write(self, files: Bytes) -> None:
        """Write the HDU of each stamp into its row, which is as long and full of zeros."""
        length, itemsize = len(self._header), self._words.itemsize
        data = files[:, length : length + self._words.shape[1] * itemsize]
        data.view(f">f{itemsize}")[:] = self._words
        data_sums = word_sums(self._words.view(np.uint32))
        header = files[:, :length]
        header[:] = np.frombuffer(self._header, np.uint8)
        header[:, self._begin : self._begin + self._cards.shape[1]] = self._cards
        header[:, self._checksum + CARD : self._checksum + 2 * CARD] = _rows(
            list(map(datasum_card, data_sums.tolist()))
        )
        sums = word_sums(np.ascontiguousarray(header).view(">u4").astype(np.uint32))
        signature = slice(self._checksum + _SIGNATURE.start, self._checksum + _SIGNATURE.stop)
        header[:, signature] = encoded(with_carries(sums + data_sums))


def _rows(texts: Sequence[str]) -> Bytes:
    """Texts of one length as rows of bytes."""
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(len(texts), -1)
