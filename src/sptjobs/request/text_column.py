"""Sequences whose items are kept in a few arrays, and not as an object each."""

from abc import abstractmethod
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar, overload

T = TypeVar("T")


class MadeSequence(Sequence[T]):
    """A sequence that makes its items when they are asked for; it is equal to others of its items.

    A subclass has ``__len__`` and ``_at``.
    """

    @abstractmethod
    def _at(self, place: int) -> T:
        """Make the item at a place, from 0."""

    def __iter__(self) -> Iterator[T]:
        return map(self._at, range(len(self)))

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...
    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        if isinstance(place, int) and 0 <= place < len(self):
            return self._at(place)
        places = range(len(self))[place]
        return self._at(places) if isinstance(places, int) else tuple(map(self._at, places))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, tuple | MadeSequence):
            return NotImplemented
        return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))


class TextColumn(MadeSequence[str]):
    """Texts, in 8 bytes each and what they are long."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._content = bytearray()
        self._ends = array("Q", [0])
        for text in texts:
            self.append(text)

    def append(self, text: str) -> None:
        """Add a text."""
        self._content += encoded_text(text)
        self._ends.append(len(self._content))

    @property
    def content_bytes(self) -> int:
        """What the texts take as UTF-8."""
        return len(self._content)

    def encoded_at(self, place: int) -> bytes:
        """The text at a place, from 0, as ``encoded_text`` gives it."""
        return bytes(self._content[self._ends[place] : self._ends[place + 1]])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def _at(self, place: int) -> str:
        return self.encoded_at(place).decode("utf-8", "surrogatepass")


def encoded_text(text: str) -> bytes:
    """A text as UTF-8, whatever is in it."""
    return text.encode("utf-8", "surrogatepass")


class DistinctTexts:
    """Texts, each once, in the order in which they were added; finds a text quickly.

    A table of places by the hashes of texts, half empty: 16 bytes each, where a ``dict``
    takes more than 100.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = TextColumn()
        self._slots = array("I", bytes(4 * 16))
        for text in texts:
            self.add(text)

    def __len__(self) -> int:
        return len(self._texts)

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __contains__(self, text: str) -> bool:
        return self._slots[self._slot(encoded_text(text))] != 0

    def add(self, text: str) -> int:
        """Add a text unless it is there, and tell its place, from 0."""
        slot = self._slot(encoded_text(text))
        if self._slots[slot]:
            return self._slots[slot] - 1
        self._texts.append(text)
        self._slots[slot] = len(self._texts)
        if 2 * len(self._texts) > len(self._slots):
            self._grow()
        return len(self._texts) - 1

    def _slot(self, text: bytes) -> int:
        """Where a text stands in the table, or the empty slot where it would."""
        last = len(self._slots) - 1
        slot = hash(text) & last
        while (place := self._slots[slot]) and self._texts.encoded_at(place - 1) != text:
            slot = (slot + 1) & last
        return slot

    def _grow(self) -> None:
        self._slots = array("I", bytes(2 * 4 * len(self._slots)))
        last = len(self._slots) - 1
        for place in range(len(self._texts)):
            slot = hash(self._texts.encoded_at(place)) & last
            while self._slots[slot]:
                slot = (slot + 1) & last
            self._slots[slot] = place + 1
