"""A spline through inpainted pixels is right beside holes."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from sptjobs.formats.flat_sky.inpainting import inpainted

Y, X = np.mgrid[:68, :68].astype(float)
BEAM = 1.2 / 2.3548 / 0.25
"""Standard deviation of a beam of 1.2 arcmin in pixels of 0.25 arcmin."""

SKIES: dict[str, tuple[NDArray[np.float64], float]] = {
    "constant": (np.full_like(X, 100.0), 1e-9),
    "plane": (100 + 3 * X - 2 * Y, 0.01),
    "curved": (100 + 0.01 * (X - 30) ** 2 - 0.02 * (X - 30) * (Y - 30), 0.01),
    "source": (100 * np.exp(-((X - 34.3) ** 2 + (Y - 33.6) ** 2) / (2 * BEAM**2)), 1.5),
    "source beside it": (100 * np.exp(-((X - 41) ** 2 + (Y - 33.6) ** 2) / (2 * BEAM**2)), 1.5),
}
"""Each with the error that is allowed; zeros in holes make 2 to 90."""

HOLES: dict[str, Callable[[], NDArray[np.bool_]]] = {
    "mask of a source": lambda: (X - 34.3) ** 2 + (Y - 33.6) ** 2 < 100,
    "small": lambda: (X - 34.3) ** 2 + (Y - 33.6) ** 2 < 9,
    "one pixel": lambda: (X == 34) & (Y == 34),
    "edge of the field": lambda: X < 20,
    "corner": lambda: (X < 20) & (Y < 15),
    "column": lambda: np.abs(X - 30) < 1,
    "a fifth of the pixels": lambda: np.random.default_rng(2).random(X.shape) < 0.2,
}


@pytest.mark.parametrize("sky", SKIES)
@pytest.mark.parametrize("hole", HOLES)
def test_a_spline_beside_a_hole_is_that_of_the_sky_without_it(sky: str, hole: str) -> None:
    values, allowed = SKIES[sky]
    mask = HOLES[hole]()
    x, y = np.random.default_rng(3).uniform(1, 66, (2, 20000))
    masked = np.where(mask, np.nan, values)
    observed = np.isfinite(ndimage.map_coordinates(masked, [y, x], order=1))

    filled = inpainted(masked)

    found, expected, zeros = (
        ndimage.map_coordinates(each, [y, x], order=3)[observed]
        for each in (filled, values, np.where(mask, 0, values))
    )
    np.testing.assert_array_equal(filled[~mask], values[~mask])
    assert np.abs(found - expected).max() <= allowed
    if sky not in {"source", "source beside it"}:
        assert np.abs(zeros - expected).max() > 10


def test_noise_is_not_made_larger() -> None:
    noise = np.random.default_rng(1).normal(size=X.shape)

    for hole in HOLES.values():
        filled = inpainted(np.where(hole(), np.nan, noise))
        assert np.abs(filled).max() < 3 * np.abs(noise).max()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2), (9, 1), (3, 40)])
def test_images_of_any_shape_are_filled(shape: tuple[int, int]) -> None:
    image = np.full(shape, 5.0)
    assert (inpainted(image) == 5).all()
    image.flat[-1] = np.nan
    if image.size > 1:
        np.testing.assert_allclose(inpainted(image), 5.0)
