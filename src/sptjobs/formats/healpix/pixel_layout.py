"""Which columns of a table are a HEALPix map, and how its pixels are numbered.

References
----------
HEALPix FITS conventions, as healpy 1.20 and spt3g 1.0.2 write them: PIXTYPE, ORDERING, NSIDE,
INDXSCHM, FIRSTPIX, LASTPIX, COORDSYS, POLCCONV, BAD_DATA.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from astropy.io import fits

from sptjobs.formats.healpix.binary_table import Table, TableColumn
from sptjobs.formats.healpix.pixelisation import MAX_NSIDE, Pixelisation
from sptjobs.formats.map_content import Cards
from sptjobs.formats.sky_positions import SkyFrame
from sptjobs.formats.stokes import BY_NUMBER, PAIR, STOKES, state_of, stokes_named, stokes_stated
from sptjobs.maps.map_error import MapError
from sptjobs.maps.polarisation_plane import PolarisationPlane
from sptjobs.maps.statement import NO_WEIGHTS, Statement

_WEIGHT = frozenset({"WGT", "WEIGHT", "WEIGHTS", "WHT", "TT"})
_PIXEL = frozenset({"PIXEL", "PIXELS", "PIX", "IPIX", "HPXINDEX", "HPX_INDEX", "INDEX"})
_FRAMES = {
    "C": "ICRS", "CELESTIAL": "ICRS", "EQUATORIAL": "ICRS", "ICRS": "ICRS",
    "G": "GALACTIC", "GALACTIC": "GALACTIC",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """Where a HEALPix map is in its table.

    Attributes
    ----------
    table, pixelisation
        The table, and what its pixel numbers mean.
    index
        Column of the pixel numbers; None where they follow one another from ``first`` on.
    sci, wgt
        Columns of the pixels and their weights; no weights: None.
    stokes
        What ``sci`` holds: ``T``, or what counts as such, ``Q``, ``U`` or ``V``.
    partner
        Of ``Q`` the column of ``U``, and the other way round.
    is_iau
        Whether the angle of polarisation grows from north to east; else, as COSMO has it, from
        south to east, which gives U the other sign.
    """

    table: Table
    pixelisation: Pixelisation
    index: TableColumn | None
    first: int
    sci: TableColumn
    wgt: TableColumn | None
    stokes: str
    partner: TableColumn | None
    is_iau: bool

    @property
    def count(self) -> int:
        """Number of stored pixels."""
        return self.table.rows * self.sci.repeat


def is_healpix(header: Mapping[str, object] | fits.Header) -> bool:
    """Whether a header says that its table is a HEALPix map."""
    return "HEALPIX" in {str(header.get(key, "")).strip().upper() for key in _TYPES}


_TYPES = ("PIXTYPE", "MAPTYPE")


def find_map(tables: Sequence[Table], stated: Statement) -> PixelLayout:
    """Find the map in a file's tables, as stated or by the names of columns.

    Raises
    ------
    MapError
        There is none, or its header contradicts itself.
    """
    table, name = _chosen_table([each for each in tables if is_healpix(each.header)], stated)
    index = _index(table)
    others = [each for each in table.columns if each is not index]
    wgt = _weights(table, others, stated)
    sci = _signal([each for each in others if each is not wgt], name)
    return layout_of(table, sci, wgt)


def layout_of(table: Table, sci: TableColumn, wgt: TableColumn | None) -> PixelLayout:
    """The map that two columns of a table are."""
    index = _index(table)
    used = [each for each in (index, sci, wgt) if each is not None]
    for each in used:
        if each.dtype is None or each.repeat < 1:
            raise MapError(f"column {each.name!r} holds no numbers")
        if each.repeat != sci.repeat:
            raise MapError(
                f"columns {sci.name!r} and {each.name!r} have {sci.repeat} and {each.repeat}"
                " values in a row"
            )
    if table.rows < 1:
        raise MapError("the table of the HEALPix map has no rows")
    stokes = stokes_named(sci.name)
    partner = _partner(table, sci, stokes) if stokes in PAIR else None
    pixelisation = _pixelisation(table.header)
    first = 0 if index is not None else _first(table, pixelisation, table.rows * sci.repeat)
    convention = str(table.header.get("POLCCONV", "")).strip().upper()
    return PixelLayout(
        table, pixelisation, index, first, sci, wgt, stokes, partner, convention == "IAU"
    )


SCI_COLUMN, WGT_COLUMN = "SCI_COL", "WGT_COL"
"""Cards of a record: numbers of the columns."""


def planes_in_table(layout: PixelLayout) -> tuple[PolarisationPlane, ...]:
    """The planes of polarisation in a map's table, its own first; none where it is only T."""
    found = {layout.stokes: layout.sci}
    for stokes in BY_NUMBER.values():
        columns = [each for each in layout.table.columns if stokes_stated(each.name) == stokes]
        same = [each for each in columns if each.repeat == layout.sci.repeat and each.dtype]
        if len(same) == len(columns) == 1 and same[0] not in {layout.index, layout.wgt}:
            found.setdefault(stokes, same[0])
    if not PAIR.isdisjoint(found) and not found.keys() >= PAIR:
        # One of them alone cannot be turned.
        found = {each: column for each, column in found.items() if each not in PAIR}
    if list(found) == ["T"] or layout.stokes not in found:
        return ()
    return tuple(_plane(layout, stokes, column) for stokes, column in found.items())


