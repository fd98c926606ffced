"""Windows of images in compressed tiles are bit by bit what astropy reads of the whole image."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.tiles import tile_grid
from sptjobs.formats.flat_sky.tiles.dither import dither_values
from sptjobs.formats.flat_sky.tiles.row_image import RowImage
from sptjobs.formats.flat_sky.tiles.row_tiles import RowTiles
from sptjobs.formats.flat_sky.tiles.tile_grid import TileGrid
from sptjobs.formats.flat_sky.tiles.tiled_image import TiledImage, tiled_image
from sptjobs.formats.geometry import Box
from sptjobs.formats.stored_file import OpenFile
from sptjobs.maps.map_error import MapError
from tests.support.scale import scaled

SHAPE = (70, 130)
GZIP, OTHERS = ("GZIP_1", "GZIP_2"), ("RICE_1", "HCOMPRESS_1")
DITHERS = {
    "NO_DITHER": -1,
    "SUBTRACTIVE_DITHER_1": 1,
    "SUBTRACTIVE_DITHER_2": 2,
}


@dataclass(frozen=True)
class Kind:
    """How an image is compressed, and what is done to the file afterwards."""

    compression: str = "GZIP_2"
    dither: str = "SUBTRACTIVE_DITHER_1"
    quantize: float = 16
    dtype: str = "f4"
    seed: int = 1
    tile: tuple[int, int] | None = None
    shape: tuple[int, int] = SHAPE
    cards: dict[str, Any] = field(default_factory=dict)


def image(kind: Kind) -> NDArray[Any]:
    """Noise with what maps have: rows and corners of zeros, single zeros, holes."""
    noise = np.random.default_rng(3)
    pixels = noise.normal(size=kind.shape) * 100
    if np.dtype(kind.dtype).kind != "f":
        return pixels.astype(kind.dtype)
    pixels[:5] = 0
    pixels[20:30, :40] = 0
    pixels[31] = np.nan
    pixels[noise.random(kind.shape) < 0.02] = np.nan
    pixels[noise.random(kind.shape) < 0.02] = 0
    if kind.compression == "HCOMPRESS_1":
        pixels = np.nan_to_num(pixels)
    return pixels.astype(kind.dtype)


def written(path: Path, kind: Kind) -> Path:
    more: dict[str, Any] = {}
    if np.dtype(kind.dtype).kind == "f":
        more = {
            "quantize_level": kind.quantize, "quantize_method": DITHERS[kind.dither],
            "dither_seed": kind.seed,
        }  # fmt: skip
    pixels = image(kind)
    hdu = fits.CompImageHDU(pixels, compression_type=kind.compression, tile_shape=kind.tile, **more)
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(path)
    if kind.cards:
        with fits.open(path, mode="update", disable_image_compression=True) as hdus:
            hdus[1].header.update(kind.cards)
    return path


@contextmanager
def opened(path: Path) -> Iterator[tuple[TiledImage, Any]]:
    """The image as it is cut, and its HDU in astropy."""
    with path.open("rb") as stream, fits.open(path, memmap=False) as hdus:
        yield tiled_image(hdus[1], OpenFile(stream, stream), [Box(0, 0, 5, 5)]), hdus[1]


def assert_same(ours: NDArray[Any], astropys: NDArray[Any]) -> None:
    """Compare bits, so that NaN is NaN and -0 is not 0."""
    assert ours.shape == astropys.shape
    assert ours.dtype.newbyteorder("=") == astropys.dtype.newbyteorder("=")
    assert (
        ours.astype(ours.dtype.newbyteorder(">")).tobytes()
        == astropys.astype(astropys.dtype.newbyteorder(">")).tobytes()
    )


def boxes(shape: tuple[int, int]) -> list[Box]:
    """Windows sorted by rows as stamps are, some of them again, then any, then everything."""
    draw = np.random.default_rng(9)
    ny, nx = shape
    found = []
    for _ in range(scaled(25)):
        y0, y1 = sorted(draw.choice(ny + 1, 2, replace=False).tolist())
        x0, x1 = sorted(draw.choice(nx + 1, 2, replace=False).tolist())
        found.append(Box(x0, y0, x1, y1))
    return [*sorted(found, key=lambda box: box.y0), *found, Box(0, 0, nx, ny)]


def check(path: Path, kind: Kind, reader: type[TiledImage]) -> None:
    with warnings.catch_warnings():
        # What astropy makes of damaged scales; its values are what counts.
        warnings.simplefilter("ignore", RuntimeWarning)
        with opened(written(path, kind)) as (ours, hdu):
            assert type(ours) is reader
            whole = np.array(hdu.data)
            for box in boxes(kind.shape):
                assert_same(ours.window(box), whole[box.y0 : box.y1, box.x0 : box.x1])


ROWS = [
    *(Kind(c, d, dtype=t, seed=s) for c in GZIP for d in DITHERS for t in ("f4", "f8")
      for s in (1, 9990)),
    *(Kind(c, quantize=0, dtype=t) for c in GZIP for t in ("f4", "f8")),
]  # fmt: skip


@pytest.mark.parametrize("kind", ROWS, ids=str)
def test_rows_of_gzip_are_decoded_as_astropy_does(tmp_path: Path, kind: Kind) -> None:
    check(tmp_path / "map.fits", kind, RowTiles)


@pytest.mark.parametrize("tile", [(16, 32), (70, 130), (7, 130), (1, 64), (64, 64)])
@pytest.mark.parametrize("dither", DITHERS)
@pytest.mark.parametrize("compression", GZIP)
def test_tiles_of_gzip_are_decoded_as_astropy_does(
    tmp_path: Path, compression: str, dither: str, tile: tuple[int, int]
) -> None:
    check(tmp_path / "map.fits", Kind(compression, dither, tile=tile), TileGrid)


@pytest.mark.parametrize(
    ("compression", "tile", "reader"),
    [
        ("RICE_1", (1, 130), RowImage),
        ("RICE_1", (16, 32), TileGrid),
        ("HCOMPRESS_1", (16, 130), RowImage),
        ("HCOMPRESS_1", (10, 26), TileGrid),
    ],
)
@pytest.mark.parametrize("dtype", ["f4", "i2"])
def test_other_tiles_are_what_astropy_reads(
    tmp_path: Path,
    compression: str,
    tile: tuple[int, int],
    reader: type[TiledImage],
    dtype: str,
) -> None:
    check(tmp_path / "map.fits", Kind(compression, tile=tile, dtype=dtype), reader)


@pytest.mark.parametrize(
    "cards",
    [
        {"ZBLANK": 17},
        {"ZQUANTIZ": "NONE"},
        {"ZDITHER0": 10_000},
        {"ZTENSION": "IMAGE", "BSCALE": 2.0, "BZERO": 1.0},
    ],
)
@pytest.mark.parametrize("tile", [(1, 130), (16, 32)])
def test_unusual_cards_are_read_as_astropy_reads_them(
    tmp_path: Path, tile: tuple[int, int], cards: dict[str, Any]
) -> None:
    path = written(tmp_path / "map.fits", Kind(tile=tile, cards=cards))
    with opened(path) as (ours, hdu):
        whole = np.array(hdu.data)
        for box in boxes(SHAPE):
            assert_same(ours.window(box), whole[box.y0 : box.y1, box.x0 : box.x1])


def with_column(path: Path, to: Path, name: str, form: str, values: NDArray[Any]) -> None:
    """Add a column of integers to a table of tiles, behind the others."""
    with fits.open(path, disable_image_compression=True) as hdus:
        header, about = hdus[1].header, hdus[1].fileinfo()
    content = path.read_bytes()
    begin, width, count = about["datLoc"], header["NAXIS1"], header["NAXIS2"]
    rows = np.frombuffer(content, "u1", width * count, begin).reshape(count, width)
    more = values[:count].astype(">i4").view("u1").reshape(count, -1)
    heap = content[begin + width * count :][: header["PCOUNT"]]
    number = header["TFIELDS"] + 1
    header.update({"NAXIS1": width + more.shape[1], "TFIELDS": number})
    header.set(f"TTYPE{number}", name, after=f"TFORM{number - 1}")
    header.set(f"TFORM{number}", form, after=f"TTYPE{number}")
    data = np.concatenate((rows, more), axis=1).tobytes() + heap
    table = header.tostring().encode() + data + bytes(-len(data) % 2880)
    to.write_bytes(content[: about["hdrLoc"]] + table)


@pytest.mark.parametrize("column", ["ZBLANK", "NULL_PIXEL_MASK"])
@pytest.mark.parametrize("tile", [(1, 130), (16, 32)])
def test_columns_that_astropy_does_not_write_are_read_as_it_reads_them(
    tmp_path: Path, tile: tuple[int, int], column: str
) -> None:
    path = written(tmp_path / "plain.fits", Kind(tile=tile))
    added = {"ZBLANK": ("J", np.arange(999) % 40), "NULL_PIXEL_MASK": ("1PB", np.zeros((999, 2)))}
    with_column(path, tmp_path / "map.fits", column, *added[column])
    with opened(tmp_path / "map.fits") as (ours, hdu):
        whole = np.array(hdu.data)
        for box in boxes(SHAPE):
            assert_same(ours.window(box), whole[box.y0 : box.y1, box.x0 : box.x1])


@pytest.mark.parametrize("seed", [1, 5000, 9999])
def test_dithering_of_rows_longer_than_its_list_goes_on_as_in_astropy(
    tmp_path: Path, seed: int
) -> None:
    kind = Kind(shape=(33, 21_000), seed=seed)
    with opened(written(tmp_path / "map.fits", kind)) as (ours, hdu):
        whole = np.array(hdu.data)
        for x0 in (0, 9_480, 9_999, 18_900, 20_960):
            assert_same(ours.window(Box(x0, 0, x0 + 40, 33)), whole[:, x0 : x0 + 40])


def test_the_list_of_dithering_is_that_of_the_standard() -> None:
    assert dither_values(np.array(0), np.array([0])).tolist() == pytest.approx([16807 / 2147483647])
    assert dither_values(np.array(0), np.array([9_999])).tolist() == pytest.approx(
        [1043618065 / 2147483647]
    )


def test_rows_are_kept_within_their_memory_and_are_right_when_they_come_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = Kind(shape=(300, 50))
    with opened(written(tmp_path / "map.fits", kind)) as (ours, hdu):
        assert isinstance(ours, RowTiles)
        monkeypatch.setattr(ours, "_room", 7)
        whole = np.array(hdu.data)
        for y0, y1 in ((0, 5), (3, 9), (5, 12), (100, 104), (0, 300), (20, 27), (3, 9)):
            assert_same(ours.window(Box(3, y0, 40, y1)), whole[y0:y1, 3:40])


def test_tiles_are_decoded_once_while_there_is_room_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[int, int]] = []
    plain = TileGrid._made

    def counted(self: TileGrid, tile: tuple[int, int], packed: memoryview | None) -> NDArray[Any]:
        made.append(tile)
        return plain(self, tile, packed)

    monkeypatch.setattr(TileGrid, "_made", counted)
    with opened(written(tmp_path / "map.fits", Kind(tile=(16, 32)))) as (ours, _):
        for x0 in range(30, 60):
            ours.window(Box(x0, 20, x0 + 5, 40))
        assert sorted(made) == [(1, 0), (1, 1), (2, 0), (2, 1)]
    monkeypatch.setattr(tile_grid, "KEPT_BYTES", 3 * 16 * 32 * 4)
    made.clear()
    with opened(tmp_path / "map.fits") as (ours, hdu):
        whole = np.array(hdu.data)
        for box in boxes(SHAPE):
            assert_same(ours.window(box), whole[box.y0 : box.y1, box.x0 : box.x1])
            assert isinstance(ours, TileGrid)
            assert sum(each.nbytes for each in ours._kept.values()) <= tile_grid.KEPT_BYTES


@pytest.mark.parametrize("tile", [(1, 130), (16, 32)])
def test_a_damaged_tile_fails_the_windows_that_need_it_and_no_others(
    tmp_path: Path, tile: tuple[int, int]
) -> None:
    path = written(tmp_path / "map.fits", Kind(tile=tile, dtype="f4"))
    with opened(path) as (ours, hdu):
        whole = np.array(hdu.data)
        table = ours.table  # type: ignore[union-attr]
        assert table is not None
        number = 40 if tile[0] == 1 else 5
        piece, _ = table.piece(number)
        assert piece is not None
    with path.open("r+b") as stream:
        stream.seek((piece.begin + piece.end) // 2)
        stream.write(b"\xaa" * 9)
    with opened(path) as (ours, _):
        box = Box(35, 40, 60, 41) if tile[0] == 1 else Box(3, 20, 30, 30)
        with pytest.raises(MapError, match=r"damaged|not readable"):
            ours.window(box)
        assert_same(ours.window(Box(0, 50, 130, 70)), whole[50:70])
        with pytest.raises(MapError, match=r"damaged|not readable"):
            ours.window(box)
