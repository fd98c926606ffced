"""Bytes of packs, read off the event loop and never more than a chunk at a time."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sptapi.services.ranges import Span
from sptjobs.packs.reader import StoredFile, iter_files
from sptjobs.packs.records import PackedFile
from sptjobs.store.jobs import PackRow
from sptjobs.uws.errors import UnavailableError

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Folder:
    """What stands directly in a folder of a job: names of folders, and files."""

    folders: tuple[str, ...]
    files: tuple[PackedFile, ...]


def pack_folders(results: Path, packs: Sequence[PackRow]) -> list[Path]:
    """Folders of a job's packs, in the order of the parts."""
    return [results / pack.folder for pack in packs]


def packs_etag(packs: Sequence[PackRow]) -> str:
    """Entity tag of everything that packs hold: they never change, only grow in number."""
    names = "\n".join(pack.folder for pack in packs)
    return f'"{hashlib.sha256(names.encode()).hexdigest()[:32]}"'


def list_folder(packs: Sequence[Path], path: str, product: str | None = None) -> Folder | None:
    """List a folder of a job; None when nothing stands in it.

    Parameters
    ----------
    path
        Empty for the job's ``out`` folder, else a path with a slash at its end.
    product
        Only files of this product; all when None.
    """
    folders: set[str] = set()
    files: list[PackedFile] = []
    for pack in packs:
        for entry in iter_files(pack):
            if not entry.name.startswith(path) or product not in {None, entry.product}:
                continue
            first, slash, _ = entry.name[len(path) :].partition("/")
            if slash:
                folders.add(first)
            else:
                files.append(entry)
    if path and not folders and not files:
        return None
    return Folder(tuple(sorted(folders)), tuple(sorted(files, key=lambda entry: entry.name)))


def file_chunks(stored: StoredFile, span: Span) -> Iterator[bytes]:
    """Give bytes of a file out of its pack.

    Raises
    ------
    UnavailableError
        The pack is gone, or shorter than its index says.
    """
    try:
        with stored.tar.open("rb", buffering=0) as stream:
            stream.seek(stored.entry.offset + span.start)
            left = span.length
            while left:
                chunk = stream.read(min(left, _CHUNK))
                if not chunk:
                    raise UnavailableError(f"the pack of {stored.entry.name} is cut off")
                left -= len(chunk)
                yield chunk
    except OSError as error:
        message = f"the pack of {stored.entry.name} cannot be read: {error.strerror}"
        raise UnavailableError(message) from error


async def off_loop(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Run an iterator that reads a disk in threads; small chunks are joined."""
    while block := await asyncio.to_thread(_block, chunks):
        yield block


def _block(chunks: Iterator[bytes]) -> bytes:
    block = bytearray()
    for chunk in chunks:
        block += chunk
        if len(block) >= _CHUNK:
            break
    return bytes(block)
