"""Reads the named texts of one request, collecting everything that is wrong."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from sptjobs.maps.kinds import (
    BAND_ALIASES,
    BANDS,
    DEFAULT_FILE_TYPES,
    FILE_TYPES,
    NEWEST_FILE_TYPES,
    is_tag,
)
from sptjobs.products import registry
from sptjobs.products.product import Asked
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.request.examined import Examined
from sptjobs.request.numbers import parse_bounded
from sptjobs.request.regions import REFUSED
from sptjobs.request.target_source import TargetSource
from sptjobs.request.targets import MAX_PROBLEMS
from sptjobs.request.vocabulary import PARAMETERS, REPEATABLE
from sptjobs.uws.errors import (
    InvalidRequestError,
    MultiValuedParamNotSupported,
    ParameterError,
)
from sptjobs.uws.xml_text import illegal_character

MAP_PIXEL_ARCMIN = 0.25
"""Side of a pixel of SPT-3G maps."""

FINEST_ARCMIN, COARSEST_ARCMIN = 0.05, 10.0
"""Sides of the smallest and the largest pixel of a TAN stamp."""

ANTIALIASED = (Order.ADAPTIVE, Order.EXACT)
"""Orders that skip no map pixel when the stamp's pixels are larger."""

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SNAPSHOT = re.compile(r"[0-9]{1,9}-(?:[0-9a-f]{12}|empty)")

_T = TypeVar("_T")
_Choice = TypeVar("_Choice", bound=StrEnum)


class RequestReader:
    """Reads one request.

    Parameters
    ----------
    values
        Texts by upper-case name.
    source
        Where the targets come from.
    problems
        What was found wrong before.
    """

    def __init__(
        self,
        values: Mapping[str, Sequence[str]],
        source: TargetSource,
        problems: Sequence[ParameterError] = (),
    ) -> None:
        self._values = values
        self._source = source
        self._problems = list(problems)

    def request(self) -> CutoutRequest:
        """The request, or every problem with it.

        Raises
        ------
        InvalidRequestError, MultiValuedParamNotSupported, TooLargeError
            As ``sptjobs.request.parsing.parse_request`` says.
        """
        examined = self.examined(to_the_end=False)
        if examined.problems:
            raise InvalidRequestError(examined.problems[:MAX_PROBLEMS])
        return examined.request

    def examined(self, *, to_the_end: bool = True) -> Examined:
        """What is right about the request, and what is wrong with it.

        Parameters
        ----------
        to_the_end
            Whether a table is read to its end however much of it is wrong.

        Raises
        ------
        MultiValuedParamNotSupported, TooLargeError
            As ``request``.
        """
        self._check_names()
        self._check_counts()
        found = self._source.found(to_the_end=to_the_end)
        self._problems += found.problems
        request = self._draft(tuple(found.targets.values()))
        return Examined(
            request=request,
            rows=tuple(found.targets),
            problems=tuple(self._problems),
            problem_count=len(self._problems) - len(found.problems) + found.problem_count,
            bad_rows=found.bad_rows,
            columns=found.columns,
        )

    def _draft(self, targets: tuple[Target, ...]) -> CutoutRequest:
        """The request as far as it can be read; what is wrong is noted."""
        start, end = self._days()
        coadds = tuple(sorted(set(self._list("COADD", _tag))))
        timed = any(t.tmin is not None or t.tmax is not None for t in targets)
        everything = bool(coadds or start or end or timed)
        projection, scale, order = self._resampling()
        return CutoutRequest(
            targets=targets,
            bands=self._some_of("BANDS", BANDS, BAND_ALIASES) or BANDS,
            filetypes=self._some_of("FILETYPE", FILE_TYPES, {})
            or (DEFAULT_FILE_TYPES if everything else NEWEST_FILE_TYPES),
            date_start=start,
            date_end=end,
            coadds=coadds,
            projection=projection,
            pixel_scale=scale,
            order=order,
            pad=self._one("PAD", _truth) is not False,
            products=self._products(targets, coadds),
            since=self._one("SINCE", _snapshot),
        )

    def _check_names(self) -> None:
        for name, values in self._values.items():
            if name in REFUSED:
                message = f"is not taken here: {REFUSED[name]}"
                self._note(ParameterError(message, field=name, value=values[0]))
            elif name not in PARAMETERS:
                close = get_close_matches(name[:64], PARAMETERS, n=1)
                hint = f"; did you mean {close[0]}?" if close else ""
                message = f"there is no such parameter{hint}"
                self._note(ParameterError(message, field=name[:64], value=values[0]))
            for value in values:
                if (illegal := illegal_character(value)) is not None:
                    message = f"holds a control character, number {ord(illegal):#x}"
                    self._note(ParameterError(message, field=name[:64], value=value))

    def _check_counts(self) -> None:
        for name in PARAMETERS:
            values = self._values.get(name, ())
            if len(values) > 1 and name not in REPEATABLE:
                shown = ", ".join(repr(value[:40]) for value in values[:4])
                raise MultiValuedParamNotSupported(
                    f"{name}: may be given once, was given {len(values)} times ({shown})"
                )

    def _days(self) -> tuple[date | None, date | None]:
        start, end = self._one("DATE_START", _day), self._one("DATE_END", _day)
        if start is not None and end is not None and start > end:
            message = f"is after DATE_END, {end}"
            self._note(ParameterError(message, field="DATE_START", value=str(start)))
        return start, end

    def _resampling(self) -> tuple[Projection, float | None, Order]:
        projection = self._one("PROJECTION", _choice(Projection)) or Projection.NATIVE
        scale = self._one("PIXEL_SCALE", _pixel_scale)
        order = self._one("ORDER", _choice(Order))
        if projection is Projection.NATIVE:
            for name in ("PIXEL_SCALE", "ORDER"):
                if name in self._values:
                    message = "native stamps keep the map's pixels; add PROJECTION=TAN"
                    self._note(ParameterError(message, field=name, value=self._values[name][0]))
        elif scale is not None and scale > MAP_PIXEL_ARCMIN and order not in ANTIALIASED:
            # The other orders skip map pixels here, and what they skip is lost.
            message = (
                f"is coarser than the maps' {MAP_PIXEL_ARCMIN:g} arcmin, "
                "which needs ORDER=adaptive or ORDER=exact"
            )
            value = self._values["PIXEL_SCALE"][0]
            self._note(ParameterError(message, field="PIXEL_SCALE", value=value))
        return projection, scale, order or Order.BILINEAR

    def _products(self, targets: tuple[Target, ...], coadds: tuple[str, ...]) -> tuple[str, ...]:
        products = registry.chosen(self._list("PRODUCTS", _one_of(registry.BY_NAME)))
        names = tuple(product.name for product in products) or registry.DEFAULT
        asked = Asked(names, coadds, self._may_select_observations(targets))
        for product in products:
            self._problems += product.check(asked)
        return names

    def _may_select_observations(self, targets: tuple[Target, ...]) -> bool:
        named = any(name in self._values for name in ("DATE_START", "DATE_END", "TIME"))
        # Where no target could be read, their times may be among what is wrong.
        timed = not targets or any(t.tmin is not None or t.tmax is not None for t in targets)
        return named or timed

    def _some_of(
        self, name: str, known: tuple[str, ...], aliases: Mapping[str, str]
    ) -> tuple[str, ...]:
        """Which of the known values are given, in the known order; empty for none."""
        spelt = {value.lower(): value for value in known}
        spelt |= {alias.lower(): value for alias, value in aliases.items()}

        def one(text: str, *, field: str) -> str:
            if text.lower() not in spelt:
                message = f"must be one of {', '.join(known)}{_hint(text, spelt)}"
                raise ParameterError(message, field=field, value=text)
            return spelt[text.lower()]

        chosen = set(self._list(name, one))
        return tuple(value for value in known if value in chosen)

    def _one(self, name: str, parse: Callable[..., _T]) -> _T | None:
        values = self._values.get(name, ())
        return self._parsed(name, values[0], parse) if values else None

    def _list(self, name: str, parse: Callable[..., _T]) -> list[_T]:
        """Values of a parameter that takes commas and repetition."""
        texts = [text for value in self._values.get(name, ()) for text in value.split(",")]
        read = [self._parsed(name, text, parse) for text in texts]
        return [value for value in read if value is not None]

    def _parsed(self, name: str, text: str, parse: Callable[..., _T]) -> _T | None:
        if not text.strip():
            message = "has no value; leave the parameter out for its default"
            self._note(ParameterError(message, field=name, value=text))
            return None
        try:
            return parse(text.strip(), field=name)
        except ParameterError as problem:
            self._note(problem)
            return None

    def _note(self, problem: ParameterError) -> None:
        self._problems.append(problem)


