"""The light curves of a job in one table: one row for each target and single observation."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Any
from urllib.parse import quote

from sptjobs.packs.bintable import TableCards, bintable_chunks
from sptjobs.packs.curves import PointsHead
from sptjobs.packs.forms import Column, Form, csv_chunks, json_chunks, votable_chunks
from sptjobs.packs.parquet import parquet_chunks
from sptjobs.packs.points import Point
from sptjobs.packs.unit_columns import Unit, vounit

LIGHTCURVE_COLUMNS = (
    Column("target", "int", "Index of the target in the request, from 0", ucd="meta.id"),
    Column("objid", "char", "Name of the target", ucd="meta.id;src;meta.main"),
    Column("ra", "double", "Right ascension of the target", "deg", "pos.eq.ra;meta.main", "icrs"),
    Column("dec", "double", "Declination of the target", "deg", "pos.eq.dec;meta.main", "icrs"),
    Column("band", "char", "Observing band", ucd="meta.id;instr.bandpass"),
    Column("filetype", "char", "Kind of map", ucd="meta.code"),
    Column("field", "char", "Field that was observed", ucd="meta.id;obs.field"),
    Column("obsid", "char", "MapObservation", ucd="meta.id;obs"),
    Column("map_id", "char", "Map of the observation", ucd="meta.id;meta.dataset"),
    Column("mjd", "double", "Middle of the observation", "d", "time.epoch;meta.main", "time"),
    Column("duration", "double", "From the observation's begin to its end", "s", "time.duration"),
    Column("status", "char", "ok, or why there is no value", ucd="meta.code.status"),
    Column(
        "flux",
        "double",
        "Flux density of a point source at the target",
        "mJy",
        "phot.flux.density;meta.main",
    ),
    Column(
        "flux_err", "double", "Standard deviation of flux", "mJy", "stat.error;phot.flux.density"
    ),
    Column(
        "flux_limit",
        "double",
        "Upper limit where flux is less than three times its error",
        "mJy",
        "phot.flux.density;stat.max",
    ),
    Column(
        "method",
        "char",
        "interpolated: the map at the target; fitted: beam and plane",
        ucd="meta.id;meta.modelled",
    ),
    Column(
        "coverage", "double", "How much of the beam is observed, from 0 to 1", ucd="stat.filling"
    ),
    Column("flags", "char", "partial, by-weights or no-error: see the guide", ucd="meta.code"),
    Column(
        "value", "double", "Of maps without flux: the pixel that holds the target", ucd="stat.value"
    ),
    Column("error", "double", "Standard deviation of value by the weight", ucd="stat.error"),
    Column("unit", "char", "Unit of value and error", ucd="meta.unit"),
    Column("reason", "char", "Why there is no flux", ucd="meta.note"),
)
"""The columns of each point, in this order."""

_NAMES = [column.name for column in LIGHTCURVE_COLUMNS]

_LONGEST_FLAGS = len("partial by-weights no-error")

_SYSTEMS = (
    '<COOSYS ID="icrs" system="ICRS"/>\n'
    '<TIMESYS ID="time" timeorigin="MJD-origin" timescale="UTC" refposition="TOPOCENTER"/>'
)
_VOTABLE = "application/x-votable+xml"
_MEASURED = ("value", "error")
_OF_EPOCH = {"band", "filetype", "field", "obsid", "map_id", "mjd", "duration", "unit"}
_every_cell = attrgetter(
    *(f"epoch.{c.name}" if c.name in _OF_EPOCH else c.name for c in LIGHTCURVE_COLUMNS),
)
_OF_PIXELS = slice(_NAMES.index("value"), _NAMES.index("unit") + 1)


def _cells(point: Point) -> tuple[Any, ...]:
    """Cells of a row; of a point with a flux density the value of the pixel is left out.

    So that no column has temperatures beside flux densities.
    """
    cells = _every_cell(point)
    if point.method is None and point.status == "ok":
        return cells
    return (*cells[: _OF_PIXELS.start], None, None, None, *cells[_OF_PIXELS.stop :])


_LINKS = (
    Column(
        "access_url", "char", "The light curve of this target alone", None, "meta.ref.url",
        utype="obscore:Access.Reference",
    ),
    Column(
        "access_format", "char", "Media type of that", None, "meta.code.mime",
        utype="obscore:Access.Format",
    ),
)  # fmt: skip
"""What the VOTable has besides, so that programs can act on a row."""

# What FITS has beside the columns: when the times count from (FITS Standard 4.0, section 9).
_FITS_TIME = (("TIMESYS", "UTC"), ("MJDREF", 0.0), ("TIMEUNIT", "d"), ("TREFPOS", "TOPOCENT"))


def lightcurve_json(facts: Mapping[str, Any], points: Iterable[Point]) -> Iterator[bytes]:
    """One JSON object: the facts of the job, then ``rows``, one object a line."""
    return json_chunks(_form(LIGHTCURVE_COLUMNS), facts, points)


def lightcurve_csv(facts: Mapping[str, Any], points: Iterable[Point]) -> Iterator[bytes]:
    """A header row and one row a point; what is not known is empty.

    CSV has no place beside its rows: each part of the job that is lost is a row at the
    end, whose status is ``lost``. A comment would break those who read it as numbers.
    """
    yield from csv_chunks(_form(LIGHTCURVE_COLUMNS), points)
    status, reason = (_NAMES.index(name) for name in ("status", "reason"))
    for part in facts.get("lost_parts", ()):
        cells = [""] * len(_NAMES)
        cells[status] = "lost"
        cells[reason] = f"the files of part {part} of the job are lost and its values with them"
        yield (",".join(cells) + "\r\n").encode()


def lightcurve_votable(
    facts: Mapping[str, Any], heads: Sequence[PointsHead], points: Iterable[Point], out: str = ""
) -> Iterator[bytes]:
    """A VOTable of one table; the facts are INFO elements.

    Parameters
    ----------
    out
        URL of the job's out folder, with a slash at its end; rows then tell where the light
        curve of their target is.

    References
    ----------
    VOTable 1.4, section 3.4 "TIMESYS Element".
    """
    form = _with_unit(heads, vounit)
    if out:
        cells = form.cells
        table = f"{out}lightcurve.vot?TARGET="
        form = replace(
            form,
            columns=(*form.columns, *_LINKS),
            cells=lambda point: (*cells(point), table + quote(point.objid, safe=""), _VOTABLE),
        )
    return votable_chunks(form, facts, points)


def lightcurve_fits(
    facts: Mapping[str, Any], heads: Sequence[PointsHead], count: int, points: Iterable[Point]
) -> Iterator[bytes]:
    """A FITS file whose first extension is the table; its header says which parts are missing.

    Parameters
    ----------
    facts
        Of the job; of them ``lost_parts`` is looked at.
    count
        How many points there are.
    """
    about: TableCards = (*_FITS_TIME, *_lost_cards(facts.get("lost_parts", ())))
    return bintable_chunks(
        _with_unit(heads, lambda unit: unit), about, _lengths(heads), count, points
    )


def lightcurve_parquet(
    facts: Mapping[str, Any], heads: Sequence[PointsHead], points: Iterable[Point]
) -> Iterator[bytes]:
    """A Parquet file; the facts are in its metadata."""
    return parquet_chunks(_with_unit(heads, lambda unit: unit), facts, points)


def _lost_cards(parts: Sequence[int]) -> Iterator[tuple[str, int]]:
    """How many parts of the job are lost, and which: the first thousand in cards of their own."""
    if parts:
        yield "NLOST", len(parts)
    for number, part in enumerate(parts[:1000]):
        yield f"LOST{number}", part


def _form(columns: tuple[Column, ...]) -> Form:
    return Form("lightcurve", columns, _SYSTEMS, _cells)


def _with_unit(heads: Iterable[PointsHead], spelt: Callable[[Unit], Unit]) -> Form:
    """The table, with the unit of its values where they have one in common.

    Rows of several units tell them in their own columns alone.
    """
    units = {epoch.unit for head in heads for epoch in head.epochs}
    unit = spelt(units.pop()) if len(units) == 1 else None
    return _form(
        tuple(
            replace(column, unit=unit) if column.name in _MEASURED else column
            for column in LIGHTCURVE_COLUMNS
        )
    )


def _lengths(heads: Sequence[PointsHead]) -> dict[str, int]:
    """The longest text of each column of texts."""
    lengths = dict.fromkeys((c.name for c in LIGHTCURVE_COLUMNS if c.datatype == "char"), 1)
    lengths["status"] = max(map(len, ("ok", "no-data", "failed")))
    lengths["method"], lengths["flags"] = len("interpolated"), _LONGEST_FLAGS
    for head in heads:
        lengths["objid"] = max(lengths["objid"], head.objid_length)
        lengths["reason"] = max(lengths["reason"], head.reason_length)
        for epoch in head.epochs:
            for name in lengths.keys() & _OF_EPOCH:
                lengths[name] = max(lengths[name], len(getattr(epoch, name) or ""))
    return lengths
