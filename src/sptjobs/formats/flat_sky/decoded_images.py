"""The images of a compressed map out of its decoded copy, where there is one."""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.decoded_maps import DecodedMaps, FileState, decoded_maps
from sptjobs.formats.flat_sky.images import Image, PlainImage, as_floats
from sptjobs.formats.flat_sky.tiles.tiled_image import tiled_image
from sptjobs.formats.geometry import Box
from sptjobs.formats.kept_file import KeptFile, KeptPlane
from sptjobs.formats.map_format import Plane
from sptjobs.formats.stored_file import OpenFile, stored_file
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

Images = Mapping[Plane, Image]


class Tiles(NamedTuple):
    """Windows of an image, and the rows and columns of its tiles."""

    windows: Sequence[Box]
    tile: tuple[int, int]

    def share(self, shape: tuple[int, int]) -> float:
        """Which part of the tiles of an image of ``shape`` the windows need."""
        (ny, nx), (high, wide) = shape, self.tile
        needed = np.zeros((-(-ny // high), -(-nx // wide)), bool)
        for box in self.windows:
            needed[box.y0 // high : -(-box.y1 // high), box.x0 // wide : -(-box.x1 // wide)] = True
        return float(needed.mean())


_BAND_PIXELS = 4 << 20
"""Pixels that are decoded and written at a time."""


class DecodedImage:
    """An image out of a decoded copy; out of the map itself once the copy is found damaged.

    Parameters
    ----------
    copy, original
        The same image twice.
    discard
        Called when the copy is damaged.
    """

    def __init__(self, copy: Image, original: Image, discard: Callable[[], None]) -> None:
        self._image, self._original, self._discard = copy, original, discard

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        if self._image is not self._original:
            try:
                return self._image.window(box)
            except MapError:
                self._image = self._original
                self._discard()
        return self._original.window(box)


@contextmanager
def decoded_images(
    archive: Path,
    record: MapRecord,
    file: OpenFile,
    images: Images,
    expected: Tiles,
) -> Iterator[Images]:
    """Give what windows of an open map are best taken from, and have popular maps decoded.

    Parameters
    ----------
    file
        The map's own file.
    images
        Those of the map, which are decoded window by window.
    expected
        About the windows that will be asked for.
    """
    store = decoded_maps()
    if store is None:
        yield images
        return
    source = _source(archive, record, file)
    kept = store.find(source)
    if kept is None:
        if store.is_worth(source, expected.share(record.shape)):
            fields = record.to_fields() | {"block_sums": record.block_sums}
            order = json.dumps({"archive": str(archive), "record": fields})
            store.have_made("sptjobs.formats.flat_sky.decode_main", order)
        yield images
        return
    try:
        yield _copies(store, source, kept, images, record)
    finally:
        kept.close()


def _source(archive: Path, record: MapRecord, file: OpenFile) -> FileState:
    """The state that the file of a map is in."""
    hdus = (record.sci_hdu, record.wgt_hdu)
    return FileState.of(file.plain, archive / record.path, record.sha256, hdus)


def _copies(
    store: DecodedMaps, source: FileState, kept: KeptFile, images: Images, record: MapRecord
) -> Images:
    def copy(plane: Plane, original: Image) -> Image:
        about = kept.planes.get(plane)
        if about is None:
            return original
        pixels = PlainImage(kept.file, about.offset, about.dtype, record.shape)
        return DecodedImage(pixels, original, partial(store.discard, source))

    return {plane: copy(plane, image) for plane, image in images.items()}


def decode(store: DecodedMaps, archive: Path, record: MapRecord) -> bool:
    """Decode a map whole, and keep it; whether that was done, as ``DecodedMaps.make`` has it.

    Raises
    ------
    MapError
        The map is damaged, or changed meanwhile.
    """
    with (
        stored_file(archive, record) as file,
        fits.open(file.stream, memmap=False, lazy_load_hdus=True, cache=False) as hdus,
    ):
        source = _source(archive, record, file)
        whole = [Box(0, 0, *record.shape[::-1])]
        images = {
            plane: tiled_image(hdus[index], file, whole)
            for plane, index in zip(Plane, source.hdus, strict=True)
            if index is not None and isinstance(hdus[index], fits.CompImageHDU)
        }
        dtypes = {
            plane: as_floats(image.window(Box(0, 0, 1, 1))).dtype.newbyteorder(">")
            for plane, image in images.items()
        }
        size = sum(math.prod(record.shape) * dtype.itemsize for dtype in dtypes.values())

        def write(stream: IO[bytes]) -> dict[str, KeptPlane]:
            planes = {}
            for plane, image in images.items():
                planes[str(plane)] = KeptPlane(stream.tell(), dtypes[plane].str)
                for pixels in _bands(image, record.shape):
                    stream.write(as_floats(pixels).astype(dtypes[plane]).tobytes())
            if _source(archive, record, file) != source:
                raise MapError("the map file is being changed")
            return planes

        return store.make(source, size, write)


def _bands(image: Image, shape: tuple[int, int]) -> Iterator[NDArray[Any]]:
    """An image from its first row to its last."""
    ny, nx = shape
    step = max(1, _BAND_PIXELS // nx)
    for y in range(0, ny, step):
        yield image.window(Box(0, y, nx, min(y + step, ny)))
