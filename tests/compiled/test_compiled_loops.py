"""What the compiled loops do is what NumPy does without them, bit by bit."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sptjobs.cutouts.stamps.checksums import FOUR_CHARACTERS
from sptjobs.cutouts.stamps.stamp_sheet import StampSheet
from sptjobs.formats.flat_sky.images import PlainImage, stacked
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.formats.stored_file import OpenFile
from sptjobs.formats.windows import Windows
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from tests.support.compiled import having_loops
from tests.support.cutting import Made, make
from tests.support.scale import examples
from tests.support.small_maps import make_map, wcs_cards

SHAPE = (120, 200)
BITS = {4: np.uint32, 8: np.uint64}
PATTERNS = {
    4: [0, 1, 0x7F800000, 0xFF800000, 0x7FC00000, 0x7FA00001, 0x80000000, 0x3F800000, 0xBF800000],
    8: [0, 1, 0x7FF0 << 48, 0xFFF0 << 48, 0x7FF8 << 48, 0x7FF4 << 48 | 1, 1 << 63, 0x3FF0 << 48],
}
"""Zeros, the smallest numbers, infinities, NaN quiet and signalling, of either sign."""


def _pixels(seed: int, shape: tuple[int, ...], itemsize: int) -> NDArray[Any]:
    """Any bits at all, the odd ones among them."""
    draw = np.random.default_rng(seed)
    bits = draw.integers(0, 1 << 8 * itemsize, shape, np.uint64).astype(BITS[itemsize])
    odd = np.array(PATTERNS[itemsize], BITS[itemsize])[
        draw.integers(0, len(PATTERNS[itemsize]), shape)
    ]
    return np.where(draw.random(shape) < 0.5, bits, odd).view(f"f{itemsize}")


def _request(record: MapRecord, seed: int, **style: Any) -> CutoutRequest:
    """Targets on the map, over its edges and beyond, of few sizes."""
    draw = np.random.default_rng(seed)
    places = draw.uniform((-20, -20), (SHAPE[1] + 20, SHAPE[0] + 20), (120, 2))
    sky = map_wcs(record.wcs).wcs_pix2world(places, 0).tolist()
    sizes = draw.choice([0.25, 3.0, 5.1], 120).tolist()
    return CutoutRequest(
        tuple(
            Target(f"t{number}", ra % 360, dec, size, size)
            for number, ((ra, dec), size) in enumerate(zip(sky, sizes, strict=True))
        ),
        **style,
    )


def _both(folder: Path, request: CutoutRequest, record: MapRecord, loops: ModuleType) -> list[Made]:
    made = []
    for name, found in (("compiled", loops), ("numpy", None)):
        with having_loops(found):
            made.append(make(folder / name, folder, request, [record]))
    return made


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize(
    ("dtype", "compression"),
    [("f4", None), ("f8", None), ("i2", None), ("i4", None), ("u1", None), ("f4", "GZIP_2")],
)
def test_native_stamps_have_the_same_bytes(
    tmp_path: Path, loops: ModuleType, dtype: str, compression: str | None, pad: bool
) -> None:
    record = make_map(
        tmp_path, shape=SHAPE, wcs=wcs_cards(SHAPE, crpix=(900.0, -300.0)), dtype=dtype,
        compression=compression, hole=(40, 40, 90, 70), summed=compression is None,
    )  # fmt: skip
    one, other = _both(tmp_path, _request(record, 1, pad=pad), record, loops)

    assert len(one.files) > 50
    assert one.files == other.files
    assert (one.outcomes, one.sha256) == (other.outcomes, other.sha256)


@pytest.mark.parametrize(
    ("order", "dtype"),
    [(Order.NEAREST, "f4"), (Order.BILINEAR, "f4"), (Order.BILINEAR, "f8"), (Order.BICUBIC, "f4")],
)
@pytest.mark.parametrize("projection", ["ZEA", "TAN", "STG", "SIN", "ARC", "CAR"])
def test_resampled_stamps_have_the_same_bytes(
    tmp_path: Path, loops: ModuleType, projection: str, dtype: str, order: Order
) -> None:
    cards = wcs_cards(SHAPE, crpix=(900.0, -300.0))
    for axis in ("1", "2"):
        name = f"CTYPE{axis}"
        cards[name] = str(cards[name])[:5] + projection
    record = make_map(
        tmp_path, shape=SHAPE, wcs=cards, dtype=dtype, hole=(40, 40, 90, 70),
        record={"projection": projection},
    )  # fmt: skip
    request = _request(record, 3, projection=Projection.TAN, order=order)
    one, other = _both(tmp_path, request, record, loops)

    assert len(one.files) > 20
    assert one.files == other.files
    assert (one.outcomes, one.sha256) == (other.outcomes, other.sha256)


def test_the_same_of_a_map_without_weights(tmp_path: Path, loops: ModuleType) -> None:
    record = make_map(tmp_path, shape=SHAPE, record={"wgt_hdu": None})
    one, other = _both(tmp_path, _request(record, 4), record, loops)

    assert len(one.files) > 50
    assert (one.outcomes, one.sha256) == (other.outcomes, other.sha256)


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([4, 8]))
def test_pixels_of_any_bits_are_counted_alike(loops: ModuleType, seed: int, itemsize: int) -> None:
    draw = np.random.default_rng(seed)
    count, ny, nx = draw.integers(1, 10, 3).tolist()
    x, y = (draw.uniform(-2, side + 2, count).tolist() for side in (nx, ny))
    sci, wgt = (_pixels(seed + n, (count, ny, nx), itemsize) for n in range(2))
    found = []
    for each in (loops, None):
        with having_loops(each):
            sheet = StampSheet(Windows(sci, wgt, {}, {}, x, y), [0.0] * count)
        found.append((sheet.observed, sheet.covered, sheet.centre_covered))
    assert found[0] == found[1]


@settings(max_examples=examples(60), deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from([4, 8]))
def test_windows_of_any_bits_are_copied_alike(
    tmp_path_factory: pytest.TempPathFactory, loops: ModuleType, seed: int, itemsize: int
) -> None:
    draw = np.random.default_rng(seed)
    rows, columns = draw.integers(1, 40, 2).tolist()
    file = tmp_path_factory.mktemp("image") / "pixels"
    pixels = _pixels(seed, (rows, columns), itemsize)
    file.write_bytes(b"before" + pixels.astype(f">f{itemsize}").tobytes())
    count, ny, nx = draw.integers(1, 12, 3).tolist()
    size = draw.integers(1, np.minimum((nx, ny), (columns, rows)) + 1, (count, 2))
    corner = draw.integers(0, np.array((columns, rows)) - size + 1)
    boxes = np.concatenate([corner, corner + size], axis=1)
    starts = draw.integers(0, np.array((nx, ny)) - size + 1)[:, ::-1].copy()
    found = []
    with file.open("rb") as stream:
        image = PlainImage(OpenFile(stream, stream), 6, f">f{itemsize}", (rows, columns))
        for each in (loops, None):
            with having_loops(each):
                found.append(stacked(image, boxes, (ny, nx), np.nan, starts).tobytes())
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "box", [(-1, 0, 2, 2), (0, -1, 2, 2), (0, 0, 9, 2), (0, 0, 2, 7), (3, 3, 3, 4), (0, 0, 5, 2)]
)
def test_a_window_beyond_its_image_or_its_layer_is_refused(
    loops: ModuleType, box: tuple[int, int, int, int]
) -> None:
    image, layers = np.zeros((6, 8), ">f4"), np.zeros((1, 4, 4), "f4")
    boxes, starts = np.array([box]), np.zeros((1, 2), np.int64)
    with pytest.raises(ValueError, match="window"):
        loops.copy_windows(image, 8, 4, boxes, starts, layers, 4, 4)


def test_buffers_that_are_too_small_are_refused(loops: ModuleType) -> None:
    pixels, numbers = np.zeros((2, 3, 3), "f4"), np.zeros(2, np.int64)
    flags, boxes = np.zeros(2, np.uint8), np.array([[0, 0, 3, 3]] * 2)
    starts = np.zeros((2, 2), np.int64)
    files, cards, card = np.zeros((2, 400), np.uint8), b" " * 160, b" " * 80
    about = (cards, 0, pixels, 4, 320, 80, card, 160, 0, FOUR_CHARACTERS)
    loops.write_hdus(files, 400, *about)
    float_planes, offsets = np.zeros((2, 3, 3)), np.zeros(3)
    crpix, places = np.zeros(2), np.zeros((2, 3, 3))
    where = (float_planes, offsets, offsets, crpix, places.copy(), places.copy())
    loops.zenithal_places(1, *where)
    values, nearest = pixels.copy(), pixels.copy()
    rest = (3, 3, boxes, places, places, b"", values, nearest)
    loops.sample(True, pixels, pixels, 4, *rest)
    beyond = np.full((2, 3, 3), 3.0)
    wrong: tuple[Callable[[], None], ...] = (
        lambda: loops.copy_windows(pixels, 3, 4, boxes, starts, pixels[:1].copy(), 3, 3),
        lambda: loops.copy_windows(pixels, 3, 2, boxes, starts, pixels.copy(), 3, 3),
        lambda: loops.copy_windows(pixels, 3, 4, boxes, starts[:1], pixels.copy(), 3, 3),
        lambda: loops.copy_windows(pixels, 0, 4, boxes, starts, pixels.copy(), 3, 3),
        lambda: loops.count_observed(pixels, pixels, 4, 10, numbers, numbers, flags),
        lambda: loops.count_observed(pixels, pixels, 4, 9, numbers + 9, numbers, flags),
        lambda: loops.count_observed(pixels, pixels, 4, 9, numbers, numbers[:1], flags),
        lambda: loops.write_hdus(files, 399, *about),
        lambda: loops.write_hdus(files, 400, cards, 390, *about[2:]),
        lambda: loops.write_hdus(files, 400, *about[:4], 380, *about[5:]),
        lambda: loops.write_hdus(files, 400, *about[:5], 330, *about[6:]),
        lambda: loops.write_hdus(files, 400, *about[:7], 390, *about[8:]),
        lambda: loops.write_hdus(files, 400, *about[:7], -1, *about[8:]),
        lambda: loops.write_hdus(files, 400, *about[:9], FOUR_CHARACTERS[:9].copy()),
        lambda: loops.zenithal_places(4, *where),
        lambda: loops.zenithal_places(-1, *where),
        lambda: loops.zenithal_places(1, *where[:3], offsets, *where[4:]),
        lambda: loops.zenithal_places(1, *where[:4], places[:1].copy(), places[:1].copy()),
        lambda: loops.sample(True, pixels, pixels[:1].copy(), 4, *rest),
        lambda: loops.sample(True, pixels, pixels, 8, *rest),
        lambda: loops.sample(True, pixels, pixels, 4, 3, 4, *rest[2:]),
        lambda: loops.sample(True, pixels, pixels, 4, 3, 3, boxes * 2, *rest[3:]),
        lambda: loops.sample(True, pixels, pixels, 4, 3, 3, boxes, beyond, places, *rest[5:]),
        lambda: loops.sample(True, pixels, pixels, 4, 3, 3, boxes, places, -beyond, *rest[5:]),
        lambda: loops.sample(True, pixels, pixels, 4, *rest[:5], b"1", *rest[6:]),
        lambda: loops.sample(True, pixels, pixels, 4, *rest[:6], values[:1].copy(), nearest),
    )
    for call in wrong:
        with pytest.raises(ValueError, match=r"agree|centre|bytes|window"):
            call()
