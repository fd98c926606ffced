"""Sums of blocks find what changed, wherever it is."""

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.formats.block_sums import BlockSums, digest_and_sums
from sptjobs.formats.checked_bytes import CheckedBytes
from sptjobs.maps.map_error import MapError

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
