"""What the headers of an open map say, read once for each state of its file.

Reading the headers of a compressed map takes longer than a dozen stamps of it.
"""

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from astropy.io import fits

from sptjobs.formats.carried_cards import ORIGIN, carried_cards
from sptjobs.formats.decoded_maps import FileState
from sptjobs.formats.flat_sky.compression import loss_of
from sptjobs.formats.flat_sky.polarisation_images import (
    ImagePlace,
    StokesLayer,
    image_at,
    stokes_of,
)
from sptjobs.formats.flat_sky.polarisation_planes import weighed_stokes
from sptjobs.formats.map_content import Loss, Plane, SourceCard
from sptjobs.formats.stored_file import OpenFile
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

_REMEMBERED = 32


@dataclass(frozen=True, slots=True)
class PlaneHeader:
    """What the header of one of a map's two images says.

    Attributes
    ----------
    carried
        Cards that hold for stamps too.
    origin
        Where spt3g says by name where the map lies.
    loss
        What compression took.
    is_weighted
        Whether it says so.
    stokes
        The Stokes parameter that it says it holds; ``T`` where it says none.
    pixels
        Where floating-point pixels begin that are not compressed, and their type.
    tile
        Rows and columns of its tiles, where it is compressed in such.
    """

    carried: tuple[SourceCard, ...] = ()
    origin: tuple[tuple[str, float], ...] = ()
    loss: Loss | None = None
    is_weighted: bool = False
    stokes: str = "T"
    pixels: tuple[int, str] | None = None
    tile: tuple[int, int] | None = None


MapHeaders = Mapping[Plane, PlaneHeader]

_Key = tuple[FileState, tuple[int, int], tuple[int | None, int | None]]

_remembered: OrderedDict[_Key, MapHeaders] = OrderedDict()


def file_state(archive: object, record: MapRecord, file: OpenFile) -> FileState:
    """The state that the file of a map is in."""
    hdus = (record.sci_hdu, record.wgt_hdu)
    return FileState.of(file.plain, f"{archive}/{record.path}", record.sha256, hdus)


def _key(state: FileState, record: MapRecord) -> _Key:
    return state, record.shape, (record.sci_layer, record.wgt_layer)


def remembered(state: FileState, record: MapRecord) -> MapHeaders | None:
    """Headers that were read of a file in the same state."""
    key = _key(state, record)
    if key in _remembered:
        _remembered.move_to_end(key)
    return _remembered.get(key)


def remember(state: FileState, record: MapRecord, headers: MapHeaders) -> None:
    """Remember headers, and forget those that were not asked for lately."""
    _remembered[_key(state, record)] = headers
    while len(_remembered) > _REMEMBERED:
        _remembered.popitem(last=False)


def read_headers(hdus: fits.HDUList, record: MapRecord, file: OpenFile) -> MapHeaders:
    """Read the headers of a map.

    Raises
    ------
    MapError
        Its images are not those that were catalogued, or not whole.
    """
    return {
        plane: PlaneHeader() if place is None else plane_header(hdus, place, record, file)
        for plane, place in places_of(record).items()
    }


def places_of(record: MapRecord) -> Mapping[Plane, ImagePlace | None]:
    """Where the two images of a map are."""
    wgt = None if record.wgt_hdu is None else ImagePlace(record.wgt_hdu, record.wgt_layer)
    return {Plane.SCI: ImagePlace(record.sci_hdu, record.sci_layer), Plane.WGT: wgt}


def plane_header(
    hdus: fits.HDUList, place: ImagePlace, record: MapRecord, file: OpenFile
) -> PlaneHeader:
    """Read the header of an image of a map.

    Raises
    ------
    MapError
        It is not of the map's shape, or not whole.
    """
    hdu = image_at(hdus, place)
    if tuple(hdu.shape) != record.shape:
        raise MapError(f"the map's HDU {place.hdu} is not the image that was catalogued")
    whole = hdu.whole if isinstance(hdu, StokesLayer) else hdu
    header, tile = hdu.header.copy(), None
    stokes = stokes_of(header)
    if stokes != "T":
        # The name of a stamp does not say so any more.
        header["POLTYPE"] = stokes
    weighed = weighed_stokes(header)
    if weighed is not None:
        header.setdefault("WTYPE", weighed * 2)
    if isinstance(hdu, fits.CompImageHDU):
        rows, columns = (int(side) for side in hdu.tile_shape)
        tile = (rows, columns)
    return PlaneHeader(
        carried=tuple(carried_cards(header)),
        origin=tuple((name, float(header[name])) for name in ORIGIN if _is_number(header, name)),
        loss=loss_of(whole),
        is_weighted=header.get("WEIGHTED") is True,
        stokes=stokes,
        pixels=None if isinstance(whole, fits.CompImageHDU) else _pixels(hdu, whole, file),
        tile=tile,
    )


def _pixels(
    image: fits.ImageHDU | StokesLayer, hdu: fits.ImageHDU, file: OpenFile
) -> tuple[int, str] | None:
    """Where pixels begin that need no decoding, and their type."""
    bitpix = hdu.header["BITPIX"]
    if bitpix not in {-32, -64} or "BSCALE" in hdu.header or "BZERO" in hdu.header:
        return None
    offset = int(hdu.fileinfo()["datLoc"])
    before = image.before if isinstance(image, StokesLayer) else 0
    if offset + hdu.size > os.fstat(file.plain.fileno()).st_size:
        raise MapError("the map file is damaged: it ends before its last pixel")
    return offset + before * -bitpix // 8, f">f{-bitpix // 8}"


def _is_number(header: fits.Header, name: str) -> bool:
    value = header.get(name)
    return isinstance(value, int | float) and not isinstance(value, bool)
