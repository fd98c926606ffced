"""All light curves of a job in order, merged from its packs while they are read."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from sptjobs.packs.points import CELLS, POINTS_FILE, Epoch, Point, place_of
from sptjobs.packs.reader import unreadable

_CHUNK = 1 << 13
"""Bytes of each pack that are read at a time: a job may have thousands of packs."""


@dataclass(frozen=True, slots=True)
class PointsHead:
    """What the first line says of a file of points; ``end`` is where the next begins."""

    points: int
    objid_length: int
    reason_length: int
    epochs: tuple[Epoch, ...]
    end: int


def read_head(folder: Path) -> PointsHead:
    """Read what the first line of a pack's points says.

    Raises
    ------
    UnavailableError
        The pack or its points are not there.
    """
    try:
        with (folder / POINTS_FILE).open("rb") as stream:
            line = stream.readline()
    except OSError as error:
        raise unreadable(folder, POINTS_FILE, error.strerror) from error
    try:
        document = json.loads(line)
        return PointsHead(
            document["points"],
            document["objid_length"],
            document["reason_length"],
            # What a later release added is passed over.
            tuple(
                Epoch(*(epoch[each.name] for each in fields(Epoch))) for epoch in document["epochs"]
            ),
            end=len(line),
        )
    except (ValueError, TypeError, KeyError) as error:
        raise unreadable(folder, POINTS_FILE, "its first line cannot be read") from error


def iter_points(folders: Sequence[Path], heads: Sequence[PointsHead]) -> Iterator[Point]:
    """All points of some packs: by target, band, file type and time.

    Raises
    ------
    UnavailableError
        A pack is gone, or cut off.
    """
    packs = [_groups(folder, head) for folder, head in zip(folders, heads, strict=True)]
    for _, groups in groupby(merge(*packs, key=itemgetter(0)), itemgetter(0)):
        yield from sorted((point for _, points in groups for point in points), key=place_of)


def points_of(folders: Sequence[Path], heads: Sequence[PointsHead], objid: str) -> list[Point]:
    """The points of one target, by band, file type and time.

    Raises
    ------
    UnavailableError
        A pack is gone, or cut off.
    """
    begin = b"\n[" + json.dumps(objid).encode() + b","
    found: list[Point] = []
    for folder, head in zip(folders, heads, strict=True):
        try:
            content = (folder / POINTS_FILE).read_bytes()
        except OSError as error:
            raise unreadable(folder, POINTS_FILE, error.strerror) from error
        at = content.find(begin)
        if at >= 0:
            end = content.find(b"\n", at + 1)
            found += _points(content[at + 1 : end + 1], folder, head)[1]
    return sorted(found, key=place_of)


def _groups(folder: Path, head: PointsHead) -> Iterator[tuple[int, list[Point]]]:
    """The points of each target of a pack; its file is open only while a chunk is read."""
    at, count = head.end, 0
    while lines := _some_lines(folder, at):
        for line in lines:
            at += len(line)
            target, points = _points(line, folder, head)
            count += len(points)
            yield target, points
    if count != head.points:
        raise unreadable(folder, POINTS_FILE, f"it has {count} of {head.points} points")


def _some_lines(folder: Path, at: int) -> list[bytes]:
    try:
        with (folder / POINTS_FILE).open("rb") as stream:
            stream.seek(at)
            return stream.readlines(_CHUNK)
    except OSError as error:
        raise unreadable(folder, POINTS_FILE, error.strerror) from error


def _points(line: bytes, folder: Path, head: PointsHead) -> tuple[int, list[Point]]:
    try:
        objid, target, ra, dec, rows, *_ = json.loads(line)
        epochs = head.epochs
        return target, [
            Point(target, objid, ra, dec, epochs[number], *cells[: len(CELLS)])
            for number, *cells in rows
        ]
    except (ValueError, TypeError, LookupError) as error:
        raise unreadable(folder, POINTS_FILE, "a line cannot be read") from error
