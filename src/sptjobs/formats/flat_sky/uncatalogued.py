"""Reading what the catalogue keeps of a flat-sky FITS map."""

import gzip
import hashlib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO, Any, cast

from astropy.io import fits

from sptjobs.formats.flat_sky.image_rows import ImageRows, RowReader
from sptjobs.formats.flat_sky.layout import Layout, find_images
from sptjobs.formats.flat_sky.map_grid import Grid, read_grid
from sptjobs.formats.flat_sky.observed_pixels import ObservedPixels, read_coverage
from sptjobs.formats.flat_sky.places_of_pixels import check_on_sky
from sptjobs.formats.flat_sky.polarisation_images import ImagePlace, image_at
from sptjobs.formats.map_content import Geometry
from sptjobs.formats.map_format import UncataloguedMap
from sptjobs.formats.map_noise import STRIP_ROWS, MapNoise, measure_noise, strip_starts
from sptjobs.formats.polygons import PlacedBlocks, footprint
from sptjobs.formats.stored_file import is_gzip
from sptjobs.formats.structure import check_structure
from sptjobs.maps.map_error import MapError
from sptjobs.maps.statement import Statement

_MAX_MOCS = 64
_MOCS: dict[bytes, str] = {}
"""The newest MOCs that this process made, of the digests of what they depend on."""


@contextmanager
def examine(file: Path, stated: Statement) -> Iterator["UncataloguedFlatMap"]:
    """Open a file that is to be catalogued.

    Raises
    ------
    MapError
        It ends too early, or does not have the images of a map.
    """
    zipped = "gzip" if is_gzip(file) else None
    with _opened(file, zipped) as stream:
        check_structure(stream)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Not mapped: astropy scales no integers that are.
        with fits.open(file, memmap=False, lazy_load_hdus=False) as hdus:
            _check_complete(caught)
            layout = find_images(hdus, stated)
            with closing(RowReader(None if zipped else file)) as reader:
                yield UncataloguedFlatMap(hdus, layout, reader, zipped)


def _opened(file: Path, zipped: str | None) -> IO[bytes]:
    if zipped is not None:
        return cast(IO[bytes], gzip.open(file, "rb"))
    return file.open("rb")


class UncataloguedFlatMap(UncataloguedMap):
    """A flat-sky map that is to be catalogued.

    Parameters
    ----------
    hdus, layout, reader
        The open file, where its images are, and what reads their rows.
    zipped
        ``gzip`` for a file that is packed as a whole.
    """

    def __init__(
        self, hdus: fits.HDUList, layout: Layout, reader: RowReader, zipped: str | None
    ) -> None:
        self._hdus, self._layout, self._reader, self._zipped = hdus, layout, reader, zipped
        self._read: tuple[Grid, ObservedPixels] | None = None

    @property
    def cards(self) -> Mapping[str, object]:
        """Cards of SCI, then those of the primary header that it lacks."""
        found: dict[str, object] = {}
        for header in (self._image(self._layout.sci).header, self._hdus[0].header):
            for name in dict.fromkeys(header):
                if name and header[name] is not None:
                    found.setdefault(name, header[name])
        return found

    def geometry(self) -> Geometry:
        """Read the grid, and the observed pixels on it."""
        layout = self._layout
        grid, coverage = self._grid_and_pixels()
        return Geometry(
            projection=grid.projection,
            frame=grid.frame.name,
            pixel_scale_arcmin=grid.pixel_scale_arcmin,
            shape=layout.shape,
            sci_hdu=layout.sci.hdu,
            wgt_hdu=None if layout.wgt is None else layout.wgt.hdu,
            sci_layer=layout.sci.layer,
            wgt_layer=None if layout.wgt is None else layout.wgt.layer,
            planes=layout.planes,
            compression=self._zipped or layout.compression,
            wcs=grid.cards,
            footprint=footprint(coverage.blocks, grid.wcs, grid.frame, coverage.step),
            observed_box=coverage.box,
        )

    def moc(self) -> str:
        """Write the observed pixels as a MOC."""
        # Loaded by those who catalogue maps, and by nobody who cuts.
        from sptjobs.formats.flat_sky.coverage_map import observed_moc  # noqa: PLC0415 - see above

        grid, coverage = self._grid_and_pixels()
        # The bands and kinds of an observation have one MOC, and so have most years of a field.
        key = _digest_of(grid, coverage)
        if key not in _MOCS:
            if len(_MOCS) >= _MAX_MOCS:
                _MOCS.clear()
            placed = PlacedBlocks(grid.wcs, grid.frame, coverage.step)
            _MOCS[key] = observed_moc(coverage, placed, grid.pixel_scale_arcmin / 60)
        return _MOCS[key]

    def _image(self, place: ImagePlace) -> Any:
        return image_at(self._hdus, place)

    def _rows(self, place: ImagePlace) -> ImageRows:
        return self._reader.rows_of(self._image(place))

    def _grid_and_pixels(self) -> tuple[Grid, ObservedPixels]:
        if self._read is None:
            header, layout = self._image(self._layout.sci).header, self._layout
            grid = read_grid(header, layout.shape)
            coverage = read_coverage(layout, self._rows)
            check_on_sky(coverage, grid.wcs, grid.projection)
            self._read = grid, coverage
        return self._read

    def noise(self) -> MapNoise | None:
        """Measure the noise on strips of rows over the whole map."""
        layout = self._layout
        if layout.wgt is None:
            return None
        ny, starts = layout.shape[0], strip_starts(layout.shape)
        # One image after the other: a gzip file is read forwards only.
        sci, wgt = (
            [rows(low, min(low + STRIP_ROWS, ny)) for low in starts]
            for rows in map(self._rows, (layout.sci, layout.wgt))
        )
        return measure_noise(list(zip(sci, wgt, strict=True)))


def _digest_of(grid: Grid, coverage: ObservedPixels) -> bytes:
    """Digest of all that the MOC of a map depends on."""
    digest = hashlib.sha256(repr((sorted(grid.cards.items()), grid.frame)).encode())
    digest.update(repr(coverage.shape).encode())
    for bits in coverage.packed:
        digest.update(bits.tobytes())
    return digest.digest()


def _check_complete(caught: list[warnings.WarningMessage]) -> None:
    """Refuse a file that ends too early; a header's small sins are no matter."""
    for warning in caught:
        if "truncated" in str(warning.message):
            raise MapError(f"cannot be read: {warning.message}")
