"""Where the targets of a request come from: a table, one position, or circles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sptjobs.request.ambiguity import Ambiguity
from sptjobs.request.columns import ColumnUse
from sptjobs.request.completeness import WAYS, what_is_missing
from sptjobs.request.cutout_request import Target
from sptjobs.request.positions import add_rows
from sptjobs.request.table_references import PartReference
from sptjobs.request.target_table import TargetColumns
from sptjobs.request.targets import MAX_PROBLEMS, TargetBuilder, Times, name_by_position
from sptjobs.request.vocabulary import PARAMETER_BY_NAME
from sptjobs.request.window_targets import window_target
from sptjobs.sky.region import Region
from sptjobs.uws.errors import InvalidRequestError, ParameterError, TooLargeError

DEFAULT_SIZE_ARCMIN = 10.0
"""Side of a stamp where neither the row nor the request gives one."""

_NO_TIME = (None, None)
_REGIONS = frozenset({"POS", "CIRCLE", "POLYGON"})
_SIZES = ("SIZE", "XSIZE", "YSIZE")


@dataclass(frozen=True, slots=True)
class Found:
    """What the parameters give.

    Attributes
    ----------
    targets
        Targets that are right, by their row or place in the request, from 1.
    problems, problem_count
        What is wrong, the first of it, and how much in all.
    bad_rows
        Rows of the table with a problem.
    columns
        How the columns of the table were taken; None without a table.
    ambiguities
        What of it can be read in several ways; each is among the problems too.
    """

    targets: dict[int, Target]
    problems: tuple[ParameterError, ...] = ()
    problem_count: int = 0
    bad_rows: tuple[int, ...] = ()
    columns: ColumnUse | None = None
    ambiguities: tuple[Ambiguity, ...] = ()


class TargetSource:
    """The parameters of a request that say where to cut.

    Parameters
    ----------
    values
        Texts by upper-case name.
    uploads
        Contents of the file parts, by name.
    rows
        Adds the rows of a table that did not come as CSV text; None without one.
    incomplete
        Whether what is missing may be given later; there are no targets until then.
    """

    def __init__(
        self,
        values: Mapping[str, Sequence[str]],
        uploads: Mapping[str, bytes],
        max_targets: int,
        rows: Callable[[TargetBuilder], None] | None = None,
        *,
        incomplete: bool = False,
    ) -> None:
        self._values = values
        self._uploads = uploads
        self._max_targets = max_targets
        self._rows = rows
        self._incomplete = incomplete
        self._problems: list[ParameterError] = []
        self._columns: ColumnUse | None = None

    def targets(self) -> tuple[Target, ...]:
        """The targets in order, or every problem with them.

        Raises
        ------
        InvalidRequestError, TooLargeError
            As ``sptjobs.request.parsing.parse_request`` says.
        """
        found = self.found(to_the_end=False)
        if found.problems:
            raise InvalidRequestError(found.problems[:MAX_PROBLEMS])
        return tuple(found.targets.values())

    def found(self, *, to_the_end: bool) -> Found:
        """Whatever is right, and whatever is wrong.

        Parameters
        ----------
        to_the_end
            Whether a table is read to its end however much of it is wrong.

        Raises
        ------
        TooLargeError
            There are more targets than may be.
        """
        size = self._default_size()
        time: Times | None = self._one("TIME")
        size = size or (DEFAULT_SIZE_ARCMIN, DEFAULT_SIZE_ARCMIN)
        builder = TargetBuilder(size, self._max_targets, to_the_end=to_the_end)
        targets = self._chosen_way(builder, size)
        if time == _NO_TIME and "ID" not in self._values:
            message = (
                "sets no limit; leave TIME out for the newest coadds, or give a first date for "
                "single observations"
            )
            self._note("TIME", message, self._values["TIME"][0])
        if time is not None:
            targets = {row: _timed(target, time) for row, target in targets.items()}
        return Found(
            targets,
            (*self._problems, *builder.problems),
            len(self._problems) + builder.problem_count,
            tuple(builder.bad_rows),
            self._columns,
            builder.ambiguities(),
        )

    def _default_size(self) -> tuple[float, float] | None:
        sides: dict[str, float | None] = {
            name: self._one(name) for name in _SIZES if name in self._values
        }
        if "SIZE" in sides and len(sides) > 1:
            message = "gives both sides already; leave out XSIZE and YSIZE, or SIZE"
            self._note("SIZE", message, self._values["SIZE"][0])
        either = sides.get("SIZE") or sides.get("XSIZE") or sides.get("YSIZE")
        if either is None:
            return None
        return sides.get("XSIZE") or either, sides.get("YSIZE") or either

    def _chosen_way(self, builder: TargetBuilder, size: tuple[float, float]) -> dict[int, Target]:
        announced = {name for name in self._uploads if name.upper() == "POSITIONS"}
        table = self._rows is not None or bool({"POSITIONS", "UPLOAD"} & self._values.keys())
        ways = {
            "POSITIONS": table or bool(announced),
            "RA": bool({"RA", "DEC", "OBJID"} & self._values.keys()),
            "CIRCLE": bool(_REGIONS & self._values.keys()),
        }
        chosen = [way for way, taken in ways.items() if taken]
        if len(chosen) > 1:
            self._note("POSITIONS", f"{' and '.join(chosen)} are given together; {WAYS}")
            return {}
        if not chosen:
            self._note_missing()
            return {}
        self._check_uploads(announced)
        match chosen[0]:
            case "POSITIONS":
                return self._table(builder, announced)
            case "RA":
                return _numbered(self._point(size))
            case _:
                return _numbered(self._windows())

    def _table(self, builder: TargetBuilder, announced: set[str]) -> dict[int, Target]:
        try:
            if self._rows is not None:
                self._rows(builder)
                return builder.good()
            content = self._content(announced)
            if content is not None:
                self._columns = add_rows(builder, content)
                return builder.good()
        except InvalidRequestError as error:
            # A full builder says so with its own problems; the table's are new.
            self._problems += [each for each in error.problems if each not in builder.problems]
        return {}

    def _content(self, announced: set[str]) -> bytes | None:
        """The table, wherever it is; a problem is noted when it is nowhere."""
        given = [name for name in ("POSITIONS", "UPLOAD") if name in self._values]
        if len(given) + len(announced) > 1:
            self._note("POSITIONS", "the table is given more than once")
            return None
        if announced:
            return self._uploads[announced.pop()]
        value: bytes | PartReference | None = self._one(given[0])
        return self._part(given[0], value) if isinstance(value, PartReference) else value

    def _part(self, field: str, reference: PartReference) -> bytes | None:
        if reference.name not in self._uploads:
            message = "there is no such file part in the body of the request"
            self._note(field, message, reference.uri)
            return None
        return self._uploads[reference.name]

    def _check_uploads(self, announced: set[str]) -> None:
        texts = [
            text for name in ("POSITIONS", "UPLOAD") for text in self._values.get(name, ())[:1]
        ]
        named_parts = {text.rpartition("param:")[2].strip() for text in texts}
        for name in self._uploads.keys() - announced - named_parts:
            message = f"nothing refers to this file part; add POSITIONS=param:{name[:40]}"
            self._note("UPLOAD", message, name)

    def _point(self, size: tuple[float, float]) -> tuple[Target, ...]:
        self._note_missing()
        ra: float | None = self._one("RA")
        dec: float | None = self._one("DEC")
        objid: str | None = self._one("OBJID")
        if ra is None or dec is None:
            return ()
        return _named([Target(objid or "", ra, dec, *size)])

    def _note_missing(self) -> None:
        """Note what is missing, unless it may be."""
        missing = None if self._incomplete else what_is_missing(self._values)
        if missing is not None:
            self._problems.append(missing)

    def _windows(self) -> tuple[Target, ...]:
        for name in _SIZES:
            if name in self._values:
                message = "a region has its own size; leave this out"
                self._note(name, message, self._values[name][0])
        given = [
            (name, text)
            for name in ("CIRCLE", "POS", "POLYGON")
            for text in self._values.get(name, ())
        ]
        if len(given) > self._max_targets:
            raise TooLargeError(f"{given[0][0]}: more than {self._max_targets} regions")
        drafts = [draft for each in given if (draft := self._window(*each)) is not None]
        return _named([replace(draft, objid="") for draft in drafts])

    def _window(self, name: str, text: str) -> Target | None:
        region: Region | None = self._parsed(name, text)
        if region is None:
            return None
        try:
            return window_target(region, name, text, always="MASK_OUTSIDE" in self._values)
        except ParameterError as problem:
            self._problems.append(problem)
            return None

    def _one(self, name: str) -> Any:
        """Value of a parameter that may be given once; None where it is missing or wrong."""
        values = self._values.get(name, ())
        return self._parsed(name, values[0]) if values else None

    def _parsed(self, name: str, text: str) -> Any:
        """Parse a text; a wrong one is noted and gives None."""
        try:
            return PARAMETER_BY_NAME[name].parser(text, field=name)
        except ParameterError as problem:
            self._problems.append(problem)
            return None

    def _note(self, field: str, message: str, value: str | None = None) -> None:
        self._problems.append(ParameterError(message, field=field, value=value))


def _named(targets: Sequence[Target]) -> tuple[Target, ...]:
    """The targets, those without a name named by their positions."""
    columns = TargetColumns.of(targets)
    name_by_position(columns, ())
    names = zip(targets, columns.objids, strict=True)
    return tuple(replace(target, objid=objid) for target, objid in names)


def _numbered(targets: tuple[Target, ...]) -> dict[int, Target]:
    return dict(enumerate(targets, start=1))


def _timed(target: Target, time: Times) -> Target:
    """The target with the request's times, where its row gave none."""
    if target.tmin is not None or target.tmax is not None:
        return target
    return replace(target, tmin=time[0], tmax=time[1])
