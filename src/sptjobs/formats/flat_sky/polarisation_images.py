"""The images of a FITS file, those along an axis of polarisation one by one.

References
----------
FITS Standard 4.0, section 8.5 and table 29: the axis of the type STOKES.
"""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from astropy.io import fits

from sptjobs.formats.stokes import BY_NUMBER, stokes_stated
from sptjobs.maps.map_error import MapError

_MAX_LAYERS = 16
_OF_FURTHER_AXES = re.compile(
    r"WCSAXES[A-Z]?|(NAXIS|C(TYPE|UNIT|RVAL|RPIX|DELT|ROTA|RDER|SYER|NAME))[3-9][A-Z]?"
    r"|(PC|CD)(\d_[3-9]|[3-9]_\d)[A-Z]?|(PC|CD)(\d{3}00[3-9]|00[3-9]\d{3})|PV[3-9]_\d+[A-Z]?"
)


class ImagePlace(NamedTuple):
    """Where an image is: index of its HDU, and along the axis of polarisation where it has one."""

    hdu: int
    layer: int | None = None


class StokesLayer:
    """One plane of an HDU with an axis of polarisation, as if it were an image of its own.

    Attributes
    ----------
    whole
        The HDU.
    shape
        Pixels as (ny, nx).
    header
        Header without the further axes.
    """

    is_image = True

    def __init__(self, whole: Any, place: tuple[int, ...], stokes: str) -> None:
        self.whole, self._place = whole, place
        self.shape = tuple(int(side) for side in whole.shape[-2:])
        self.header = _flat_header(whole.header, stokes)

    @property
    def section(self) -> "StokesLayer":
        """What gives pixels by slices."""
        return self

    def __getitem__(self, slices: tuple[slice, slice]) -> Any:
        return self.whole.section[(*self._place, *slices)]

    @property
    def before(self) -> int:
        """Number of pixels that stand in the HDU before its own."""
        return max(self._place) * math.prod(self.shape)


def image_at(hdus: fits.HDUList, place: ImagePlace) -> Any:
    """The HDU of an image, or the plane that it is of one.

    Raises
    ------
    MapError
        There is no such plane.
    """
    hdu = hdus[place.hdu]
    if place.layer is None:
        return hdu
    for layer, found in _layers(hdu):
        if layer == place.layer:
            return found
    raise MapError(f"the map's HDU {place.hdu} is not the cube that was catalogued")


def images_of(hdus: fits.HDUList) -> Mapping[ImagePlace, Any]:
    """The images of two axes that there are, in the order of the file."""
    found: dict[ImagePlace, Any] = {}
    for number, hdu in enumerate(hdus):
        if hdu.is_image and len(hdu.shape) == 2 and min(hdu.shape) > 0:
            found[ImagePlace(number)] = hdu
        for layer, each in _layers(hdu):
            found[ImagePlace(number, layer)] = each
    return found


def stokes_of(header: fits.Header) -> str:
    """Which Stokes parameter an image holds, by its card or by its name; ``T`` by neither."""
    return stated_stokes(header) or "T"


def stated_stokes(header: fits.Header) -> str | None:
    """The same; None where neither says any. A name counts more than a card that says T."""
    card, name = (stokes_stated(str(header.get(key, ""))) for key in ("POLTYPE", "EXTNAME"))
    return name or card if card in {None, "T"} else card


def _layers(hdu: Any) -> Iterator[tuple[int, StokesLayer]]:
    """The planes of an HDU with an axis of polarisation; none where it has no such axis.

    The sky is along the first two axes of FITS; axes beside these have one pixel.
    """
    if not hdu.is_image or not 3 <= len(hdu.shape) <= 5 or min(hdu.shape) < 1:
        return
    header, further = hdu.header, tuple(int(side) for side in hdu.shape[:-2])
    axes = {len(hdu.shape) - at: at for at in range(len(further))}
    named = [n for n in axes if str(header.get(f"CTYPE{n}", "")).strip().upper() == "STOKES"]
    if len(named) != 1:
        return
    axis, at = named[0], axes[named[0]]
    count = further[at]
    if math.prod(further) != count or count > _MAX_LAYERS:
        return
    stokes = [_stokes_at(header, axis, layer) for layer in range(count)]
    for layer, each in enumerate(stokes):
        if each is not None and stokes.count(each) == 1:
            place = tuple(layer if i == at else 0 for i in range(len(further)))
            yield layer, StokesLayer(hdu, place, each)


def _stokes_at(header: fits.Header, axis: int, layer: int) -> str | None:
    """What is at a pixel of the axis; None where that is no number of the standard."""
    step = header.get(f"CDELT{axis}", header.get(f"CD{axis}_{axis}", 1.0))
    numbers = [header.get(f"CRVAL{axis}", 0.0), step, header.get(f"CRPIX{axis}", 0.0)]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in numbers):
        return None
    value, each, reference = map(float, numbers)
    number = value + each * (layer + 1 - reference)
    is_whole = math.isfinite(number) and abs(number - round(number)) < 1e-6
    return BY_NUMBER.get(round(number)) if is_whole else None


def _flat_header(whole: fits.Header, stokes: str) -> fits.Header:
    header = whole.copy()
    for name in [name for name in dict.fromkeys(header) if _OF_FURTHER_AXES.fullmatch(name)]:
        header.remove(name, remove_all=True)
    header["NAXIS"], header["POLTYPE"] = 2, stokes
    return header
