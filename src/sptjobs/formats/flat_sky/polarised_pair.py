"""Q and U of a flat map, turned to the north of a stamp before they are resampled.

Each pixel of the map is turned by the angle at its own place, so that what is resampled is
against one direction everywhere, also where the map's north turns within a stamp.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.io import fits

from sptjobs.formats.flat_sky.images import Image, as_floats
from sptjobs.formats.flat_sky.map_grid import different_card
from sptjobs.formats.flat_sky.map_headers import stokes_of
from sptjobs.formats.flat_sky.wcs import record_frame, record_wcs
from sptjobs.formats.geometry import Box
from sptjobs.formats.map_content import OutputGrid, Pixels, SourceCard
from sptjobs.formats.north_up import axes_of, offsets_of
from sptjobs.formats.polarisation import turned
from sptjobs.formats.sky_positions import Floats, SkyFrame
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

_CONVENTION, _AGAINST_COLUMNS = "POLCCONV", "FLATPOL"
_OF_THE_PAIR = frozenset({_CONVENTION, _AGAINST_COLUMNS})
_TURNED_PIXELS = 1 << 16
"""Pixels that are turned at a time, which takes some twenty times their memory."""

_STEP = 0.01
"""How far from a pixel's centre the direction of its column is looked at [pixel]."""


@dataclass(frozen=True, slots=True)
class Partner:
    """The image without which Q or U cannot be turned.

    Attributes
    ----------
    hdu
        Its index.
    is_iau
        Whether angles grow from north to east, else from south to east (COSMO).
    is_flat
        Whether Q and U are against the map's columns (+y), not against north.
    """

    hdu: int
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
    own = hdus[record.sci_hdu].header
    found = [i for i, hdu in enumerate(hdus) if _is_image_of(hdu, other)]
    if len(found) != 1:
        raise _refused(stokes, f"and its file has {len(found) or 'no'} images of {other}, not one")
    partner = hdus[found[0]]
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


def _is_image_of(hdu: Any, stokes: str) -> bool:
    is_plane = bool(hdu.is_image) and len(hdu.shape) == 2
    return is_plane and hdu.header.get("ISWEIGHT") is not True and stokes_of(hdu.header) == stokes


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

    def turn(self, own: Pixels, box: Box, up: Floats) -> Floats:
        """Turn pixels of the map in a box to north towards ``up``, of the map's frame."""
        rows, columns = np.mgrid[box.y0 : box.y1, box.x0 : box.x1].astype(np.float64)
        north = np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1)
        if self._partner.is_flat:
            above, below = (self._directions(columns, rows + more) for more in (_STEP, -_STEP))
            north = above - below
        return turned(
            self._stokes,
            (own, as_floats(self._image.window(box))),
            self._directions(columns, rows),
            (north, up.reshape(3, 1, 1)),
            is_iau=self._partner.is_iau,
        )

    def _directions(self, x: Floats, y: Floats) -> Floats:
        """Unit vectors, in the map's frame, of places in its pixels, from 0: (3, ...)."""
        angles = record_wcs(self._record).wcs_pix2world(x.ravel(), y.ravel(), 0)
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
