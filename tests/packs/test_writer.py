"""Packs are written once, whole, and the same each time."""

import errno
import hashlib
import io
import os
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sptjobs.compiled.loops import compiled_loops
from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.packed_files import FilesInParts, MemberSlots
from sptjobs.packs.reader import iter_files, iter_outcomes
from sptjobs.packs.records import Outcome
from sptjobs.packs.writer import PLAN_FILE, TAR_FILE, PackWriter
from tests.support.compiled import having_loops

FILES = {
    "request.json": b"{}",
    "a/a_90GHz_1_psth.fits": bytes(2880),
    "empty/file": b"",
    f"{'x' * 120}/{'x' * 120}_150GHz_1_fltd.fits": b"long name",
    "ü/ü.fits": b"name that is not ASCII",
}
OUTCOME = Outcome(0, "a", 1.0, -57.0, 10, 10, "m", "90GHz", "passthrough", "1", None, "ok")


def _write(folder: Path) -> PackWriter:
    with PackWriter(folder) as pack:
        for name, content in FILES.items():
            pack.add_file(name, content, "application/octet-stream", "fits")
        pack.add_outcomes(OutcomeColumns.of([OUTCOME]))
        pack.write_plan(["zero", "one"])
    return pack


def _opened(descriptor: int) -> Path:
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def test_every_file_is_where_the_index_says_with_its_checksum(tmp_path: Path) -> None:
    _write(tmp_path / "job" / "0-1-a")

    content = (tmp_path / "job" / "0-1-a" / TAR_FILE).read_bytes()
    entries = list(iter_files(tmp_path / "job" / "0-1-a"))

    assert [entry.name for entry in entries] == list(FILES)
    for entry in entries:
        found = content[entry.offset : entry.offset + entry.size]
        assert found == FILES[entry.name]
        assert hashlib.sha256(found).hexdigest() == entry.sha256


def test_packs_one_after_the_other_are_one_tar(tmp_path: Path) -> None:
    packs = [tmp_path / "job" / name for name in ("0-1-a", "1-1-b")]
    for pack in packs:
        _write(pack)

    together = b"".join((pack / TAR_FILE).read_bytes() for pack in packs) + bytes(1024)

    with tarfile.open(fileobj=io.BytesIO(together), ignore_zeros=False) as members:
        assert members.getnames() == list(FILES) * 2


def test_members_tell_nothing_of_time_and_owner(tmp_path: Path) -> None:
    _write(tmp_path / "job" / "a")

    with tarfile.open(tmp_path / "job" / "a" / TAR_FILE) as members:
        for member in members:
            assert (member.mtime, member.uid, member.gid, member.mode) == (0, 0, 0, 0o644)
            assert member.uname == member.gname == ""


def test_the_same_files_make_the_same_pack(tmp_path: Path) -> None:
    for name in ("a", "b"):
        _write(tmp_path / "job" / name)

    for file in (tmp_path / "job" / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "job" / "b" / file.name).read_bytes()


def test_files_added_together_are_those_added_one_by_one(tmp_path: Path) -> None:
    names = [f"a/{number}.fits" for number in range(800)]
    contents = [bytes([number % 251]) * (number * 7 % 3000) for number in range(800)]
    kind = "application/fits", "fits"
    with PackWriter(tmp_path / "job" / "a") as pack:
        packed = pack.add_files(names, [memoryview(content) for content in contents], *kind)
        together = list(packed.rows())
    with PackWriter(tmp_path / "job" / "b") as pack:
        alone = [pack.add_file(*each, *kind) for each in zip(names, contents, strict=True)]

    assert together == alone == list(iter_files(tmp_path / "job" / "a"))
    assert pack.disk_bytes == sum(file.stat().st_size for file in pack.folder.iterdir())
    for file in pack.folder.iterdir():
        assert file.read_bytes() == (tmp_path / "job" / "a" / file.name).read_bytes()


class Repeated(FilesInParts):
    """Files of one size, each of a byte of its own, three at a time in the same memory."""

    def __init__(self, count: int, size: int) -> None:
        self._count, self._slots = count, MemberSlots.new(3, size)

    @property
    def size(self) -> int:
        return self._slots.size

    def __len__(self) -> int:
        return self._count

    def parts(self) -> Iterator[MemberSlots]:
        for first in range(0, self._count, 3):
            some = self._slots.first(min(3, self._count - first))
            for number, file in enumerate(some, start=first):
                file[:] = bytes([number]) * len(file)
            yield some


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(("size", "longest"), [(1, 5), (512, 100), (700, 101), (0, 5)])
def test_files_in_parts_are_those_added_one_by_one(
    tmp_path: Path, size: int, longest: int, *, compiled: bool
) -> None:
    names = [f"{number}".rjust(5 + number % 2 * (longest - 5), "n") for number in range(8)]
    kind = "application/fits", "fits"
    with having_loops(compiled_loops() if compiled else None):
        with PackWriter(tmp_path / "job" / "a") as pack:
            packed = list(pack.add_files(names, Repeated(8, size), *kind).rows())
        with PackWriter(tmp_path / "job" / "b") as pack:
            alone = [pack.add_file(name, bytes([n]) * size, *kind) for n, name in enumerate(names)]

    assert packed == alone
    for file in pack.folder.iterdir():
        assert file.read_bytes() == (tmp_path / "job" / "a" / file.name).read_bytes()


