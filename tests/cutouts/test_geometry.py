"""Where stamps lie on a map's pixels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.formats.flat_sky.tiles.row_image import _row_spans
from sptjobs.formats.geometry import Box, pixels_across, stamp_box

places = st.floats(-1e5, 1e5)
sides = st.integers(1, 500)


@given(places, places, sides, sides)
def test_the_target_lies_within_half_a_pixel_of_the_stamps_centre(
    x: float, y: float, ny: int, nx: int
) -> None:
    box = stamp_box(x, y, (ny, nx))

    assert box.shape == (ny, nx)
    assert abs(x - (box.x0 + (nx - 1) / 2)) <= 0.5 + 1e-9
    assert abs(y - (box.y0 + (ny - 1) / 2)) <= 0.5 + 1e-9


@given(st.integers(1, 4000), st.floats(0.01, 5), st.floats(-1e-8, 1e-8))
def test_a_size_of_whole_pixels_takes_just_these_pixels_whatever_the_float_noise(
    count: int, scale: float, noise: float
) -> None:
    assert pixels_across(count * scale * (1 + noise), scale) == count


@given(st.floats(0.01, 600), st.floats(0.01, 5))
def test_a_stamp_is_never_smaller_than_asked_for_nor_a_pixel_larger(
    size: float, scale: float
) -> None:
    count = pixels_across(size, scale)

    assert count >= 1
    assert (count + 2e-4) * scale >= size
    assert count == 1 or (count - 1) * scale < size


@pytest.mark.parametrize(
    ("size", "scale", "count"),
    [(10, 0.25, 40), (10.1, 0.25, 41), (0.1, 0.25, 1), (10, 0.24999999, 40), (7, 0.5, 14)],
)
def test_sizes_are_rounded_up_to_whole_pixels(size: float, scale: float, count: int) -> None:
    assert pixels_across(size, scale) == count


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 40)), min_size=1))
def test_row_spans_hold_the_rows_of_all_boxes_and_no_others(runs: list[tuple[int, int]]) -> None:
    boxes = [Box(0, first, 1, first + rows) for first, rows in runs]

    spans = _row_spans(boxes)

    covered = [row for first, end in spans for row in range(first, end)]
    assert covered == sorted({row for box in boxes for row in range(box.y0, box.y1)})
