"""Files that would hold an ingest, or take all its memory, are refused one by one."""

import gzip
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sptjobs.archive.map_reader import MapReader, ReadingLimits
from sptjobs.archive.scan import Refusal, scan
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from tests.archive.test_structure import EMPTY, header, image, number

MapWriter = Callable[..., Path]

NAME = "1_150GHz_psth.fits"


@pytest.fixture(scope="module")
def reader() -> Iterator[MapReader]:
    with MapReader(ReadingLimits(memory_bytes=600 << 20, seconds=60)) as reader:
        yield reader


def _fifo(folder: Path) -> None:
    os.mkfifo(folder / NAME)


def _socket(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.fspath(folder / NAME))


def _device(folder: Path) -> None:
    (folder / NAME).symlink_to("/dev/zero")


def _itself(folder: Path) -> None:
    (folder / NAME).symlink_to(NAME)


def _many_axes(folder: Path) -> None:
    (folder / NAME).write_bytes(EMPTY + image(naxis=2147483647))


def _wide(folder: Path) -> None:
    (folder / NAME).write_bytes(EMPTY + image(NAXIS1=2147483647))


def _sparse(folder: Path) -> None:
    """All of 80 GB is there by its size, and nothing on the disk."""
    with (folder / NAME).open("wb") as file:
        file.write(EMPTY + image(NAXIS1=2147483647))
        file.truncate(100 << 30)


def _endless_header(folder: Path) -> None:
    junk = b"".join(f"JUNK{i % 1000} = bad".ljust(80).encode() for i in range(60_000))
    (folder / NAME).write_bytes(EMPTY[:240] + junk)


def _bomb(folder: Path) -> None:
    with gzip.open(folder / f"{NAME}.gz", "wb", compresslevel=1) as file:
        file.write(EMPTY + image(NAXIS1=1 << 14, NAXIS2=1 << 13))
        for _ in range(512):
            file.write(bytes(1 << 20))


def _huge_tiles(folder: Path) -> None:
    table = header(
        "XTENSION= 'BINTABLE'", number("BITPIX", 8), number("NAXIS", 2), number("NAXIS1", 8),
        number("NAXIS2", 1), number("PCOUNT", 0), number("GCOUNT", 1), number("TFIELDS", 1),
        "TTYPE1  = 'COMPRESSED_DATA'", "TFORM1  = '1PB(0)  '", "ZIMAGE  =                    T",
        "ZCMPTYPE= 'GZIP_2  '", number("ZBITPIX", -32), number("ZNAXIS", 2),
        number("ZNAXIS1", 2147483647), number("ZNAXIS2", 2147483647),
        number("ZTILE1", 2147483647), number("ZTILE2", 1), "EXTNAME = 'SCI     '",
    )  # fmt: skip
    weights = table.replace(b"'SCI     '", b"'WGT     '")
    (folder / NAME).write_bytes(EMPTY + table + bytes(2880) + weights + bytes(2880))


HOSTILE = [
    _fifo, _socket, _device, _itself, _many_axes, _wide, _sparse, _endless_header,
    _bomb, _huge_tiles,
]  # fmt: skip


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__.strip("_"))
def test_a_hostile_file_is_refused_and_its_neighbour_catalogued(
    write_map: MapWriter, reader: MapReader, make: Callable[[Path], None]
) -> None:
    good = write_map()
    make(good.parent)
    begun = time.monotonic()
    found = list(scan(good.parent, {}, reader.read))
    assert time.monotonic() - begun < 60
    assert [type(item) for item in found] == [
        Refusal if NAME in item.path else MapRecord for item in found
    ]
    assert {type(item) for item in found} == {Refusal, MapRecord}
    for item in found:
        if isinstance(item, Refusal):
            assert item.reason
            assert len(item.reason) < 400


def test_a_record_read_by_the_process_is_the_one_read_here(
    write_map: MapWriter, reader: MapReader
) -> None:
    path = write_map(tiles="GZIP_2")
    assert list(scan(path.parent, {}, reader.read)) == list(scan(path.parent, {}))


def test_a_file_that_takes_too_long_is_given_up_and_the_next_one_read(
    write_map: MapWriter,
) -> None:
    good = write_map()
    with MapReader(ReadingLimits()) as reader:
        first = reader.read(good, good.name)
        assert reader._process is not None
        os.kill(reader._process.pid, signal.SIGSTOP)
        reader._limits = ReadingLimits(seconds=0.2)
        with pytest.raises(MapError, match="took longer than 0 s"):
            reader.read(good, good.name)
        reader._limits = ReadingLimits()
        assert reader.read(good, good.name) == first


def test_a_map_that_only_lacks_its_sums_is_read_by_the_process_with_its_deadline(
    write_map: MapWriter,
) -> None:
    good = write_map()
    with MapReader(ReadingLimits()) as reader:
        (record,) = scan(good.parent, {}, reader.read)
        assert isinstance(record, MapRecord)
        old = {record.path: MapRecord.from_json(record.to_json())}
        assert list(scan(good.parent, old, reader.read)) == [record]
        assert reader._process is not None
        os.kill(reader._process.pid, signal.SIGSTOP)
        reader._limits = ReadingLimits(seconds=0.2)
        (refused,) = scan(good.parent, old, reader.read)
        assert isinstance(refused, Refusal)
        assert refused.reason == "reading it took longer than 0 s"


def test_the_deadline_grows_with_a_file_up_to_a_maximum() -> None:
    limits = ReadingLimits(seconds=10, bytes_per_second=1e6, max_seconds=100)
    assert [limits.deadline_s(size) for size in (0, 10**7, 10**12)] == [10, 20, 100]


def test_a_reading_process_that_dies_is_replaced(write_map: MapWriter) -> None:
    good = write_map()
    with MapReader(ReadingLimits()) as reader:
        first = reader.read(good, good.name)
        assert reader._process is not None
        reader._process.kill()
        reader._process.wait()
        with pytest.raises(MapError, match="ended the process by SIGKILL"):
            reader.read(good, good.name)
        assert reader.read(good, good.name) == first


def test_nothing_is_left_of_a_reader(write_map: MapWriter) -> None:
    good = write_map()
    with MapReader(ReadingLimits()) as reader:
        reader.read(good, good.name)
        assert reader._process is not None
        pid = reader._process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
