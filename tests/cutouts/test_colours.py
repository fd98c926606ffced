"""Colour pictures against maps whose pixels the tests chose."""

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.estimate import estimate_of
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import Made, make
from tests.support.fields import TAG
from tests.support.known_maps import known_map, targets_at
from tests.support.observations import MIDDLE, SHAPE, box_of

BANDS = ("90GHz", "150GHz", "220GHz")
NAME = f"t0/t0_colour_90GHz-150GHz-220GHz_{TAG}_fltd.png"
ROW, COLUMN = 30, 66


def band_map(folder: Path, band: str, **facts: Any) -> MapRecord:
    """A map of noise, with one bright pixel and an unobserved corner of its own."""
    at = BANDS.index(band)
    sci = np.random.default_rng(at).normal(3.0 * at, 1.0 + at, SHAPE)
    sci[ROW + 4 * at, COLUMN] = 500.0
    wgt = np.full(SHAPE, 2.0)
    wgt[40 + 3 * at : 43 + 3 * at, 50:53] = 0
    about = {"band": band, "obsid": TAG, "tag": TAG, "date_beg": None, "date_end": None}
    return known_map(folder, sci, wgt, f"{band}_{TAG}", **(about | facts))


def colours(folder: Path, maps: list[MapRecord], **kind: Any) -> Made:
    stated: dict[str, Any] = {"bands": BANDS, "coadds": (TAG,), "products": ("colour",)}
    places = kind.pop("places", (MIDDLE,))
    request = CutoutRequest(targets_at(maps[0], *places), **(stated | kind))
    return make(folder / f"job{len(list(folder.glob('job*')))}", folder, request, maps)


def picture(made: Made, name: str = NAME) -> Image.Image:
    found = Image.open(io.BytesIO(made.files[name]))
    found.load()
    return found


def channels(made: Made, name: str = NAME) -> NDArray[np.uint8]:
    """Red, green, blue and alpha of a stamp of 40 x 40, as its rows are."""
    blocks = np.asarray(picture(made, name)).reshape(40, 4, 40, 4, 4)
    assert (blocks == blocks[:, :1, :, :1]).all()
    return blocks[::-1, 0, :, 0]


def three(folder: Path) -> list[MapRecord]:
    return [band_map(folder, band) for band in BANDS]


def test_the_lowest_band_is_red_the_middle_one_green_and_the_highest_blue(tmp_path: Path) -> None:
    maps = three(tmp_path)
    made = colours(tmp_path, maps[::-1], products=("fits", "colour"))
    assert {outcome.band: outcome.colour_channel for outcome in made.outcomes} == {
        "90GHz": "red", "150GHz": "green", "220GHz": "blue",
    }  # fmt: skip
    assert {outcome.colour for outcome in made.outcomes} == {NAME}
    found = channels(made)
    with made.stamp(made.outcomes[0]) as stamp:
        rows, columns = box_of(stamp["SCI"].header, maps[0])
    for at in range(3):
        pixel = found[ROW + 4 * at - rows.start, COLUMN - columns.start]
        assert pixel[at] == found[..., at].max()
        assert pixel[at] > 240


def test_each_band_ends_four_deviations_from_its_own_median(tmp_path: Path) -> None:
    maps = three(tmp_path)
    made = colours(tmp_path, maps, products=("fits", "colour"))
    found, texts = channels(made), picture(made).info
    for at, (outcome, name) in enumerate(zip(made.outcomes, ("Red", "Green", "Blue"), strict=True)):
        with made.stamp(outcome) as stamp:
            sci, seen = stamp["SCI"].data.astype("f8"), stamp["WGT"].data > 0
        median = np.median(sci[seen])
        reach = 4 * 1.4826 * np.median(np.abs(sci[seen] - median))
        assert texts[name] == (
            f"{outcome.band}, filtered, map {outcome.map_id}, "
            f"{median - reach:g} to {median + reach:g} (mJy)"
        )
        shade, all_seen = found[..., at], found[..., 3] == 255
        low, high = sci <= median - reach, sci >= median + reach
        assert len(set(shade[high & all_seen].tolist())) == 1
        within = ~low & ~high & all_seen
        order = np.argsort(sci[within])
        assert (np.diff(shade[within][order].astype(int)) >= 0).all()
        # Grey in the middle has half of the lightness, L* 51, which is 121 in sRGB.
        middle = np.abs(sci - median) < 0.05 * reach
        assert np.abs(shade[middle & all_seen].astype(int) - 121).max() <= 8


