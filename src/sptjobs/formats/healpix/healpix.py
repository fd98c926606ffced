"""The format of HEALPix maps.

What reads them is loaded with the first of them: most maps are others.
"""

import gzip
import zlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import IO, cast

import numpy as np

from sptjobs.formats.map_format import MapFormat, OpenMap, UncataloguedMap
from sptjobs.formats.placement import Need, Placed, Sizes
from sptjobs.formats.sky_positions import Floats, Indices, Positions, SkyFrame
from sptjobs.formats.stored_file import is_gzip
from sptjobs.formats.structure import headers_of
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import Statement
from sptjobs.request.cutout_request import Order

_MARKS = (b"PIXTYPE", b"MAPTYPE")
_ICRS = SkyFrame("ICRS")


class Healpix(MapFormat):
    """Pixels of equal area by number, in a binary table, of all or a part of the sky."""

    name = "healpix"
    orders = frozenset({Order.NEAREST, Order.BILINEAR})

    def recognises(self, file: Path) -> bool:
        """Whether the HDU behind the primary one is a table that says so."""
        try:
            with _opened(file) as stream:
                headers = [raw for raw, _ in islice(headers_of(stream), 2)]
        except (MapError, OSError, EOFError, zlib.error):
            # Its own reader says what is wrong with it.
            return False
        return (
            len(headers) == 2
            and headers[1].startswith(b"XTENSION= 'BINTABLE'")
            and (
                any(_says_healpix(headers[1][at : at + 80]) for at in range(0, len(headers[1]), 80))
            )
        )

    def examine(self, file: Path, stated: Statement) -> AbstractContextManager[UncataloguedMap]:
        """Open a file that is to be catalogued."""
        from sptjobs.formats.healpix.uncatalogued_healpix import (  # noqa: PLC0415 - see the top
            examine_healpix,
        )

        return examine_healpix(file, stated)

    def place(
        self, record: MapRecord, positions: Positions, asked: Indices, sizes: Sizes
    ) -> Placed:
        """Place positions by the numbers of their pixels, in the order of these.

        Those are left out whose stamps cannot meet the circle around the footprint.
        """
        from sptjobs.formats.healpix.pixelisation import Pixelisation  # noqa: PLC0415 - see the top

        pixelisation = Pixelisation.of(record)
        framed = positions.in_frame(pixelisation.frame)
        lon, lat = framed.lon[asked], framed.lat[asked]
        reach = np.hypot(sizes.xsize, sizes.ysize) / 120 + 2 * pixelisation.scale_arcmin / 60
        found = np.flatnonzero(_distances(record, positions, asked) <= reach)
        pixels = pixelisation.pixels(lon[found], lat[found])
        order = np.argsort(pixels, kind="stable")
        still = np.zeros(len(found))
        area = sizes.xsize * sizes.ysize / pixelisation.scale_arcmin**2
        return Placed(
            found=found[order],
            x=pixels[order].astype(np.float64),
            y=still,
            north=still,
            rows=still,
            ends=still + 1,
            pixels=np.maximum(1.0, area[found[order]]),
        )

    def holds(self, record: MapRecord, x: float, y: float) -> bool:
        """Take any pixel: the file alone tells whether it is stored."""
        del record, y
        return x >= 0

    def open(
        self, archive: Path, record: MapRecord, needs: Iterable[Need]
    ) -> AbstractContextManager[OpenMap]:
        """Open a catalogued map."""
        del needs
        from sptjobs.formats.healpix.healpix_map import open_healpix_map  # noqa: PLC0415 - see the top

        return open_healpix_map(archive, record)


def _opened(file: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(file, "rb")) if is_gzip(file) else file.open("rb")


def _says_healpix(card: bytes) -> bool:
    return card[:8].rstrip() in _MARKS and card[8:].partition(b"/")[0].strip(b"= '") == b"HEALPIX"


def _distances(record: MapRecord, positions: Positions, asked: Indices) -> Floats:
    """How far positions lie beyond the circle around a map's footprint [deg]; 0 within it."""
    corners = _vectors(*np.array([corner for part in record.footprint for corner in part]).T)
    middle = corners.mean(axis=1)
    length = float(np.linalg.norm(middle))
    radius = 180.0
    if length > 1e-3:
        middle /= length
        radius = float(np.degrees(np.arccos(np.clip((middle @ corners).min(), -1, 1))))
    if radius >= 90:
        # Beyond a hemisphere the circle around the corners need not hold what is between them.
        return np.zeros(len(asked))
    framed = positions.in_frame(_ICRS)
    there = _vectors(framed.lon[asked], framed.lat[asked])
    apart = np.degrees(np.arccos(np.clip(middle @ there, -1, 1)))
    return np.asarray(np.maximum(0.0, apart - radius))


def _vectors(lon: Floats, lat: Floats) -> Floats:
    a, d = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
