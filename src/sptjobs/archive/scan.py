"""Finding the maps of an archive folder, and reading each into a record."""

import dataclasses
import json
import math
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sptjobs.archive import collection as collections
from sptjobs.archive.collection import Collection
from sptjobs.archive.identity import identify
from sptjobs.archive.names import is_map_name, stem_of
from sptjobs.formats.block_sums import BlockSums, digest_and_sums
from sptjobs.formats.map_noise import NOT_MEASURED, MapNoise
from sptjobs.formats.opening.known_formats import format_of_file
from sptjobs.maps.declaration import FILE_NAME
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.maps.statement import NOTHING_STATED, Statement

ReadMap = Callable[[Path, str, MapRecord | None, Statement], MapRecord]
"""Reads a file into a record that is called by a path, as ``read_map`` does."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that is not catalogued: its path below the archive folder, and why.

    Bytes of the path that are no UTF-8 are written in hexadecimal.
    """

    path: str
    reason: str

    def __post_init__(self) -> None:
        """Make the path one that every terminal and every file takes."""
        printable = os.fsencode(self.path).decode("utf-8", "backslashreplace")
        object.__setattr__(self, "path", printable)


def scan(
    archive: Path, known: Mapping[str, MapRecord], read: ReadMap | None = None
) -> Iterator[MapRecord | Refusal]:
    """Read every map below a folder; what cannot be read is reported and passed over.

    Parameters
    ----------
    known
        Records of an earlier scan by their path. A file of the same path, size
        and time of change is not read again.
    read
        What reads a file; ``read_map`` in this process by default.

    Yields
    ------
    MapRecord or Refusal
        In the order of the paths.
    """
    confirmed: dict[Path, Collection] = {}
    seen: dict[str, str] = {}
    for folder, names in _folders(archive):
        relative = folder.relative_to(archive)
        confirmed[folder] = confirmed.get(folder.parent, Collection())
        if FILE_NAME in names:
            try:
                confirmed[folder] = collections.read_collection(
                    folder / FILE_NAME, declares=folder == archive
                )
            except MapError as error:
                yield Refusal((relative / FILE_NAME).as_posix(), str(error))
        for name in names:
            if not is_map_name(name):
                continue
            path = (relative / name).as_posix()
            try:
                _check_utf8(path)
                map_id = _new_map_id(name, seen)
                record = _record(
                    archive, path, confirmed[folder], known.get(path), read or read_map
                )
            except MapError as error:
                yield Refusal(path, str(error))
            else:
                seen[map_id] = path
                yield record


def _folders(archive: Path) -> Iterator[tuple[Path, list[str]]]:
    """Folders from the top down with their files, both in the order of their names."""
    for folder, below, names in os.walk(archive):
        below[:] = sorted(name for name in below if not name.startswith("."))
        yield Path(folder), sorted(name for name in names if not name.startswith("."))


def _check_utf8(path: str) -> None:
    """Refuse a path that no catalogue can hold."""
    try:
        path.encode()
    except UnicodeEncodeError:
        raise MapError("has a name or a folder that is not UTF-8; rename it") from None


def _new_map_id(name: str, seen: Mapping[str, str]) -> str:
    map_id = stem_of(name)
    if map_id in seen:
        raise MapError(f"would be map {map_id}, as {seen[map_id]} already is")
    return map_id


def _record(
    archive: Path, path: str, confirmed: Collection, old: MapRecord | None, read: ReadMap
) -> MapRecord:
    file = archive / path
    stated = confirmed.statement(file)
    try:
        before = file.stat()
        check_regular(before)
        as_it_is = before.st_size, before.st_mtime_ns, stated.digest()
        if old is not None and (old.size_bytes, old.mtime_ns, old.stated) == as_it_is:
            record = old if _is_whole(old) else read(file, path, old, stated)
        else:
            record = read(file, path, None, stated)
        after = file.stat()
    except OSError as error:
        raise MapError(f"cannot be read: {error.strerror or error}") from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise MapError("changed while it was read")
    facts = confirmed.facts(record.filetype, record.band, stated)
    return dataclasses.replace(record, **facts)  # type: ignore[arg-type]


