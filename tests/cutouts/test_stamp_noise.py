"""The noise of stamps against maps whose noise and weights the tests chose."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io.votable import parse_single_table

from sptjobs.cutouts.stamps.local_noise import NoiseScale, noise_of_all
from sptjobs.formats.map_noise import MapNoise
from sptjobs.maps.record import MapRecord
from sptjobs.packs.manifest import manifest_csv, manifest_json, manifest_votable, units_of
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from tests.support.cutting import Made, make
from tests.support.known_maps import known_map, targets_at
from tests.support.scale import scaled
from tests.support.small_maps import make_map

SHAPE = (240, 400)
SIDE = 40
"""Pixels of a stamp of 10 arcmin."""

FACTOR = 1.25
MEASURED = MapNoise(FACTOR, FACTOR, (0.0,) * 5, (0.0,) * 5).to_text()


def _map(folder: Path, sci: Any, wgt: Any, **facts: Any) -> MapRecord:
    return known_map(folder, sci, wgt, **{"noise": MEASURED, **facts})


def _cut(folder: Path, record: MapRecord, targets: tuple[Target, ...], **style: Any) -> Made:
    request = CutoutRequest(targets, bands=("90GHz",), **{"noise": True, **style})
    return make(folder / "job", folder, request, [record])


def _white(sigma: float, seed: int = 1) -> Any:
    return np.random.default_rng(seed).normal(0, sigma, SHAPE)


def test_the_rms_of_a_stamp_is_that_of_its_noise_with_and_without_a_bright_source(
    tmp_path: Path,
) -> None:
    sigma, sources = 3.0, [(60 + 50 * n, 120) for n in range(6)]
    sci = _white(sigma)
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    for number, (x, y) in enumerate(sources):
        # 0 to 100 standard deviations, with a beam of 1.2 arcmin.
        sci += 20 * sigma * number * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.04**2))
    record = _map(tmp_path, sci, np.full(SHAPE, 1 / sigma**2))
    made = _cut(tmp_path, record, targets_at(record, *sources))
    rms = np.array([outcome.rms for outcome in made.outcomes])
    # 1,600 pixels give 1.8 %; a source leaves the foot of its beam.
    assert abs(rms / sigma - 1).max() < 0.08
    assert abs(rms[0] / sigma - 1) < 4 * 0.018


def test_on_average_the_rms_is_right_to_half_a_percent() -> None:
    count = scaled(300, 20_000)
    sci = np.random.default_rng(5).normal(10.0, 2.0, (count, SIDE, SIDE))
    found = noise_of_all(sci, np.ones_like(sci), NoiseScale(None, None))
    rms = np.array([noise.rms for noise in found])
    assert abs(rms.mean() / 2.0 - 1) < 0.005
    assert rms.std() / 2.0 == pytest.approx(1 / np.sqrt(2 * SIDE**2), rel=0.25)


def test_depths_are_by_the_median_weight_and_the_maps_own_factor(tmp_path: Path) -> None:
    wgt = np.random.default_rng(3).uniform(0.5, 1.5, SHAPE)
    record = _map(tmp_path, _white(1.0), wgt)
    made = _cut(tmp_path, record, targets_at(record, (200, 120)))
    outcome = made.outcomes[0]
    with made.stamp(outcome) as stamp:
        weights = stamp["WGT"].data
        depth = FACTOR / np.sqrt(np.median(weights))
        assert outcome.depth == pytest.approx(depth, rel=1e-5)
        assert outcome.depth_5sigma == pytest.approx(5 * depth, rel=1e-5)
        assert outcome.uniformity == pytest.approx(weights.min() / weights.max(), rel=1e-5)
        header = stamp["SCI"].header
    stated = [header[name] for name in ("STAMPRMS", "WGTDEPTH", "PSDEPTH5", "WGTRATIO")]
    assert stated == [outcome.rms, outcome.depth, outcome.depth_5sigma, outcome.uniformity]
    assert header["MAPNOISE"] == FACTOR
    assert "STAMPRMS: of observed pixels" in str(header["COMMENT"])


@pytest.mark.parametrize(
    ("facts", "depth", "sources"),
    [
        ({}, FACTOR * 2, FACTOR * 10),
        ({"noise": None}, 2.0, 10.0),
        ({"unit": "Jy", "weight_unit": "Jy-2"}, FACTOR * 2, FACTOR * 10_000),
        ({"unit": "mK", "weight_unit": "mK-2"}, FACTOR * 2, None),
        ({"beam_arcmin": None}, FACTOR * 2, None),
        ({"weight_unit": None}, None, None),
        ({"unit": None}, None, None),
    ],
)
def test_depths_are_told_only_as_far_as_unit_weights_and_beam_are_confirmed(
    tmp_path: Path, facts: dict[str, Any], depth: float | None, sources: float | None
) -> None:
    record = _map(tmp_path, _white(2.0), np.full(SHAPE, 0.25), **facts)
    made = _cut(tmp_path, record, targets_at(record, (200, 120)))
    outcome = made.outcomes[0]
    assert outcome.depth == (None if depth is None else pytest.approx(depth))
    assert outcome.depth_5sigma == (None if sources is None else pytest.approx(sources))
    assert outcome.rms == pytest.approx(2.0, rel=0.08)
    with made.stamp(outcome) as stamp:
        stamp.verify("exception")
        assert ("MAPNOISE" in stamp["SCI"].header) is (record.noise is not None)
        unknown = "PSDEPTH5" not in stamp["SCI"].header
        assert unknown is (sources is None)


@pytest.mark.parametrize("projection", Projection)
def test_only_stamps_of_uniform_coverage_are_made(tmp_path: Path, projection: Projection) -> None:
    wgt = np.ones(SHAPE)
    # Three stamps: all weights alike, one pixel of half the weight, and one without any.
    wgt[115, 205], wgt[118, 298] = 0.5, 0.0
    record = _map(tmp_path, _white(1.0), wgt)
    targets = targets_at(record, (100, 120), (200, 120), (300, 120))
    for least, kept in ((0.0, 3), (0.4, 2), (0.6, 1), (1.0, 1)):
        folder = tmp_path / str(least)
        request = CutoutRequest(targets, projection=projection, uniform_coverage=least)
        made = make(folder, tmp_path, request, [record])
        assert len(made.files) == kept + 1, least
        statuses = [outcome.status for outcome in made.outcomes]
        assert statuses.count("no-data") == 3 - kept
        assert [o.uniformity for o in made.outcomes] == [1.0, 0.5, 0.0]
        assert all(o.file is None for o in made.outcomes if o.status == "no-data")
    assert made.outcomes[1].reason == (
        "the smallest weight of the stamp is 0.5 of its largest, less than the 1 of"
        " UNIFORM_COVERAGE"
    )


def test_a_stamp_of_few_pixels_has_no_rms(tmp_path: Path) -> None:
    wgt = np.zeros(SHAPE)
    wgt[118:121, 198:203] = 1.0
    record = _map(tmp_path, _white(1.0), wgt)
    made = _cut(tmp_path, record, targets_at(record, (200, 120), (40, 40)))
    assert [outcome.rms for outcome in made.outcomes] == [None, None]
    assert [outcome.uniformity for outcome in made.outcomes] == [0.0, 0.0]
    with made.stamp(made.outcomes[0]) as stamp:
        assert "STAMPRMS" not in stamp["SCI"].header


def test_noise_that_is_not_asked_for_changes_no_byte(tmp_path: Path) -> None:
    record = _map(tmp_path, _white(1.0), np.ones(SHAPE))
    targets = targets_at(record, (200, 120))
    made = make(tmp_path / "job", tmp_path, CutoutRequest(targets), [record])
    (outcome,) = made.outcomes
    assert (outcome.rms, outcome.depth, outcome.uniformity) == (None, None, None)
    with made.stamp(outcome) as stamp:
        assert not {"STAMPRMS", "WGTRATIO", "MAPNOISE"} & set(stamp["SCI"].header)
    assert "noise" not in json.loads(CutoutRequest(targets).to_json())


def test_a_stamp_that_is_cut_again_tells_its_own_noise(tmp_path: Path) -> None:
    record = _map(tmp_path, _white(1.0), np.ones(SHAPE))
    made = _cut(tmp_path, record, targets_at(record, (200, 120)))
    with made.stamp(made.outcomes[0]) as stamp:
        stale = [(n, stamp["SCI"].header[n], "") for n in ("STAMPRMS", "MAPNOISE", "PSDEPTH5")]
    again = make_map(tmp_path, "again", shape=SHAPE, cards=stale)
    request = CutoutRequest(targets_at(again, (200, 120)))
    cut = make(tmp_path / "b", tmp_path, request, [again])
    with cut.stamp(cut.outcomes[0]) as stamp:
        assert not {"STAMPRMS", "MAPNOISE", "PSDEPTH5"} & set(stamp["SCI"].header)


def test_the_manifest_states_the_units_of_noise_in_every_form(tmp_path: Path) -> None:
    wgt = np.full(SHAPE, 0.25)
    records = [
        _map(tmp_path, _white(2.0), wgt),
        known_map(tmp_path, _white(2.0), wgt, "other", unit="mK", weight_unit="mK-2"),
    ]
    request = CutoutRequest(targets_at(records[0], (200, 120)), bands=("90GHz",), noise=True)
    outcomes = make(tmp_path / "job", tmp_path, request, records).outcomes
    document = json.loads(b"".join(manifest_json({}, outcomes)))
    assert [row["rms"] for row in document["rows"]] == [outcome.rms for outcome in outcomes]
    header, *lines = csv.reader(io.StringIO(b"".join(manifest_csv(outcomes)).decode()))
    assert [float(line[header.index("depth")]) for line in lines] == [o.depth for o in outcomes]
    votable = b"".join(manifest_votable({}, outcomes, units=units_of(outcomes)))
    table = parse_single_table(io.BytesIO(votable))
    units = {field.name: str(field.unit) for field in table.fields}
    assert (units["rms_mJy"], units["rms_mK"]) == ("mJy", "mK")
    assert (units["depth_mJy"], units["depth_mK"], units["depth_5sigma"]) == ("mJy", "mK", "mJy")
    ucds = {field.name: field.ucd for field in table.fields}
    assert ucds["rms_mJy"] == "stat.stdev"
    assert list(table.to_table()["depth_5sigma"].filled(0)) == [outcomes[0].depth_5sigma, 0]
