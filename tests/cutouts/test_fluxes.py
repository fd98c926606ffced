"""Flux densities against simulated truth that nothing of the service made."""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from scipy.ndimage import gaussian_filter

from sptjobs.archive.scan import read_map
from sptjobs.formats.map_noise import MapNoise
from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.packs.points import Point
from sptjobs.request.cutout_request import CutoutRequest
from tests.support.cutting import make
from tests.support.scale import scaled
from tests.support.small_maps import request_for

BEAMS = {"90GHz": 1.6, "150GHz": 1.2, "220GHz": 1.0}
CENTRES = {"90GHz": 95.0, "150GHz": 150.0, "220GHz": 220.0}
SCALE = 0.25
SPACING = 32
"""Pixels between sources: none is in another's aperture."""


def planck_slope(ghz: float) -> float:
    """dB/dT of a black body of 2.7255 K [mJy / sr / mK], written out from Planck's law."""
    h, k, c, t = 6.62607015e-34, 1.380649e-23, 299792458.0, 2.7255

    def brightness(kelvin: float) -> float:
        nu = ghz * 1e9
        return 2 * h * nu**3 / c**2 / math.expm1(h * nu / (k * kelvin))

    step = 1e-4
    return (brightness(t + step) - brightness(t - step)) / (2 * step) * 1e-3 / 1e-29


class Truth:
    """A sky of point sources on one ZEA grid, and maps of it.

    Each source is at a random place within its pixel; the beam is a Gaussian of the angle
    on the sky between a pixel's centre and the source.
    """

    def __init__(self, count: int, band: str, seed: int = 1) -> None:
        self.random = np.random.default_rng(seed)
        self.band, self.beam = band, BEAMS[band]
        side = math.ceil(math.sqrt(count))
        self.n = (side + 1) * SPACING
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = "RA---ZEA", "DEC--ZEA"
        wcs.wcs.crval = 0.0, -57.5
        wcs.wcs.crpix = (self.n + 1) / 2, (self.n + 1) / 2
        wcs.wcs.cdelt = -SCALE / 60, SCALE / 60
        self.wcs = wcs
        at = np.arange(count)
        self.x = (at % side + 1) * SPACING + self.random.uniform(-0.5, 0.5, count)
        self.y = (at // side + 1) * SPACING + self.random.uniform(-0.5, 0.5, count)
        self.flux = self.random.uniform(20, 200, count)
        # Every fifth is blank sky.
        self.flux[::5] = 0.0
        self.ra, self.dec = wcs.all_pix2world(self.x, self.y, 0)

    @property
    def places(self) -> list[tuple[float, float]]:
        return list(zip(self.ra.tolist(), self.dec.tolist(), strict=True))

    def sky(self, width: float | None = None) -> np.ndarray[Any, Any]:
        """The sources with a beam of a width [arcmin], 1 mJy being 1."""
        sigma = (width or self.beam) / math.sqrt(8 * math.log(2))
        image, reach = np.zeros((self.n, self.n)), 15
        for x, y, ra, dec, flux in zip(self.x, self.y, self.ra, self.dec, self.flux, strict=True):
            x0, y0 = round(x) - reach, round(y) - reach
            columns, rows = np.meshgrid(*(np.arange(at, at + 2 * reach + 1) for at in (x0, y0)))
            lon, lat = self.wcs.all_pix2world(columns, rows, 0)
            angle = SkyCoord(lon, lat, unit="deg").separation(SkyCoord(ra, dec, unit="deg"))
            box = np.s_[y0 : y0 + 2 * reach + 1, x0 : x0 + 2 * reach + 1]
            image[box] += flux * np.exp(-0.5 * (angle.to_value(u.arcmin) / sigma) ** 2)
        return image

    def weights(self, error: float, factor: float) -> np.ndarray[Any, Any]:
        """Weights that vary over the map, and are too large by the square of a factor."""
        slope = np.linspace(0.5, 2.0, self.n)
        return np.outer(np.ones(self.n), slope) / error**2 * factor**2

    def write(
        self,
        folder: Path,
        filetype: str,
        sci: np.ndarray[Any, Any],
        wgt: np.ndarray[Any, Any],
        **facts: Any,
    ) -> MapRecord:
        """Write a map of an observation, and catalogue it as ingest does."""
        header = self.wcs.to_header()
        cards = {"OBS-ID": "282023912", "BAND": self.band, "FILETYPE": filetype, "FIELD": "f"}
        cards |= {"DATE-BEG": "2019-03-01T06:00:00", "DATE-END": "2019-03-01T08:00:00"}
        header.update(cards)
        hdus = [fits.ImageHDU(sci.astype("f4"), header, "SCI"), fits.ImageHDU(wgt, header, "WGT")]
        short = {"filtered": "fltd", "passthrough": "psth"}[filetype]
        file = folder / f"282023912_{self.band}_{short}.fits"
        fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(file)
        unit = {"filtered": "mJy", "passthrough": "mK"}[filetype]
        confirmed = {"unit": unit, "weight_unit": f"{unit}-2"}
        confirmed |= {"beam_arcmin": self.beam, "band_centre_ghz": CENTRES[self.band]} | facts
        return replace(read_map(file, file.name), **confirmed)


def measured(folder: Path, truth: Truth, maps: Sequence[MapRecord], **kind: Any) -> list[Point]:
    request: CutoutRequest = request_for(truth.places, products=("lightcurve",), **kind)
    made = make(folder / "job", folder, request, maps)
    return list(iter_points(made.packs, [read_head(pack) for pack in made.packs]))


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
    omega = 2 * math.pi * (math.radians(truth.beam / 60) / math.sqrt(8 * math.log(2))) ** 2
    mk_per_mjy = 1 / (planck_slope(CENTRES[band]) * omega)
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
    omega = 2 * math.pi * (math.radians(truth.beam / 60) / math.sqrt(8 * math.log(2))) ** 2
    scale = 1.0 if filetype == "filtered" else 1 / (planck_slope(150.0) * omega)
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
    facts = {"unit": "mJy", "weight_unit": "mJy-2", "beam_arcmin": 1.2}
    again = replace(read_map(folder / file.name, file.name), **facts)
    assert again.noise == plain.noise
    assert [p.flux for p in measured(folder, truth, [again])] == [p.flux for p in alone]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == plain.sha256
