"""Stacks of sources and of blank sky whose fluxes, places and weights the tests chose."""

import io
import tracemalloc
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.table import Table
from astropy.wcs import WCS

from sptjobs.cutouts.coadds.stacking import StackSum
from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.plan.plan import plan
from sptjobs.cutouts.stamps.stamp import Stamp
from sptjobs.forecast.coverage import coverage_of
from sptjobs.forecast.estimate import estimate_of
from sptjobs.request.cutout_request import Target
from sptjobs.uws.errors import ParameterError
from tests.support.faint_sources import BEAM_PIXELS, STACK, Sky
from tests.support.observations import opened
from tests.support.scale import scaled
from tests.support.small_maps import make_map


def test_a_stack_is_the_mean_of_the_single_stamps_by_weights(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 20.0)
    made = sky.made(sky.request(products=("fits", "stack")))
    values, weights = [], []
    for outcome in made.outcomes:
        assert outcome.stack == STACK
        with made.stamp(outcome) as stamp:
            seen = np.isfinite(stamp["SCI"].data) & (stamp["WGT"].data > 0)
            values.append(np.where(seen, stamp["SCI"].data, 0).astype("f8"))
            weights.append(np.where(seen, stamp["WGT"].data, 0).astype("f8"))
    s, w = np.array(values), np.array(weights)
    mean = (w * s).sum(0) / w.sum(0)
    n = (w > 0).sum(0)
    error = np.sqrt(n / (n - 1) * (w**2 * (s - mean) ** 2).sum(0)) / w.sum(0)
    with opened(made, STACK) as hdus:
        assert [hdu.name for hdu in hdus] == ["SCI", "WGT", "ERR", "COUNT", "TARGETS"]
        np.testing.assert_allclose(hdus["SCI"].data, mean, rtol=3e-6)
        np.testing.assert_allclose(hdus["WGT"].data, w.sum(0), rtol=3e-7)
        np.testing.assert_allclose(hdus["ERR"].data, error, rtol=1e-5)
        assert (hdus["COUNT"].data == n).all()
        units = [hdus[name].header.get("BUNIT") for name in ("SCI", "WGT", "ERR", "COUNT")]
        assert units == ["mJy", "mJy-2", "mJy", None]


def test_sources_at_any_place_in_their_pixels_add_up_in_the_middle(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 1.5)
    kind: dict[str, Any] = {"order": "bicubic"}
    with opened(sky.made(sky.request(size=10.0, **kind)), STACK) as hdus:
        sci, wgt = hdus["SCI"].data.astype("f8"), hdus["WGT"].data.astype("f8")
        header = hdus["SCI"].header
    x, y = int(header["CRPIX1"]) - 1, int(header["CRPIX2"]) - 1
    # One source is at 2 of its errors, 49 of them at 15.
    rows, columns = np.mgrid[: sci.shape[0], : sci.shape[1]]
    sigma = BEAM_PIXELS / np.sqrt(8 * np.log(2))
    beam = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    flux = (beam * sci).sum() / (beam**2).sum()
    error = np.sqrt((beam**2 / wgt).sum()) / (beam**2).sum()
    assert flux / error > 15
    assert abs(flux - 1.5) < 4.5 * error
    offset = (beam * sci * (columns - x)).sum() / (beam * sci).sum()
    assert abs(offset) < 0.3


def test_both_errors_are_right_for_blank_sky(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 0.0)
    kind: dict[str, Any] = {"order": "nearest"}
    with opened(sky.made(sky.request(**kind)), STACK) as hdus:
        sci, wgt, err = (hdus[name].data.astype("f8") for name in ("SCI", "WGT", "ERR"))
    for error in (1 / np.sqrt(wgt), err):
        pull = sci / error
        assert abs(pull.mean()) < 4.5 / np.sqrt(pull.size)
        # 49 stamps tell their scatter to a tenth; pixels of one source's pixel are repeated.
        assert abs(pull.std() - 1) < 0.12
    assert np.median(err * np.sqrt(wgt)) == pytest.approx(1, abs=0.05)


def test_what_differs_from_target_to_target_is_in_the_error_by_scatter_alone(
    tmp_path: Path,
) -> None:
    sky = Sky(tmp_path, 0.0, seed=5)
    for number, (x, y) in enumerate(sky.places):
        box = np.s_[int(y) - 25 : int(y) + 26, int(x) - 25 : int(x) + 26]
        sky.sci[box] += 10.0 if number % 2 else -10.0
    (tmp_path / sky.record.path).unlink()
    sky.record = sky.written("1000")
    with opened(sky.made(sky.request()), STACK) as hdus:
        err, wgt = hdus["ERR"].data.astype("f8"), hdus["WGT"].data.astype("f8")
    middle = np.s_[8:24, 8:24]
    assert np.median(err[middle]) == pytest.approx(10 / np.sqrt(49), rel=0.15)
    assert np.median(1 / np.sqrt(wgt[middle])) < 0.15


