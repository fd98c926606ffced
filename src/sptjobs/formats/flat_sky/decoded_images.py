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

from sptjobs.formats.damage import damage_named
from sptjobs.formats.decoded_maps import DecodedMaps, FileState, decoded_maps
from sptjobs.formats.flat_sky.images import (
    Image,
    ManyWindows,
    PlainImage,
    as_floats,
    layer_parts,
)
from sptjobs.formats.flat_sky.map_headers import file_state
from sptjobs.formats.flat_sky.tiles.tiled_image import tiled_image
from sptjobs.formats.geometry import Box
from sptjobs.formats.kept_file import KeptFile, KeptPlane
from sptjobs.formats.map_content import Plane
from sptjobs.formats.sky_positions import Indices
from sptjobs.formats.stored_file import stored_file
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

Images = Mapping[Plane, Image]
Make = Callable[[], Image]


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


class DecodedImage(ManyWindows):
    """An image out of a decoded copy; out of the map itself once the copy is found damaged.

    Parameters
    ----------
    copy
        The image.
    original
        Makes what gives windows of the same image of the map.
    discard
        Called when the copy is damaged.
    """

    def __init__(self, copy: PlainImage, original: Make, discard: Callable[[], None]) -> None:
        self._copy, self._make, self._discard = copy, original, discard
        self._original: Image | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the copy's pixels."""
        return self._copy.dtype

    def window(self, box: Box) -> NDArray[Any]:
        """The pixels of a box that lies on the image."""
        if self._original is None:
            try:
                return self._copy.window(box)
            except MapError:
                self._original = self._after_damage()
        return self._original.window(box)

    def copy_windows(self, boxes: Indices, stack: NDArray[Any], starts: Indices) -> None:
        """Copy the pixels of boxes that lie on the image into layers of a stack."""
        if self._original is None:
            try:
                return self._copy.copy_windows(boxes, stack, starts)
            except MapError:
                self._original = self._after_damage()
        for box, part in zip(boxes.tolist(), layer_parts(boxes, stack, starts), strict=True):
            part[...] = self._original.window(Box(*box))
        return None

    def _after_damage(self) -> Image:
        """Give up the copy, and open the image of the map."""
        self._discard()
        with damage_named():
            return self._make()


@contextmanager
def decoded_images(
    archive: Path,
    record: MapRecord,
    state: FileState,
    images: Mapping[Plane, Make],
    expected: Tiles,
) -> Iterator[Images]:
    """Give what windows of an open map are best taken from, and have popular maps decoded.

    Parameters
    ----------
    state
        Of the map's file.
    images
        What makes those of the map, which are decoded window by window.
    expected
        About the windows that will be asked for.
    """
    store = decoded_maps()
    kept = None if store is None else store.find(state)
    if store is None or kept is None:
        if store is not None and store.is_worth(state, expected.share(record.shape)):
            fields = record.to_fields() | {"block_sums": record.block_sums}
            order = json.dumps({"archive": str(archive), "record": fields})
            store.have_made("sptjobs.formats.flat_sky.decode_main", order)
        yield {plane: make() for plane, make in images.items()}
        return
    try:
        yield _copies(kept, record.shape, images, partial(store.discard, state))
    finally:
        kept.close()


def _copies(
    kept: KeptFile,
    shape: tuple[int, int],
    images: Mapping[Plane, Make],
    discard: Callable[[], None],
) -> Images:
    found: dict[Plane, Image] = {}
    for plane, make in images.items():
        about = kept.planes.get(plane)
        if about is None:
            found[plane] = make()
        else:
            copy = PlainImage(kept.file, about.offset, about.dtype, shape)
            found[plane] = DecodedImage(copy, make, discard)
    return found


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
        state = file_state(archive, record, file)
        whole = [Box(0, 0, *record.shape[::-1])]
        images = {
            plane: tiled_image(hdus[index], file, whole)
            for plane, index in zip(Plane, state.hdus, strict=True)
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
            if file_state(archive, record, file) != state:
                raise MapError("the map file is being changed")
            return planes

        return store.make(state, size, write)


def _bands(image: Image, shape: tuple[int, int]) -> Iterator[NDArray[Any]]:
    """An image from its first row to its last."""
    ny, nx = shape
    step = max(1, _BAND_PIXELS // nx)
    for y in range(0, ny, step):
        yield image.window(Box(0, y, nx, min(y + step, ny)))