def _plane(layout: PixelLayout, stokes: str, sci: TableColumn) -> PolarisationPlane:
    wgt, hdu = layout.wgt, layout.table.hdu
    if wgt is not None and sci is not layout.sci:
        own = layout.table.column(stokes * 2)
        wgt = own if own is not None and own.repeat == sci.repeat and own.dtype else wgt
    cards: Cards = {SCI_COLUMN: sci.number, WGT_COLUMN: "" if wgt is None else wgt.number}
    same = sci.unit == layout.sci.unit
    return PolarisationPlane(
        state_of(stokes), hdu, None if wgt is None else hdu, has_same_unit=same, cards=cards
    )


def _chosen_table(tables: Sequence[Table], stated: Statement) -> tuple[Table, str | None]:
    """The table of the map, and the name of its column where that is stated."""
    if not tables:
        raise MapError("has no binary table that says PIXTYPE HEALPIX")
    image = stated.image
    if image is None:
        return tables[0], None
    if isinstance(image, int):
        found = [each for each in tables if each.hdu == image]
        if not found:
            raise MapError(f"HDU {image}, stated as its image, is no table of a HEALPix map")
        return found[0], None
    for each in tables:
        if each.column(image) is not None:
            return each, image
    has = ", ".join(column.name for each in tables for column in each.columns)
    raise MapError(f"has no column {image!r}, stated as its image: it has {has}")


def _index(table: Table) -> TableColumn | None:
    """Column of pixel numbers; None where they follow one another."""
    scheme = str(table.header.get("INDXSCHM", "")).strip().upper()
    named = [each for each in table.columns if each.name.upper() in _PIXEL]
    if scheme == "IMPLICIT" or (not scheme and not named):
        return None
    if scheme not in {"EXPLICIT", ""}:
        raise MapError(f"INDXSCHM is {scheme}, neither EXPLICIT nor IMPLICIT")
    index = named[0] if named else table.columns[0] if table.columns else None
    if index is None or not index.is_integer or (index.scale, index.zero) != (1.0, 0.0):
        raise MapError("INDXSCHM is EXPLICIT, and no column PIXEL of integers has the numbers")
    return index


def _weights(table: Table, others: Sequence[TableColumn], stated: Statement) -> TableColumn | None:
    if stated.weights == NO_WEIGHTS:
        return None
    if stated.weights is not None:
        found = table.column(str(stated.weights))
        if found is None or found not in others:
            has = ", ".join(each.name for each in others)
            raise MapError(f"has no column {stated.weights!r}, stated as its weights: it has {has}")
        return found
    named = [each for each in others if each.name.upper() in _WEIGHT]
    if len(named) == 1:
        return named[0]
    if not named and stated.any_image:
        return None
    what = f"{len(named)} columns of weights" if named else "no column of weights (WEIGHT, TT)"
    raise MapError(
        f"has {what}; a [[map]] of collection.toml can name one, or state weights ="
        ' "none" where every finite pixel counts'
    )


def _signal(others: Sequence[TableColumn], name: str | None) -> TableColumn:
    if name is not None:
        found = [each for each in others if each.name.upper() == name.strip().upper()]
    else:
        found = [each for each in others if each.name.upper() in STOKES["T"]]
    if len(others) == 1 and name is None:
        return others[0]
    if len(found) != 1:
        has = ", ".join(each.name or "nothing" for each in others) or "none"
        sought = "T, TEMPERATURE or I_STOKES" if name is None else repr(name)
        raise MapError(f"has {len(found) or 'no'} columns named {sought}: its columns are {has}")
    return found[0]


def _partner(table: Table, sci: TableColumn, stokes: str) -> TableColumn:
    """The column without which Q or U cannot be turned."""
    other = "U" if stokes == "Q" else "Q"
    found = [each for each in table.columns if each.name.upper() in STOKES[other]]
    if len(found) != 1 or (found[0].dtype, found[0].repeat) != (sci.dtype, sci.repeat):
        raise MapError(f"{stokes} can be turned to a stamp's north only with a column {other}")
    return found[0]


def _pixelisation(header: fits.Header) -> Pixelisation:
    nside, ordering = header.get("NSIDE"), str(header.get("ORDERING", "")).strip().upper()
    if not isinstance(nside, int) or isinstance(nside, bool) or not 0 < nside <= MAX_NSIDE:
        raise MapError(f"NSIDE is {nside}, not a number from 1 to {MAX_NSIDE}")
    if nside & (nside - 1):
        raise MapError(f"NSIDE is {nside}, and only powers of two can be read")
    if ordering not in {"RING", "NEST", "NESTED"}:
        raise MapError(f"ORDERING is {ordering or 'missing'}, neither RING nor NESTED")
    return Pixelisation(nside, ordering != "RING", _frame(header))


def _frame(header: fits.Header) -> SkyFrame:
    stated = header.get("COORDSYS", header.get("COORDREF", ""))
    name = _FRAMES.get(str(stated).strip().upper())
    if name is None:
        raise MapError(
            f"COORDSYS is {str(stated).strip() or 'missing'}, and only C (equatorial) and G"
            " (galactic) can be read; write the card if you know the frame"
        )
    # As spt3g writes it beside C.
    return SkyFrame("FK5" if name == "ICRS" and _is_fk5(header) else name)


def _is_fk5(header: fits.Header) -> bool:
    return str(header.get("RADESYS", "")).strip().upper() == "FK5"


def _first(table: Table, pixelisation: Pixelisation, count: int) -> int:
    """Number of the first pixel of those that follow one another."""
    first, last = table.header.get("FIRSTPIX", 0), table.header.get("LASTPIX")
    if count == pixelisation.count:
        return 0
    if isinstance(first, int) and isinstance(last, int):
        is_stretch = last - first + 1 == count
        if is_stretch and 0 <= first <= last < pixelisation.count:
            return first
    raise MapError(
        f"has {count} pixels without numbers, where NSIDE {pixelisation.nside} has"
        f" {pixelisation.count}"
    )
