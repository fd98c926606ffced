"""Small whole maps as bytes, of which a test knows where everything lies."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.io import fits

from tests.support.healpix_maps import cap, write_healpix
from tests.support.small_maps import make_map

SHAPE = (64, 96)
OBSID = "282023912"
"""Observation number of the whole maps."""


@dataclass(frozen=True, slots=True)
class Hdu:
    """Where an HDU lies in a file's bytes: its header, and its data up to ``end``."""

    start: int
    data: int
    end: int


@dataclass(frozen=True, slots=True)
class WholeMap:
    """A map as it was before anything broke it.

    Attributes
    ----------
    ending
        ``.fits`` or ``.fits.gz``.
    content
        Its bytes, not zipped.
    hdus
        Its HDUs.
    heap
        Where its compressed pixels lie, or its plain ones.
    """

    name: str
    ending: str
    content: bytes
    hdus: tuple[Hdu, ...]
    heap: tuple[tuple[int, int], ...]

    def numbered(self, obsid: str) -> "WholeMap":
        """The same map under another observation number, of nine digits."""
        return replace(self, content=self.content.replace(OBSID.encode(), obsid.encode()))

    def stored(self, content: bytes) -> bytes:
        """Bytes as a file of its kind stores them."""
        return gzip.compress(content, 1, mtime=0) if self.ending.endswith(".gz") else content


STORAGE: Mapping[str, tuple[str | None, tuple[int, int] | None]] = {
    "plain": (None, None),
    "zipped": ("gzip", None),
    "gzip-2": ("GZIP_2", None),
    "rice-1": ("RICE_1", None),
    "rice-1-tiles": ("RICE_1", (16, 32)),
}
"""How the whole maps are stored: compression and shape of the tiles."""


def whole_maps(folder: Path) -> list[WholeMap]:
    """Make the whole maps below a folder."""
    found = []
    for number, (name, (compression, tile)) in enumerate(STORAGE.items()):
        record = make_map(
            folder, f"{number}_90GHz_psth", shape=SHAPE, compression=compression, tile=tile
        )
        path = folder / record.path
        with fits.open(path, disable_image_compression=True) as opened:
            places = [hdu.fileinfo() for hdu in opened]
            hdus = tuple(
                Hdu(each["hdrLoc"], each["datLoc"], each["datLoc"] + each["datSpan"])
                for each in places
            )
            heap = tuple(
                (hdus[i].data + opened[i].header.get("THEAP", _table_bytes(opened[i])), hdus[i].end)
                for i in (1, 2)
            )
        unzip = gzip.decompress if compression == "gzip" else bytes
        ending = ".fits.gz" if compression == "gzip" else ".fits"
        found.append(WholeMap(name, ending, unzip(path.read_bytes()), hdus, heap))
    return found


def whole_healpix(folder: Path) -> WholeMap:
    """Make a HEALPix map of a part of the sky, and behind it a table of a mask."""
    pixels = cap(64, 0.0, -57.5, 6.0)
    ones = np.ones(len(pixels), "f4")
    cards = {
        "OBS-ID": OBSID, "BAND": "90GHz", "FILETYPE": "PSTH", "FIELD": "f",
        "DATE-BEG": "2019-03-01T06:00:00", "DATE-END": "2019-03-01T08:00:00",
    }  # fmt: skip
    columns = {"T": ones, "TT": ones}
    path = write_healpix(
        folder / "healpix_90GHz_psth.fits", 64, columns, pixels=pixels, cards=cards
    )
    with fits.open(path, mode="append") as opened:
        opened.append(fits.BinTableHDU(opened[1].data, name="MASK"))
    with fits.open(path) as opened:
        places = [hdu.fileinfo() for hdu in opened]
    hdus = tuple(
        Hdu(each["hdrLoc"], each["datLoc"], each["datLoc"] + each["datSpan"]) for each in places
    )
    heap = tuple((each.data, each.end) for each in hdus[1:])
    return WholeMap("healpix", ".fits", path.read_bytes(), hdus, heap)


def _table_bytes(hdu: fits.PrimaryHDU) -> int:
    is_table = hdu.header.get("XTENSION", "").startswith("BINTABLE")
    return int(hdu.header["NAXIS1"] * hdu.header["NAXIS2"]) if is_table else 0


def with_shifted_descriptors(whole: WholeMap) -> bytes:
    """Move the table of WGT's tiles by a byte: RICE_1's decoder then reads beyond its input."""
    weights = whole.hdus[2]
    moved = b"\0" + whole.content[weights.data : weights.end - 1]
    return whole.content[: weights.data] + moved + whole.content[weights.end :]
