"""Parameters of addresses that return a page of many rows."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from sptapi.parameters.controls import Fields, read_whole, single
from sptjobs.maps.site import declared
from sptjobs.packs.job_rows import RowFilter, RowRange
from sptjobs.packs.row_columns import NUMBERS, ROW_SORTS, TIME, USUAL_ORDER, RowOrder
from sptjobs.request.characters import check_characters
from sptjobs.request.identifiers import MAX_LABEL
from sptjobs.request.intervals import parse_numbers_between, parse_time
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.pair_status import Status

_RANGES: Final = MappingProxyType({name.upper(): name for name in NUMBERS} | {"TIME": TIME})
"""Parameters that choose rows by the values of a column, and these columns."""

ROW_FILTERS: Final = ("STATUS", "BAND", "FILETYPE", "TEXT", "TARGET", *_RANGES)
"""Parameters that choose rows."""


@dataclass(frozen=True, slots=True)
class Page:
    """Which rows of many: ``limit`` of them from ``offset`` on."""

    offset: int
    limit: int

    @property
    def places(self) -> slice:
        """The same as places in a sequence."""
        return slice(self.offset, self.offset + self.limit)


def read_page(fields: Fields, *, default: int, maximum: int) -> Page:
    """Read OFFSET and LIMIT."""
    offset, limit = single(fields, "OFFSET"), single(fields, "LIMIT")
    return Page(
        0 if offset is None else read_whole("OFFSET", offset, minimum=0, maximum=2**53),
        default if limit is None else read_whole("LIMIT", limit, minimum=1, maximum=maximum),
    )


def read_row_filter(fields: Fields) -> RowFilter:
    """Read STATUS, BAND, FILETYPE, TEXT and TARGET, and intervals of columns' values."""
    text, kinds = read_text(fields), declared()
    return RowFilter(
        statuses=_chosen(fields, "STATUS", list(Status), {}),
        bands=_chosen(fields, "BAND", kinds.band_names, kinds.band_spellings),
        filetypes=_chosen(fields, "FILETYPE", kinds.filetype_names, {}),
        text=text.lower(),
        objid=single(fields, "TARGET"),
        ranges=tuple(_ranges(fields)),
    )


def read_row_order(fields: Fields) -> RowOrder:
    """Read SORT: a column, with a leading minus for the largest first."""
    text = single(fields, "SORT")
    if text is None:
        return USUAL_ORDER
    column = text.removeprefix("-")
    if column not in ROW_SORTS:
        message = f"must be one of {', '.join(ROW_SORTS)}; a leading minus reverses the order"
        raise ParameterError(message, field="SORT", value=text)
    return RowOrder(column, is_descending=text.startswith("-"))


def _ranges(fields: Fields) -> Iterator[RowRange]:
    for name, column in _RANGES.items():
        text = single(fields, name)
        if text is not None:
            parse = parse_time if column == TIME else parse_numbers_between
            least, most = parse(text, field=name)
            yield RowRange(
                column,
                -math.inf if least is None else least,
                math.inf if most is None else most,
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
