"""Stamps of the simulated survey: each map that answers, as it is stored."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from tests.support.cutting import Made, make


@pytest.fixture(scope="module")
def targets(tiny_maps: Sequence[MapRecord]) -> tuple[Target, ...]:
    """Return corners, middle and outside of each footprint."""
    places = {
        vertex for record in tiny_maps for polygon in record.footprint for vertex in polygon[::9]
    }
    middles = {tuple(np.mean(record.footprint[0], axis=0).tolist()) for record in tiny_maps}
    chosen = [*sorted(places)[:20], (0.2499, -57.8066), (1.0, -10.0), *sorted(middles)[:2]]
    return tuple(Target(f"t{n}", ra % 360, dec, 6, 4) for n, (ra, dec) in enumerate(chosen))


@pytest.fixture(scope="module")
def native(
    tiny_archive: Path,
    tiny_maps: Sequence[MapRecord],
    targets: tuple[Target, ...],
    tmp_path_factory: pytest.TempPathFactory,
) -> Made:
    return make(
        tmp_path_factory.mktemp("native"), tiny_archive, CutoutRequest(targets), tiny_maps, 0.5
    )


def test_every_target_has_one_outcome_on_every_map(
    native: Made, tiny_maps: Sequence[MapRecord], targets: tuple[Target, ...]
) -> None:
    assert [(outcome.target, outcome.map_id) for outcome in native.outcomes] == [
        (index, record.map_id) for index in range(len(targets)) for record in tiny_maps
    ]
    assert {outcome.status for outcome in native.outcomes} >= {"ok", "outside", "partial"}
    assert "failed" not in {outcome.status for outcome in native.outcomes}


def test_native_stamps_are_the_maps_pixels_at_the_places_that_their_wcs_says(
    native: Made, tiny_archive: Path, tiny_maps: Sequence[MapRecord]
) -> None:
    for record in tiny_maps:
        with fits.open(tiny_archive / record.path) as hdus:
            sci = np.pad(hdus[record.sci_hdu].data, 30, constant_values=np.nan)
            wgt = np.pad(hdus[record.wgt_hdu].data, 30)
            whole = WCS(hdus[record.sci_hdu].header)
        for outcome in native.outcomes:
            if outcome.map_id != record.map_id or outcome.file is None:
                continue
            with native.stamp(outcome) as stamp:
                header = stamp["SCI"].header
                target = SkyCoord(outcome.ra, outcome.dec, unit="deg")
                x, y = whole.world_to_pixel(target)
                x0, y0 = (
                    round(float(v - t + 1))
                    for v, t in ((x, header["TARG_X"]), (y, header["TARG_Y"]))
                )
                ny, nx = stamp["SCI"].data.shape
                place = np.s_[y0 + 30 : y0 + 30 + ny, x0 + 30 : x0 + 30 + nx]
                np.testing.assert_array_equal(stamp["SCI"].data, sci[place])
                np.testing.assert_array_equal(stamp["WGT"].data, wgt[place])
                found = WCS(header).world_to_pixel(target)
                np.testing.assert_allclose(found, (x - x0, y - y0), atol=1e-6)


def test_tan_stamps_and_previews_are_made_of_every_map(
    tiny_archive: Path, tiny_maps: Sequence[MapRecord], targets: tuple[Target, ...], tmp_path: Path
) -> None:
    request = CutoutRequest(targets[-4:], projection=Projection.TAN, products=("fits", "preview"))

    made = make(tmp_path / "job", tiny_archive, request, tiny_maps)

    for outcome in made.outcomes:
        assert outcome.status in {"ok", "partial", "outside", "no-data"}
        assert (outcome.preview is None) == (outcome.file is None)
    assert sum(outcome.file is not None for outcome in made.outcomes) >= len(tiny_maps) / 2
