"""Native stamps are the map's pixels, where the map's WCS says they are."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import Angle, SkyCoord
from astropy.wcs import WCS
from numpy.typing import NDArray

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import CutoutRequest, Target
from tests.support.cutting import make
from tests.support.scale import scaled
from tests.support.small_maps import make_map, pixels, request_for, wcs_cards

SHAPE = (300, 500)
FIELDS = {
    "middle": wcs_cards(SHAPE),
    "RA 36, far from the projection's centre": wcs_cards(SHAPE, crpix=(5300.0, -700.0)),
    "RA 310": wcs_cards(SHAPE, crpix=(-6000.0, -700.0)),
    "ICRS": wcs_cards(SHAPE, frame="ICRS"),
    "SFL": wcs_cards(SHAPE, projection="SFL", crval=(0.0, 0.0), crpix=(250.0, 13950.0)),
    "TAN": wcs_cards(SHAPE, projection="TAN"),
}
PLACES = [
    (0.1, 20.1),
    (0.3, 30.7),
    (250.2, 150.9),
    (499.4, 299.4),
    (480.1, 25.3),
    (-3.2, 200.1),
    (250.1, 302.2),
]
"""Map pixels of the targets: corners, edges, beyond the edges, the middle."""


def _sky(record: MapRecord, places: list[tuple[float, float]]) -> list[tuple[float, float]]:
    frame = record.frame.lower()
    ra, dec = map_wcs(record.wcs).wcs_pix2world(*np.transpose(places), 0)
    icrs = SkyCoord(ra, dec, unit="deg", frame=frame).icrs
    return list(zip(icrs.ra.deg.tolist(), icrs.dec.deg.tolist(), strict=True))


def _expected(
    image: NDArray[np.float32], x0: int, y0: int, shape: tuple[int, int], fill: float
) -> NDArray[np.float32]:
    """The stamp taken pixel by pixel from the map."""
    ny, nx = image.shape
    stamp = np.full(shape, fill, image.dtype)
    for row in range(shape[0]):
        for column in range(shape[1]):
            if 0 <= y0 + row < ny and 0 <= x0 + column < nx:
                stamp[row, column] = image[y0 + row, x0 + column]
    return stamp


@pytest.mark.parametrize("compression", [None, "GZIP_2", "GZIP_1", "RICE_1", "gzip"])
def test_native_stamps_are_bit_identical_to_the_map(tmp_path: Path, compression: str) -> None:
    record = make_map(tmp_path, compression=compression, hole=(240, 140, 260, 150))
    request = request_for(_sky(record, PLACES))

    made = make(tmp_path / "job", tmp_path, request, [record])

    assert len(made.files) == len(PLACES) + 1
    for outcome, place in zip(made.outcomes, PLACES, strict=True):
        x0, y0 = (int(np.floor(value - 19.5 + 0.5)) for value in place)
        with made.stamp(outcome) as stamp:
            for name, image, fill in zip(
                ("SCI", "WGT"), pixels(tmp_path, record), (np.nan, 0), strict=True
            ):
                expected = _expected(image, x0, y0, (40, 40), fill)
                assert stamp[name].data.tobytes() == expected.astype(">f4").tobytes()


@pytest.mark.parametrize("tile", [(64, 64), (1, 500), (7, 500), (300, 500)])
def test_tiles_of_any_shape_give_the_maps_pixels(tmp_path: Path, tile: tuple[int, int]) -> None:
    record = make_map(tmp_path, compression="GZIP_2", tile=tile, dtype="f8")
    sci = pixels(tmp_path, record)[0]
    corners = [(x, y) for x in range(0, 460, 37) for y in range(5, 260, 31)]
    request = request_for(_sky(record, [(x + 19.6, y + 19.6) for x, y in corners]))

    made = make(tmp_path / "job", tmp_path, request, [record])

    for outcome, (x, y) in zip(made.outcomes, corners, strict=True):
        with made.stamp(outcome) as stamp:
            assert stamp["SCI"].data.dtype == np.dtype(">f8")
            np.testing.assert_array_equal(stamp["SCI"].data, sci[y : y + 40, x : x + 40])


@pytest.mark.parametrize("field", FIELDS)
def test_the_wcs_of_stamps_is_the_maps_to_a_millionth_of_a_pixel(
    tmp_path: Path, field: str
) -> None:
    record = make_map(tmp_path, wcs=FIELDS[field])
    whole = map_wcs(record.wcs)
    made = make(tmp_path / "job", tmp_path, request_for(_sky(record, PLACES)), [record])

    for outcome, (x, y) in zip(made.outcomes, PLACES, strict=True):
        with made.stamp(outcome) as stamp:
            for name in ("SCI", "WGT"):
                wcs = WCS(stamp[name].header)
                # Where every pixel of the stamp says that it is, the map has that pixel.
                row, column = np.mgrid[0:40:3, 0:40:3]
                sky = wcs.wcs_pix2world(column.ravel(), row.ravel(), 0)
                map_x, map_y = whole.wcs_world2pix(*sky, 0)
                x0, y0 = np.floor(x - 19.5 + 0.5), np.floor(y - 19.5 + 0.5)
                np.testing.assert_allclose(map_x, column.ravel() + x0, atol=1e-6)
                np.testing.assert_allclose(map_y, row.ravel() + y0, atol=1e-6)
            header = stamp["SCI"].header
            target = SkyCoord(header["TARG_RA"], header["TARG_DEC"], unit="deg")
            found = wcs.world_to_pixel(target)
            np.testing.assert_allclose(
                found, (header["TARG_X"] - 1, header["TARG_Y"] - 1), atol=1e-6
            )
            assert max(abs(header["TARG_X"] - 20.5), abs(header["TARG_Y"] - 20.5)) <= 0.5 + 1e-6


def test_the_direction_of_north_is_stated(tmp_path: Path) -> None:
    record = make_map(tmp_path, wcs=FIELDS["RA 36, far from the projection's centre"])
    made = make(tmp_path / "job", tmp_path, request_for(_sky(record, [(250.1, 150.1)])), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        header = stamp["SCI"].header
        wcs = WCS(header)
        target = SkyCoord(header["TARG_RA"], header["TARG_DEC"], unit="deg")
        x, y = wcs.world_to_pixel(target)
        x_north, y_north = wcs.world_to_pixel(
            target.directional_offset_by(Angle("0deg"), Angle("5arcmin"))
        )

        assert header["NORTH_PA"] == pytest.approx(
            np.degrees(np.arctan2(x - x_north, y_north - y)), abs=0.05
        )
        assert abs(header["NORTH_PA"]) > 10
        assert made.outcomes[0].north == header["NORTH_PA"]


def test_a_stamp_over_the_edge_is_padded_with_nan_and_without_weight(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    made = make(tmp_path / "job", tmp_path, request_for(_sky(record, [(0.1, 150.1)])), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert stamp["SCI"].data.shape == (40, 40)
        assert np.isnan(stamp["SCI"].data[:, :19]).all()
        assert (stamp["WGT"].data[:, :19] == 0).all()
        assert np.isfinite(stamp["SCI"].data[:, 20:]).all()


def test_a_stamp_over_the_edge_is_clipped_when_padding_is_not_wanted(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    request = request_for(_sky(record, [(0.2, 299.3)]), pad=False)
    made = make(tmp_path / "job", tmp_path, request, [record])
    sci, wgt = pixels(tmp_path, record)

    with made.stamp(made.outcomes[0]) as stamp:
        np.testing.assert_array_equal(stamp["SCI"].data, sci[280:300, 0:21])
        np.testing.assert_array_equal(stamp["WGT"].data, wgt[280:300, 0:21])
        assert stamp["SCI"].header["TARG_X"] == pytest.approx(1.2)
        assert stamp["SCI"].header["TARG_Y"] == pytest.approx(20.3)
    assert made.outcomes[0].status == "ok"


def test_sizes_that_are_no_whole_pixels_and_not_square_are_rounded_up(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    (place,) = _sky(record, [(250.1, 150.1)])
    request = CutoutRequest((Target("wide", *place, xsize=10.1, ysize=3.0),))

    made = make(tmp_path / "job", tmp_path, request, [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert stamp["SCI"].data.shape == stamp["WGT"].data.shape == (12, 41)


def test_unobserved_pixels_keep_the_zero_that_the_map_has(tmp_path: Path) -> None:
    record = make_map(tmp_path, hole=(240, 140, 260, 150))
    made = make(tmp_path / "job", tmp_path, request_for(_sky(record, [(250.1, 150.1)])), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        unobserved = stamp["WGT"].data == 0
        assert unobserved.sum() == 200
        assert (stamp["SCI"].data[unobserved] == 0).all()
    assert made.outcomes[0].covered == 1 - 200 / 1600
    assert made.outcomes[0].centre_covered


def test_files_do_not_depend_on_how_the_work_is_divided(tmp_path: Path) -> None:
    kinds = {"a": "GZIP_2", "b": None, "c": "RICE_1"}
    maps = [
        make_map(tmp_path, name, compression=kind, record={"obsid": name}, seed=number)
        for number, (name, kind) in enumerate(kinds.items())
    ]
    places = np.random.default_rng(5).uniform((-10, -10), (510, 310), (scaled(60), 2)).tolist()
    request = request_for(_sky(maps[0], places))

    whole, halves, single = (
        make(tmp_path / f"job{cost}", tmp_path, request, maps, cost) for cost in (1e9, 0.1, 1e-9)
    )

    assert len(whole.packs) == 1 < len(halves.packs) < len(single.packs)
    assert len(whole.files) > len(places)
    assert whole.files == halves.files == single.files
    assert whole.outcomes == halves.outcomes == single.outcomes


def test_stamps_too_large_for_the_memory_of_decoded_rows_are_the_maps_pixels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptjobs.formats.flat_sky.tiles.row_image._BAND_BYTES", 1 << 17)
    monkeypatch.setattr("sptjobs.formats.flat_sky.tiles.row_image._BLOCK_BYTES", 1 << 15)
    record = make_map(tmp_path, compression="GZIP_2")
    sci = pixels(tmp_path, record)[0]
    places = _sky(record, [(99.7, 99.7), (249.7, 149.7)])

    large = make(tmp_path / "large", tmp_path, request_for(places, 50), [record])
    small = make(tmp_path / "small", tmp_path, request_for(places, 2), [record])

    with large.stamp(large.outcomes[0]) as one, large.stamp(large.outcomes[1]) as other:
        np.testing.assert_array_equal(one["SCI"].data, sci[:200, :200])
        np.testing.assert_array_equal(other["SCI"].data, sci[50:250, 150:350])
    with small.stamp(small.outcomes[1]) as stamp:
        np.testing.assert_array_equal(stamp["SCI"].data, sci[146:154, 246:254])


def test_maps_at_other_scales_are_cut_at_their_own(tmp_path: Path) -> None:
    record = make_map(tmp_path, wcs=wcs_cards(SHAPE, scale=0.5))
    assert record.pixel_scale_arcmin == 0.5
    other = replace(record, map_id="other", obsid="2")

    made = make(tmp_path / "job", tmp_path, request_for([(0, -57.5)]), [record, other])

    with made.stamp(made.outcomes[1]) as stamp:
        assert stamp["SCI"].data.shape == (20, 20)