def test_a_write_that_takes_a_part_only_goes_on_with_the_rest(tmp_path: Path) -> None:
    content = bytes(range(256)) * 40
    with PackWriter(tmp_path / "job" / "a") as pack, pytest.MonkeyPatch.context() as patch:
        # What a signal or a network file system makes of a write; no file here does by itself.
        patch.setattr(os, "writev", lambda fd, pieces: os.write(fd, pieces[0][:1000]))
        packed, _ = pack.add_files(["a", "b"], [content, b""], "x", "fits").rows()

    written = (pack.folder / TAR_FILE).read_bytes()
    assert len(written) == pack.size_bytes
    assert written[packed.offset : packed.offset + packed.size] == content


def test_outcomes_and_plan_are_read_back(tmp_path: Path) -> None:
    pack = _write(tmp_path / "job" / "a")

    assert list(iter_outcomes(pack.folder)) == [OUTCOME]
    assert (pack.folder / PLAN_FILE).read_text() == "zero\none\n"
    assert (pack.outcomes["ok"], pack.files) == (1, len(FILES))
    assert pack.size_bytes == (pack.folder / TAR_FILE).stat().st_size


def test_what_goes_wrong_removes_the_folder(tmp_path: Path) -> None:
    with pytest.raises(TypeError), PackWriter(tmp_path / "job" / "a") as pack:
        pack.add_file("x", None, "text/plain", "fits")  # type: ignore[arg-type]

    assert list((tmp_path / "job").iterdir()) == []


def test_a_folder_that_exists_is_never_written_into(tmp_path: Path) -> None:
    _write(tmp_path / "job" / "a")

    with pytest.raises(FileExistsError):
        PackWriter(tmp_path / "job" / "a")

    assert len(list(iter_files(tmp_path / "job" / "a"))) == len(FILES)


def test_a_job_folder_that_is_swept_while_a_pack_is_begun_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.mkdir
    swept: list[Path] = []

    def mkdir(folder: Path, *args: Any, **options: Any) -> None:
        make(folder, *args, **options)
        if folder.name == "job" and not swept:
            swept.append(folder)
            folder.rmdir()

    monkeypatch.setattr(Path, "mkdir", mkdir)
    _write(tmp_path / "job" / "0-1-a")
    assert swept
    assert (tmp_path / "job" / "0-1-a" / TAR_FILE).exists()


def test_a_pack_is_complete_when_its_files_and_folders_are_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced, real = set[Path](), os.fsync

    def slow_fsync(descriptor: int) -> None:
        real(descriptor)
        time.sleep(0.05)
        synced.add(_opened(descriptor))

    monkeypatch.setattr(os, "fsync", slow_fsync)
    folder = tmp_path / "job" / "0-1-a"
    begun = time.monotonic()
    pack = _write(folder)
    took_s = time.monotonic() - begun

    assert synced == {*folder.iterdir(), folder, folder.parent, tmp_path}
    assert took_s < 0.05 * len(synced), "beside each other"
    assert pack.disk_bytes == sum(file.stat().st_size for file in folder.iterdir())


def test_of_a_job_that_has_a_pack_the_results_folder_is_not_synced_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path / "job" / "0-1-a")
    synced, real = list[Path](), os.fsync

    def fsync(descriptor: int) -> None:
        synced.append(_opened(descriptor))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    _write(tmp_path / "job" / "1-1-a")

    assert tmp_path / "job" in synced
    assert tmp_path not in synced


@pytest.mark.parametrize("failing", [TAR_FILE, PLAN_FILE, "job"])
def test_a_disk_that_fails_to_take_one_of_them_fails_the_pack(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fsync(descriptor: int) -> None:
        if _opened(descriptor).name == failing:
            raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fsync)

    with pytest.raises(OSError, match="Input/output error"):
        _write(tmp_path / "job" / "0-1-a")


@pytest.mark.parametrize("started", [0, 3])
def test_what_no_thread_can_be_started_for_is_synced_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, started: int
) -> None:
    submit, left = ThreadPoolExecutor.submit, iter(range(started))

    def refuse(pool: ThreadPoolExecutor, *work: Any) -> Any:
        if next(left, None) is None:
            raise RuntimeError("can't start new thread")
        return submit(pool, *work)

    synced = list[Path]()
    monkeypatch.setattr(ThreadPoolExecutor, "submit", refuse)
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(_opened(descriptor)))
    folder = tmp_path / "job" / "0-1-a"
    _write(folder)

    assert sorted(synced) == sorted([*folder.iterdir(), folder, folder.parent, tmp_path])
