"""Values, weights, errors and signals to noise at the targets, against the stamps themselves."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.cutouts.stamps.target_values import TargetScale
from sptjobs.formats.map_noise import MapNoise
from sptjobs.maps.record import MapRecord
from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import Made, make
from tests.support.known_maps import known_map, targets_at

SHAPE = (120, 160)
FACTOR = 1.25
MEASURED = MapNoise(FACTOR, FACTOR, (0.0,) * 5, (0.0,) * 5).to_text()
PLACES = ((60, 60), (80.3, 61.4), (100, 50))


def noisy_map(folder: Path, **facts: Any) -> MapRecord:
    random = np.random.default_rng(7)
    sci, wgt = random.normal(0, 3, SHAPE), random.uniform(0.05, 0.2, SHAPE)
    # The last of the places is a hole.
    wgt[50, 100] = 0
    return known_map(folder, sci, wgt, **{"noise": MEASURED, **facts})


def cut(folder: Path, record: MapRecord, size: float = 5.0, **style: Any) -> Made:
    targets = targets_at(record, *PLACES, size=size)
    request = CutoutRequest(targets, bands=("90GHz",), **style)
    return make(folder / "job", folder, request, [record])


def central(made: Made, outcome: Outcome) -> tuple[float, float]:
    """Value and weight of the pixel that the header says holds the target."""
    with made.stamp(outcome) as stamp:
        assert outcome.targ_x is not None
        assert outcome.targ_y is not None
        place = round(outcome.targ_y) - 1, round(outcome.targ_x) - 1
        return float(stamp["SCI"].data[place]), float(stamp["WGT"].data[place])


@pytest.mark.parametrize(
    "style",
    [{}, {"pad": False}, {"projection": Projection.TAN}, {"mask_outside": True}],
)
def test_numbers_at_a_target_are_those_of_the_pixel_that_holds_it(
    tmp_path: Path, style: dict[str, Any]
) -> None:
    made = cut(tmp_path, noisy_map(tmp_path), **style)
    for outcome in made.outcomes[:2]:
        value, weight = central(made, outcome)
        error = FACTOR / weight**0.5
        assert np.float32(outcome.value or 0) == np.float32(value)
        assert np.float32(outcome.weight or 0) == np.float32(weight)
        assert outcome.error == pytest.approx(error, rel=1e-5)
        assert outcome.snr == pytest.approx(value / error, rel=2e-5)
        assert (outcome.unit, outcome.weight_unit) == ("mJy", "mJy-2")
    hole = made.outcomes[2]
    assert (hole.status, hole.centre_covered) == ("partial", False)
    assert (hole.value, hole.weight, hole.error, hole.snr) == (None, None, None, None)


def test_the_maps_own_noise_counts_where_it_was_measured(tmp_path: Path) -> None:
    for folder, noise, factor in (("a", MEASURED, FACTOR), ("b", None, 1.0), ("c", "", 1.0)):
        (tmp_path / folder).mkdir()
        outcome = cut(tmp_path / folder, noisy_map(tmp_path / folder, noise=noise)).outcomes[0]
        assert outcome.error == pytest.approx(factor / (outcome.weight or 0) ** 0.5, rel=1e-5)


def test_weights_in_another_unit_give_errors_in_that_of_the_map(tmp_path: Path) -> None:
    record = noisy_map(tmp_path, unit="mK", weight_unit="uK-2")
    outcome = cut(tmp_path, record).outcomes[0]
    assert outcome.weight_unit == "uK-2"
    assert outcome.error == pytest.approx(FACTOR * 1e-3 / (outcome.weight or 0) ** 0.5, rel=1e-5)


@pytest.mark.parametrize("products", [("fits",), ("lightcurve",), ("preview",)])
@pytest.mark.parametrize(
    ("facts", "known"),
    [
        ({"unit": None}, set()),
        ({"unit": None, "weight_unit": None}, set()),
        ({"weight_unit": None}, {"value"}),
        ({"weight_unit": "mJy"}, {"value", "weight"}),
        ({"wgt_hdu": None}, {"value"}),
        ({}, {"value", "weight", "error", "snr"}),
    ],
)
def test_nothing_is_guessed_where_a_unit_is_not_confirmed(
    tmp_path: Path, facts: dict[str, Any], known: set[str], products: tuple[str, ...]
) -> None:
    when = {"date_beg": "2019-03-01T06:00:00", "date_end": "2019-03-01T08:00:00", "tag": None}
    record = noisy_map(tmp_path, **when, **facts)
    outcome = cut(tmp_path, record, products=products).outcomes[0]
    found = {name for name in ("value", "weight", "error", "snr") if getattr(outcome, name)}
    assert found == known
    assert (outcome.weight_unit is not None) == ("weight" in known)


numbers = st.floats(-(2.0**40), 2.0**40, width=32, allow_subnormal=False)
weights = st.floats(2.0**-60, 2.0**60, width=32)


@given(
    st.lists(st.tuples(numbers, weights, st.booleans()), min_size=1, max_size=9),
    st.floats(1e-9, 1e9),
)
def test_a_pixel_has_the_same_numbers_whichever_others_are_beside_it(
    pixels: list[tuple[float, float, bool]], factor: float
) -> None:
    scale = TargetScale(has_values=True, has_weights=True, weight_unit="mK-2", factor=factor)
    sci, wgt = (np.array(each, np.float32) for each in list(zip(*pixels, strict=True))[:2])
    together = scale.of_pixels(sci, wgt, [each[2] for each in pixels])
    for place, (value, weight, is_observed) in enumerate(pixels):
        row = {name: column[place] for name, column in together.items()}
        alone = scale.of_pixels(sci[[place]], wgt[[place]], [is_observed])
        assert row == {name: column[0] for name, column in alone.items()}
        if not is_observed:
            assert set(row.values()) == {None}
            continue
        assert row == pytest.approx(scale.of_pixel(value, weight), rel=1e-5)
        assert float(np.float32(row["value"])) == value
        assert float(np.float32(row["weight"])) == weight
        assert row["snr"] == pytest.approx(value * weight**0.5 / factor, rel=1e-5)
