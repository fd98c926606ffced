"""Parameters of a catalogue of objects: where, how many rows, and in which form."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sptapi.parameters.controls import Fields, read_whole, single
from sptapi.parameters.rows import check_names
from sptapi.parameters.searches import CSV, DEFAULT_ROWS, JSON, VOTABLE, read_table_form
from sptjobs.request.region_values import parse_pos_region
from sptjobs.sky.region import Region
from sptjobs.sky_catalogues.catalogue_table import MAX_OBJECTS

_KNOWN: Final = ("POS", "MAXREC", "RESPONSEFORMAT")

_TYPES: Mapping[str, str] = MappingProxyType(
    {
        VOTABLE: "application/x-votable+xml",
        CSV: "text/csv; charset=utf-8; header=present",
        JSON: "application/json",
    }
)


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """Which rows of a catalogue are asked for.

    Attributes
    ----------
    region
        None for the whole sky.
    form, media_type
        Of ``searches``, and what the response is called.
    """

    region: Region | None
    max_rows: int
    form: str
    media_type: str


def read_catalogue_query(fields: Fields) -> CatalogueQuery:
    """Read the parameters; JSON is the form where none is asked for.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One is unknown, given twice, or its value makes no sense.
    """
    check_names(fields, _KNOWN)
    place, rows = single(fields, "POS"), (single(fields, "MAXREC") or "").strip()
    form, media_type = JSON, ""
    if (single(fields, "RESPONSEFORMAT") or "").strip():
        form, media_type = read_table_form(fields)
    most = DEFAULT_ROWS if not rows else read_whole("MAXREC", rows, minimum=0, maximum=2**53)
    return CatalogueQuery(
        None if place is None else parse_pos_region(place),
        min(most, MAX_OBJECTS),
        form,
        media_type or _TYPES[form],
    )
