"""A job's files, all or some, as one tar that bears the job's name."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import tee, zip_longest

from sptapi.services.files import files_etag
from sptapi.services.manifest import (
    MANIFEST_TYPES,
    manifest,
    read_rows,
    stored_manifest,
    table_etag,
    table_facts,
    units_in,
)
from sptapi.services.pack_store import StoredPacks
from sptjobs.packs.file_selection import stored_files
from sptjobs.packs.job_tar import (
    MadeFile,
    TopFolder,
    folder_name,
    job_tar_length,
    job_tar_segments,
)
from sptjobs.packs.reader import StoredFile
from sptjobs.packs.stream import chunks_of
from sptjobs.uws.jobs import Job

_KEPT = 1000
"""Tars whose sizes are remembered."""


@dataclass(frozen=True, slots=True)
class TarSizes:
    """Bytes of a tar, and of each table in it."""

    total: int
    tables: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class KnownSizes:
    """Sizes of tars that were measured, by entity tag: to measure one, every row is written."""

    sizes: OrderedDict[str, TarSizes] = field(default_factory=OrderedDict)

    def keep(self, etag: str, found: TarSizes) -> None:
        """Remember sizes, and forget those that were found first."""
        self.sizes[etag] = found
        while len(self.sizes) > _KEPT:
            self.sizes.popitem(last=False)


@dataclass(frozen=True, slots=True)
class WholeTar:
    """Everything that a job made: its manifest in each form, then the files of its packs.

    ``out`` is the URL of its out folder.
    """

    job: Job
    stored: StoredPacks
    etag: str
    out: str

    async def sizes(self, known: KnownSizes) -> TarSizes:
        """Find out how long the tar is, off the event loop where it is not known."""
        if self.etag not in known.sizes:
            known.keep(self.etag, await asyncio.to_thread(self._measured))
        return known.sizes[self.etag]

    def chunks(self, sizes: TarSizes, start: int, stop: int) -> Iterator[bytes]:
        """Give the bytes of the tar from ``start`` to ``stop``."""
        made = [MadeFile(name, size, partial(self._table, name)) for name, size in sizes.tables]
        segments = job_tar_segments(top_folder(self.job), made, stored_files(self.stored.folders))
        return chunks_of(segments, start=start, stop=stop)

    def _measured(self) -> TarSizes:
        # All forms side by side, so that each row is read once.
        rows = tee(read_rows(self.stored.folders), len(MANIFEST_TYPES))
        facts = table_facts(self.job, self.stored)
        units = partial(units_in, self.stored.folders)
        forms = [
            manifest(name, facts, each, units=units, out=self.out)
            for name, each in zip(MANIFEST_TYPES, rows, strict=True)
        ]
        sizes = [0] * len(forms)
        for chunks in zip_longest(*forms, fillvalue=b""):
            sizes = [size + len(chunk) for size, chunk in zip(sizes, chunks, strict=True)]
        tables = tuple(zip(MANIFEST_TYPES, sizes, strict=True))
        total = job_tar_length(top_folder(self.job), tables, stored_files(self.stored.folders))
        return TarSizes(total, tables)

    def _table(self, name: str) -> Iterator[bytes]:
        facts = table_facts(self.job, self.stored)
        return stored_manifest(name, facts, self.stored.folders, self.out)


def whole_tar(job: Job, stored: StoredPacks, out: str) -> WholeTar:
    """Describe the tar of a job; of one that still runs or lost packs, what there is."""
    top = top_folder(job)
    etag = table_etag(job, stored.there, f"{top.name}.tar {top.mtime}")
    return WholeTar(job, stored, etag, out)


@dataclass(frozen=True, slots=True)
class SelectedTar:
    """Some of a job's files, without its manifest."""

    top: TopFolder
    files: Sequence[StoredFile]

    @property
    def size(self) -> int:
        """Bytes of the tar."""
        return job_tar_length(self.top, (), self.files)

    @property
    def etag(self) -> str:
        """Entity tag, by names, time and checksums."""
        return files_etag(self.files, f"{self.top.name} {self.top.mtime}")

    def chunks(self, start: int, stop: int) -> Iterator[bytes]:
        """Give the bytes of the tar from ``start`` to ``stop``."""
        return chunks_of(job_tar_segments(self.top, (), self.files), start=start, stop=stop)


def top_folder(job: Job) -> TopFolder:
    """Name the folder of a job's files: by its run id, else by its day and its own id.

    Its time is that of the job's end; while it runs, of its creation.
    """
    time = job.end_time or job.creation_time
    name = folder_name(job.run_id or "")
    return TopFolder(
        name or f"cutouts-{job.creation_time:%Y-%m-%d}-{job.job_id[:8]}", int(time.timestamp())
    )
