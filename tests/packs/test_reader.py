import os
from pathlib import Path

import pytest

from sptjobs.packs.outcome_columns import OutcomeColumns
from sptjobs.packs.reader import PackIndexes, iter_files, iter_outcomes
from sptjobs.packs.records import Outcome, PackedFile
from sptjobs.packs.writer import PackWriter
from sptjobs.uws.errors import UnavailableError


def outcome(number: int) -> Outcome:
    return Outcome(
        number, f"t{number}", 1.5, -57.0, 10.0, 10.0, "m", "90GHz", "filtered", "1", None, "ok"
    )


def make_pack(folder: Path, names: list[str]) -> Path:
    with PackWriter(folder) as pack:
        for number, name in enumerate(names):
            pack.add_file(name, name.encode() * 3, "application/fits", "fits")
            pack.add_outcomes(OutcomeColumns.of([outcome(number)]))
    return folder


@pytest.fixture
def packs(tmp_path: Path) -> list[Path]:
    return [
        make_pack(tmp_path / "job" / "1-1-a", ["a/a.fits", "b/b.fits"]),
        make_pack(tmp_path / "job" / "2-1-b", ["c/c+1.fits"]),
    ]


def test_a_pack_gives_back_the_files_and_outcomes_that_were_written(packs: list[Path]) -> None:
    assert [entry.name for entry in iter_files(packs[0])] == ["a/a.fits", "b/b.fits"]
    assert list(iter_outcomes(packs[0])) == [outcome(0), outcome(1)]


def test_a_file_is_found_by_name_in_whichever_pack_has_it(packs: list[Path]) -> None:
    stored = PackIndexes().find(packs, "c/c+1.fits")
    assert stored is not None
    with stored.tar.open("rb") as tar:
        tar.seek(stored.entry.offset)
        assert tar.read(stored.entry.size) == b"c/c+1.fits" * 3


@pytest.mark.parametrize(
    "name",
    ["c", "a/a.fit", "a.fits", "", "a/a.fits\n", '{"name":"a', "\ud800", "../a/a.fits", "a\0"],
)
def test_a_name_that_no_pack_has_is_not_found(packs: list[Path], name: str) -> None:
    assert PackIndexes().find(packs, name) is None


def test_the_indexes_kept_in_memory_stay_within_their_bound(tmp_path: Path) -> None:
    packs = [make_pack(tmp_path / "j" / f"{n}-1-x", [f"{n}/{n}.fits"]) for n in range(20)]
    one = (packs[0] / "files.jsonl").stat().st_size
    indexes = PackIndexes(max_bytes=3 * one)
    for number in (*range(20), 0, 19):
        assert indexes.find(packs, f"{number}/{number}.fits") is not None
        assert indexes.kept_bytes <= 3 * one


def test_a_kept_index_needs_no_second_look_at_the_disk(packs: list[Path]) -> None:
    indexes = PackIndexes()
    assert indexes.find(packs, "a/a.fits") is not None
    (packs[0] / "files.jsonl").unlink()
    assert indexes.find(packs, "b/b.fits") is not None


@pytest.mark.parametrize("missing", ["pack.tar", "files.jsonl"])
def test_a_pack_with_a_missing_file_is_named_without_the_servers_folders(
    packs: list[Path], tmp_path: Path, missing: str
) -> None:
    (packs[0] / missing).unlink()
    for read in (
        lambda: list(iter_files(packs[0])),
        lambda: PackIndexes().find(packs, "a/a.fits"),
    ):
        with pytest.raises(UnavailableError, match="job/1-1-a") as caught:
            read()
        assert str(tmp_path) not in caught.value.message


def test_a_missing_pack_is_unavailable_and_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="job/9-1-z"):
        list(iter_outcomes(tmp_path / "job" / "9-1-z"))


def test_a_truncated_tar_is_unavailable_for_the_files_beyond_its_end(packs: list[Path]) -> None:
    first, second = iter_files(packs[0])
    os.truncate(packs[0] / "pack.tar", second.offset + 1)
    assert PackIndexes().find(packs, first.name) is not None
    with pytest.raises(UnavailableError, match=r"ends before b/b\.fits"):
        PackIndexes().find(packs, second.name)


@pytest.mark.parametrize("rest", [b'{"name":"x', b'{"name":"x"}\n', b"\xff\n", b"7\n"])
def test_an_index_with_a_broken_line_is_unavailable(packs: list[Path], rest: bytes) -> None:
    with (packs[0] / "files.jsonl").open("ab") as index:
        index.write(rest)
    with pytest.raises(UnavailableError, match=r"files\.jsonl"):
        list(iter_files(packs[0]))


def test_what_a_later_release_adds_to_a_line_is_passed_over() -> None:
    line = PackedFile("a", 0, 1, "x", "text/plain", "fits").to_line()
    assert PackedFile.from_line(line[:-1] + ',"later":1}') == PackedFile.from_line(line)