def test_values_of_the_column_have_stacks_of_their_own(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 5.0)
    made = sky.made(sky.request("bright", "z > 1", None))
    names = {
        "bright": STACK.replace(".fits", "_bright.fits"),
        "z > 1": STACK.replace(".fits", "_z_1.fits"),
        None: STACK,
    }
    assert made.files.keys() == {"request.json", *names.values()}
    total = 0
    for number, (label, name) in enumerate(names.items()):
        with opened(made, name) as hdus:
            assert hdus["SCI"].header.get("STACK") == label
            total += hdus["SCI"].header["NTARGET"]
        assert [o.stack for o in made.outcomes[number::3]] == [name] * len(made.outcomes[number::3])
    assert total == 49


def test_header_and_table_count_what_is_in_it_and_what_is_not(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 5.0)
    sky.wgt[:60, :60] = 0
    (tmp_path / sky.record.path).unlink()
    sky.record = sky.written("1000")
    broken = replace(sky.record, map_id="broken", path="nowhere.fits", obsid="1001")
    asked = sky.request()
    far = Target("far", 180.0, 10.0, 8.0, 8.0)
    made = sky.made(replace(asked, targets=(*asked.targets, far)), [sky.record, broken])
    with opened(made, STACK) as hdus:
        header = hdus["SCI"].header
        counts = [header[name] for name in ("NTARGET", "NMISSED", "NSTAMP", "NFAILED")]
    without = sum(outcome.status == "no-data" for outcome in made.outcomes)
    assert without == 1
    assert counts == [48, 2, 48, 49]
    table = Table.read(io.BytesIO(made.files[STACK]), hdu="TARGETS")
    assert set(table["objid"]) == {o.objid for o in made.outcomes if o.stack is not None}
    assert set(table["stamps"]) == {1}


def test_offsets_stand_in_the_header_east_to_the_left_and_north_up(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 5.0)
    with opened(sky.made(sky.request()), STACK) as hdus:
        grid = WCS(hdus["SCI"].header)
        x, y = hdus["SCI"].header["CRPIX1"], hdus["SCI"].header["CRPIX2"]
    np.testing.assert_allclose(grid.wcs_pix2world([[x, y], [x - 4, y + 8]], 1),
                               [[0, 0], [1, 2]], atol=1e-9)  # fmt: skip


def test_units_sizes_and_tags_are_not_mixed(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 5.0)
    asked = sky.request()
    larger = replace(asked.targets[0], xsize=9.0, ysize=9.0)
    other = replace(sky.record, map_id="other", unit="mK", weight_unit="mK-2", obsid="2")
    tagged = replace(sky.record, map_id="tagged", tag="y2020", obsid="y2020", date_beg=None)
    request = replace(asked, targets=(larger, *asked.targets[1:]))
    made = sky.made(request, [sky.record, other, tagged])
    second, third, fourth = (STACK.replace("stack_", f"stack{n}_") for n in (2, 3, 4))
    of_tag = STACK.replace("90GHz_", "90GHz_y2020_")
    assert made.files.keys() == {
        "request.json", STACK, second, third, fourth, of_tag,
        of_tag.replace("stack_", "stack2_"),
    }  # fmt: skip


def test_parts_are_bands_and_the_bytes_do_not_depend_on_their_number(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 5.0)
    other = replace(sky.record, map_id="150", band="150GHz")
    asked = sky.request(bands=("90GHz", "150GHz"), products=("fits", "stack"))
    divided = sky.made(asked, [sky.record, other], part_cost_s=0.0)
    whole = sky.made(asked, [sky.record, other])
    assert len(divided.packs) == 3
    assert whole.files == divided.files
    assert whole.outcomes == divided.outcomes


def test_as_many_files_are_forecast_as_are_made(tmp_path: Path) -> None:
    sky = Sky(tmp_path, 5.0)
    footprint = ((358.0, -58.7), (2.0, -58.7), (2.0, -56.3), (358.0, -56.3))
    maps = [replace(sky.record, footprint=(footprint,))]
    asked = sky.request(products=("fits", "stack"))
    forecast = estimate_of(asked, maps, coverage_of(asked, maps))
    assert forecast.files == len(sky.made(asked, maps).files) - 1 == 49 + 1


def test_more_stamps_than_a_part_can_have_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.cutouts.plan.band_bins.MAX_PAIRS", 48)
    sky = Sky(tmp_path, 5.0)
    with pytest.raises(ParameterError, match="a stack of 49 stamps"):
        plan(sky.request(), [sky.record], 1e9)


def test_any_number_of_stamps_takes_the_memory_of_a_few(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=(40, 40))
    random = np.random.default_rng(1)
    stack: StackSum | None = None

    def stamp() -> Stamp:
        sci = random.normal(size=(120, 120)).astype("f4")
        return Stamp(sci, np.ones_like(sci), {"CDELT2": 0.25 / 60}, 61.0, 61.0, 0.0)

    stack = StackSum(record, stamp())
    tracemalloc.start()
    for number in range(scaled(300, 5000)):
        stack.add(PartTarget(number, f"t{number}", 0.0, -57.5, 30.0, 30.0, f"t{number}"), stamp())
    left, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert left < 1500 * number
    assert peak - left < 20 * 120 * 120 * 4
