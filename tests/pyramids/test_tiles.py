"""Tiles have the map's own values at the finest level, and their means at coarser ones."""

import gzip
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sptjobs.formats.map_content import Plane
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from sptjobs.pyramids.building.pyramid import build
from sptjobs.pyramids.levels import TILE_SIDE, Levels
from sptjobs.pyramids.tile_cache import TilesKey, make_room
from sptjobs.pyramids.tile_packs import TilePackWriter, read_about, read_tile
from tests.support.small_maps import make_map, pixels, wcs_cards


def tile(
    folder: Path, record: MapRecord, plane: Plane, place: tuple[int, int, int]
) -> NDArray[Any]:
    """Make the pack of a tile and read it."""
    level, x, y = place
    levels = Levels.of(record.shape)
    finest = level == levels.count - 1
    pack = folder / TilesKey.of(record, plane).pack_name(y if finest else None)
    if not pack.exists():
        build(folder, record, plane, y if finest else None, pack)
    content = read_tile(pack, x if finest else levels.number(level, x, y))
    if not content:
        return np.full((TILE_SIDE, TILE_SIDE), np.nan, "<f4")
    return np.frombuffer(gzip.decompress(content), "<f4").reshape(TILE_SIDE, TILE_SIDE)


def level_of(folder: Path, record: MapRecord, plane: Plane, level: int) -> NDArray[Any]:
    """All tiles of a level as one image, with what lies beyond the map's edge."""
    across, up = Levels.of(record.shape).tiles(level)
    rows = [[tile(folder, record, plane, (level, x, y)) for x in range(across)] for y in range(up)]
    return np.block(rows)


