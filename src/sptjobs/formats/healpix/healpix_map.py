"""An open HEALPix map: stamps and single pixels, and what its header says."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits

from sptjobs.formats.carried_cards import carried_cards
from sptjobs.formats.decoded_maps import FileState
from sptjobs.formats.healpix.binary_table import Table, tables_of
from sptjobs.formats.healpix.north_up_sampling import sampled_north_up
from sptjobs.formats.healpix.pixel_layout import (
    SCI_COLUMN,
    WGT_COLUMN,
    PixelLayout,
    layout_of,
)
from sptjobs.formats.healpix.pixel_rows import PixelRows, weights_or_ones
from sptjobs.formats.map_content import (
    Cards,
    Loss,
    MapWindow,
    OutputGrid,
    Pixels,
    Plane,
    SourceCard,
)
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.north_up import windows_of
from sptjobs.formats.placement import Need
from sptjobs.formats.polarisation import turned
from sptjobs.formats.sky_positions import Floats
from sptjobs.formats.stored_file import stored_file
from sptjobs.formats.structure import check_structure
from sptjobs.formats.windows import Windows
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order

_SAMPLED_PIXELS = 1 << 14
"""Pixels that are resampled at a time."""

_OF_THE_TABLE = re.compile(
    r"T(TYPE|FORM|UNIT|NULL|SCAL|ZERO|DISP|DIM|COMM|UCD)\d+|TFIELDS|THEAP|PIXTYPE|ORDERING|NSIDE"
    r"|INDXSCHM|FIRSTPIX|LASTPIX|COORDSYS|COORDREF|BAD_DATA|GRAIN|NPIX|OBS_NPIX|MAPTYPE|POLTYPE"
    r"|POLCCONV|FLATPOL|OBJECT|BUNIT"
)
"""Cards that tell of the table and its pixels, not of stamps."""

SORTED = "SORTED"
"""Card of a record: whether the pixel numbers rise."""


@contextmanager
def open_healpix_map(archive: Path, record: MapRecord) -> Iterator["HealpixMap"]:
    """Open a catalogued map."""
    with stored_file(archive, record) as file:
        if file.stream is file.plain:
            # Nothing has vouched for its headers yet.
            check_structure(file.plain)
        tables = {table.hdu: table for table in tables_of(file.stream)}
        if record.sci_hdu not in tables:
            raise MapError(f"the map's HDU {record.sci_hdu} is not the table that was catalogued")
        layout = _catalogued(tables[record.sci_hdu], record)
        if layout.count != record.shape[1]:
            raise MapError(f"the map's HDU {record.sci_hdu} is not the table that was catalogued")
        state = None
        if record.compression is None:
            hdus = (record.sci_hdu, record.wgt_hdu)
            state = FileState.of(file.plain, f"{archive}/{record.path}", record.sha256, hdus)
        is_sorted = record.wcs.get(SORTED) is True
        yield HealpixMap(record, layout, PixelRows(file, layout, is_sorted=is_sorted, state=state))


def _catalogued(table: Table, record: MapRecord) -> PixelLayout:
    """The map that a record is of."""
    columns = {column.number: column for column in table.columns}
    sci = columns[int(record.wcs[SCI_COLUMN])]
    wgt = columns[int(record.wcs[WGT_COLUMN])] if WGT_COLUMN in record.wcs else None
    return layout_of(table, sci, wgt)


class HealpixMap(OpenMap):
    """An open HEALPix map. The place of a pixel is its number as x, and 0 as y."""

    def __init__(self, record: MapRecord, layout: PixelLayout, rows: PixelRows) -> None:
        self.record = record
        self._layout, self._rows = layout, rows

    def of_state(self, state: str) -> "HealpixMap":
        """The map that another plane of the same table is."""
        record = self.record.of_state(state)
        if record is self.record:
            return self
        return HealpixMap(record, _catalogued(self._layout.table, record), self._rows)

    def native(self, need: Need, *, pad: bool) -> MapWindow | None:
        """Refuse it."""
        del need, pad
        raise MapError("a HEALPix map has no pixels in rows and columns; ask for TAN stamps")

    def resampled(self, grid: OutputGrid, order: Order) -> tuple[Pixels, Pixels] | None:
        """Resample to a north-up grid by the nearest pixel, or bilinearly."""
        found = sampled_north_up(self._rows, self._layout, [grid], order)
        return None if found is None else (found[0][0], found[1][0])

    def resampled_all(self, grids: Sequence[OutputGrid], order: Order) -> Windows | None:
        """Resample to grids of one shape, unless one is off the map."""
        step = max(1, _SAMPLED_PIXELS // (grids[0].shape[0] * grids[0].shape[1]))
        found = []
        for begin in range(0, len(grids), step):
            planes = sampled_north_up(self._rows, self._layout, grids[begin : begin + step], order)
            if planes is None:
                return None
            found.append(planes)
        return windows_of(grids, found)

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Value and weight of a pixel; Q and U are turned to north in ICRS, as the IAU has it."""
        del y
        pixel = np.array([int(x)])
        places = self._rows.places(pixel)
        if places[0] < 0:
            return np.nan, 0.0
        weight = float(weights_or_ones(self._rows, self._layout.wgt, places)[0])
        value = self._rows.values(self._layout.sci, places)
        partner = self._layout.partner
        if partner is not None:
            pair = value, self._rows.values(partner, places)
            value = self._against_north(pair, self._layout.pixelisation.directions(pixel))
        return float(value[0]), weight

    def _against_north(self, pair: tuple[Pixels, Pixels], directions: Floats) -> Floats:
        layout = self._layout
        poles = (layout.pixelisation.pole[:, None], np.array([[0.0], [0.0], [1.0]]))
        return turned(layout.stokes, pair, directions, poles, is_iau=layout.is_iau)

    @property
    def is_weighted(self) -> bool:
        """Whether the header says WEIGHTED."""
        return self._layout.table.header.get("WEIGHTED") is True

    def carried(self, plane: Plane, *, resampled: bool) -> Sequence[SourceCard]:
        """Cards of the table's header that hold for stamps too, and those of a column."""
        del resampled
        column = self._layout.sci if plane is Plane.SCI else self._layout.wgt
        cards = carried_cards(self._layout.table.header)
        kept = [each for each in cards if not _OF_THE_TABLE.fullmatch(each.name)]
        own = {} if column is None or not column.unit else {"BUNIT": column.unit}
        if plane is Plane.SCI and self._layout.stokes != "T":
            own |= {"POLTYPE": self._layout.stokes}
        if plane is Plane.SCI and self._layout.partner is not None:
            own |= {"POLCCONV": "IAU"}
        return [*kept, *(_source_card(name, value) for name, value in own.items())]

    def loss(self, plane: Plane) -> Loss | None:
        """None: tables are not compressed with a loss."""
        del plane
        return None

    def shifted(self, plane: Plane, wcs: Mapping[str, Any]) -> Cards:
        """Nothing: there are no native stamps."""
        del plane, wcs
        return {}


def _source_card(name: str, value: str) -> SourceCard:
    return SourceCard(name, value, "", str(fits.Card(name, value)))
