"""Parameters of the list of maps.

Those of SODA mean here what they mean there; the others are the service's own. ``BAND`` once
took names, which no interval looks like, and still does.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import urlencode

from sptapi.parameters.controls import Fields, read_whole, single
from sptjobs.maps.kinds import is_tag
from sptjobs.maps.publisher_ids import PublisherIds
from sptjobs.maps.site import declared
from sptjobs.obscore.listing import MapListQuery
from sptjobs.obscore.sia_parameters import read_query
from sptjobs.uws.errors import ParameterError

MAX_LIMIT = 1000
"""Most maps of a page."""

FITS, JSON, ASCII = "application/fits", "application/json", "text/plain"

MOC_FORMS: Mapping[str, str] = MappingProxyType(
    {"fits": FITS, "json": JSON, "ascii": ASCII, FITS: FITS, "image/fits": FITS}
    | {JSON: JSON, ASCII: ASCII}
)
"""Names of a MOC's forms, and their media types."""

_OF_COVERAGE = ("BANDS", "BAND", "FILETYPE", "TAG")
_SODA = ("ID", "POS", "BAND", "TIME", "POL")
_OWN = ("BANDS", "FILETYPE", "TAG", "LIMIT", "AFTER")


def read_map_list(fields: Fields, ids: PublisherIds) -> MapListQuery:
    """Read the parameters.

    Raises
    ------
    ParameterError
        One is unknown, or its value makes no sense.
    """
    unknown = sorted({name for name, _ in fields} - {*_SODA, *_OWN})
    if unknown:
        message = f"is no filter; take {', '.join((*_SODA, *_OWN))}"
        raise ParameterError(message, field=unknown[0])
    kinds = declared()
    by_name = [(n, v) for n, v in fields if n == "BAND" and v in kinds.band_spellings]
    fields = [("BANDS", v) if (n, v) in by_name else (n, v) for n, v in fields]
    conditions = read_query([each for each in fields if each[0] in _SODA], ids)
    limit = single(fields, "LIMIT")
    return MapListQuery(
        conditions,
        _named(fields, "BANDS", kinds.band_spellings, kinds.band_names),
        _named(fields, "FILETYPE", kinds.filetype_spellings, kinds.filetype_names),
        _tags(fields),
        None if limit is None else read_whole("LIMIT", limit, minimum=1, maximum=MAX_LIMIT),
        _after(fields, ids.map_id),
    )


def read_moc_query(fields: Fields, ids: PublisherIds) -> tuple[MapListQuery, str]:
    """Read which maps' coverage is requested, and its media type.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One is unknown, or its value makes no sense.
    """
    unknown = sorted({name for name, _ in fields} - {*_OF_COVERAGE, "RESPONSEFORMAT"})
    if unknown:
        message = f"is no filter; take {', '.join(_OF_COVERAGE)}, and RESPONSEFORMAT"
        raise ParameterError(message, field=unknown[0])
    text = single(fields, "RESPONSEFORMAT") or "fits"
    media_type = MOC_FORMS.get(text.strip().lower())
    if media_type is None:
        message = f"must be one of {', '.join(MOC_FORMS)}"
        raise ParameterError(message, field="RESPONSEFORMAT", value=text)
    return read_map_list([each for each in fields if each[0] in _OF_COVERAGE], ids), media_type


def following_page(fields: Fields, last: str) -> str:
    """Write the query string of the maps that follow the last one of a page."""
    return urlencode(
        [*((name, value) for name, value in fields if name != "AFTER"), ("AFTER", last)]
    )


def _values(fields: Fields, name: str) -> list[str]:
    """Values of a parameter, several of them also separated by commas."""
    given = [value for each, value in fields if each == name]
    return [part.strip() for value in given for part in value.split(",") if part.strip()]


def _named(
    fields: Fields, name: str, spellings: Mapping[str, str], known: tuple[str, ...]
) -> frozenset[str] | None:
    chosen = set()
    given = any(each == name for each, _ in fields)
    for value in _values(fields, name) or ([""] if given else []):
        spelt = spellings.get(value) or spellings.get(value.lower())
        if spelt is None:
            raise ParameterError(f"must be one of {', '.join(known)}", field=name, value=value)
        chosen.add(spelt)
    return frozenset(chosen) or None


def _tags(fields: Fields) -> frozenset[str] | None:
    tags = _values(fields, "TAG")
    for tag in tags:
        if not is_tag(tag):
            message = "must be the tag of a coadd, up to 64 letters, digits and ._+-"
            raise ParameterError(message, field="TAG", value=tag)
    return frozenset(tags) or None


def _after(fields: Fields, map_id: Callable[[str], str | None]) -> str:
    text = single(fields, "AFTER")
    found = "" if text is None else map_id(text)
    if found is None:
        message = "must be the id of a map, such as the last one of the page before"
        raise ParameterError(message, field="AFTER", value=text)
    return found
