"""The manifest of a job: one row for each target and map, as JSON, CSV and VOTable."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from sptjobs.packs.forms import Column, Form, csv_chunks, json_chunks, votable_chunks
from sptjobs.packs.records import Row
from sptjobs.packs.unit_columns import CellsOfRow, UnitsOfColumn, by_unit, in_order, vounit

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

_NOTHING = ""
_MEASURED = ("preview_range", "sigma", "rms", "depth")
_UNMEASURED = tuple(b'"%s":null' % name.encode() for name in _MEASURED)
_PLACES = {column.name: place for place, column in enumerate(MANIFEST_COLUMNS)}
_UNIT = re.compile(rb'"unit":("(?:[^"\\]|\\.)*")')

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
    units: Sequence[str | None] = (),
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
    about = UnitsOfColumn("unit", tuple(units))
    columns, cells = by_unit(MANIFEST_COLUMNS, _cells, dict.fromkeys(_MEASURED, about), vounit)
    if out:
        columns, cells = (*columns, *_LINKS), _with_links(cells, out)
    return votable_chunks(replace(_FORM, columns=columns, cells=cells), facts, rows)


def units_of(rows: Iterable[Row]) -> tuple[str | None, ...]:
    """Find the units of the measured values of a manifest, in order."""
    return in_order({unit for unit in map(_unit_of, rows) if unit != _NOTHING})


def _unit_of(row: Row) -> str | None:
    """The unit of a row's values; an empty text where it has no values."""
    if not isinstance(row, bytes):
        known = any(getattr(row, name) is not None for name in _MEASURED)
        return row.unit if known else _NOTHING
    if all(nothing in row for nothing in _UNMEASURED):
        return _NOTHING
    found = _UNIT.search(row)
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
