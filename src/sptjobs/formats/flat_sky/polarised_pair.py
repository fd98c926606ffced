"""Q and U of a flat map, turned to the north of a stamp before they are resampled.

Each pixel of the map is turned by the angle at its own place, so that what is resampled is
against one direction everywhere, also where the map's north turns within a stamp.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.formats.flat_sky.images import Image, as_floats
from sptjobs.formats.flat_sky.map_grid import different_card
from sptjobs.formats.flat_sky.polarisation_images import (
    ImagePlace,
    image_at,
    images_of,
    stokes_of,
)
from sptjobs.formats.flat_sky.polarisation_planes import is_weight
from sptjobs.formats.flat_sky.wcs import cards_wcs, full_cards, record_frame
from sptjobs.formats.geometry import Box
from sptjobs.formats.map_content import OutputGrid, Pixels, SourceCard
from sptjobs.formats.north_up import axes_of, offsets_of
from sptjobs.formats.polarisation import double_angle, turned_by
from sptjobs.formats.sky_positions import Floats, SkyFrame
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

_CONVENTION, _AGAINST_COLUMNS = "POLCCONV", "FLATPOL"
_OF_THE_PAIR = frozenset({_CONVENTION, _AGAINST_COLUMNS})
_TURNED_PIXELS = 1 << 16
"""Pixels that are turned at a time, which takes some twenty times their memory."""

_KEPT_ANGLES = 16
"""Turns of pixels that are kept, each of half a megabyte."""

_STEP = 0.01
"""How far from a pixel's centre the direction of its column is looked at [pixel]."""


@dataclass(frozen=True, slots=True)
class Partner:
    """The image without which Q or U cannot be turned.

    Attributes
    ----------
    place
        Where it is.
    is_iau
        Whether angles grow from north to east, else from south to east (COSMO).
    is_flat
        Whether Q and U are against the map's columns (+y), not against north.
    """

    place: ImagePlace
    is_iau: bool
    is_flat: bool


def find_partner(hdus: fits.HDUList, record: MapRecord, stokes: str) -> Partner:
    """Find the image of U for one of Q, or the other way round.

    Raises
    ------
    MapError
        There is not one on the same grid, or it is not known what the angles mean.
    """
    other = "U" if stokes == "Q" else "Q"
    own = image_at(hdus, ImagePlace(record.sci_hdu, record.sci_layer)).header
    images = images_of(hdus)
    found = [place for place, image in images.items() if _is_image_of(image, other)]
    if len(found) != 1:
        raise _refused(stokes, f"and its file has {len(found) or 'no'} images of {other}, not one")
    partner = images[found[0]]
    if tuple(partner.shape) != record.shape:
        raise _refused(stokes, f"and the image of {other} has another shape")
    different = different_card(own, partner.header)
    if different is not None:
        raise _refused(stokes, f"and the image of {other} differs in {different}")
    conventions = [_stated(header, hdus[0].header) for header in (own, partner.header)]
    if conventions[0] != conventions[1]:
        raise _refused(stokes, f"and the image of {other} differs in POLCCONV or FLATPOL")
    convention, is_flat = conventions[0]
    if convention not in {"IAU", "COSMO"}:
        was = f"is {convention}" if convention else "is missing"
        raise _refused(stokes, f"and its POLCCONV {was}, neither IAU nor COSMO")
    return Partner(found[0], convention == "IAU", is_flat)


def _refused(stokes: str, reason: str) -> MapError:
    return MapError(
        f"the map holds {stokes}, which changes where north does, {reason}: it cannot be turned"
        " to a stamp's north; ask for native stamps"
    )


def _is_image_of(image: Any, stokes: str) -> bool:
    return not is_weight(image.header) and stokes_of(image.header) == stokes


def _stated(header: fits.Header, primary: fits.Header) -> tuple[str, bool]:
    """Convention, and whether against columns: by an image, or for the whole file."""
    convention = header.get(_CONVENTION, primary.get(_CONVENTION, ""))
    is_flat = header.get(_AGAINST_COLUMNS, primary.get(_AGAINST_COLUMNS)) is True
    return str(convention).strip().upper(), is_flat


def turned_cards(cards: Iterable[SourceCard]) -> list[SourceCard]:
    """Cards of a map of Q or U that hold for what was turned."""
    kept = [card for card in cards if card.name not in _OF_THE_PAIR]
    image = str(fits.Card(_CONVENTION, "IAU"))
    return [*kept, SourceCard(_CONVENTION, "IAU", "", image)]


