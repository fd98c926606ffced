"""Flux densities against simulated truth that nothing of the service made."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from scipy.ndimage import gaussian_filter

from sptjobs.archive.scan import read_map
from sptjobs.formats.map_noise import MapNoise
from sptjobs.packs.points import Point
from tests.support.point_sources import BEAMS, Truth, measured, mjy_per_mk
from tests.support.scale import scaled


def check(points: Sequence[Point], truth: Truth, *, bias: float) -> None:
    """Compare with the truth: bias, and deviations in units of the errors."""
    assert [p.status for p in points] == ["ok"] * len(points)
    flux, error = (np.array([getattr(p, name) for p in points]) for name in ("flux", "flux_err"))
    bright, count = truth.flux > 0, len(points)
    ratio = np.average(flux[bright] / truth.flux[bright], weights=(truth.flux / error)[bright] ** 2)
    its_error = 1 / math.sqrt(((truth.flux / error)[bright] ** 2).sum())
    assert abs(ratio - 1) < bias + 4 * its_error
    pulls = (flux - truth.flux) / error
    assert abs(pulls.mean()) < 4.5 / math.sqrt(count) + bias * (truth.flux / error).mean()
    assert abs(pulls.std() - 1) < 4 / math.sqrt(2 * count) + 0.03
    blank = pulls[~bright]
    assert abs(blank.std() - 1) < 4 / math.sqrt(2 * len(blank)) + 0.03


COUNT = scaled(200, 4000)


@pytest.mark.parametrize("band", BEAMS)
def test_without_noise_a_filtered_map_gives_every_flux_within_half_a_percent(
    tmp_path: Path, band: str
) -> None:
    truth = Truth(scaled(100, 4000), band)
    record = truth.write(tmp_path, "filtered", truth.sky(), truth.weights(5.0, 1.0))
    points = measured(tmp_path, truth, [record])
    bright = truth.flux > 0
    ratio = np.array([p.flux for p in points])[bright] / truth.flux[bright]
    assert abs(ratio - 1).max() < 0.005
    assert {p.method for p in points} == {"interpolated"}


@pytest.mark.parametrize("factor", [1.0, 1.7])
@pytest.mark.parametrize("smoothed", [0.0, 2.0])
def test_fluxes_of_a_filtered_map_are_right_within_their_errors(
    tmp_path: Path, smoothed: float, factor: float
) -> None:
    truth = Truth(COUNT, "150GHz", seed=int(10 * factor + smoothed))
    weights = truth.weights(6.0, factor)
    noise = truth.random.normal(size=weights.shape)
    if smoothed:
        noise = gaussian_filter(noise, smoothed, mode="wrap")
        noise /= noise.std()
    # The weights promise errors that are too small by the factor; the map shows it.
    sci = truth.sky() + noise * factor / np.sqrt(weights)
    record = truth.write(tmp_path, "filtered", sci, weights)
    found = MapNoise.from_text(record.noise)
    assert found is not None
    assert found.rms == pytest.approx(factor, rel=0.05)
    check(measured(tmp_path, truth, [record]), truth, bias=0.003)


@pytest.mark.parametrize("band", BEAMS)
def test_fluxes_of_a_temperature_map_are_right_over_a_sky_that_fluctuates(
    tmp_path: Path, band: str
) -> None:
    truth = Truth(COUNT, band, seed=3)
    mk_per_mjy = 1 / mjy_per_mk(band)
    weights = truth.weights(15 * mk_per_mjy, 1.3)
    sci = truth.sky() * mk_per_mjy
    sci += truth.random.normal(size=weights.shape) * 1.3 / np.sqrt(weights)
    # Like the CMB: 0.1 mK over a third of a degree.
    wide = gaussian_filter(truth.random.normal(size=weights.shape), 30, mode="wrap")
    sci += 0.1 * wide / wide.std()
    record = truth.write(tmp_path, "passthrough", sci, weights)
    points = measured(tmp_path, truth, [record])
    assert {p.method for p in points} == {"fitted"}
    check(points, truth, bias=0.005)


def test_what_is_not_seen_has_an_upper_limit_and_what_is_seen_has_none(tmp_path: Path) -> None:
    truth = Truth(50, "150GHz")
    weights = truth.weights(6.0, 1.0)
    sci = truth.sky() + truth.random.normal(size=weights.shape) / np.sqrt(weights)
    points = measured(tmp_path, truth, [truth.write(tmp_path, "filtered", sci, weights)])
    for point in points:
        assert point.flux is not None
        assert point.flux_err is not None
        limit = 3 * point.flux_err
        assert point.flux_limit == (limit if point.flux < limit else None)
    assert {p.flux_limit is None for p in points} == {True, False}


@pytest.mark.parametrize(
    ("filetype", "facts", "reason"),
    [
        ("filtered", {"beam_arcmin": None}, "no flux: no beam is confirmed for this band"),
        ("passthrough", {"band_centre_ghz": None}, "no flux: no band centre is confirmed"),
        ("filtered", {"unit": "adu"}, "no flux: the map's unit, adu, is neither"),
        ("filtered", {"unit": None}, "no unit is confirmed"),
    ],
)
def test_what_nobody_confirmed_gives_no_flux_and_the_reason(
    tmp_path: Path, filetype: str, facts: dict[str, Any], reason: str
) -> None:
    truth = Truth(4, "150GHz")
    record = truth.write(tmp_path, filetype, truth.sky(), truth.weights(6.0, 1.0), **facts)
    for point in measured(tmp_path, truth, [record]):
        assert (point.flux, point.flux_err, point.method) == (None, None, None)
        assert (point.reason or "").startswith(reason)


def test_a_flux_without_confirmed_weights_has_no_error_and_says_so(tmp_path: Path) -> None:
    truth = Truth(4, "150GHz")
    weights = truth.weights(6.0, 1.0)
    record = truth.write(tmp_path, "filtered", truth.sky(), weights, weight_unit=None)
    found = measured(tmp_path, truth, [record])
    assert {(p.flux_err, p.flags, p.flux_limit) for p in found} == {(None, "no-error", None)}
    (tmp_path / "other").mkdir()
    record = replace(truth.write(tmp_path / "other", "filtered", truth.sky(), weights), noise=None)
    assert {p.flags for p in measured(tmp_path / "other", truth, [record])} == {"by-weights"}


@pytest.mark.parametrize("filetype", ["filtered", "passthrough"])
def test_beside_a_hole_a_flux_is_right_or_there_is_none(tmp_path: Path, filetype: str) -> None:
    truth = Truth(100, "150GHz")
    scale = 1.0 if filetype == "filtered" else 1 / mjy_per_mk("150GHz")
    sci, weights = truth.sky() * scale, truth.weights(6.0, 1.0)
    # A hole that comes nearer to one source after the other.
    for x, y, reach in zip(truth.x, truth.y, np.linspace(-4, 12, 100), strict=True):
        weights[round(y) - 10 : round(y) + 10, round(x + reach) : round(x + reach) + 4] = 0
    sci[weights == 0] = 1e6
    points = measured(tmp_path, truth, [truth.write(tmp_path, filetype, sci, weights)])
    assert {p.status for p in points} == {"ok", "no-data"}
    for point, flux in zip(points, truth.flux, strict=True):
        if point.status == "ok":
            assert point.flux == pytest.approx(flux, rel=0.01, abs=1e-4)
            assert ("partial" in (point.flags or "")) == ((point.coverage or 0) < 1)
        else:
            assert point.flux is None
            assert point.reason


def test_fluxes_do_not_depend_on_compression_or_on_stamps_beside_them(tmp_path: Path) -> None:
    truth = Truth(16, "150GHz")
    weights = truth.weights(6.0, 1.0)
    sci = truth.sky() + truth.random.normal(size=weights.shape) / np.sqrt(weights)
    plain = truth.write(tmp_path, "filtered", sci, weights)
    alone = measured(tmp_path, truth, [plain])
    file = tmp_path / "282023912_150GHz_fltd.fits"
    with fits.open(file) as hdus:
        packed = [
            fits.CompImageHDU(h.data, h.header, h.name, "GZIP_2", quantize_level=0)
            for h in hdus[1:]
        ]
        content = fits.HDUList([fits.PrimaryHDU(), *packed])
        folder = tmp_path / "packed"
        folder.mkdir()
        content.writeto(folder / file.name)
    facts: dict[str, Any] = {"unit": "mJy", "weight_unit": "mJy-2", "beam_arcmin": 1.2}
    again = replace(read_map(folder / file.name, file.name), **facts)
    assert again.noise == plain.noise
    assert [p.flux for p in measured(folder, truth, [again])] == [p.flux for p in alone]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == plain.sha256
