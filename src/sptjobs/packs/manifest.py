"""The manifest of a job: one row for each target and map, as JSON, CSV and VOTable."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from sptjobs.packs.forms import Column, Form, csv_chunks, json_chunks, votable_chunks
from sptjobs.packs.records import Row
from sptjobs.packs.unit_columns import CellsOfRow, Unit, UnitsOfColumn, by_unit, in_order, vounit

MANIFEST_COLUMNS = (
    Column("target", "int", "Index of the target in the request, from 0", ucd="meta.id"),
    Column("objid", "char", "Name of the target", ucd="meta.id;src;meta.main"),
    Column("ra", "double", "Right ascension of the target", "deg", "pos.eq.ra;meta.main", "icrs"),
    Column("dec", "double", "Declination of the target", "deg", "pos.eq.dec;meta.main", "icrs"),
    Column("xsize", "double", "Width asked for", "arcmin", "phys.angSize"),
    Column("ysize", "double", "Height asked for", "arcmin", "phys.angSize"),
    Column("map_id", "char", "Map that was cut", ucd="meta.id;meta.dataset"),
    Column("band", "char", "Observing band", ucd="meta.id;instr.bandpass"),
    Column("filetype", "char", "Kind of map", ucd="meta.code"),
    Column("obsid", "char", "Observation, or tag of the coadd", ucd="meta.id;obs"),
    Column(
        "date_beg",
        "char",
        "Begin of the observation (UTC)",
        None,
        "time.start;obs",
        xtype="timestamp",
    ),
    Column("status", "char", "How the cutout ended", ucd="meta.code.status"),
    Column("reason", "char", "Why the status is not ok", ucd="meta.note"),
    Column("covered", "double", "Observed fraction of the stamp's pixels", ucd="stat.filling"),
    Column("centre_covered", "boolean", "Whether the target's pixel is observed", ucd="meta.code"),
    Column("targ_x", "double", "Target on the first axis (FITS pixels)", "pix", "pos.cartesian.x"),
    Column("targ_y", "double", "Target on the second axis (FITS pixels)", "pix", "pos.cartesian.y"),
    Column("north", "double", "Direction of north from +y towards -x", "deg", "pos.posAng"),
    Column("file", "char", "FITS file below the job's out folder", ucd="meta.id;meta.file"),
    Column("size", "long", "Size of the FITS file", "byte", "phys.size;meta.file"),
    Column("sha256", "char", "SHA-256 of the FITS file", ucd="meta.checksum"),
    Column(
        "preview", "char", "Preview picture below the job's out folder", ucd="meta.id;meta.preview"
    ),
    Column(
        "preview_range", "double", "Value of the picture's last colour, in unit", ucd="stat.value"
    ),
    Column("sigma", "double", "Robust standard deviation [unit]", ucd="stat.stdev"),
    Column("unit", "char", "Unit of the pixels", ucd="meta.unit"),
    Column("beam", "double", "Beam (FWHM)", "arcmin", "phys.angSize;instr.beam"),
    Column("pixel_scale", "double", "Side of a pixel", "arcmin", "phys.angSize;instr.pixel"),
    Column("stem", "char", "Folder of the target's files, and their names' begin", ucd="meta.id"),
    Column("rms", "double", "Standard deviation of the pixels without sources", ucd="stat.stdev"),
    Column("depth", "double", "Standard deviation by the median weight", ucd="stat.stdev"),
    Column(
        "depth_5sigma",
        "double",
        "Flux density of a point source at five times depth",
        "mJy",
        "phot.flux.density;stat.min",
    ),
    Column("uniformity", "double", "Smallest over largest weight", ucd="stat.weight;arith.ratio"),
    Column("coadd", "char", "Coadd that the stamp is in", ucd="meta.id;meta.file"),
    Column("difference", "char", "The stamp minus a coadd", ucd="meta.id;meta.file"),
    Column(
        "in_coadd", "boolean", "Whether it is a part of the coadd of difference", ucd="meta.code"
    ),
    Column("mosaic", "char", "Mosaic that the stamp is in", ucd="meta.id;meta.file"),
    Column("stack", "char", "Stack that the stamp is in", ucd="meta.id;meta.file"),
    Column("cube", "char", "Cube that the stamp is in", ucd="meta.id;meta.file"),
    Column("animation", "char", "Animation that the stamp is in", ucd="meta.id;meta.preview"),
    Column("colour", "char", "Colour picture that the stamp is in", ucd="meta.id;meta.preview"),
    Column("colour_channel", "char", "As red, green or blue", ucd="meta.code"),
    Column("value", "double", "Value at the target's pixel", ucd="stat.value"),
    Column("weight", "double", "Weight at the target's pixel", ucd="stat.weight"),
    Column("error", "double", "Standard deviation of value by weight", ucd="stat.error"),
    Column("snr", "double", "Signal to noise at the target: value / error", ucd="stat.snr"),
    Column("weight_unit", "char", "Unit of the weights", ucd="meta.unit"),
)
"""The attributes of an outcome, in their order."""

_LINKS = (
    Column(
        "access_url", "char", "Where the FITS file is", None, "meta.ref.url",
        utype="obscore:Access.Reference",
    ),
    Column(
        "access_format", "char", "Media type of the FITS file", None, "meta.code.mime",
        utype="obscore:Access.Format",
    ),
    Column("preview_url", "char", "Where the picture is", None, "meta.ref.url;meta.preview"),
)  # fmt: skip
"""What the VOTable has besides, so that programs can act on a row."""

ManifestUnits = Mapping[str, tuple[Unit, ...]]
"""Units that occur in a manifest, by the column that tells them."""

NO_UNITS: ManifestUnits = MappingProxyType({})

_MEASURED = MappingProxyType(
    {
        "unit": ("preview_range", "sigma", "rms", "depth", "value", "error"),
        "weight_unit": ("weight",),
    }
)
"""Columns of values whose unit another one tells, by that one."""

_PLACES = {column.name: place for place, column in enumerate(MANIFEST_COLUMNS)}
# No text of a line matches: the quotes inside of texts are escaped.
_IS_MEASURED = {
    teller: re.compile(rb'"(?:%s)":(?!null)' % "|".join(names).encode())
    for teller, names in _MEASURED.items()
}
_UNIT = {teller: re.compile(rb'"%s":("(?:[^"\\]|\\.)*")' % teller.encode()) for teller in _MEASURED}

_of_outcome = attrgetter(*(column.name for column in MANIFEST_COLUMNS))


def _cells(row: Row) -> tuple[Any, ...]:
    if not isinstance(row, bytes):
        return _of_outcome(row)
    cells = tuple(json.loads(row).values())
    # Rows of releases before have fewer.
    return cells + (None,) * (len(MANIFEST_COLUMNS) - len(cells))


def _line(row: Row) -> str | None:
    return row.decode() if isinstance(row, bytes) else None


_FORM = Form(
    "manifest",
    MANIFEST_COLUMNS,
    '<COOSYS ID="icrs" system="ICRS"/>',
    _cells,
    _line,
)


def manifest_json(facts: Mapping[str, Any], rows: Iterable[Row]) -> Iterator[bytes]:
    """One JSON object: the facts of the job, then ``rows``, one object a line."""
    return json_chunks(_FORM, facts, rows)


def manifest_csv(rows: Iterable[Row]) -> Iterator[bytes]:
    """A header row and one row an outcome; what is not known is empty."""
    return csv_chunks(_FORM, rows)


def manifest_votable(
    facts: Mapping[str, Any],
    rows: Iterable[Row],
    *,
    units: ManifestUnits = NO_UNITS,
    out: str = "",
) -> Iterator[bytes]:
    """A VOTable of one table; the facts are INFO elements.

    Parameters
    ----------
    units
        Those of :func:`units_of`.
    out
        URL of the job's out folder, with a slash at its end; rows then tell where their files
        are.
    """
    about = {
        name: UnitsOfColumn(teller, units.get(teller, ()))
        for teller, names in _MEASURED.items()
        for name in names
    }
    columns, cells = by_unit(MANIFEST_COLUMNS, _cells, about, vounit)
    if out:
        columns, cells = (*columns, *_LINKS), _with_links(cells, out)
    return votable_chunks(replace(_FORM, columns=columns, cells=cells), facts, rows)


def units_of(rows: Iterable[Row]) -> ManifestUnits:
    """Find the units of the measured values of a manifest, in order, by the column that tells."""
    found: dict[str, set[Unit]] = {teller: set() for teller in _MEASURED}
    for row in rows:
        for teller, units in found.items():
            if _is_measured(row, teller):
                units.add(_unit_of(row, teller))
    return {teller: in_order(units) for teller, units in found.items()}


def _is_measured(row: Row, teller: str) -> bool:
    """Whether a row has a value in the unit that a column tells."""
    if isinstance(row, bytes):
        return _IS_MEASURED[teller].search(row) is not None
    return any(getattr(row, name) is not None for name in _MEASURED[teller])


def _unit_of(row: Row, teller: str) -> Unit:
    if not isinstance(row, bytes):
        unit: Unit = getattr(row, teller)
        return unit
    found = _UNIT[teller].search(row)
    return None if found is None else str(json.loads(found[1]))


def _with_links(cells: CellsOfRow, out: str) -> CellsOfRow:
    """Add to the cells of a row where its files are."""

    def linked(row: Any) -> tuple[Any, ...]:
        given = cells(row)
        own = given if len(given) == len(MANIFEST_COLUMNS) else _cells(row)
        file, preview = own[_PLACES["file"]], own[_PLACES["preview"]]
        return (
            *given,
            file and out + quote(file),
            file and "application/fits",
            preview and out + quote(preview),
        )

    return linked
