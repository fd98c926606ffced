"""Outcomes of many pairs in columns: what all of them have alike stands once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sptjobs.packs.records import Outcome, ended_lines_of, lines_of

_NAMES = tuple(each.name for each in fields(Outcome))


@dataclass(frozen=True, slots=True)
class OutcomeColumns:
    """Outcomes, in their order.

    Attributes
    ----------
    count
        How many.
    alike
        Attributes of ``Outcome`` that are the same for all; what is named nowhere has its default.
    columns
        Attributes that each has for itself.
    """

    count: int
    alike: Mapping[str, Any]
    columns: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> "OutcomeColumns":
        """Put outcomes into columns."""
        columns = {name: [getattr(each, name) for each in outcomes] for name in _NAMES}
        return cls(len(outcomes), {}, columns)

    def __len__(self) -> int:
        return self.count

    def changed(self, **columns: Sequence[Any]) -> "OutcomeColumns":
        """The same with other values of some attributes."""
        return OutcomeColumns(self.count, self.alike, {**self.columns, **columns})

    def rows(self) -> Iterator[Outcome]:
        """Each of them."""
        names = tuple(self.columns)
        for values in zip(*self.columns.values(), strict=True):
            yield Outcome(**{**self.alike, **dict(zip(names, values, strict=True))})

    def lines(self) -> list[str]:
        """The line of each, as ``Outcome.to_line`` writes it."""
        return lines_of(Outcome, self.count, self.alike, self.columns)

    def ended_lines(self) -> bytes:
        """The same lines as a file has them."""
        return ended_lines_of(Outcome, self.count, self.alike, self.columns)

    def statuses(self) -> Counter[str]:
        """How many have which status."""
        if "status" in self.alike:
            return Counter({str(self.alike["status"]): self.count})
        return Counter(map(str, self.columns["status"]))
