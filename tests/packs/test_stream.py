import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from sptjobs.packs.stream import tar_length, tar_stream
from sptjobs.packs.writer import PackWriter
from sptjobs.uws.errors import UnavailableError

LONG = "n" * 64 + "/" + "n" * 64 + "_220GHz_" + "o" * 60 + "_cfltd.fits"


@pytest.fixture
def packs(tmp_path: Path) -> list[Path]:
    folders = [tmp_path / "job" / f"{number}-1-x" for number in range(3)]
    for number, folder in enumerate(folders):
        with PackWriter(folder) as pack:
            pack.add_file(f"t{number}/a.fits", bytes([number]) * (512 * number + 7), "x", "fits")
            pack.add_file(f"t{number}/{LONG}", b"", "x", "fits")
    return folders


@pytest.fixture
def extra(tmp_path: Path) -> list[tuple[str, bytes | Path]]:
    (tmp_path / "manifest.csv").write_bytes(b"a,b\n" * 300_000)
    return [("manifest.json", b"{}"), ("manifest.csv", tmp_path / "manifest.csv"), ("e", b"")]


def test_the_stream_is_one_tar_of_all_packs_and_extra_members(
    packs: list[Path], extra: list[tuple[str, bytes | Path]]
) -> None:
    content = b"".join(tar_stream(packs, extra))
    assert len(content) == tar_length(packs, extra)
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == [
            *(name for n in range(3) for name in (f"t{n}/a.fits", f"t{n}/{LONG}")),
            *("manifest.json", "manifest.csv", "e"),
        ]
        member = tar.extractfile("t2/a.fits")
        assert member is not None
        assert member.read() == b"\2" * 1031


def test_gnu_tar_reads_the_stream_without_complaint(
    packs: list[Path], extra: list[tuple[str, bytes | Path]], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        ["tar", "-x", "-C", out],
        input=b"".join(tar_stream(packs, extra)),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (out / "manifest.csv").read_bytes() == b"a,b\n" * 300_000
    assert (out / "t1" / LONG).read_bytes() == b""


def test_any_range_of_the_stream_is_that_range_of_the_whole(
    packs: list[Path], extra: list[tuple[str, bytes | Path]]
) -> None:
    whole = b"".join(tar_stream(packs, extra))
    for start in (0, 1, 511, 512, 5000, len(whole) - 1, len(whole)):
        for stop in (start, start + 1, start + 4097, len(whole), None):
            assert b"".join(tar_stream(packs, extra, start=start, stop=stop)) == whole[start:stop]


def test_a_job_without_packs_streams_an_empty_tar() -> None:
    content = b"".join(tar_stream([]))
    assert len(content) == tar_length([]) == 1024
    with tarfile.open(fileobj=io.BytesIO(content)) as tar:
        assert tar.getnames() == []


def test_a_missing_pack_ends_the_stream_with_its_name(packs: list[Path]) -> None:
    (packs[1] / "pack.tar").unlink()
    with pytest.raises(UnavailableError, match="job/1-1-x"):
        tar_length(packs)
