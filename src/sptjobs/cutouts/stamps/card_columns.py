"""Cards of many headers at once, which differ in a few values."""

from collections.abc import Sequence
from typing import Any

from sptjobs.compiled.loops import number_texts
from sptjobs.cutouts.stamps.header_bytes import NumberCard


class CardColumns:
    """The cards of several headers, as far as they were added; each has the same keywords.

    Parameters
    ----------
    count
        Number of headers.
    """

    def __init__(self, count: int) -> None:
        self._count, self._template = count, ""
        self._columns: list[Sequence[str]] = []

    def add(self, cards: str) -> None:
        """Add cards that all headers have alike."""
        self._template += cards.replace("%", "%%")

    def add_each(self, cards: Sequence[str]) -> None:
        """Add cards of each header."""
        self._template += "%s"
        self._columns.append(cards)

    def add_numbers(self, card: NumberCard, values: Sequence[Any]) -> None:
        """Add one card, with the number of each header."""
        texts = number_texts(values)
        # Not by value: 1 and 1.0 are equal, and zeros whatever their sign, but not written alike.
        if texts.count(texts[0]) == self._count:
            self.add(card(values[0]))
            return
        if card.takes(texts):
            self._template += card.template
            self._columns.append(texts)
        else:
            self.add_each(list(map(card, values)))

    def rows(self) -> list[str]:
        """The cards of each header."""
        if not self._columns:
            return [self._template % ()] * self._count
        return [self._template % row for row in zip(*self._columns, strict=True)]
