"""The noise of HEALPix maps against their weights, measured at ingest."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import healpy
import numpy as np
import pytest

from sptjobs.archive.scan import scan
from sptjobs.formats.map_noise import MapNoise
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order, Projection
from tests.support.cutting import make
from tests.support.healpix_maps import cap, write_healpix
from tests.support.small_maps import request_for

NSIDE, FACTOR = 512, 1.3
"""The noise is so many times what the weights promise."""


def catalogued(folder: Path) -> MapRecord:
    (found,) = scan(folder, {})
    assert isinstance(found, MapRecord), found
    return found


def noisy(nested: bool, shuffled: bool) -> tuple[Any, dict[str, Any]]:
    """Pixels of a cap with uneven weights, noise, and sources on one in a hundred of them."""
    rng = np.random.default_rng(7)
    pixels = cap(NSIDE, 10.0, -57.0, 14.0, nested=nested)
    if shuffled:
        pixels = rng.permutation(pixels)
    _, dec = healpy.pix2ang(NSIDE, pixels, nest=nested, lonlat=True)
    weights = 4.0 * np.cos(np.radians(3 * (dec + 57))) ** 2
    values = rng.normal(size=len(pixels)) * FACTOR / np.sqrt(weights)
    values[rng.integers(len(pixels), size=len(pixels) // 1000)] += 50.0
    return pixels, {"T": values.astype("f4"), "TT": weights.astype("f4")}


@pytest.mark.parametrize(("nested", "shuffled"), [(True, False), (False, False), (False, True)])
def test_the_factor_between_noise_and_weights_is_measured_without_the_sources(
    tmp_path: Path, nested: bool, shuffled: bool
) -> None:
    pixels, columns = noisy(nested, shuffled)
    write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=pixels, nested=nested)
    noise = MapNoise.from_text(catalogued(tmp_path).noise)
    assert noise is not None
    assert noise.rms == pytest.approx(FACTOR, rel=0.015)
    assert noise.white == pytest.approx(FACTOR, rel=0.015)
    assert np.abs([*noise.across, *noise.up]).max() < 0.02


def test_neighbours_that_are_alike_are_seen_as_such_along_both_axes(tmp_path: Path) -> None:
    # Half of the variance is that of the coarser cell, which holds two neighbours half of the time.
    rng = np.random.default_rng(3)
    values = rng.normal(size=12 * 128**2) + np.repeat(rng.normal(size=12 * 64**2), 4)
    write_healpix(tmp_path / "a.fits", 128, {"T": values, "TT": np.ones_like(values)}, nested=True)
    noise = MapNoise.from_text(catalogued(tmp_path).noise)
    assert noise is not None
    assert noise.across[:2] == pytest.approx([0.25, 0.0], abs=0.03)
    assert noise.up[:2] == pytest.approx([0.25, 0.0], abs=0.03)


def test_the_depth_of_a_stamp_goes_by_the_measured_noise(tmp_path: Path) -> None:
    pixels, columns = noisy(nested=True, shuffled=False)
    write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=pixels, nested=True)
    record = replace(catalogued(tmp_path), unit="mK", weight_unit="mK-2")
    asked = request_for(
        [(10.0, -57.0)], 300, projection=Projection.TAN, order=Order.NEAREST, noise=True
    )
    made = make(tmp_path / "job", tmp_path, asked, [record])
    with made.stamp(made.outcomes[0]) as stamp:
        header, weights = stamp["SCI"].header, stamp["WGT"].data
        assert header["MAPNOISE"] == pytest.approx(FACTOR, rel=0.015)
        expected = header["MAPNOISE"] / np.sqrt(np.median(weights))
        assert header["WGTDEPTH"] == pytest.approx(expected, rel=1e-5)


def test_a_map_without_weights_has_no_noise_against_them(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text(
        'name = "a"\n[[map]]\nfiles = "*"\nweights = "none"\n'
    )
    write_healpix(tmp_path / "a.fits", 64, {"T": np.ones(12 * 64**2)})
    assert catalogued(tmp_path).noise == ""