class PolarisedPair:
    """A map of Q or U and its partner.

    Parameters
    ----------
    stokes
        What the map is.
    partner, image
        About the other one, and what gives windows of it.
    """

    def __init__(self, record: MapRecord, stokes: str, partner: Partner, image: Image) -> None:
        self._record, self._stokes = record, stokes
        self._partner, self._image = partner, image

    def turned_to(self, grid: OutputGrid, own: Image) -> "TurnedImage":
        """Give the map against the north (+y) of a grid.

        Raises
        ------
        MapError
            The grid is not a north-up gnomonic one.
        """
        if offsets_of([grid]) is None:
            raise _refused(self._stokes, "and the stamp is not a north-up TAN one")
        up = axes_of(*np.radians([float(grid.wcs["CRVAL1"]), float(grid.wcs["CRVAL2"])]))[2]
        return TurnedImage(self, own, _in_frame(up, record_frame(self._record)))

    def turned_pixel(self, own: Pixels, box: Box) -> Floats:
        """Give pixels of the map against north in ICRS."""
        return self.turn(own, box, _in_frame((0.0, 0.0, 1.0), record_frame(self._record)))

    def turn(self, own: Pixels, box: Box, up: Floats) -> Floats:
        """Turn pixels of the map in a box to north towards ``up``, of the map's frame."""
        cards = tuple(full_cards(self._record).items())
        angle = _double_angle(cards, box, (up[0], up[1], up[2]), is_flat=self._partner.is_flat)
        pair = own, as_floats(self._image.window(box))
        return turned_by(self._stokes, pair, angle, is_iau=self._partner.is_iau)


# Stamps of Q and of U at one place follow each other.
@lru_cache(maxsize=_KEPT_ANGLES)
def _double_angle(
    cards: tuple[tuple[str, Any], ...], box: Box, up: tuple[float, ...], *, is_flat: bool
) -> Floats:
    """Twice the angle by which pixels in a box of a map with such a WCS are turned."""
    wcs = cards_wcs(cards)
    rows, columns = np.mgrid[box.y0 : box.y1, box.x0 : box.x1].astype(np.float64)
    north = np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1)
    if is_flat:
        above, below = (_directions(wcs, columns, rows + more) for more in (_STEP, -_STEP))
        north = above - below
    return double_angle(_directions(wcs, columns, rows), (north, np.array(up).reshape(3, 1, 1)))


def _directions(wcs: WCS, x: Floats, y: Floats) -> Floats:
    """Unit vectors, in the map's frame, of places in its pixels, from 0: (3, ...)."""
    angles = wcs.wcs_pix2world(x.ravel(), y.ravel(), 0)
    lon, lat = (np.radians(angle).reshape(x.shape) for angle in angles)
    flat = np.cos(lat)
    return np.stack([flat * np.cos(lon), flat * np.sin(lon), np.sin(lat)])


class TurnedImage:
    """A map of Q or U against the north of a stamp; NaN where its partner is.

    Parameters
    ----------
    pair, own
        The map and its partner, and what gives windows of the map.
    up
        Vector towards which the stamp's north is, in the map's frame.
    """

    def __init__(self, pair: PolarisedPair, own: Image, up: Floats) -> None:
        self._pair, self._own, self._up = pair, own, up

    def window(self, box: Box) -> Pixels:
        """The pixels of a box that lies on the map."""
        own = as_floats(self._own.window(box))
        found = np.empty(own.shape, own.dtype.newbyteorder("="))
        for band in _bands(box):
            rows = slice(band.y0 - box.y0, band.y1 - box.y0)
            found[rows] = self._pair.turn(own[rows], band, self._up)
        return found


def _bands(box: Box) -> Iterator[Box]:
    """The box in bands of rows that are turned at once."""
    step = max(1, _TURNED_PIXELS // max(1, box.x1 - box.x0))
    for y0 in range(box.y0, box.y1, step):
        yield Box(box.x0, y0, box.x1, min(y0 + step, box.y1))


def _in_frame(direction: tuple[float, float, float], frame: SkyFrame) -> Floats:
    """A direction (ICRS) in another frame."""
    x, y, z = direction
    place = SkyCoord(np.arctan2(y, x), np.arctan2(z, np.hypot(x, y)), unit="rad", frame="icrs")
    there = place.transform_to(frame.to_astropy()).spherical
    flat = np.cos(there.lat.rad)
    vector = [flat * np.cos(there.lon.rad), flat * np.sin(there.lon.rad), np.sin(there.lat.rad)]
    return np.array(vector)
