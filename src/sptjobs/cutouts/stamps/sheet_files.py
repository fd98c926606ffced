"""The FITS files of all stamps of a sheet: the bytes that each would have by itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.compiled.loops import compiled_loops
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.checksums import (
    FOUR_CHARACTERS,
    Bytes,
    Sums,
    encoded,
    with_carries,
    word_sums,
)
from sptjobs.cutouts.stamps.header_bytes import (
    BLOCK,
    CARD,
    checksum_card,
    datasum_card,
    header_bytes,
)
from sptjobs.cutouts.stamps.stamp_file import stamp_file, structure_cards
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_content import Plane
from sptjobs.packs.records import Content

_SIGNATURE = slice(11, 27)
"""Where the 16 characters of a checksum stand on its card."""

_SUM_CARD = datasum_card(0).encode("ascii")
"""A card of the sum of data, whose digits are replaced."""

_Cards = Mapping[Plane, Sequence[str]]


class SheetFiles:
    """Writes the stamps of a map, sheet by sheet, as ``stamp_file`` does each.

    What files of one shape have alike is written once into memory that is used again.

    Parameters
    ----------
    template
        Of their headers.
    """

    def __init__(self, template: HeaderTemplate) -> None:
        self._template = template
        self._form: _Form | None = None

    def written(self, targets: Sequence[PartTarget], sheet: StampSheet) -> list[Content]:
        """Write the file of each stamp; the bytes hold until this is called again."""
        cards = self._template.cards_of_all(targets, sheet)
        own = [each for rows in cards.values() for each in rows]
        if any(len(set(map(len, rows))) > 1 for rows in cards.values()) or any(
            "CONTINUE" in each for each in own
        ):
            # Names are so long that headers differ in more than numbers.
            template = self._template
            return [stamp_file(template, t, sheet.stamp(n)) for n, t in enumerate(targets)]
        kind = sheet.sci.shape[1:], sheet.sci.dtype, sheet.wgt.dtype, *map(len, own[:1])
        if self._form is None or not self._form.fits(kind, len(sheet)):
            self._form = _Form(kind, self._template, cards, sheet)
        return self._form.written(cards, sheet)


class _Form:
    """Memory for files that differ in some cards and in their pixels only."""

    def __init__(
        self, kind: Any, template: HeaderTemplate, cards: _Cards, sheet: StampSheet
    ) -> None:
        self._kind = kind
        self._hdus: dict[Plane, _Hdu] = {}
        size = 0
        for plane, rows in cards.items():
            hdu = _Hdu(plane, sheet.planes[plane], len(rows[0]), template.common[plane], size)
            self._hdus[plane], size = hdu, hdu.end
        self._files = np.zeros((len(sheet), size), np.uint8)
        for hdu in self._hdus.values():
            hdu.begin_files(self._files)
        self._bytes = self._files.reshape(-1).data

    def fits(self, kind: Any, count: int) -> bool:
        """Whether files of a kind can be written into it, that many."""
        return bool(kind == self._kind and count <= len(self._files))

    def written(self, cards: _Cards, sheet: StampSheet) -> list[Content]:
        """Write the file of each stamp."""
        count, size = len(sheet), self._files.shape[1]
        for plane, hdu in self._hdus.items():
            hdu.write(self._files[:count], sheet.planes[plane], cards[plane])
        return [self._bytes[begin : begin + size] for begin in range(0, count * size, size)]


class _Hdu:
    """One HDU of files, and where in it is what differs.

    Parameters
    ----------
    pixels
        Shape (n, ny, nx), in the byte order of this machine.
    length
        Length of the cards of each header that are its stamp's own.
    common
        The cards that all of them have, behind.
    begin
        Where the HDU begins in a file.

    Attributes
    ----------
    end
        Where it ends in a file.
    """

    def __init__(
        self, plane: Plane, pixels: NDArray[Any], length: int, common: str, begin: int
    ) -> None:
        start = structure_cards(plane, pixels)(common)
        blank = "\0" * length
        tail = checksum_card("0" * 16) + "\0" * CARD
        self._header = header_bytes(start + blank + common + tail)
        # What the blanks are filled with is added to this.
        self._sum = word_sums(_words(np.frombuffer(self._header, np.uint8).reshape(1, -1)))
        self._begin, self._data = begin, begin + len(self._header)
        first = begin + len(start)
        self._cards = slice(first, first + length)
        checksum = first + length + len(common)
        self._datasum = slice(checksum + CARD, checksum + 2 * CARD)
        self._signature = slice(checksum + _SIGNATURE.start, checksum + _SIGNATURE.stop)
        self._itemsize = pixels.itemsize
        self._data_end = self._data + pixels[0].nbytes
        self.end = self._data_end + -pixels[0].nbytes % BLOCK

    def begin_files(self, files: Bytes) -> None:
        """Write what all files have alike."""
        files[:, self._begin : self._data] = np.frombuffer(self._header, np.uint8)

    def write(self, files: Bytes, pixels: NDArray[Any], cards: Sequence[str]) -> None:
        """Write what each file, a row of ``files``, has for itself."""
        loops = compiled_loops()
        if loops is not None and self._itemsize in {4, 8}:
            loops.write_hdus(
                files, files.shape[1], "".join(cards).encode("ascii"), self._cards.start, pixels,
                self._itemsize, self._data, self._datasum.start, _SUM_CARD, self._signature.start,
                int(self._sum[0]), FOUR_CHARACTERS,
            )  # fmt: skip
            return
        flat = pixels.reshape(len(pixels), -1)
        files[:, self._data : self._data_end].view(f">f{self._itemsize}")[:] = flat
        data_sums = word_sums(flat.view(np.uint32))
        own, sums = _rows(cards), _rows(list(map(datasum_card, data_sums.tolist())))
        files[:, self._cards], files[:, self._datasum] = own, sums
        total: Sums = self._sum + data_sums + word_sums(_words(own)) + word_sums(_words(sums))
        files[:, self._signature] = encoded(with_carries(total))


def _words(rows: Bytes) -> NDArray[np.uint32]:
    """Big-endian words of rows of bytes."""
    return rows.view(">u4").astype(np.uint32)


def _rows(texts: Sequence[str]) -> Bytes:
    """Texts of one length as rows of bytes."""
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(len(texts), -1)
