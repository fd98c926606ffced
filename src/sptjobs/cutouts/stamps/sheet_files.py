"""The FITS files of all stamps of a sheet: the bytes that each would have by itself."""

from collections.abc import Iterator, Mapping, Sequence
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
from sptjobs.packs.member_header import member_bytes
from sptjobs.packs.packed_files import FileContents, FilesInParts, MemberSlots

_SIGNATURE = slice(11, 27)
"""Where the 16 characters of a checksum stand on its card."""

_SUM_CARD = datasum_card(0).encode("ascii")
"""A card of the sum of data, whose digits are replaced."""

_AT_HAND_BYTES = 1 << 22
"""Of files that are written at a time: a processor still has them at hand when they are read."""

_Cards = Mapping[Plane, Bytes]


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

    def written(self, targets: Sequence[PartTarget], sheet: StampSheet) -> FileContents:
        """Write the file of each stamp; the bytes hold until this is called again."""
        cards = self._template.cards_of_all(targets, sheet)
        if cards is None:
            # Names are so long that headers differ in more than numbers.
            template = self._template
            return [stamp_file(template, t, sheet.stamp(n)) for n, t in enumerate(targets)]
        kind = (
            sheet.sci.shape[1:],
            sheet.sci.dtype,
            sheet.wgt.dtype,
            *(rows.shape[1] for rows in cards.values()),
        )
        if self._form is None or not self._form.fits(kind, len(sheet)):
            self._form = _Form(kind, self._template, cards, sheet)
        return _FilesOfSheet(self._form, cards, sheet)


class _Form:
    """Memory for files that differ in some cards and in their pixels only."""

    def __init__(
        self, kind: Any, template: HeaderTemplate, cards: _Cards, sheet: StampSheet
    ) -> None:
        self._kind = kind
        self._hdus: dict[Plane, _Hdu] = {}
        end = MemberSlots.begin
        for plane, rows in cards.items():
            hdu = _Hdu(plane, sheet.planes[plane], rows.shape[1], template.common[plane], end)
            self._hdus[plane], end = hdu, hdu.end
        size = end - MemberSlots.begin
        self._most = max(1, _AT_HAND_BYTES // member_bytes(size))
        self.slots = MemberSlots.new(min(self._most, len(sheet)), size)
        self._files = np.frombuffer(self.slots.content, np.uint8).reshape(len(self.slots), -1)
        for hdu in self._hdus.values():
            hdu.begin_files(self._files)

    def fits(self, kind: Any, count: int) -> bool:
        """Whether files of a kind can be written into it, so many or as many as at most."""
        return bool(kind == self._kind and len(self.slots) >= min(count, self._most))

    def write(self, cards: _Cards, sheet: StampSheet, some: slice) -> None:
        """Write the files of some of the stamps."""
        files = self._files[: some.stop - some.start]
        for plane, hdu in self._hdus.items():
            hdu.write(files, sheet.planes[plane][some], cards[plane][some])


class _FilesOfSheet(FilesInParts):
    """The files of the stamps of a sheet, which are written as they are asked for."""

    def __init__(self, form: _Form, cards: _Cards, sheet: StampSheet) -> None:
        self._form, self._cards, self._sheet = form, cards, sheet

    @property
    def size(self) -> int:
        """Bytes of each."""
        return self._form.slots.size

    def __len__(self) -> int:
        return len(self._sheet)

    def parts(self) -> Iterator[MemberSlots]:
        """Write them, some at a time into the memory of all sheets."""
        slots, count = self._form.slots, len(self)
        for first in range(0, count, len(slots)):
            some = slice(first, min(first + len(slots), count))
            self._form.write(self._cards, self._sheet, some)
            yield slots.first(some.stop - some.start)


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
        Where the HDU begins in the row of a file.

    Attributes
    ----------
    end
        Where it ends there.
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

    def write(self, files: Bytes, pixels: NDArray[Any], cards: Bytes) -> None:
        """Write what each file, a row of ``files``, has for itself."""
        loops = compiled_loops()
        if loops is not None and self._itemsize in {4, 8}:
            loops.write_hdus(
                files, files.shape[1], cards, self._cards.start, pixels,
                self._itemsize, self._data, self._datasum.start, _SUM_CARD, self._signature.start,
                int(self._sum[0]), FOUR_CHARACTERS,
            )  # fmt: skip
            return
        flat = pixels.reshape(len(pixels), -1)
        files[:, self._data : self._data_end].view(f">f{self._itemsize}")[:] = flat
        data_sums = word_sums(flat.view(np.uint32))
        sums = _rows(list(map(datasum_card, data_sums.tolist())))
        files[:, self._cards], files[:, self._datasum] = cards, sums
        total: Sums = self._sum + data_sums + word_sums(_words(cards)) + word_sums(_words(sums))
        files[:, self._signature] = encoded(with_carries(total))


def _words(rows: Bytes) -> NDArray[np.uint32]:
    """Big-endian words of rows of bytes."""
    return rows.view(">u4").astype(np.uint32)


def _rows(texts: Sequence[str]) -> Bytes:
    """Texts of one length as rows of bytes."""
    return np.frombuffer("".join(texts).encode("ascii"), np.uint8).reshape(len(texts), -1)
