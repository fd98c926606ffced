"""Members of a tar: their lines of the index in columns, and memory in which they stand ready."""

import tarfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sptjobs.compiled.loops import compiled_loops
from sptjobs.packs.member_header import bare_header, member_bytes, member_header
from sptjobs.packs.records import Content, PackedFile, ended_lines_of


@dataclass(frozen=True, slots=True)
class PackedFiles:
    """Lines of the index: entry n of each column is of file n.

    ``media_type`` and ``product`` are those of all; see ``PackedFile``.
    """

    names: Sequence[str]
    offsets: Sequence[int]
    sizes: Sequence[int]
    digests: Sequence[str]
    media_type: str
    product: str

    def rows(self) -> Iterator[PackedFile]:
        """Each of them."""
        for row in zip(self.names, self.offsets, self.sizes, self.digests, strict=True):
            yield PackedFile(*row, self.media_type, self.product)

    def ended_lines(self) -> bytes:
        """The lines of all, as ``PackedFile.to_line`` writes each."""
        alike = {"media_type": self.media_type, "product": self.product}
        columns = {
            "name": self.names,
            "offset": self.offsets,
            "size": self.sizes,
            "sha256": self.digests,
        }
        return ended_lines_of(PackedFile, len(self.names), alike, columns)


class MemberSlots:
    """Memory for files of one size, each with room for its header before and its padding behind.

    Parameters
    ----------
    content
        The memory, zeros where no file is written.
    size
        Bytes of a file.

    Attributes
    ----------
    begin, step
        Where the first file begins, and how far it is from one to the next.
    """

    begin = tarfile.BLOCKSIZE

    def __init__(self, content: memoryview, size: int) -> None:
        self.content, self.size = content, size
        self.step = member_bytes(size)

    @classmethod
    def new(cls, count: int, size: int) -> "MemberSlots":
        """Make room for files."""
        return cls(memoryview(bytearray(count * member_bytes(size))), size)

    def first(self, count: int) -> "MemberSlots":
        """The first of them, in the same memory."""
        return MemberSlots(self.content[: count * self.step], self.size)

    def write_headers(self, names: Sequence[str]) -> None:
        """Write the header of each, which is one block."""
        loops = compiled_loops()
        if loops is not None:
            loops.member_headers(self.content, self.step, bare_header(), list(names), self.size)
            return
        for place, name in zip(range(0, len(self.content), self.step), names, strict=True):
            self.content[place : place + self.begin] = member_header(name, self.size)

    def __len__(self) -> int:
        return len(self.content) // self.step

    def __iter__(self) -> Iterator[memoryview]:
        begins = (place + self.begin for place in range(0, len(self.content), self.step))
        return (self.content[begin : begin + self.size] for begin in begins)


class FilesInParts(ABC):
    """Files of one size, some of which are in memory at a time: that at hand until the next."""

    @property
    @abstractmethod
    def size(self) -> int:
        """Bytes of each."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of files."""

    @abstractmethod
    def parts(self) -> Iterator[MemberSlots]:
        """Write them, some at a time into the same memory."""

    def __iter__(self) -> Iterator[memoryview]:
        return chain.from_iterable(self.parts())


FileContents = Sequence[Content] | FilesInParts
"""Bytes of files."""
