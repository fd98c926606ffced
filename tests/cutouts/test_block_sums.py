"""Sums of blocks find what changed, wherever it is."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.formats.block_sums import BlockSums, digest_and_sums
from sptjobs.formats.checked_bytes import CheckedBytes
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.formats.placement import Need
from sptjobs.maps.map_error import MapError
from tests.support.small_maps import make_map, pixels

BLOCK = 1 << 16
SIZE = 3 * BLOCK + 12345
CONTENT = bytes(range(251)) * (SIZE // 251 + 1)
CONTENT = CONTENT[:SIZE]


def sums_of(content: bytes) -> BlockSums:
    return digest_and_sums(io.BytesIO(content), len(content))[1]


@given(st.binary(min_size=1, max_size=20_000), st.integers(0), st.integers(0, 7))
def test_every_single_bit_counts(content: bytes, place: int, bit: int) -> None:
    changed = bytearray(content)
    changed[place % len(content)] ^= 1 << bit
    assert sums_of(content).holds_for(0, content)
    assert not sums_of(content).holds_for(0, bytes(changed))


@pytest.mark.parametrize(("one", "other"), [(0, 1), (3, 15), (14, 15)])
def test_sectors_that_were_swapped_are_found(one: int, other: int) -> None:
    sectors = [bytes([number]) * 4096 for number in range(16)]
    before = b"".join(sectors)
    sectors[one], sectors[other] = sectors[other], sectors[one]
    assert not sums_of(before).holds_for(0, b"".join(sectors))


def test_sums_are_read_as_they_were_written() -> None:
    sums = sums_of(CONTENT)
    again = BlockSums.from_text(sums.to_text())
    assert (again.block, again.sums.tolist()) == (BLOCK, sums.sums.tolist())
    assert len(sums.sums) == 4


def test_a_big_file_has_a_bounded_number_of_sums() -> None:
    class Zeros(io.RawIOBase):
        left = 1 << 27

        def read(self, count: int = -1) -> bytes:
            count = min(count, self.left)
            self.left -= count
            return bytes(count)

    assert len(digest_and_sums(Zeros(), 1 << 27)[1].sums) == 1024  # type: ignore[arg-type]


@given(begin=st.integers(0, SIZE), count=st.integers(0, SIZE))
def test_checked_bytes_are_the_files(
    tmp_path_factory: pytest.TempPathFactory, begin: int, count: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "checked"
    if not path.exists():
        path.write_bytes(CONTENT)
    with path.open("rb") as stream:
        checked = CheckedBytes(stream, sums_of(CONTENT))
        checked.seek(begin)
        assert checked.read(count) == CONTENT[begin : begin + count]
        assert checked.tell() == min(begin + count, SIZE)


@pytest.mark.parametrize("block", range(4))
def test_only_what_lies_in_a_damaged_block_is_refused(tmp_path: Path, block: int) -> None:
    harmed = bytearray(CONTENT)
    harmed[block * BLOCK + 77] ^= 4
    (tmp_path / "file").write_bytes(harmed)
    with (tmp_path / "file").open("rb") as stream:
        checked = CheckedBytes(stream, sums_of(CONTENT))
        for number in range(4):
            if number == block:
                with pytest.raises(MapError, match=f"its bytes from {block * BLOCK} on"):
                    checked.check(number * BLOCK + 5, number * BLOCK + 6)
            else:
                checked.check(number * BLOCK, (number + 1) * BLOCK)


def rewritten(path: Path, content: bytes) -> None:
    """Write over a file in place, with its size and the time of change that it had."""
    before = path.stat()
    with path.open("r+b") as stream:
        stream.write(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("times", [1, 9])
def test_bytes_that_change_between_their_check_and_their_reading_are_refused(
    tmp_path: Path, times: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    with path.open("rb") as stream:
        checked = CheckedBytes(stream, sums_of(CONTENT))
        reads: list[bytes] = []

        def read() -> bytes:
            if len(reads) < times:
                rewritten(path, bytes(SIZE))
            reads.append(os.pread(stream.fileno(), 100, BLOCK))
            return reads[-1]

        with pytest.raises(MapError, match="damaged"):
            checked.checked([(BLOCK, BLOCK + 100)], read)


def test_a_file_that_is_only_touched_meanwhile_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    with path.open("rb") as stream:
        checked = CheckedBytes(stream, sums_of(CONTENT))
        touches = iter([True, True, False])

        def read() -> bytes:
            if next(touches):
                rewritten(path, CONTENT)
            return os.pread(stream.fileno(), 100, 5)

        assert checked.checked([(5, 105)], read) == CONTENT[5:105]


@pytest.mark.parametrize("compression", [None, "GZIP_2", "gzip"])
def test_no_pixel_that_was_written_over_after_its_block_was_checked_is_served(
    tmp_path: Path, compression: str | None
) -> None:
    record = make_map(tmp_path, compression=compression, summed=True)
    sci, wgt = pixels(tmp_path, record)
    with open_map(tmp_path, record, [Need(250, 150, 3, 3)]) as opened:
        first = opened.native(Need(250, 150, 3, 3), pad=True)
        assert first is not None
        rewritten(tmp_path / record.path, bytes(record.size_bytes))

        for x, y in ((250, 150), (251, 152), (60, 250)):
            try:
                window = opened.native(Need(x, y, 3, 3), pad=True)
            except MapError:
                continue
            assert window is not None
            box = slice(y - 5, y + 7), slice(x - 5, x + 7)
            assert (window.sci == sci[box]).all()
            assert (window.wgt == wgt[box]).all()
    assert (first.sci == sci[145:157, 245:257]).all()
