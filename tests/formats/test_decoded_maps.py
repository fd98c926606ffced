"""Decoded maps are kept for later parts, and nothing stale, damaged or half-written is used."""

import fcntl
import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.formats import decoded_maps as module
from sptjobs.formats.decoded_maps import DecodedMaps, FileState, keep_decoded_maps
from sptjobs.formats.flat_sky.decoded_images import DecodedImage, decode
from sptjobs.formats.kept_file import KeptPlane, read_kept_file
from sptjobs.formats.map_format import OpenMap
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.formats.placement import Need
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from tests.support.processes import is_alive
from tests.support.small_maps import make_map, pixels

EVERYWHERE = [Need(250, y, 3, 3) for y in range(5, 300, 10)]
"""Stamps of 12 pixels, which need every row."""
ROOM = 1 << 30


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DecodedMaps]:
    monkeypatch.setattr(module, "_ROOM_LEFT", 0)
    keep_decoded_maps(tmp_path / "decoded", ROOM)
    found = module.decoded_maps()
    assert found is not None
    yield found
    found.finish()
    keep_decoded_maps(None, 0)


@pytest.fixture
def record(tmp_path: Path) -> MapRecord:
    return make_map(tmp_path, compression="GZIP_2", summed=True)


def entries(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "decoded").glob("*.map"))


def is_kept(opened: OpenMap) -> bool:
    images = opened._images  # type: ignore[attr-defined]
    return all(isinstance(each, DecodedImage) for each in images.values())


def cut(tmp_path: Path, record: MapRecord, needs: list[Need] = EVERYWHERE) -> bool:
    """Cut stamps and compare them with the map; whether they came from a decoded copy."""
    sci, wgt = pixels(tmp_path, record)
    with open_map(tmp_path, record, needs) as opened:
        kept = is_kept(opened)
        for need in needs:
            window = opened.native(need, pad=False)
            assert window is not None
            y, x = int(need.y) - 5, int(need.x) - 5
            box = slice(max(y, 0), y + 12), slice(x, x + 12)
            assert window.sci.astype(">f8").tobytes() == sci[box].astype(">f8").tobytes()
            assert window.wgt.astype(">f8").tobytes() == wgt[box].astype(">f8").tobytes()
    return kept


def decoded(tmp_path: Path, record: MapRecord, store: DecodedMaps) -> Path:
    """Have a map decoded."""
    assert decode(store, tmp_path, record)
    return entries(tmp_path)[-1]


@pytest.mark.parametrize(
    "kind",
    [
        {"compression": "GZIP_2"},
        {"compression": "GZIP_2", "dtype": "f8", "tile": (64, 64)},
        {"compression": "RICE_1"},
        {"compression": "RICE_1", "dtype": "i2", "tile": (50, 50)},
        {"compression": "HCOMPRESS_1", "tile": (30, 50)},
        {"compression": "GZIP_1", "record": {"wgt_hdu": None}},
    ],
    ids=str,
)
def test_stamps_of_a_decoded_map_are_those_of_the_map(
    tmp_path: Path, store: DecodedMaps, kind: dict[str, Any]
) -> None:
    record = make_map(tmp_path, **kind)
    with fits.open(tmp_path / record.path) as hdus:
        sci = np.array(hdus[1].data)
    decoded(tmp_path, record, store)
    needs = [Need(x, y, 3, 3) for y in range(5, 290, 10) for x in range(10, 500, 30)]
    with open_map(tmp_path, record, needs) as opened:
        assert isinstance(opened._images["SCI"], DecodedImage)  # type: ignore[attr-defined]
        for need in needs:
            window = opened.native(need, pad=True)
            assert window is not None
            y, x = int(need.y) - 5, int(need.x) - 5
            assert (window.sci == sci[y : y + 12, x : x + 12]).all()


@pytest.mark.parametrize("tile", [None, (64, 64)])
def test_a_map_is_decoded_by_a_process_once_its_parts_were(
    tmp_path: Path, store: DecodedMaps, tile: tuple[int, int] | None
) -> None:
    record = make_map(tmp_path, compression="GZIP_2", summed=True, tile=tile)
    needs = [Need(x, y, 3, 3) for y in range(5, 300, 10) for x in range(10, 500, 30)]
    assert not cut(tmp_path, record, needs)
    store.finish()
    assert cut(tmp_path, record, needs)
    assert {path.suffix for path in (tmp_path / "decoded").iterdir()} == {".map", ".shares", ""}


def test_a_map_of_which_little_is_wanted_is_decoded_when_that_has_been_all_of_it(
    tmp_path: Path, store: DecodedMaps, record: MapRecord
) -> None:
    quarter = [Need(250, y, 3, 3) for y in range(5, 84, 10)]
    kept = []
    for _ in range(5):
        kept.append(cut(tmp_path, record, quarter))
        store.finish()
    assert kept == [False] * 4 + [True]


