"""Tables of tiles are kept between openings of a map, and none of them outlives its file."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.formats.flat_sky import kept_tables
from sptjobs.formats.opening.map_opening import open_map
from sptjobs.formats.placement import Need
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from tests.support.small_maps import make_map, pixels

NEED = Need(250, 150, 3, 3)
BOX = slice(145, 157), slice(245, 257)


@pytest.fixture(autouse=True)
def _nothing_is_kept() -> None:
    kept_tables._kept.clear()


def in_folder(folder: Path, seed: int) -> MapRecord:
    folder.mkdir()
    return make_map(folder, compression="GZIP_2", seed=seed)


def window_of(folder: Path, record: MapRecord) -> Any:
    with open_map(folder, record, [NEED]) as opened:
        return opened.native(NEED, pad=False)


def check(folder: Path, record: MapRecord) -> None:
    window, (sci, wgt) = window_of(folder, record), pixels(folder, record)
    assert window.sci.astype(">f8").tobytes() == sci[BOX].astype(">f8").tobytes()
    assert window.wgt.astype(">f8").tobytes() == wgt[BOX].astype(">f8").tobytes()


@pytest.mark.parametrize("summed", [True, False])
def test_a_map_in_tiles_is_opened_by_astropy_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, summed: bool
) -> None:
    record = make_map(tmp_path, compression="GZIP_2", summed=summed)
    check(tmp_path, record)
    first = window_of(tmp_path, record)

    def refuse(*_words: Any, **_options: Any) -> Any:
        raise AssertionError("opened once more")

    monkeypatch.setattr(fits, "open", refuse)
    again = window_of(tmp_path, record)
    assert again.sci.tobytes() == first.sci.tobytes()
    assert again.wgt.tobytes() == first.wgt.tobytes()


def test_another_file_in_a_maps_place_is_read_by_its_own_table(tmp_path: Path) -> None:
    one, other = (in_folder(tmp_path / name, seed) for name, seed in (("one", 1), ("other", 2)))
    check(tmp_path / "one", one)
    path = tmp_path / "one" / one.path
    # In place, and with the time of change that the first one had.
    path.write_bytes((tmp_path / "other" / other.path).read_bytes())
    os.utime(path, ns=(one.mtime_ns, one.mtime_ns))
    check(tmp_path / "one", replace(one, size_bytes=path.stat().st_size))


def test_a_damaged_tile_is_found_with_a_table_that_was_kept(tmp_path: Path) -> None:
    record = make_map(tmp_path, compression="GZIP_2", summed=True)
    check(tmp_path, record)
    path = tmp_path / record.path
    content = bytearray(path.read_bytes())
    table = next(iter(kept_tables._kept.values()))
    piece, _ = table.piece(150)
    assert piece is not None
    content[(piece.begin + piece.end) // 2] ^= 0xFF
    path.write_bytes(content)
    os.utime(path, ns=(record.mtime_ns, record.mtime_ns))
    with pytest.raises(MapError, match="damaged"):
        window_of(tmp_path, record)


def test_tables_are_kept_within_their_memory_and_the_oldest_goes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = [in_folder(tmp_path / str(number), number) for number in range(3)]
    check(tmp_path / "0", records[0])
    size = sum(table.size_bytes for table in kept_tables._kept.values())
    assert size >= 2 * 300 * np.dtype(np.int64).itemsize
    monkeypatch.setattr(kept_tables, "MOST_BYTES", 2 * size)
    check(tmp_path / "1", records[1])
    check(tmp_path / "0", records[0])
    check(tmp_path / "2", records[2])
    kept = {state.path.rsplit("/", 2)[-2] for state, _ in kept_tables._kept}
    assert kept == {"0", "2"}
    assert sum(table.size_bytes for table in kept_tables._kept.values()) <= 2 * size
