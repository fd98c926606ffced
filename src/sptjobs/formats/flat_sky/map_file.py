"""Opening the file of a flat-sky FITS map: its headers, and what gives windows of its images."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import IO, NamedTuple

from astropy.io import fits

from sptjobs.formats.decoded_maps import FileState
from sptjobs.formats.flat_sky.decoded_images import Tiles, decoded_images
from sptjobs.formats.flat_sky.flat_map import FlatMap
from sptjobs.formats.flat_sky.images import Image, PlainImage, UniformWeights
from sptjobs.formats.flat_sky.map_headers import (
    MapHeaders,
    PlaneHeader,
    file_state,
    plane_header,
    read_headers,
    remember,
    remembered,
)
from sptjobs.formats.flat_sky.placing import needed_box
from sptjobs.formats.flat_sky.polarised_pair import PolarisedPair, find_partner
from sptjobs.formats.flat_sky.tiles.row_image import RowImage
from sptjobs.formats.flat_sky.tiles.tiled_image import tiled_image
from sptjobs.formats.geometry import Box
from sptjobs.formats.map_content import Plane
from sptjobs.formats.placement import Need
from sptjobs.formats.stored_file import OpenFile, stored_file
from sptjobs.formats.structure import check_structure
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

Expected = Callable[[], Sequence[Box]]
"""Gives about the windows that will be asked for."""


@contextmanager
def open_flat_map(archive: Path, record: MapRecord, needs: Iterable[Need]) -> Iterator[FlatMap]:
    """Open a catalogued map."""

    @cache
    def expected() -> Sequence[Box]:
        """About the windows, for images that have to be decoded."""
        boxes = (needed_box(record, need).clipped(record.shape) for need in needs)
        return [box for box in boxes if not box.is_empty] or [Box(0, 0, 1, 1)]

    with stored_file(archive, record) as file, ExitStack() as stack:
        hdus = _Hdus(file, stack)
        # An unpacked file is a new one each time, which nobody else has seen.
        state = None if record.compression == "gzip" else file_state(archive, record, file)
        headers = _headers(hdus, record, file, state)
        opened = _Opened(hdus, file, record, expected)
        images = _images(opened, headers)
        pair = partial(opened.pair, headers[Plane.SCI].stokes)
        tile = headers[Plane.SCI].tile
        if state is None or tile is None:
            yield FlatMap(record, headers, {plane: make() for plane, make in images.items()}, pair)
            return
        tiles = Tiles(expected(), tile)
        found = stack.enter_context(decoded_images(archive, record, state, images, tiles))
        yield FlatMap(record, headers, found, pair)


class _Hdus:
    """The HDUs of an open file, which astropy reads when they are first needed."""

    def __init__(self, file: OpenFile, stack: ExitStack) -> None:
        self._file, self._stack = file, stack
        self._opened: fits.HDUList | None = None

    def __call__(self) -> fits.HDUList:
        """Give them."""
        if self._opened is None:
            if self._file.stream is self._file.plain:
                # Nothing has vouched for its headers yet.
                _check_structure(self._file.plain)
            # Not mapped: astropy scales no integers that are.
            opened = fits.open(self._file.stream, memmap=False, lazy_load_hdus=True, cache=False)
            self._opened = self._stack.enter_context(opened)
        return self._opened


def _check_structure(plain: IO[bytes]) -> None:
    try:
        check_structure(plain)
    except MapError as error:
        raise MapError(f"the map file is damaged: it {error}") from None


def _headers(hdus: _Hdus, record: MapRecord, file: OpenFile, state: FileState | None) -> MapHeaders:
    headers = None if state is None else remembered(state, record)
    if headers is None:
        headers = read_headers(hdus(), record, file)
        if state is not None:
            remember(state, record, headers)
    return headers


def _images(opened: "_Opened", headers: MapHeaders) -> Mapping[Plane, Callable[[], Image]]:
    """What makes that which gives windows of each image."""
    record = opened.record
    indices = {Plane.SCI: record.sci_hdu, Plane.WGT: record.wgt_hdu}
    return {
        plane: UniformWeights if index is None else opened.maker(index, headers[plane])
        for plane, index in indices.items()
    }


class _Opened(NamedTuple):
    """An open file, the map in it, and about the windows that will be asked for."""

    hdus: _Hdus
    file: OpenFile
    record: MapRecord
    expected: Expected

    def maker(self, index: int, header: PlaneHeader) -> Callable[[], Image]:
        """What makes that which gives windows of an image."""
        if header.pixels is not None:
            return partial(PlainImage, self.file, *header.pixels, self.record.shape)
        return partial(_decoding, self.hdus, index, self.file, self.expected)

    def pair(self, stokes: str) -> PolarisedPair:
        """Open the partner of a map of Q or U."""
        hdus = self.hdus()
        partner = find_partner(hdus, self.record, stokes)
        header = plane_header(hdus, partner.hdu, self.record, self.file)
        return PolarisedPair(self.record, stokes, partner, self.maker(partner.hdu, header)())


def _decoding(hdus: _Hdus, index: int, file: OpenFile, expected: Expected) -> Image:
    hdu = hdus()[index]
    if isinstance(hdu, fits.CompImageHDU):
        return tiled_image(hdu, file, expected())
    return RowImage(hdu, 1, expected())
