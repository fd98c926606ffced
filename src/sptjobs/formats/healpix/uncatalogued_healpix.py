"""Reading what the catalogue keeps of a HEALPix map."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from astropy.io import fits

from sptjobs.formats.healpix.binary_table import tables_of
from sptjobs.formats.healpix.healpix_map import SORTED
from sptjobs.formats.healpix.observed_cells import (
    Stretches,
    footprint_of,
    moc_of,
    observed_pixels,
)
from sptjobs.formats.healpix.pixel_layout import (
    SCI_COLUMN,
    WGT_COLUMN,
    PixelLayout,
    find_map,
    planes_in_table,
)
from sptjobs.formats.healpix.pixel_noise import pixel_noise
from sptjobs.formats.healpix.pixel_rows import PixelRows
from sptjobs.formats.map_content import Cards, Geometry
from sptjobs.formats.map_format import UncataloguedMap
from sptjobs.formats.map_noise import MapNoise
from sptjobs.formats.stored_file import OpenFile, is_gzip, open_regular, unpacked
from sptjobs.formats.structure import check_structure
from sptjobs.maps.statement import Statement

PROJECTION = "HEALPIX"
_COVERAGES = frozenset({"FULLSKY", "PARTIAL"})
"""What OBJECT says of HEALPix maps, which is no name of a field."""


@contextmanager
def examine_healpix(file: Path, stated: Statement) -> Iterator["UncataloguedHealpixMap"]:
    """Open a file that is to be catalogued.

    Raises
    ------
    MapError
        It ends too early, or does not have the columns of a map.
    """
    with ExitStack() as stack:
        stream = stack.enter_context(open_regular(file))
        zipped = "gzip" if is_gzip(file) else None
        if zipped is not None:
            stream = stack.enter_context(unpacked(stream))
        check_structure(stream)
        primary = fits.Header.fromstring(stream.read(2880).decode("ascii", "replace"))
        layout = find_map(tables_of(stream), stated)
        yield UncataloguedHealpixMap(OpenFile(stream, stream), layout, primary, zipped)


class UncataloguedHealpixMap(UncataloguedMap):
    """A HEALPix map that is to be catalogued."""

    def __init__(
        self, file: OpenFile, layout: PixelLayout, primary: fits.Header, zipped: str | None
    ) -> None:
        self._file, self._layout, self._primary, self._zipped = file, layout, primary, zipped
        self._read: tuple[Stretches, bool] | None = None

    @property
    def cards(self) -> Mapping[str, object]:
        """Cards of the table, then those of the primary header that it lacks."""
        found: dict[str, object] = {}
        for header in (self._layout.table.header, self._primary):
            for name in dict.fromkeys(header):
                if name and header[name] is not None:
                    found.setdefault(name, header[name])
        if found.get("OBJECT") in _COVERAGES:
            del found["OBJECT"]
        return found

    def geometry(self) -> Geometry:
        """Read which pixels are observed."""
        layout, pixelisation = self._layout, self._layout.pixelisation
        observed, is_sorted = self._observed()
        cards: Cards = {**pixelisation.cards, SCI_COLUMN: layout.sci.number, SORTED: is_sorted}
        if layout.wgt is not None:
            cards[WGT_COLUMN] = layout.wgt.number
        hdu = layout.table.hdu
        return Geometry(
            projection=PROJECTION,
            frame=pixelisation.frame.name,
            pixel_scale_arcmin=pixelisation.scale_arcmin,
            shape=(1, layout.count),
            sci_hdu=hdu,
            wgt_hdu=None if layout.wgt is None else hdu,
            compression=self._zipped,
            wcs=cards,
            footprint=footprint_of(observed, pixelisation),
            observed_box=(0, 0, layout.count, 1),
            planes=planes_in_table(layout),
        )

    def moc(self) -> str:
        """Write the observed pixels as a MOC."""
        return moc_of(self._observed()[0], self._layout.pixelisation)

    def noise(self) -> MapNoise | None:
        """Measure the noise on squares of pixels all over the map."""
        if self._layout.wgt is None:
            return None
        observed, is_sorted = self._observed()
        return pixel_noise(self._rows(is_sorted=is_sorted), self._layout, observed)

    def _observed(self) -> tuple[Stretches, bool]:
        if self._read is None:
            self._read = observed_pixels(self._rows(is_sorted=False), self._layout)
        return self._read

    def _rows(self, *, is_sorted: bool) -> PixelRows:
        return PixelRows(self._file, self._layout, is_sorted=is_sorted, state=None)
