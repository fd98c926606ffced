"""North-up TAN stamps hold what resampling the whole map gives."""

import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from reproject import reproject_adaptive, reproject_exact, reproject_interp

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.tan import tan_grid
from sptjobs.formats.flat_sky.map_file import open_flat_map
from sptjobs.formats.flat_sky.wcs import map_wcs, sky_to_pixel
from sptjobs.formats.placement import Need
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from sptjobs.request.stamp_memory import BYTES_PER_PIXEL
from tests.support.cutting import make
from tests.support.small_maps import PAD_ROWS, make_map, pixels, request_for, wcs_cards

SHAPE = (300, 500)
HOLE = (240, 140, 246, 150)
INTERPOLATED = {
    Order.NEAREST: "nearest-neighbor",
    Order.BILINEAR: "bilinear",
    Order.BICUBIC: "bicubic",
}
RA_36 = wcs_cards(SHAPE, crpix=(5300.0, -700.0))


def _places(record: MapRecord, places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    found = map_wcs(record.wcs).wcs_pix2world(places, 0).tolist()
    return [(ra, dec) for ra, dec in found]


def _request(record: MapRecord, order: Order, scale: float | None = None) -> CutoutRequest:
    places = _places(record, [(250, 150), (100.3, 60.1), (495, 200), (300, 22), (60.7, 291.2)])
    return request_for(places, 6, projection=Projection.TAN, order=order, pixel_scale=scale)


@pytest.mark.parametrize("order", INTERPOLATED)
@pytest.mark.parametrize("compression", [None, "GZIP_2"])
def test_interpolated_stamps_are_those_of_the_whole_map(
    tmp_path: Path, order: Order, compression: str | None
) -> None:
    hole = None if order is Order.BICUBIC else HOLE
    record = make_map(tmp_path, wcs=RA_36, hole=hole, compression=compression)
    sci, wgt = pixels(tmp_path, record)
    masked = np.where(wgt > 0, sci, np.nan).astype("f4")
    if order is Order.BICUBIC:
        # One NaN anywhere makes a whole bicubic map NaN: compare beyond the reach of one.
        masked = sci.astype("f4")

    made = make(tmp_path / "job", tmp_path, _request(record, order, 0.2), [record])

    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            wcs = WCS(stamp["SCI"].header)
            expected = reproject_interp(
                (masked, map_wcs(record.wcs)),
                wcs,
                shape_out=(30, 30),
                order=INTERPOLATED[order],
                return_footprint=False,
            )
            weights = reproject_interp(
                (wgt.astype("f4"), map_wcs(record.wcs)),
                wcs,
                shape_out=(30, 30),
                order="nearest-neighbor",
                return_footprint=False,
            )
            found = stamp["SCI"].data
            if order is not Order.BICUBIC:
                np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
            seen = np.isfinite(found)
            assert seen.any()
            if order is Order.BICUBIC:
                sky = wcs.pixel_to_world_values(*np.mgrid[:30, :30][::-1])
                y = sky_to_pixel(record, *(each.ravel() for each in sky))[1].reshape(30, 30)
                seen &= y > PAD_ROWS + 14
            np.testing.assert_allclose(found[seen], expected[seen], atol=5e-6)
            np.testing.assert_array_equal(stamp["WGT"].data, np.nan_to_num(weights))


@pytest.mark.parametrize(
    ("order", "resample"), [(Order.ADAPTIVE, reproject_adaptive), (Order.EXACT, reproject_exact)]
)
@pytest.mark.parametrize("scale", [None, 0.1, 1.0])
def test_averaged_stamps_are_those_of_the_whole_map(
    tmp_path: Path, order: Order, resample: Callable[..., Any], scale: float | None
) -> None:
    record = make_map(tmp_path, wcs=RA_36, hole=HOLE)
    sci, wgt = pixels(tmp_path, record)
    masked = np.where(wgt > 0, sci, np.nan).astype("f4")

    made = make(tmp_path / "job", tmp_path, _request(record, order, scale), [record])

    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            found = stamp["SCI"].data
            expected = resample(
                (masked, map_wcs(record.wcs)),
                WCS(stamp["SCI"].header),
                shape_out=found.shape,
                return_footprint=False,
            )
            expected[stamp["WGT"].data == 0] = np.nan
            np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
            np.testing.assert_allclose(found, expected, atol=5e-6)


@pytest.mark.parametrize("unobserved", ["WGT of 0", "SCI of NaN", "WGT of -1"])
def test_a_bicubic_stamp_is_right_beside_unobserved_pixels(tmp_path: Path, unobserved: str) -> None:
    record = make_map(tmp_path)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    hole = (x - 250) ** 2 + (y - 150) ** 2 < 100
    plane = (100 + 0.5 * x - 0.25 * y).astype("f4")
    with fits.open(tmp_path / record.path, mode="update") as hdus:
        hdus["SCI"].data[:] = plane
        hdus["WGT"].data[:] = 1
        if unobserved == "SCI of NaN":
            hdus["SCI"].data[hole] = np.nan
        else:
            hdus["SCI"].data[hole] = 0
            hdus["WGT"].data[hole] = 0 if unobserved == "WGT of 0" else -1
    about = (tmp_path / record.path).stat()
    record = replace(record, size_bytes=about.st_size, mtime_ns=about.st_mtime_ns)
    request = request_for(
        _places(record, [(250, 150)]), 12, projection=Projection.TAN, order=Order.BICUBIC
    )

    made = make(tmp_path / "job", tmp_path, request, [record])

    with made.stamp(made.outcomes[0]) as stamp:
        sky = WCS(stamp["SCI"].header).pixel_to_world_values(*np.mgrid[:48, :48][::-1])
        x, y = sky_to_pixel(record, *(each.ravel() for each in sky))
        expected = (100 + 0.5 * x - 0.25 * y).reshape(48, 48)
        found = stamp["SCI"].data
        assert 300 < np.isnan(found).sum() < 500
        assert np.nanmax(np.abs(found - expected)) < 0.01


def test_a_hole_does_not_spoil_a_whole_bicubic_stamp(tmp_path: Path) -> None:
    record = make_map(tmp_path, hole=HOLE)
    bicubic, bilinear = (
        make(tmp_path / order, tmp_path, _request(record, order), [record])
        for order in (Order.BICUBIC, Order.BILINEAR)
    )

    for cubic, linear in zip(bicubic.outcomes, bilinear.outcomes, strict=True):
        with bicubic.stamp(cubic) as one, bilinear.stamp(linear) as other:
            np.testing.assert_array_equal(np.isnan(one["SCI"].data), np.isnan(other["SCI"].data))
    assert bicubic.outcomes[0].status == "partial"


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(("xsize", "ysize"), [(10.05, 3), (3, 10.05), (10, 10), (0.25, 0.5)])
def test_the_target_is_the_centre_of_a_pixel_with_north_up(
    tmp_path: Path, order: Order, xsize: float, ysize: float
) -> None:
    record = make_map(tmp_path, wcs=RA_36)
    (place,) = _places(record, [(250, 150)])
    request = CutoutRequest(
        (Target("wide", *place, xsize=xsize, ysize=ysize),), projection=Projection.TAN, order=order
    )
    made = make(tmp_path / "job", tmp_path, request, [record])

    with made.stamp(made.outcomes[0]) as stamp:
        header = stamp["SCI"].header
        ny, nx = stamp["SCI"].data.shape
        x, y = nx // 2 + 1, ny // 2 + 1
        assert (nx, ny) == (math.ceil(xsize / 0.25), math.ceil(ysize / 0.25))
        assert header["RADESYS"] == "ICRS"
        assert (header["CRVAL1"], header["CRVAL2"]) == place
        assert (header["CRPIX1"], header["CRPIX2"]) == (x, y)
        assert (header["TARG_X"], header["TARG_Y"]) == (x, y)
        assert header["NORTH_PA"] == made.outcomes[0].north == 0.0
        ra, dec = WCS(header).wcs_pix2world([[x, y + 5]], 1)[0]
        assert ra == pytest.approx(place[0], abs=1e-9)
        assert dec > place[1]


def test_the_way_of_resampling_is_stated(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    made = make(tmp_path / "job", tmp_path, _request(record, Order.BICUBIC), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert stamp["SCI"].header["RESAMPLE"] == "bicubic"
        assert stamp["WGT"].header["RESAMPLE"] == "nearest"
        assert stamp["WGT"].header["WGTCORR"] is True
        assert "V_REPROJ" in stamp[0].header


def test_positions_are_taken_in_icrs_also_on_fk5_maps(tmp_path: Path) -> None:
    fk5 = make_map(tmp_path, "fk5", wcs=wcs_cards(SHAPE))
    icrs = make_map(tmp_path, "icrs", wcs=wcs_cards(SHAPE, frame="ICRS"), record={"obsid": "2"})
    request = request_for([(0, -57.5)], projection=Projection.NATIVE)

    one, other = make(tmp_path / "job", tmp_path, request, [fk5, icrs]).outcomes

    assert one.targ_x is not None
    assert other.targ_x is not None
    # The frames differ by some 0.02 arcsec.
    assert 1e-5 < abs(one.targ_x - other.targ_x) < 0.01


def test_files_do_not_depend_on_how_the_work_is_divided(tmp_path: Path) -> None:
    record = make_map(tmp_path, compression="RICE_1", hole=HOLE)
    request = _request(record, Order.BILINEAR)

    whole, single = (
        make(tmp_path / f"{cost}", tmp_path, request, [record], cost) for cost in (1e9, 1e-9)
    )

    assert len(single.packs) > len(whole.packs) == 1
    assert whole.files == single.files
    assert whole.outcomes == single.outcomes


@pytest.mark.parametrize("order", Order)
@pytest.mark.parametrize(("xsize", "ysize"), [(15, 15), (30, 7.5)])
def test_a_stamp_takes_the_memory_that_requests_are_refused_by(
    tmp_path: Path, order: Order, xsize: float, ysize: float
) -> None:
    record = make_map(tmp_path)
    grid = tan_grid(PartTarget(0, "a", 0.0, -57.5, xsize, ysize, "a"), 0.05)
    need = Need(250, 150, xsize, ysize, order, 0.05)
    with open_flat_map(tmp_path, record, [need]) as opened:
        # Tables that are made once only are not the stamp's.
        opened.resampled(tan_grid(PartTarget(0, "a", 0.0, -57.5, 1, 1, "a"), 0.05), order)
        tracemalloc.start()
        try:
            assert opened.resampled(grid, order) is not None
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak <= BYTES_PER_PIXEL * math.prod(grid.shape)
