"""Cards of many headers at once, which differ in a few values."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from sptjobs.compiled.loops import compiled_loops, number_texts
from sptjobs.cutouts.stamps.checksums import Bytes
from sptjobs.cutouts.stamps.header_bytes import NumberCard, TextCard


class CardColumns:
    """The cards of several headers, as far as they were added; each has the same keywords.

    Parameters
    ----------
    count
        Number of headers.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._cards: list[str] = []
        self._length = 0
        self._columns: list[_Column] = []
        self._is_even = True

    def add(self, cards: str) -> None:
        """Add cards that all headers have alike."""
        self._cards.append(cards)
        self._length += len(cards)

    def add_each(self, cards: Sequence[str]) -> None:
        """Add cards of each header."""
        widths = set(map(len, cards))
        self._is_even &= len(widths) == 1
        self._is_even &= "CONTINUE" not in "".join(cards)
        if self._is_even:
            self._put(" " * widths.pop(), slice(0, None), cards)

    def add_numbers(self, card: NumberCard, values: Sequence[Any]) -> None:
        """Add one card, with the number of each header."""
        texts = number_texts(values)
        # Not by value: 1 and 1.0 are equal, and zeros whatever their sign, but not written alike.
        if texts.count(texts[0]) == self._count:
            self.add(card(values[0]))
        elif card.takes(texts):
            self._put(card.blank, card.place, texts, is_left=False)
        else:
            self.add_each(list(map(card, values)))

    def add_texts(self, card: TextCard, values: Sequence[str]) -> None:
        """Add one card, with the text of each header."""
        if card.takes(values):
            self._is_even &= "CONTINUE" not in "".join(values)
            self._put(card.blank, card.place, [f"{value:<8}'" for value in values])
        else:
            self.add_each(list(map(card, values)))

    def rows(self) -> Bytes | None:
        """The cards of each header, (n, bytes); None where some have more cards than others.

        They may have, too, where a text goes on in further cards.
        """
        cards = "".join(self._cards)
        if not self._is_even or "CONTINUE" in cards:
            return None
        rows = np.empty((self._count, len(cards)), np.uint8)
        rows[:] = np.frombuffer(cards.encode("ascii"), np.uint8)
        for column in self._columns:
            column.put(rows)
        return rows

    def _put(self, cards: str, place: slice, texts: Sequence[str], *, is_left: bool = True) -> None:
        """Add cards with a text of each header at a place of them."""
        begin, end, _ = place.indices(len(cards))
        at = self._length + begin
        self._columns.append(_Column(at, end - begin, list(texts), is_left=is_left))
        self.add(cards)


class _Column:
    """Texts at one place of rows, and which side of it they stand on."""

    def __init__(self, at: int, width: int, texts: list[str], *, is_left: bool) -> None:
        self._at, self._width, self._texts, self._is_left = at, width, texts, is_left

    def put(self, rows: Bytes) -> None:
        """Write them."""
        loops, width = compiled_loops(), self._width
        if loops is not None:
            loops.put_texts(rows, rows.shape[1], self._at, width, self._texts, self._is_left)
            return
        side = str.ljust if self._is_left else str.rjust
        written = "".join(side(text, width) for text in self._texts).encode("ascii")
        of_rows = np.frombuffer(written, np.uint8).reshape(len(rows), -1)
        rows[:, self._at : self._at + width] = of_rows