def _choice(options: type[_Choice]) -> Callable[..., _Choice]:
    parse_one = _one_of([option.value for option in options])

    def parse(text: str, *, field: str) -> _Choice:
        return options(parse_one(text, field=field))

    return parse


def _one_of(options: Iterable[str]) -> Callable[..., str]:
    spelt = {option.lower(): option for option in options}

    def parse(text: str, *, field: str) -> str:
        if text.lower() not in spelt:
            known = ", ".join(spelt.values())
            raise ParameterError(f"must be one of {known}", field=field, value=text)
        return spelt[text.lower()]

    return parse


def _day(text: str, *, field: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise ParameterError(f"is no day: {error}", field=field, value=text) from None
    raise ParameterError("must be a day as YYYY-MM-DD", field=field, value=text)


def _tag(text: str, *, field: str) -> str:
    if not is_tag(text):
        message = "must be the tag of a coadd, for example yearly_winter_2020"
        raise ParameterError(message, field=field, value=text)
    return text


def _snapshot(text: str, *, field: str) -> str:
    if not _SNAPSHOT.fullmatch(text):
        message = "must be the name of a snapshot of the archive, for example 12-0123456789ab"
        raise ParameterError(message, field=field, value=text)
    return text


def _pixel_scale(text: str, *, field: str) -> float:
    return parse_bounded(
        text, minimum=FINEST_ARCMIN, maximum=COARSEST_ARCMIN, unit="arcmin", field=field
    )


def _truth(text: str, *, field: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ParameterError("must be true or false", field=field, value=text)
    return text.lower() == "true"


def _hint(text: str, known: Mapping[str, str]) -> str:
    close = get_close_matches(text.lower()[:64], known, n=1)
    return f"; did you mean {known[close[0]]}?" if close else ""
