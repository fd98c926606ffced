"""Targets from the cells of table rows, whatever kind of table they were in."""

import math
from array import array
from collections.abc import Callable, Iterable, Mapping

from sptjobs.request.ambiguity import Ambiguity, ambiguity_of_rows
from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.cutout_request import Target
from sptjobs.request.identifiers import folded, free_name, parse_objid, position_name
from sptjobs.request.numbers import parse_bounded, parse_number
from sptjobs.request.target_table import TargetColumns
from sptjobs.request.text_column import DistinctTexts
from sptjobs.uws.errors import InvalidRequestError, ParameterError, TooLargeError

MIN_SIZE_ARCMIN = 0.25
"""One pixel of a map: nothing smaller can be cut."""

MAX_SIZE_ARCMIN = 120.0
"""480 map pixels: 2 MB a plane, a quarter of a subfield's height. What is larger is
better served by the map itself."""

MAX_PROBLEMS = 100
"""Maximum of problems in one report; reading stops there."""

MAX_EXAMINED = 1000
"""Maximum of problems where a table is read to its end whatever is wrong."""

_KNOWN_SIZES = 1000
"""Tables repeat few sizes many times: so many pairs of texts are read once only."""

_FIRST_JULIAN_DATE = 1_000_000.0

Times = tuple[float | None, float | None]