def check_regular(status: os.stat_result) -> None:
    """Refuse a pipe or a device: opening it may wait for ever, or read for ever."""
    if not stat.S_ISREG(status.st_mode):
        raise MapError("cannot be read: it is not a regular file")


def _is_whole(old: MapRecord) -> bool:
    """Whether a record has all that ingest finds out, not only what an earlier release did."""
    return None not in {old.block_sums, old.noise, old.moc}


def _completed(file: Path, old: MapRecord, stated: Statement) -> MapRecord:
    """Add what an earlier release did not look for: it holds only if the file is unchanged."""
    sha256, sums = _digest_and_sums(file)
    if sha256 != old.sha256:
        raise MapError("is damaged: its SHA-256 is not the one that was catalogued")
    with format_of_file(file).examine(file, stated) as found:
        noise, moc = _text_of(found.noise()), found.moc()
    return dataclasses.replace(old, block_sums=sums.to_text(), noise=noise, moc=moc)


def _text_of(noise: MapNoise | None) -> str:
    return NOT_MEASURED if noise is None else noise.to_text()


def read_map(
    file: Path, path: str, old: MapRecord | None = None, stated: Statement = NOTHING_STATED
) -> MapRecord:
    """Read a map into a record without the units, beams and centres of a ``collection.toml``.

    Parameters
    ----------
    file
        Where the file is.
    path
        What the record shall call it.
    old
        Its record by a release that did not find out all that is kept beside it: that is added.
    stated
        What the file need not tell.

    Raises
    ------
    MapError
        It is not a map, or not a complete one.
    """
    try:
        return _read(file, path, stated) if old is None else _completed(file, old, stated)
    except MapError:
        raise
    except Exception as error:
        # A broken file may fail in any way, and must not end the scan.
        raise MapError(f"cannot be read: {type(error).__name__}: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]


def _read(file: Path, path: str, stated: Statement) -> MapRecord:
    map_id, status = stem_of(file.name, any_name=stated.any_image), file.stat()
    check_regular(status)
    read_as = format_of_file(file)
    with read_as.examine(file, stated) as found:
        identity = identify(found.cards, map_id, stated)
        geometry, noise = found.geometry(), found.noise()
        # Only a catalogue asks which places its maps cover.
        moc = None if stated.any_image else found.moc()
    sha256, sums = _digest_and_sums(file)
    record = MapRecord(
        map_id=map_id,
        path=path,
        **dataclasses.asdict(identity),
        **Collection().facts(identity.filetype, identity.band, stated),  # type: ignore[arg-type]
        **dataclasses.asdict(geometry),
        sha256=sha256,
        size_bytes=status.st_size,
        mtime_ns=status.st_mtime_ns,
        format=read_as.name,
        block_sums=sums.to_text(),
        stated=stated.digest(),
        noise=_text_of(noise),
        moc=moc,
    )
    _check_values(record)
    return record


def _check_values(record: MapRecord) -> None:
    """Refuse what no catalogue can hold: cards without a value, and what is not finite."""
    cards: Mapping[str, object] = record.wcs
    for name, value in cards.items():
        if not isinstance(value, str) and not _is_finite(value):
            raise MapError(f"has a header in which {name} has no value that can be used: {value}")
    try:
        json.dumps(record.to_fields(), allow_nan=False)
    except ValueError:
        raise MapError("has a header by which its place on the sky is no finite number") from None


def _is_finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def sha256_of(file: Path) -> str:
    """SHA-256 of a file's bytes, as hexadecimal digits."""
    return _digest_and_sums(file)[0]


def _digest_and_sums(file: Path) -> tuple[str, BlockSums]:
    with file.open("rb", buffering=0) as stream:
        return digest_and_sums(stream, file.stat().st_size)
