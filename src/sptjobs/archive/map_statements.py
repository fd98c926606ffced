"""The ``[[map]]`` tables of a ``collection.toml``: what headers of maps lack, by file.

::

    [[map]]
    files = "deep/*.fits"
    band = "r"
    filetype = "image"
    field = "north"
    tag = "deep_2020"
    unit = "nJy"
    image = "SCI"
    weights = "none"

The first table whose pattern matches a file counts, and counts more than the file's header
and name. What it leaves out, they have to tell.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any

from sptjobs.archive.fits_units import fits_unit
from sptjobs.archive.identity import utc
from sptjobs.archive.names import check_tag, parse_band, parse_filetype
from sptjobs.maps.kinds import MapKinds
from sptjobs.maps.map_error import MapError
from sptjobs.maps.statement import NO_WEIGHTS, Hdu, Statement

MAX_FIELD = 64
"""Characters of the name of a field."""


@dataclass(frozen=True, slots=True)
class MapStatement:
    """What is stated of the files that a pattern matches."""

    files: str
    stated: Statement

    def holds_for(self, path: PurePosixPath) -> bool:
        """Whether the pattern matches a file.

        Parameters
        ----------
        path
            Relative to the folder of the ``collection.toml``. A pattern without ``/`` is that
            of a file's name, wherever it is.
        """
        return fnmatchcase(str(path) if "/" in self.files else path.name, self.files)


def read_statements(tables: object, kinds: MapKinds) -> tuple[MapStatement, ...]:
    """Read the tables ``[[map]]``.

    Raises
    ------
    MapError
        Names the table by its number, from 1, and the key.
    """
    if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
        raise MapError("map must hold tables that begin with [[map]]")
    return tuple(_statement(f"map {i}", table, kinds) for i, table in enumerate(tables, 1))


def _statement(where: str, table: Mapping[str, Any], kinds: MapKinds) -> MapStatement:
    readers = _readers(kinds)
    unknown = sorted(set(table) - readers.keys() - {"files"})
    if unknown:
        known = ", ".join(sorted({*readers, "files"}))
        raise MapError(f"{where}: {unknown[0]} means nothing here; known are {known}")
    files = table.get("files")
    if not isinstance(files, str) or not files.strip():
        raise MapError(f"{where}: files must be a pattern such as '*.fits', not {files!r}")
    read = {}
    for key, value in table.items():
        if key != "files":
            try:
                read[key] = readers[key](value)
            except MapError as error:
                raise MapError(f"{where}: {key}: {error}") from None
    stated = Statement(**read)
    _check(where, stated)
    return MapStatement(files.strip(), stated)


def _check(where: str, stated: Statement) -> None:
    """Refuse what contradicts itself."""
    if stated.tag is not None and (stated.obsid or stated.date_beg or stated.date_end):
        raise MapError(f"{where}: a coadd, which has a tag, has no obsid, date_beg or date_end")
    if stated.date_end is not None and stated.date_beg is None:
        raise MapError(f"{where}: date_end is stated without date_beg")
    if stated.date_end is not None and stated.date_end < (stated.date_beg or ""):
        raise MapError(f"{where}: date_end {stated.date_end} lies before {stated.date_beg}")
    if stated.image is not None and stated.image == stated.weights:
        raise MapError(f"{where}: image and weights are both {stated.image!r}")


def _readers(kinds: MapKinds) -> dict[str, Callable[[Any], Any]]:
    return {
        "band": lambda value: parse_band(_text(value), kinds),
        "filetype": lambda value: parse_filetype(_text(value), kinds),
        "field": _field,
        "season": _field,
        "obsid": _name,
        "tag": _name,
        "date_beg": _moment,
        "date_end": _moment,
        "unit": fits_unit,
        "weight_unit": fits_unit,
        "image": _hdu,
        "weights": _weights,
    }


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise MapError(f"must be a text that is not empty, not {value!r}")
    return value.strip()


def _field(value: object) -> str:
    text = _text(value)
    if len(text) > MAX_FIELD or not text.isprintable():
        raise MapError(f"must be a name of up to {MAX_FIELD} characters, not {text!r}")
    return text


def _name(value: object) -> str:
    text = _text(str(value) if isinstance(value, int) and not isinstance(value, bool) else value)
    check_tag(text)
    return text


def _moment(value: object) -> str:
    """A date or a moment, as TOML or as text has it."""
    try:
        if isinstance(value, datetime):
            return utc(value)
        if isinstance(value, date):
            return utc(datetime(value.year, value.month, value.day))  # noqa: DTZ001 - UTC by utc
        return utc(datetime.fromisoformat(_text(value)))
    except ValueError:
        raise MapError(f"{value!r} is no date as 2020-01-31 or 2020-01-31T12:00:00") from None


def _hdu(value: object) -> Hdu:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000:
        return value
    if isinstance(value, str) and value.strip():
        return value.strip()
    raise MapError(f"must be the number of an HDU, from 0, or its EXTNAME, not {value!r}")


def _weights(value: object) -> Hdu:
    hdu = _hdu(value)
    return NO_WEIGHTS if isinstance(hdu, str) and hdu.lower() == NO_WEIGHTS else hdu