class TargetBuilder:
    """Turns rows into targets and collects what is wrong with them.

    Parameters
    ----------
    default_size, max_targets
        As for ``sptjobs.request.positions.parse_positions``.
    to_the_end
        Whether the rows are read to the end however many are wrong.

    Attributes
    ----------
    problems
        What is wrong, the first ``MAX_EXAMINED`` of it.
    problem_count
        How much is wrong.
    bad_rows
        Rows with a problem, from 1.
    """

    def __init__(
        self, default_size: tuple[float, float], max_targets: int, *, to_the_end: bool = False
    ) -> None:
        self.max_targets = max_targets
        self.problems: list[ParameterError] = []
        self.problem_count = 0
        self.bad_rows: list[int] = []
        self._default_size = default_size
        self._to_the_end = to_the_end
        self._row = 0
        self._drafts = TargetColumns()
        self._rows = array("L")
        self._names = DistinctTexts()
        self._rows_of_names = array("L")
        self._known_sizes: dict[tuple[str, str], tuple[float, float]] = {}
        self._ambiguities: list[Ambiguity] = []
        self._unclear: list[tuple[int, str, str]] = []

    def add(self, cells: Mapping[str, str]) -> None:
        """Take the next row: texts by upper-case column name, blank for none."""
        self._next_row()
        ra = self._read(parse_ra, cells.get("RA", ""), "RA")
        dec = self._read(parse_dec, cells.get("DEC", ""), "DEC")
        sizes = self._sizes(cells.get("XSIZE", ""), cells.get("YSIZE", ""))
        times = self._times(cells.get("TMIN", ""), cells.get("TMAX", ""))
        objid = self._objid(cells.get("OBJID", ""))
        stack = self._label(cells.get("STACK", ""), "STACK")
        if self.bad_rows[-1:] != [self._row]:
            self._drafts.append(Target(objid, ra, dec, *sizes, *times, stack=stack))
            self._rows.append(self._row)
        elif math.isnan(ra) and len(self._unclear) < MAX_EXAMINED:
            self._unclear.append((self._row, cells.get("RA", ""), cells.get("DEC", "")))

    def refuse_row(self, problem: ParameterError) -> None:
        """Note a problem of the whole next row, whose cells cannot be read."""
        self._next_row()
        self._note(
            ParameterError(problem.reason, field=problem.field, row=self._row, value=problem.value)
        )

    def ambiguities(self) -> tuple[Ambiguity, ...]:
        """What of the rows that are wrong can be read in several ways."""
        return (*self._ambiguities, *ambiguity_of_rows(self._unclear))

    def add_ambiguity(self, ambiguity: Ambiguity) -> None:
        """Note that rows can be read in several ways."""
        self._ambiguities.append(ambiguity)

    def targets(self) -> TargetColumns:
        """The targets of all rows; those without OBJID are named by their positions."""
        found = self._named()
        if self.problems:
            raise InvalidRequestError(tuple(self.problems))
        return found

    def good(self) -> dict[int, Target]:
        """The targets of the rows that are right, by row from 1."""
        return dict(zip(self._rows, self._named(), strict=True))

    def _named(self) -> TargetColumns:
        if not self._row:
            self._note(ParameterError("the table has no rows", field="POSITIONS"))
        name_by_position(self._drafts, self._names)
        return self._drafts

    def _next_row(self) -> None:
        self._row += 1
        if self._row > self.max_targets:
            raise TooLargeError(
                f"POSITIONS: more than {self.max_targets} targets, which is the most that one "
                "request may name; divide the table"
            )

    def _note(self, problem: ParameterError) -> None:
        """Keep a problem; the hundredth ends the reading, unless that goes to the end."""
        self.problem_count += 1
        if problem.row is not None and self.bad_rows[-1:] != [problem.row]:
            self.bad_rows.append(problem.row)
        if len(self.problems) < MAX_EXAMINED:
            self.problems.append(problem)
        if not self._to_the_end and len(self.problems) >= MAX_PROBLEMS:
            raise InvalidRequestError(tuple(self.problems))

    def _read(self, parse: Callable[..., float], text: str, field: str) -> float:
        """Parse a cell; a wrong one is noted and becomes NaN, which no target will see."""
        try:
            return parse(text, field=field, row=self._row)
        except ParameterError as problem:
            self._note(problem)
            return math.nan

    def _sizes(self, xtext: str, ytext: str) -> tuple[float, float]:
        if not xtext and not ytext:
            return self._default_size
        known = self._known_sizes.get((xtext, ytext))
        if known is not None:
            return known
        xsize = self._read(parse_size, xtext or ytext, "XSIZE" if xtext else "YSIZE")
        ysize = self._read(parse_size, ytext, "YSIZE") if xtext and ytext else xsize
        if len(self._known_sizes) < _KNOWN_SIZES and not math.isnan(xsize + ysize):
            self._known_sizes[xtext, ytext] = xsize, ysize
        return xsize, ysize

    def _times(self, first: str, last: str) -> Times:
        if not first and not last:
            return None, None
        tmin = self._read(parse_mjd, first, "TMIN") if first else None
        tmax = self._read(parse_mjd, last, "TMAX") if last else None
        if tmin is not None and tmax is not None and tmin > tmax:
            message = f"is after TMAX, {last}"
            self._note(ParameterError(message, field="TMIN", row=self._row, value=first))
        return tmin, tmax

    def _label(self, text: str, field: str) -> str | None:
        if not text:
            return None
        try:
            return parse_objid(text, field=field, row=self._row)
        except ParameterError as problem:
            self._note(problem)
            return None

    def _objid(self, text: str) -> str:
        objid = self._label(text, "OBJID")
        if objid is None:
            return ""
        place = self._names.add(objid)
        if place == len(self._rows_of_names):
            self._rows_of_names.append(self._row)
        else:
            message = f"is the name of row {self._rows_of_names[place]} already"
            self._note(ParameterError(message, field="OBJID", row=self._row, value=text))
        return objid


def parse_size(text: str, *, field: str, row: int | None = None) -> float:
    """Read the side of a stamp [arcmin]."""
    return parse_bounded(
        text, minimum=MIN_SIZE_ARCMIN, maximum=MAX_SIZE_ARCMIN, unit="arcmin", field=field, row=row
    )


def parse_mjd(text: str, *, field: str, row: int | None = None) -> float:
    """Read a modified Julian date [d, UTC]; what looks like a Julian date is refused."""
    mjd = parse_number(text, field=field, row=row)
    if mjd >= _FIRST_JULIAN_DATE:
        message = "must be a modified Julian date, which is the Julian date less 2400000.5"
        raise ParameterError(message, field=field, row=row, value=text)
    return mjd


def name_by_position(targets: TargetColumns, names: Iterable[str]) -> None:
    """Name the targets that have no name yet by their positions.

    Of positions so close that they share a name the second gets ``_2`` and so on in
    the order given: the same table has the same names.

    Parameters
    ----------
    names
        Names that are in use.
    """
    if "" not in targets.objids:
        return
    taken = DistinctTexts(map(folded, names))
    last: dict[str, int] = {}
    targets.name_blank(lambda ra, dec: free_name(position_name(ra, dec), taken, last))