def test_what_one_of_the_bands_has_not_observed_is_transparent(tmp_path: Path) -> None:
    maps = three(tmp_path)
    made = colours(tmp_path, maps, products=("fits", "colour"))
    seen = np.ones((40, 40), bool)
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            seen &= stamp["WGT"].data > 0
    assert (~seen).sum() == 3 * 9
    np.testing.assert_array_equal(channels(made)[..., 3], np.where(seen, 255, 0))


def test_of_observations_each_band_is_their_mean_by_weights(tmp_path: Path) -> None:
    def observation(band: str, number: int, level: float, weight: float) -> MapRecord:
        sci = np.full(SHAPE, level)
        sci[:, ::2] += 1.0
        about: dict[str, Any] = {"band": band, "obsid": str(number), "date_end": None,
                 "date_beg": f"2019-03-{number:02d}T06:00:00"}  # fmt: skip
        return known_map(tmp_path, sci, np.full(SHAPE, weight), f"{band}_{number}", **about)

    maps = [observation(band, n, 10.0 * n, float(n)) for band in BANDS for n in (1, 2)]
    made = colours(tmp_path, maps, coadds=(), date_start=date(2019, 1, 1))
    name = NAME.replace(f"_{TAG}", "")
    texts = picture(made, name).info
    # (1 * 10 + 2 * 20) / 3 in half of the pixels, and 1 more in the others.
    middle = (10 + 2 * 20) / 3 + 0.5
    assert texts["Red"].startswith("90GHz, filtered, mean of 2 maps, ")
    low, high = (float(each) for each in texts["Red"].split(", ")[-1].split(" (")[0].split(" to "))
    assert (low + high) / 2 == pytest.approx(middle, abs=1e-4)
    assert {outcome.colour for outcome in made.outcomes} == {name}


def test_without_one_of_the_bands_there_is_no_picture_and_the_reason_is_given(
    tmp_path: Path,
) -> None:
    maps = three(tmp_path)
    made = colours(tmp_path, maps[:2])
    assert [outcome.status for outcome in made.outcomes] == ["no-data"] * 2
    assert "not all of its bands" in str(made.outcomes[0].reason)
    assert made.files.keys() == {"request.json"}
    beside = colours(tmp_path, maps[:2], products=("fits", "colour"))
    assert [outcome.status for outcome in beside.outcomes] == ["partial"] * 2
    assert [outcome.colour for outcome in beside.outcomes] == [None] * 2


def test_a_band_of_two_units_is_not_taken_for_two_bands(tmp_path: Path) -> None:
    maps = three(tmp_path)[:2]
    other = replace(maps[1], map_id="other", unit="mK", weight_unit="mK-2", field="other")
    made = colours(tmp_path, [*maps, other])
    assert {outcome.colour for outcome in made.outcomes} == {None}


def test_kinds_and_tags_have_pictures_of_their_own(tmp_path: Path) -> None:
    maps = three(tmp_path)
    others = [
        replace(record, map_id=f"{record.band}_other", tag="yearly_2019", obsid="yearly_2019")
        for record in maps
    ]
    made = colours(tmp_path, [*maps, *others], coadds=(TAG, "yearly_2019"))
    second = NAME.replace(TAG, "yearly_2019")
    assert made.files.keys() == {"request.json", NAME, second}


@pytest.mark.parametrize("projection", list(Projection))
def test_pictures_of_several_targets_are_as_many_as_are_forecast(
    tmp_path: Path, projection: Projection
) -> None:
    footprint = ((359.0, -58.5), (1.0, -58.5), (1.0, -56.5), (359.0, -56.5))
    maps = [replace(record, footprint=(footprint,)) for record in three(tmp_path)]
    targets = targets_at(maps[0], MIDDLE, (40.0, 40.0))
    asked = CutoutRequest(
        targets, bands=BANDS, coadds=(TAG,), products=("colour",), projection=projection
    )
    forecast = estimate_of(asked, maps, coverage_of(asked, maps))
    made = make(tmp_path / "job", tmp_path, asked, maps)
    divided = make(tmp_path / "divided", tmp_path, asked, maps, part_cost_s=0.0)
    assert forecast.files == len(made.files) - 1 == 2
    assert made.files == divided.files
