"""A request that was read to its end, whatever is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sptjobs.request.ambiguity import Ambiguity
from sptjobs.request.columns import ColumnUse
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.uws.errors import ParameterError


@dataclass(frozen=True, slots=True)
class Examined:
    """A request that may be wrong in parts.

    Attributes
    ----------
    request
        What is right of it: with the targets that are, and defaults for parameters
        that cannot be read.
    rows
        Row of each of its targets in the table, or its place in the request, from 1.
    problems, problem_count
        What is wrong, the first of it, and how much in all.
    bad_rows
        Rows of the table with a problem.
    columns
        How the columns of the table were taken; None without a table.
    ambiguities
        What can be read in several ways; each is among the problems too.
    """

    request: CutoutRequest
    rows: tuple[int, ...]
    problems: tuple[ParameterError, ...]
    problem_count: int
    bad_rows: tuple[int, ...]
    columns: ColumnUse | None
    ambiguities: tuple[Ambiguity, ...] = ()

    def with_problems(self, more: Sequence[ParameterError]) -> "Examined":
        """The same with what was found to be wrong besides."""
        problems = (*more, *self.problems)
        return replace(self, problems=problems, problem_count=self.problem_count + len(more))

    @property
    def only_rows_are_bad(self) -> bool:
        """Whether the request would be right without its bad rows."""
        return all(problem.row is not None for problem in self.problems)
