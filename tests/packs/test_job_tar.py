"""The tar of a job: its length is known before it is made, and any range of it is itself."""

import io
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.packs.file_selection import stored_files
from sptjobs.packs.job_tar import MadeFile, TopFolder, job_tar_length, job_tar_segments
from sptjobs.packs.member_header import member_header
from sptjobs.packs.stream import chunks_of
from sptjobs.packs.writer import PackWriter
from sptjobs.uws.errors import UnavailableError

NAME = st.text("abcé-._", min_size=1, max_size=130).map("folder/{}".format)
TOP = st.builds(TopFolder, st.text("tü", min_size=1, max_size=64), st.integers(0, 2**31))


def made(name: str, content: bytes) -> MadeFile:
    def chunks() -> Iterator[bytes]:
        for start in range(0, len(content), 100):
            yield content[start : start + 100]

    return MadeFile(name, len(content), chunks)


@settings(max_examples=60, deadline=None)
@given(TOP, st.dictionaries(NAME, st.binary(max_size=1500), max_size=4), st.data())
def test_the_length_is_that_of_what_is_sent_and_a_range_is_part_of_the_whole(
    top: TopFolder, files: dict[str, bytes], data: st.DataObject
) -> None:
    contents = [made(name, content) for name, content in files.items()]
    whole = b"".join(chunks_of(job_tar_segments(top, contents, ())))
    assert job_tar_length(top, [(name, len(c)) for name, c in files.items()], ()) == len(whole)
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert {member.mtime for member in tar} <= {top.mtime}
        assert [m.name.removeprefix(f"{top.name}/") for m in tar] == list(files)
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    part = b"".join(chunks_of(job_tar_segments(top, contents, ()), start=start, stop=stop))
    assert part == whole[start:stop]


@pytest.mark.parametrize("name", ["t/a.fits", "t" * 64 + "/" + "n" * 64 + "_220GHz_1_cfltd.fits"])
def test_files_of_packs_come_behind_what_is_made(tmp_path: Path, name: str) -> None:
    with PackWriter(tmp_path / "job" / "0-1-x") as pack:
        pack.add_file(name, b"stamp" * 300, "x", "fits")
    top, table = TopFolder("mine", 1_600_000_000), made("manifest.csv", b"a,b\n" * 99)
    stored = list(stored_files([pack.folder]))
    whole = b"".join(chunks_of(job_tar_segments(top, [table], stored)))
    assert job_tar_length(top, [("manifest.csv", 396)], stored) == len(whole)
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert tar.getnames() == ["mine/manifest.csv", f"mine/{name}"]
        member = tar.extractfile(f"mine/{name}")
        assert member is not None
        assert member.read() == b"stamp" * 300


def test_a_table_that_became_shorter_ends_the_stream_with_an_error() -> None:
    short = MadeFile("manifest.csv", 10, lambda: [b"12345"])
    with pytest.raises(UnavailableError, match="shorter"):
        list(chunks_of(job_tar_segments(TopFolder("mine", 0), [short], ())))


@given(TOP, st.text("abc-", max_size=120), st.integers(0, 9 << 30))
def test_a_header_is_that_of_pythons_own_module(top: TopFolder, name: str, size: int) -> None:
    file = MadeFile(f"x{name}", size, tuple)
    header = next(iter(job_tar_segments(top, [file], ())))
    assert header.source == member_header(f"{top.name}/x{name}", size, top.mtime)
    padding = -size % 512
    assert job_tar_length(top, [(file.name, size)], ()) == header.size + size + padding + 1024


def test_gnu_tar_reads_it_without_complaint(tmp_path: Path) -> None:
    long = "n" * 64 + "/" + "n" * 64 + "_220GHz_" + "o" * 60 + "_cfltd.fits"
    with PackWriter(tmp_path / "0-1-x") as pack:
        pack.add_file("a/a.fits", b"\2" * 1031, "x", "fits")
        pack.add_file(long, b"", "x", "fits")
    tables = [made("manifest.csv", b"a,b\n" * 3000), made("e", b"")]
    segments = job_tar_segments(TopFolder("mine", 86_400), tables, stored_files([pack.folder]))
    done = subprocess.run(
        ["tar", "-x", "-C", tmp_path],
        input=b"".join(chunks_of(segments)),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "mine/manifest.csv").read_bytes() == b"a,b\n" * 3000
    assert (tmp_path / "mine/a/a.fits").read_bytes() == b"\2" * 1031
    assert (tmp_path / "mine" / long).stat().st_mtime == 86_400


def test_a_pack_that_is_gone_ends_the_tar_with_its_name(tmp_path: Path) -> None:
    with PackWriter(tmp_path / "0-1-x") as pack:
        pack.add_file("a.fits", b"\2", "x", "fits")
    segments = job_tar_segments(TopFolder("mine", 0), (), stored_files([pack.folder]))
    (pack.folder / "pack.tar").unlink()
    with pytest.raises(UnavailableError, match="0-1-x"):
        list(chunks_of(segments))