def test_a_map_that_changed_is_not_taken_from_its_old_copy(
    tmp_path: Path, store: DecodedMaps, record: MapRecord
) -> None:
    decoded(tmp_path, record, store)
    assert cut(tmp_path, record)
    os.utime(tmp_path / record.path, ns=(record.mtime_ns, record.mtime_ns))

    assert not cut(tmp_path, record, EVERYWHERE[:3])

    assert decode(store, tmp_path, record)
    assert len(entries(tmp_path)) == 2
    assert cut(tmp_path, record)


def test_a_map_that_was_written_over_with_its_old_times_is_found_out(
    tmp_path: Path, store: DecodedMaps, record: MapRecord
) -> None:
    decoded(tmp_path, record, store)
    path = tmp_path / record.path
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(record.mtime_ns, record.mtime_ns))

    with pytest.raises(MapError, match="damaged"):
        decode(store, tmp_path, record)
    with pytest.raises(MapError, match="damaged"), open_map(tmp_path, record, EVERYWHERE) as opened:
        _ = [opened.native(need, pad=True) for need in EVERYWHERE]
    assert len(entries(tmp_path)) == 1, "nothing is kept of what is damaged"


def test_a_map_that_changes_while_it_is_decoded_is_not_kept(
    tmp_path: Path, store: DecodedMaps, record: MapRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(stream: IO[bytes], planes: Any) -> None:
        raise AssertionError("a change was not seen")

    plain = DecodedMaps.make

    def make(self: DecodedMaps, source: FileState, size: int, write: Any) -> bool:
        os.utime(tmp_path / record.path, ns=(record.mtime_ns, record.mtime_ns))
        return plain(self, source, size, write)

    monkeypatch.setattr(DecodedMaps, "make", make)
    monkeypatch.setattr(module, "complete", touched)
    with pytest.raises(MapError, match="being changed"):
        decode(store, tmp_path, record)
    assert entries(tmp_path) == []


@pytest.mark.parametrize("where", ["pixels", "what follows them", "its end", "cut off", "empty"])
def test_a_damaged_copy_is_removed_and_the_map_decoded_again(
    tmp_path: Path, store: DecodedMaps, record: MapRecord, where: str
) -> None:
    entry = decoded(tmp_path, record, store)
    content = bytearray(entry.read_bytes())
    places = {"pixels": len(content) // 3, "what follows them": -60, "its end": -1}
    if where in places:
        content[places[where]] ^= 4
    else:
        content = content[: len(content) // 2 if where == "cut off" else 0]
    entry.write_bytes(content)

    cut(tmp_path, record)

    assert entries(tmp_path) == []
    assert decode(store, tmp_path, record)
    assert cut(tmp_path, record)


def test_a_copy_that_is_damaged_while_it_is_open_gives_way_to_the_map(
    tmp_path: Path, store: DecodedMaps, record: MapRecord
) -> None:
    entry = decoded(tmp_path, record, store)
    sci, _ = pixels(tmp_path, record)
    with open_map(tmp_path, record, EVERYWHERE) as opened:
        assert is_kept(opened)
        with entry.open("r+b") as stream:
            stream.write(b"\xff" * 300_000)
        for need in EVERYWHERE[1:-1]:
            window = opened.native(need, pad=True)
            assert window is not None
            assert (window.sci == sci[int(need.y) - 5 : int(need.y) + 7, 245:257]).all()
    assert entries(tmp_path) == []


def test_a_copy_that_is_removed_while_it_is_open_serves_on(
    tmp_path: Path, store: DecodedMaps, record: MapRecord
) -> None:
    entry = decoded(tmp_path, record, store)
    with open_map(tmp_path, record, EVERYWHERE) as opened:
        before = opened.native(EVERYWHERE[3], pad=True)
        entry.unlink()
        after = opened.native(EVERYWHERE[3], pad=True)
        assert is_kept(opened)
    assert before is not None
    assert after is not None
    assert (before.sci == after.sci).all()


def source(name: str) -> FileState:
    return FileState(name, "0" * 64, 1, 2, 3, 4, (1, 2))


def write(stream: IO[bytes], size: int = 100_000) -> dict[str, KeptPlane]:
    stream.write(bytes(range(250)) * (size // 250))
    return {"SCI": KeptPlane(0, ">f4")}


def test_those_used_least_lately_make_room(tmp_path: Path, store: DecodedMaps) -> None:
    keep_decoded_maps(tmp_path / "decoded", 350_000)
    store = module.decoded_maps()  # type: ignore[assignment]
    assert store is not None
    for number, name in enumerate("abc"):
        assert store.make(source(name), 100_000, write)
        when = time.time() - 100 + number
        os.utime(store._path(source(name), "map"), (when, when))
    kept = store.find(source("a"))
    assert kept is not None
    kept.close()

    assert store.make(source("d"), 100_000, write)

    found = [store.find(source(name)) for name in "abcd"]
    assert [each is not None for each in found] == [True, False, True, True]
    assert sum(path.stat().st_size for path in entries(tmp_path)) <= 350_000
    for each in found:
        if each is not None:
            each.close()


def test_what_is_larger_than_the_room_is_not_kept(tmp_path: Path, store: DecodedMaps) -> None:
    assert not store.make(source("a"), ROOM + 1, write)
    assert entries(tmp_path) == []


def test_nothing_is_kept_where_the_disk_has_no_room(
    tmp_path: Path, store: DecodedMaps, monkeypatch: pytest.MonkeyPatch, record: MapRecord
) -> None:
    monkeypatch.setattr(module, "_ROOM_LEFT", 1 << 60)
    assert not decode(store, tmp_path, record)
    assert not cut(tmp_path, record, EVERYWHERE[:3])
    assert entries(tmp_path) == []


def test_where_nothing_can_be_written_maps_are_cut_as_before(
    tmp_path: Path, record: MapRecord
) -> None:
    (tmp_path / "file").write_bytes(b"")
    keep_decoded_maps(tmp_path / "file/below", ROOM)
    try:
        assert not cut(tmp_path, record)
    finally:
        keep_decoded_maps(None, 0)


@pytest.mark.parametrize(("folder", "size"), [(None, 5), (Path("/nowhere"), 0)])
def test_no_folder_or_no_bytes_keep_nothing(folder: Path | None, size: int) -> None:
    keep_decoded_maps(folder, size)
    assert module.decoded_maps() is None


@pytest.mark.parametrize("after", [None, "another"])
def test_a_process_that_makes_an_entry_ends_with_the_use_of_its_folder(
    tmp_path: Path, store: DecodedMaps, record: MapRecord, after: str | None
) -> None:
    assert not cut(tmp_path, record)
    maker = store._maker
    assert maker is not None
    keep_decoded_maps(tmp_path / after if after else None, ROOM)
    assert maker.returncode is not None
    assert not is_alive(maker.pid)


def test_one_process_makes_an_entry_and_others_go_on_without(
    tmp_path: Path, store: DecodedMaps
) -> None:
    (tmp_path / "decoded").mkdir()
    with store._path(source("a"), "new").open("wb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert not store.make(source("a"), 100_000, write)
    assert store.make(source("a"), 100_000, write)
    assert not store.make(source("a"), 100_000, write)


def test_what_a_killed_process_left_is_no_entry_and_is_written_anew(
    tmp_path: Path, store: DecodedMaps
) -> None:
    script = f"""
        import os
        from pathlib import Path
        from sptjobs.formats import decoded_maps
        from sptjobs.formats.decoded_maps import DecodedMaps, FileState
        decoded_maps._ROOM_LEFT = 0

        def write(stream):
            stream.write(b"x" * 50_000)
            stream.flush()
            os.kill(os.getpid(), 9)

        store = DecodedMaps(Path({os.fspath(tmp_path / "decoded")!r}), 1 << 30)
        store.make(FileState("a", "0" * 64, 1, 2, 3, 4, (1, 2)), 100_000, write)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert done.returncode == -9
    assert store.find(source("a")) is None
    assert [path.suffix for path in (tmp_path / "decoded").glob("*.new")] == [".new"]

    assert store.make(source("a"), 100_000, write)

    kept = store.find(source("a"))
    assert kept is not None
    kept.close()
    assert list((tmp_path / "decoded").glob("*.new")) == []


def test_what_writing_raises_leaves_nothing(tmp_path: Path, store: DecodedMaps) -> None:
    def fails(stream: IO[bytes]) -> dict[str, KeptPlane]:
        stream.write(b"x")
        raise MapError("damaged")

    with pytest.raises(MapError):
        store.make(source("a"), 100_000, fails)
    assert {path.name for path in (tmp_path / "decoded").iterdir()} == {"room"}


@pytest.mark.parametrize("count", range(0, 400, 57))
def test_no_first_part_of_an_entry_is_one(tmp_path: Path, store: DecodedMaps, count: int) -> None:
    store.make(source("a"), 100_000, write)
    content = store._path(source("a"), "map").read_bytes()
    (tmp_path / "part").write_bytes(content[: len(content) - 1 - count])
    assert read_kept_file(tmp_path / "part") is None
    (tmp_path / "part").write_bytes(content + b"x")
    assert read_kept_file(tmp_path / "part") is None


def test_a_copy_has_the_types_of_the_map(tmp_path: Path, store: DecodedMaps) -> None:
    record = make_map(tmp_path, compression="GZIP_2", dtype="f8")
    entry = decoded(tmp_path, record, store)
    kept = read_kept_file(entry)
    assert kept is not None
    assert [np.dtype(each.dtype).str for each in kept.planes.values()] == [">f8", ">f8"]
    kept.close()
