"""A job's files and tables as one tar with one folder at its top, streamed from the packs.

Every member bears the job's name and time, so that the tar unpacks into a place of its own,
and two downloads are the same to the byte.
"""

import re
import tarfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sptjobs.packs.member_header import member_header
from sptjobs.packs.reader import StoredFile
from sptjobs.packs.stream import CLOSING, Segment

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")

_SHORT, _SMALL = 100, 8 << 30
"""Lengths of names, and sizes, up to which a header is one block (POSIX ustar)."""

_NAME, _SIZE, _CHECKSUM = slice(0, 100), slice(124, 136), slice(148, 156)
"""Where a header holds them."""


@dataclass(frozen=True, slots=True)
class TopFolder:
    """The folder at the top of a tar.

    Attributes
    ----------
    mtime
        Time of all its files, in whole seconds since 1970.
    """

    name: str
    mtime: int


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that is made while it is sent; ``chunks`` gives its ``size`` bytes."""

    name: str
    size: int
    chunks: Callable[[], Iterable[bytes]]


def folder_name(text: str) -> str:
    """What can be the name of a folder everywhere of a text; empty when that is nothing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", plain).strip(".-")


def job_tar_segments(
    top: TopFolder, made: Iterable[MadeFile], stored: Iterable[StoredFile]
) -> Iterator[Segment]:
    """Divide the tar into what it consists of: the made files first, then the stored ones."""
    template = member_header("", 0, top.mtime)
    for file in made:
        yield from _member(top, file.name, Segment(file.chunks, file.size), template)
    for each in stored:
        entry = each.entry
        content = Segment(each.tar, entry.size, entry.offset)
        yield from _member(top, entry.name, content, template)
    yield CLOSING


def job_tar_length(
    top: TopFolder, made: Iterable[tuple[str, int]], stored: Iterable[StoredFile]
) -> int:
    """Count the bytes of the tar that ``job_tar_segments`` describes.

    Parameters
    ----------
    made
        Names and sizes of the files that are made.
    """
    total = sum(_member_length(top, name, size) for name, size in made)
    total += sum(_member_length(top, each.entry.name, each.entry.size) for each in stored)
    return total + CLOSING.size


def _member(top: TopFolder, name: str, content: Segment, template: bytes) -> Iterator[Segment]:
    path = f"{top.name}/{name}"
    if _fits_one_block(path, content.size):
        header = _one_block(template, path, content.size)
    else:
        header = member_header(path, content.size, top.mtime)
    yield Segment(header, len(header))
    yield content
    padding = bytes(-content.size % tarfile.BLOCKSIZE)
    yield Segment(padding, len(padding))


def _member_length(top: TopFolder, name: str, size: int) -> int:
    path = f"{top.name}/{name}"
    if _fits_one_block(path, size):
        header = tarfile.BLOCKSIZE
    else:
        header = len(member_header(path, size, top.mtime))
    return header + size + -size % tarfile.BLOCKSIZE


def _fits_one_block(path: str, size: int) -> bool:
    return len(path) <= _SHORT and path.isascii() and size < _SMALL


def _one_block(template: bytes, path: str, size: int) -> bytes:
    """Write a header from that of another member of the tar, in a sixth of ``tobuf``'s time."""
    block = bytearray(template)
    block[_NAME] = path.encode().ljust(_SHORT, b"\0")
    block[_SIZE] = b"%011o\0" % size
    # The checksum counts its own field as blanks.
    block[_CHECKSUM] = b" " * 8
    block[_CHECKSUM] = b"%06o\0 " % sum(block)
    return bytes(block)
