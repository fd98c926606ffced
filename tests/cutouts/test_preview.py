import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sptjobs.cutouts.preview import _palette, render_preview


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


def colours(content: bytes) -> NDArray[np.uint8]:
    """Red, green, blue and alpha of each pixel, top row first."""
    return np.asarray(opened(content).convert("RGBA"))


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


def test_a_decrement_is_blue_and_the_median_is_white() -> None:
    sci = noise((41, 41))
    sci[20, 20] = -1000
    sci[0, 0] = np.median(sci)
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
    picture = opened(render_preview(sci, observed))
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
