"""The FITS files of all stamps of a sheet: the bytes that each would have by itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.checksums import Bytes, encoded, folded, word_sums
from sptjobs.cutouts.stamps.header_bytes import (
    BLOCK,
    checksum_card,
    datasum_card,
    header_bytes,
)
from sptjobs.cutouts.stamps.stamp_file import stamp_file, structure_cards
from sptjobs.cutouts.stamps.stamp_header import HeaderTemplate, about_cards
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.map_format import Plane

_SIGNATURE = slice(11, 27)
"""Where the 16 characters of a checksum stand on its card."""


def sheet_files(
    template: HeaderTemplate, targets: Sequence[PartTarget], sheet: StampSheet
) -> list[bytes]:
    """Write each stamp of a sheet as ``stamp_file`` does, all checksums at once."""
    wcs = template.wcs_of_all(sheet.windows)
    places = zip(sheet.windows.x, sheet.windows.y, strict=True)
    told = (targets, places, sheet.north, sheet.covered, sheet.centre_covered)
    about = [about_cards(*each, centre=centre) for *each, centre in zip(*told, strict=True)]
    images = []
    for plane, pixels in ((Plane.SCI, sheet.sci), (Plane.WGT, sheet.wgt)):
        if plane not in template.common:
            continue
        shifted, common = template.shifted_of_all(plane, sheet.windows), template.common[plane]
        parts = zip(wcs, shifted, about, strict=True)
        images.append(_Image(plane, pixels, [f"{a}{b}{c}{common}" for a, b, c in parts]))
    if not all(image.is_even for image in images):
        # A name is so long that its header has a card more than those of others.
        return [stamp_file(template, t, sheet.stamp(n)) for n, t in enumerate(targets)]
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
        Those of each header that follow the structure.
    """

    def __init__(self, plane: Plane, pixels: NDArray[Any], cards: Sequence[str]) -> None:
        starts, unsigned = structure_cards(plane, pixels), checksum_card("0" * 16)
        self._words = pixels.reshape(len(pixels), -1)
        self._data_sums = word_sums(self._words.view(np.uint32))
        self._heads = [starts(each) + each for each in cards]
        self._blanks = [
            header_bytes(f"{head}{unsigned}{datasum_card(data_sum)}")
            for head, data_sum in zip(self._heads, self._data_sums.tolist(), strict=True)
        ]

    @property
    def is_even(self) -> bool:
        """Whether all headers have the same cards."""
        return len(set(map(len, self._heads))) == 1

    @property
    def size(self) -> int:
        """Size of the HDU in a file [byte]."""
        data = self._words.shape[1] * self._words.itemsize
        return len(self._blanks[0]) + data + -data % BLOCK

    def write(self, files: Bytes) -> None:
        """Write the HDU of each stamp into its row, which is as long and full of zeros."""
        length, place, itemsize = len(self._blanks[0]), len(self._heads[0]), self._words.itemsize
        headers = np.frombuffer(b"".join(self._blanks), np.uint8).reshape(-1, length)
        files[:, :length] = headers
        header_sums = word_sums(headers.view(">u4").astype(np.uint32))
        signature = slice(place + _SIGNATURE.start, place + _SIGNATURE.stop)
        files[:, signature] = encoded(folded(header_sums + self._data_sums))
        data = files[:, length : length + self._words.shape[1] * itemsize]
        data.view(f">f{itemsize}")[:] = self._words