def means(values: NDArray[Any], factor: int) -> NDArray[Any]:
    """Mean of the observed pixels of each square."""
    ny, nx = (-(-side // factor) for side in values.shape)
    padded = np.full((ny * factor, nx * factor), np.nan)
    padded[: values.shape[0], : values.shape[1]] = values
    squares = padded.reshape(ny, factor, nx, factor)
    observed = ~np.isnan(squares)
    with np.errstate(invalid="ignore"):
        found: NDArray[Any] = np.where(observed, squares, 0).sum((1, 3)) / observed.sum((1, 3))
    return found


@pytest.mark.parametrize("compression", [None, "gzip", "GZIP_2", "RICE_1"])
@pytest.mark.parametrize("plane", Plane)
def test_the_finest_level_is_the_map_and_coarser_ones_are_means_of_observed_pixels(
    tmp_path: Path, compression: str | None, plane: Plane
) -> None:
    steps = 16 if compression == "RICE_1" else 0
    hole = (100, 90, 340, 160)
    record = make_map(
        tmp_path, shape=(301, 523), compression=compression, hole=hole, quantize=steps
    )
    sci, wgt = pixels(tmp_path, record)
    values = np.where(wgt > 0, sci if plane is Plane.SCI else wgt, np.nan)
    levels = Levels.of(record.shape)
    assert levels.count == 3
    for level in range(levels.count):
        shown = level_of(tmp_path, record, plane, level)
        wide, high = levels.size(level)
        expected = means(values, levels.factor(level)).astype("f4")
        np.testing.assert_allclose(shown[:high, :wide], expected, rtol=2e-7, atol=1e-9)
        if levels.factor(level) == 1:
            np.testing.assert_array_equal(shown[:high, :wide], expected)
        assert np.isnan(shown[high:]).all()
        assert np.isnan(shown[:, wide:]).all()


def test_a_map_whose_pixels_are_not_square_is_read_by_pixels_too(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=(40, 60), wcs=wcs_cards((40, 60), projection="CAR"))
    sci, wgt = pixels(tmp_path, record)
    shown = level_of(tmp_path, record, Plane.SCI, 0)
    np.testing.assert_array_equal(shown[:40, :60], np.where(wgt > 0, sci, np.nan))


def test_the_statistics_are_those_of_the_levels(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=(600, 600))
    pack = tmp_path / "a.tiles"
    build(tmp_path, record, Plane.SCI, None, pack)
    found = read_about(pack)["levels"]
    assert len(found) == 3
    assert [each["rms"] for each in found] == pytest.approx([0.25, 0.5, 1], rel=0.1)
    assert abs(found[-1]["median"]) < 0.05


def test_a_map_without_an_observed_pixel_has_empty_tiles_and_no_statistics(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=(300, 300), hole=(0, 0, 300, 300))
    assert np.isnan(level_of(tmp_path, record, Plane.SCI, 1)).all()
    assert np.isnan(level_of(tmp_path, record, Plane.SCI, 0)).all()
    pack = tmp_path / TilesKey.of(record, Plane.SCI).pack_name(None)
    assert read_about(pack)["levels"] == [{"median": None, "rms": None}] * 2


def test_a_map_that_is_gone_is_named_and_leaves_no_pack(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=(30, 30))
    (tmp_path / record.path).unlink()
    (packs := tmp_path / "packs").mkdir()
    with pytest.raises(MapError):
        build(tmp_path, record, Plane.SCI, None, packs / "a.tiles")
    assert list(packs.iterdir()) == []


@settings(deadline=None)
@given(st.integers(1, 40_000), st.integers(1, 40_000))
def test_levels_halve_down_to_one_tile_and_number_each_tile_once(width: int, height: int) -> None:
    levels = Levels(width, height)
    assert levels.tiles(0) == (1, 1)
    assert levels.size(levels.count - 1) == (width, height)
    assert levels.count == 1 or max(levels.tiles(1)) == 2
    for level in range(levels.count - 1):
        assert levels.size(level) == tuple(-(-side // 2) for side in levels.size(level + 1))
        across, up = levels.tiles(level)
        assert levels.number(level, across - 1, up - 1) + 1 == levels.number(level + 1, 0, 0)
        assert levels.holds(level, across - 1, up - 1)
        assert not levels.holds(level, across, 0)
        assert not levels.holds(level, 0, up)
    assert levels.coarse_tiles == levels.number(levels.count - 1, 0, 0)


def written(path: Path, content: bytes, used: float) -> Path:
    with TilePackWriter(path, 1) as pack:
        pack.add(0, content)
    os.utime(path, (used, used))
    return path


def test_what_was_not_used_longest_goes_first_and_what_is_asked_for_stays(tmp_path: Path) -> None:
    old, older, asked, new = (
        written(tmp_path / f"{name}.tiles", b"x" * 1000, used)
        for name, used in (("old", 2e9), ("older", 1e9), ("asked", 1.0), ("new", 3e9))
    )
    size = asked.stat().st_size
    make_room(tmp_path, 3 * size, asked)
    assert [each.exists() for each in (old, older, asked, new)] == [True, False, True, True]
    read_tile(old, 0)  # used just now: but that is before 3e9
    make_room(tmp_path, 0, asked)
    assert [each.exists() for each in (old, asked, new)] == [False, True, False]


def test_reading_a_tile_makes_its_pack_the_newest(tmp_path: Path) -> None:
    read = written(tmp_path / "read.tiles", b"x", 1.0)
    other = written(tmp_path / "other.tiles", b"y", 2.0)
    assert read_tile(read, 0) == b"x"
    kept = written(tmp_path / "kept.tiles", b"z", 3.0)
    make_room(tmp_path, 2 * kept.stat().st_size, kept)
    assert read.exists()
    assert not other.exists()


def test_a_pack_that_was_begun_and_left_is_removed_and_a_broken_one_is_none(tmp_path: Path) -> None:
    (left := tmp_path / "part-abc").write_bytes(b"x")
    os.utime(left, (1.0, 1.0))
    (begun := tmp_path / "part-def").write_bytes(b"x")
    kept = written(tmp_path / "kept.tiles", b"z", 3.0)
    make_room(tmp_path, 1 << 20, kept)
    assert not left.exists()
    assert begun.exists()
    for size in (0, 10, kept.stat().st_size):
        (broken := tmp_path / "broken.tiles").write_bytes(bytes(size))
        with pytest.raises(FileNotFoundError):
            read_tile(broken, 0)
        with pytest.raises(FileNotFoundError):
            read_about(broken)


def test_a_pack_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(IndexError), TilePackWriter(tmp_path / "a.tiles", 1) as pack:
        pack.add(1, b"x")
    assert list(tmp_path.iterdir()) == []
