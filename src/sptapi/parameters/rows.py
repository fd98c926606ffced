"""Parameters of addresses that return a page of many rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sptapi.parameters.controls import Fields, read_whole, single
from sptjobs.maps.site import declared
from sptjobs.packs.outcomes import RowFilter
from sptjobs.request.characters import check_characters
from sptjobs.request.identifiers import MAX_LABEL
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.pair_status import Status


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of many: ``limit`` of them from ``offset`` on."""

    offset: int
    limit: int


def read_page(fields: Fields, *, default: int, maximum: int) -> Page:
    """Read OFFSET and LIMIT."""
    offset, limit = single(fields, "OFFSET"), single(fields, "LIMIT")
    return Page(
        0 if offset is None else read_whole("OFFSET", offset, minimum=0, maximum=2**53),
        default if limit is None else read_whole("LIMIT", limit, minimum=1, maximum=maximum),
    )


def read_row_filter(fields: Fields) -> RowFilter:
    """Read STATUS, BAND, FILETYPE, TEXT and TARGET."""
    text, kinds = read_text(fields), declared()
    return RowFilter(
        statuses=_chosen(fields, "STATUS", list(Status), {}),
        bands=_chosen(fields, "BAND", kinds.band_names, kinds.band_spellings),
        filetypes=_chosen(fields, "FILETYPE", kinds.filetype_names, {}),
        text=text.lower(),
        objid=single(fields, "TARGET"),
    )


def read_text(fields: Fields, name: str = "TEXT", *, maximum: int = MAX_LABEL) -> str:
    """Read what is searched for, by default a part of a name; empty without it."""
    text = (single(fields, name) or "").strip()
    check_characters(name, text)
    if len(text) > maximum:
        message = f"must be at most {maximum} characters long"
        raise ParameterError(message, field=name, value=text)
    return text


def check_names(fields: Fields, known: Iterable[str]) -> None:
    """Refuse parameters that an address does not know."""
    names = set(known)
    for name, value in fields:
        if name not in names:
            message = f"is not known here; take {', '.join(sorted(names))}"
            raise ParameterError(message, field=name[:64], value=value)


def _chosen(
    fields: Fields, name: str, known: Sequence[str], aliases: Mapping[str, str]
) -> frozenset[str]:
    """Values of a filter that may be repeated and take commas; empty without it."""
    values = [word for each, value in fields if each == name for word in value.split(",")]
    for value in values:
        if value not in known and value not in aliases:
            raise ParameterError(f"must be one of {', '.join(known)}", field=name, value=value)
    return frozenset(aliases.get(value, value) for value in values)
