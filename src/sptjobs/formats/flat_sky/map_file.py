"""Opening the file of a flat-sky FITS map: its headers, and what gives windows of its images."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from typing import IO, Any

from astropy.io import fits

from sptjobs.formats.decoded_maps import FileState
from sptjobs.formats.flat_sky.decoded_images import Tiles, decoded_images
from sptjobs.formats.flat_sky.flat_map import FlatMap
from sptjobs.formats.flat_sky.images import Image, PlainImage, UniformWeights
from sptjobs.formats.flat_sky.kept_tables import keep_table, kept_table
from sptjobs.formats.flat_sky.map_headers import (
    MapHeaders,
    PlaneHeader,
    file_state,
    places_of,
    plane_header,
    read_headers,
    remember,
    remembered,
)
from sptjobs.formats.flat_sky.placing import needed_box
from sptjobs.formats.flat_sky.polarisation_images import ImagePlace, StokesLayer, image_at
from sptjobs.formats.flat_sky.polarised_pair import PolarisedPair, find_partner
from sptjobs.formats.flat_sky.tiles.row_image import RowImage
from sptjobs.formats.flat_sky.tiles.tiled_image import tabled_image, tiled_image
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
        yield _OpenFile(archive, file, stack, expected).map_of(record)


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


class _OpenFile:
    """An open file; the maps in it, one a plane of polarisation, share images and HDUs.

    Parameters
    ----------
    stack
        What they have open until the file is closed.
    expected
        About the windows that will be asked for, of any of them.
    """

    def __init__(self, archive: Path, file: OpenFile, stack: ExitStack, expected: Expected) -> None:
        self._archive, self._file = archive, file
        self._stack, self._expected = stack, expected
        self._hdus = _Hdus(file, stack)
        self._made: dict[ImagePlace, Image] = {}
        self._state: FileState | None = None

    def map_of(self, record: MapRecord) -> FlatMap:
        """Open a map in the file."""
        # An unpacked file is a new one each time, which nobody else has seen.
        is_new = record.compression == "gzip"
        self._state = state = None if is_new else file_state(self._archive, record, self._file)
        headers = _headers(self._hdus, record, self._file, state)
        images = self._images(record, headers)
        tile = headers[Plane.SCI].tile
        if state is None or tile is None:
            found: Mapping[Plane, Image] = {plane: make() for plane, make in images.items()}
        else:
            tiles = Tiles(self._expected(), tile)
            opening = decoded_images(self._archive, record, state, images, tiles)
            found = self._stack.enter_context(opening)
        pair = partial(self._pair, record, headers[Plane.SCI].stokes)
        return FlatMap(record, headers, found, pair, self.map_of)

    def _images(
        self, record: MapRecord, headers: MapHeaders
    ) -> Mapping[Plane, Callable[[], Image]]:
        """What makes that which gives windows of each image of a map."""
        return {
            plane: UniformWeights
            if place is None
            else partial(self._image, place, headers[plane], record.shape)
            for plane, place in places_of(record).items()
        }

    def _image(self, place: ImagePlace, header: PlaneHeader, shape: tuple[int, int]) -> Image:
        """What gives windows of an image: one for all maps that need it."""
        if place not in self._made:
            if header.pixels is not None:
                self._made[place] = PlainImage(self._file, *header.pixels, shape)
            else:
                self._made[place] = self._decoding(place)
        return self._made[place]

    def _pair(self, record: MapRecord, stokes: str) -> PolarisedPair:
        """Open the partner of a map of Q or U."""
        hdus = self._hdus()
        partner = find_partner(hdus, record, stokes)
        header = plane_header(hdus, partner.place, record, self._file)
        image = self._image(partner.place, header, record.shape)
        return PolarisedPair(record, stokes, partner, image)

    def _decoding(self, place: ImagePlace) -> Image:
        """What decodes an image, without opening its HDU where its table of tiles is known."""
        state, table = self._state, None
        if state is not None:
            table = kept_table(state, place)
        if table is not None:
            found = tabled_image(table, self._file, _Section(self._hdus, place))
            assert found is not None
            return found
        hdu = image_at(self._hdus(), place)
        if not isinstance(hdu, fits.CompImageHDU):
            whole = hdu.whole if isinstance(hdu, StokesLayer) else hdu
            rows = int(whole.tile_shape[-2]) if isinstance(whole, fits.CompImageHDU) else 1
            return RowImage(hdu, rows, self._expected())
        image = tiled_image(hdu, self._file, self._expected())
        if state is not None and not isinstance(image, RowImage) and image.table is not None:
            keep_table(state, place, image.table)
        return image


class _Section:
    """The section of an image's HDU, which is opened once it is needed."""

    def __init__(self, hdus: _Hdus, place: ImagePlace) -> None:
        self._hdus, self._place = hdus, place

    def __getitem__(self, slices: Any) -> Any:
        return image_at(self._hdus(), self._place).section[slices]
