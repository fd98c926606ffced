"""The measure of a map's noise, on strips whose truth is known."""

import numpy as np
import pytest

from sptjobs.formats.map_noise import LAGS, measure_noise


@pytest.mark.parametrize("alike", [1, 2, 3, 4, 5, 8])
@pytest.mark.parametrize("strips", [1, 4, 16], ids=lambda n: f"{n} strips")
def test_columns_that_are_alike_in_groups_are_seen_as_such_however_many_are_looked_at(
    alike: int, strips: int
) -> None:
    rng = np.random.default_rng(alike)
    # Half of the variance is that of a group.
    groups = rng.normal(size=(32 * strips, 4096 // alike + 1)).repeat(alike, axis=1)[:, :4096]
    values = groups + rng.normal(size=groups.shape)
    weights = np.ones((32, 4096))
    noise = measure_noise([(each, weights) for each in np.split(values, strips)])
    assert noise is not None
    expected = [max(0.0, 1 - lag / alike) / 2 for lag in range(1, LAGS + 1)]
    assert noise.across == pytest.approx(expected, abs=0.03)
    assert noise.up == pytest.approx([0.0] * LAGS, abs=0.02)
    assert noise.rms == pytest.approx(2**0.5, rel=0.02)


def test_a_map_that_is_observed_in_few_of_its_pixels_is_measured_on_all_of_them() -> None:
    rng = np.random.default_rng(2)
    values, weights = rng.normal(size=(32, 65536)), np.zeros((32, 65536))
    weights[:, 5000:5100] = 1.0
    noise = measure_noise([(values, weights)])
    assert noise is not None
    assert noise.rms == pytest.approx(values[:, 5000:5100].std(), rel=0.05)


def test_too_few_pixels_and_pixels_that_are_all_alike_have_no_noise() -> None:
    assert (
        measure_noise([(np.random.default_rng(0).normal(size=(9, 100)), np.ones((9, 100)))]) is None
    )
    assert measure_noise([(np.full((32, 100), 7.0), np.ones((32, 100)))]) is None
    assert measure_noise([]) is None


def test_values_beyond_all_numbers_are_no_noise() -> None:
    rng = np.random.default_rng(3)
    values, weights = rng.normal(size=(32, 4096)), np.ones((32, 4096))
    values[:, ::100] *= 1e200
    noise = measure_noise([(values, weights)])
    assert noise is not None
    assert noise.rms == pytest.approx(1.0, rel=0.02)
