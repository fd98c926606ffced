"""Differences against maps whose sky, noise, weights and places in a coadd the tests chose."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sptjobs.packs.records import Outcome
from sptjobs.request.cutout_request import CutoutRequest, Projection
from tests.support.cutting import Made
from tests.support.known_maps import known_map
from tests.support.observations import (
    MIDDLE,
    NAME,
    SHAPE,
    Observations,
    box_of,
    coadd_request,
    opened,
    run_request,
)

REFERENCE = {"reference_start": date(2019, 3, 1), "reference_end": date(2019, 3, 3)}
"""The days of the first three observations."""


def request(observed: Observations, *places: tuple[float, float], **kind: Any) -> CutoutRequest:
    return coadd_request(observed, *places, **{"products": ("difference",), **kind})


def difference_of(made: Made, outcome: Outcome) -> tuple[Any, Any, Any]:
    """Pixels, weights and header of a difference."""
    assert outcome.difference is not None, outcome
    with opened(made, outcome.difference) as hdus:
        assert [hdu.name for hdu in hdus] == ["SCI", "WGT"]
        return hdus["SCI"].data, hdus["WGT"].data, hdus["SCI"].header


def test_a_difference_and_its_variance_are_right_for_members_and_for_others(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 5)
    made = run_request(observed, request(observed, **REFERENCE))
    assert [outcome.in_coadd for outcome in made.outcomes] == [True] * 3 + [False] * 2
    for number, outcome in enumerate(made.outcomes):
        sci, wgt, header = difference_of(made, outcome)
        box = box_of(header, observed.records[0])
        mean, total = observed.mean([0, 1, 2], box)
        own = observed.wgt[number][box]
        with np.errstate(divide="ignore"):
            variance = 1 / own + np.where(number < 3, -1, 1) / total
        seen = own > 0
        assert (np.isnan(sci) == ~seen).all()
        assert (wgt[~seen] == 0).all()
        wanted = observed.sci[number][box] - mean
        np.testing.assert_allclose(sci[seen], wanted[seen], rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(wgt[seen], 1 / variance[seen], rtol=1e-6)
        assert (header["NCOADD"], header["INCOADD"]) == (3, number < 3)
        assert header["SRC_MAP"] == f"{1000 + number}_90GHz_fltd"


def test_pulls_are_those_of_normal_deviates_and_would_not_be_by_the_other_formula(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 5, seed=3)
    made = run_request(observed, request(observed, **REFERENCE))
    for number, outcome in enumerate(made.outcomes):
        sci, wgt, header = difference_of(made, outcome)
        seen = wgt > 0
        pulls = (sci * np.sqrt(wgt))[seen]
        assert abs(pulls.mean()) < 4.5 / np.sqrt(pulls.size)
        assert abs(pulls.std() - 1) < 4.5 / np.sqrt(2 * pulls.size), number
        box = box_of(header, observed.records[0])
        own, total = observed.wgt[number][box], observed.mean([0, 1, 2], box)[1]
        with np.errstate(divide="ignore"):
            wrong = 1 / own + np.where(number < 3, 1, -1) / total
        assert not np.all(wrong > 0) or abs((sci / np.sqrt(wrong))[seen].std() - 1) > 0.1


def test_a_transient_is_whole_where_its_epoch_is_not_in_the_coadd_and_less_where_it_is(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 4)
    flux, place = 500.0, (39, 60)
    observed.sci[3][place] += flux
    (tmp_path / observed.records[3].path).unlink()
    observed.records[3] = observed.written(3, observed.sci[3], observed.wgt[3])
    for kind, member in ((REFERENCE, False), ({}, True)):
        made = run_request(observed, request(observed, **kind))
        sci, wgt, header = difference_of(made, made.outcomes[3])
        box = box_of(header, observed.records[0])
        at = place[0] - box[0].start, place[1] - box[1].start
        total = observed.mean([0, 1, 2, 3], box)[1][at]
        share = 1 - observed.wgt[3][place] / total if member else 1.0
        assert abs(sci[at] - share * flux) < 5 / np.sqrt(wgt[at])


def test_all_selected_observations_are_the_coadd_by_default_and_it_is_that_of_the_coadd_product(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 4)
    both = ("fits", "coadd", "difference")
    for kind in ({}, REFERENCE):
        made = run_request(observed, request(observed, products=both, **kind))
        members = [outcome.coadd == NAME for outcome in made.outcomes]
        assert members == [outcome.in_coadd for outcome in made.outcomes]
        assert members == [True] * 3 + [not kind]
        with opened(made) as hdus:
            digest, count = (hdus["SCI"].header[name] for name in ("COADDSHA", "NCOADD"))
            mean = hdus["SCI"].data.astype("f8")
        for outcome in made.outcomes:
            sci, _, header = difference_of(made, outcome)
            assert (header["COADDSHA"], header["NCOADD"]) == (digest, count)
            with made.stamp(outcome) as stamp:
                own = np.where(stamp["WGT"].data > 0, stamp["SCI"].data, np.nan)
            np.testing.assert_allclose(sci, own - mean, atol=2e-6)


def test_where_there_is_nothing_to_subtract_the_row_says_why(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    never = {"reference_start": date(2018, 1, 1), "reference_end": date(2018, 1, 2)}
    made = run_request(observed, request(observed, **never))
    assert [outcome.status for outcome in made.outcomes] == ["no-data"] * 2
    assert {str(outcome.reason) for outcome in made.outcomes} == {
        "no difference: no observation of the coadd has a pixel of this stamp"
    }
    alone = run_request(observed, request(observed), maps=observed.records[:1])
    assert "is of another observation" in str(alone.outcomes[0].reason)
    assert alone.files.keys() == {"request.json"}
    beside = run_request(observed, request(observed, products=("fits", "difference"), **never))
    assert [outcome.status for outcome in beside.outcomes] == ["partial"] * 2
    assert all("no difference" in str(outcome.reason) for outcome in beside.outcomes)
    outside = run_request(observed, request(observed, (900.0, 40.0)))
    assert [outcome.status for outcome in outside.outcomes] == ["outside"] * 2


def test_what_the_coadd_has_alone_is_no_pixel_of_a_difference(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 2)
    made = run_request(observed, request(observed))
    sci, wgt, header = difference_of(made, made.outcomes[0])
    box = box_of(header, observed.records[0])
    own, other = (observed.wgt[n][box] > 0 for n in (0, 1))
    assert ((own & ~other).sum(), (~own & other).sum()) == (60, 60)
    assert (np.isfinite(sci) == (own & other)).all()
    assert ((wgt > 0) == (own & other)).all()


def test_maps_that_cannot_be_read_and_stamps_that_are_dropped_are_no_part_of_the_coadd(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 3)
    for number in range(3):
        (tmp_path / observed.records[number].path).unlink()
        observed.wgt[number] = np.full(SHAPE, number + 1.0)
        if number == 2:
            observed.wgt[2][38, 62] = 0.1
        observed.records[number] = observed.written(
            number, observed.sci[number], observed.wgt[number]
        )
    broken = replace(observed.records[0], map_id="broken", path="nowhere.fits")
    asked = request(observed, uniform_coverage=0.5)
    made = run_request(observed, asked, maps=[*observed.records, broken])
    ends = [(outcome.status, outcome.in_coadd) for outcome in made.outcomes]
    assert ends == [("ok", True), ("ok", True), ("no-data", None), ("failed", None)]
    _, wgt, header = difference_of(made, made.outcomes[0])
    assert header["NCOADD"] == 2
    np.testing.assert_allclose(wgt, 1 / (1 / 1.0 - 1 / 3.0))


def test_however_work_is_divided_differences_have_the_same_bytes(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    places = [(25.0 + 8 * n, 30.0 + 17 * (n % 2)) for n in range(5)]
    asked = request(observed, *places, products=("fits", "coadd", "difference"), **REFERENCE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sptjobs.cutouts.plan.gathered_bins._MAX_PIXELS", 4000)
        divided = run_request(observed, asked)
    whole = run_request(observed, asked)
    assert (len(whole.packs), len(divided.packs)) == (1, 4)
    assert whole.files == divided.files
    assert whole.outcomes == divided.outcomes


def test_tan_stamps_are_compared_on_the_grid_of_the_stamp(tmp_path: Path) -> None:
    observed = Observations(tmp_path, 3)
    both = ("fits", "coadd", "difference")
    asked = request(observed, MIDDLE, products=both, projection=Projection.TAN)
    made = run_request(observed, asked)
    with opened(made) as hdus:
        mean, total = (hdus[name].data.astype("f8") for name in ("SCI", "WGT"))
    sci, wgt, header = difference_of(made, made.outcomes[1])
    with made.stamp(made.outcomes[1]) as stamp:
        own, weight = (stamp[name].data.astype("f8") for name in ("SCI", "WGT"))
    seen = np.isfinite(sci)
    np.testing.assert_allclose(sci[seen], (own - mean)[seen], atol=2e-6)
    wanted = 1 / (1 / weight[seen] - 1 / total[seen])
    np.testing.assert_allclose(wgt[seen], wanted, rtol=1e-5)
    assert header["CTYPE1"] == "RA---TAN"


def test_a_map_without_weights_fails_with_the_reason_and_noise_is_that_of_the_difference(
    tmp_path: Path,
) -> None:
    observed = Observations(tmp_path, 2)
    odd = known_map(tmp_path, observed.sci[0], observed.wgt[0], "odd", wgt_hdu=None)
    made = run_request(observed, request(observed, noise=True), maps=[*observed.records, odd])
    assert [outcome.status for outcome in made.outcomes] == ["partial", "partial", "failed"]
    _, wgt, header = difference_of(made, made.outcomes[0])
    depth = 1 / np.sqrt(np.median(wgt[wgt > 0]))
    assert header["WGTDEPTH"] == pytest.approx(depth, rel=1e-4)
