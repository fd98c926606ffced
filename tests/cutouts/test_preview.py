import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sptjobs.cutouts.stamps.picture import Preview, _palette, render_preview


def opened(preview: Preview) -> Image.Image:
    picture = Image.open(io.BytesIO(preview.content))
    picture.load()
    return picture


def colours(preview: Preview) -> NDArray[np.uint8]:
    """Red, green, blue and alpha of each pixel, top row first."""
    return np.asarray(opened(preview).convert("RGBA"))


def noise(shape: tuple[int, int] = (40, 40)) -> NDArray[np.float64]:
    return np.random.default_rng(3).normal(0.2, 1.5, shape)


def all_observed(shape: tuple[int, int] = (40, 40)) -> NDArray[np.bool_]:
    return np.ones(shape, dtype=bool)


def test_a_preview_is_a_palette_png_whose_pixels_are_whole_squares() -> None:
    picture = opened(render_preview(noise(), all_observed()))
    assert (picture.format, picture.mode, picture.size) == ("PNG", "P", (160, 160))
    blocks = np.asarray(picture).reshape(40, 4, 40, 4)
    assert (blocks == blocks[:, :1, :, :1]).all()


def test_the_first_row_of_the_image_is_at_the_bottom_of_the_picture() -> None:
    sci = noise()
    sci[0, 39] += 1000
    red, green, blue, _ = colours(render_preview(sci, all_observed()))[-1, -1].tolist()
    assert red > 2 * max(green, blue)


def test_a_decrement_is_blue_and_zero_is_white() -> None:
    sci = noise((41, 41))
    sci[20, 20] = -1000
    sci[0, 0] = 0
    picture = colours(render_preview(sci, all_observed((41, 41))))
    red, green, blue, _ = picture[82, 82].tolist()
    assert blue > 2 * max(red, green)
    assert picture[-1, 0].min() > 235


def test_unobserved_pixels_are_transparent_and_do_not_move_the_scale() -> None:
    sci, observed = noise(), all_observed()
    sci[:, :10] = 0
    observed[:, :10] = False
    other = sci.copy()
    other[:, :10] = np.nan
    alpha = colours(render_preview(sci, observed))[:, :, 3]
    assert (alpha[:, :40] == 0).all()
    assert (alpha[:, 40:] == 255).all()
    assert render_preview(other, observed) == render_preview(sci, observed)


@pytest.mark.parametrize(
    ("sci", "observed"),
    [
        (np.zeros((40, 40)), np.zeros((40, 40), dtype=bool)),
        (np.full((40, 40), np.nan), np.ones((40, 40), dtype=bool)),
        (np.full((40, 40), 7.0), np.ones((40, 40), dtype=bool)),
        (np.full((1, 1), -3.0), np.ones((1, 1), dtype=bool)),
        (np.eye(40) * 1e30, np.ones((40, 40), dtype=bool)),
        (np.full((2, 480), 1.0), np.ones((2, 480), dtype=bool)),
        (noise().astype(">f4"), np.ones((40, 40), dtype=bool)),
    ],
    ids=["unobserved", "nan", "constant", "one-pixel", "one-differs", "strip", "big-endian"],
)
def test_stamps_without_a_spread_have_a_picture_too(
    sci: NDArray[np.float64], observed: NDArray[np.bool_]
) -> None:
    preview = render_preview(sci, observed)
    picture = opened(preview)
    assert preview.limit > 0
    assert max(picture.size) <= 1024
    assert picture.height * sci.shape[1] == picture.width * sci.shape[0]


def test_equal_pixels_give_equal_bytes() -> None:
    assert render_preview(noise(), all_observed()) == render_preview(noise(), all_observed())


def test_both_ends_of_the_colours_are_equally_dark_and_the_steps_even() -> None:
    palette = np.frombuffer(_palette(), dtype=np.uint8).reshape(-1, 3)[:255] / 255
    linear = np.where(palette <= 0.04045, palette / 12.92, ((palette + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    lightness = 116 * np.cbrt(luminance) - 16
    assert abs(lightness[0] - lightness[-1]) < 1
    steps = np.diff(lightness)
    assert (steps[:127] > 0).all()
    assert (steps[127:] < 0).all()
    assert np.abs(np.abs(steps) - np.abs(steps).mean()).max() < 0.5


def values_of(preview: Preview, shape: tuple[int, int]) -> NDArray[np.float64]:
    """Read the pixels back from the entries of the palette, NaN where there is none."""
    entries = np.asarray(opened(preview))[::-1].astype(float)
    factor = entries.shape[0] // shape[0]
    entries = entries[::factor, ::factor]
    return np.where(entries == 255, np.nan, (entries / 127 - 1) * preview.limit)


def test_pixels_can_be_read_back_from_the_picture_and_its_limit() -> None:
    sci, observed = noise(), all_observed()
    sci[3, 4], sci[5, 6], observed[7, 8] = 9.0, -500.0, False
    preview = render_preview(sci, observed)
    assert preview.sigma == pytest.approx(1.5, rel=0.1)
    assert preview.limit == 20 * preview.sigma
    read = values_of(preview, sci.shape)
    assert np.isnan(read[7, 8])
    assert read[5, 6] == -preview.limit
    rest = np.ones(sci.shape, bool)
    rest[5, 6] = rest[7, 8] = False
    assert np.abs(read - sci)[rest].max() <= preview.limit / 127 / 2 * 1.001


def test_entries_reach_as_far_as_the_values_and_no_less_than_the_colours() -> None:
    sci = noise()
    preview = render_preview(sci, all_observed())
    assert preview.limit == max(np.abs(sci).max(), 5 * preview.sigma)
    sci[0, 0] = 12.0 * preview.sigma
    assert render_preview(sci, all_observed()).limit == pytest.approx(sci[0, 0])


def test_the_colours_end_at_five_sigma_however_far_the_entries_reach() -> None:
    sci = noise()
    sci[0, 0] = 1000
    preview = render_preview(sci, all_observed())
    palette = np.array((opened(preview).getpalette() or [])[: 3 * 255]).reshape(-1, 3)
    entry = round((5 * preview.sigma / preview.limit + 1) * 127)
    assert (palette[entry + 1 :] == palette[-1]).all()
    assert (palette[entry - 2] != palette[-1]).any()
