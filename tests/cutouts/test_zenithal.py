"""Stamps of zenithal maps by plane algebra are those that wcslib and reproject give."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st
from reproject import reproject_interp

from sptjobs.cutouts.plan.part_plan import PartTarget
from sptjobs.cutouts.stamps.tan import tan_grid
from sptjobs.forecast.cost import ZENITHAL
from sptjobs.formats.flat_sky import reprojection
from sptjobs.formats.flat_sky.map_file import open_flat_map
from sptjobs.formats.flat_sky.reprojection import resample
from sptjobs.formats.flat_sky.wcs import map_wcs, sky_to_pixel
from sptjobs.formats.flat_sky.zenithal import PROJECTIONS, grid_places, zenithal
from sptjobs.formats.map_content import Plane
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Order, Projection
from tests.support.cutting import make
from tests.support.scale import examples
from tests.support.small_maps import Cards, make_map, pixels, request_for, wcs_cards

SHAPE = (100, 160)
MAPS: dict[str, Cards] = {
    "ZEA": wcs_cards(SHAPE),
    "far from its centre": wcs_cards(SHAPE, crpix=(5300.0, -700.0)),
    "ICRS": wcs_cards(SHAPE, frame="ICRS"),
    "equinox": wcs_cards(SHAPE) | {"EQUINOX": 1975.0},
    "galactic": {
        **wcs_cards(SHAPE, frame="ICRS", crval=(300.0, -40.0)),
        "CTYPE1": "GLON-ZEA",
        "CTYPE2": "GLAT-ZEA",
    },
    "TAN": wcs_cards(SHAPE, projection="TAN"),
    "STG": wcs_cards(SHAPE, projection="STG", crpix=(-2000.0, 50.0)),
    "SIN": wcs_cards(SHAPE, projection="SIN", crpix=(900.0, 50.0)),
    "ARC": wcs_cards(SHAPE, projection="ARC", crpix=(-900.0, 50.0)),
    "ARC, its pole inside": wcs_cards(SHAPE, projection="ARC"),
    "turned": {
        **wcs_cards(SHAPE),
        "LONPOLE": 77.0,
        "PC1_1": 0.8, "PC1_2": -0.6, "PC2_1": 0.6, "PC2_2": 0.8,
    },
    "not square": {**wcs_cards(SHAPE), "CDELT1": -0.3 / 60},
    "pole": wcs_cards(SHAPE, crval=(0.0, -90.0)),
    "pole inside, RA far": wcs_cards(SHAPE, crval=(123.0, -89.6)),
    "RA 0": wcs_cards(SHAPE, crval=(359.9, 3.0)),
}  # fmt: skip

OTHERS: dict[str, Cards] = {
    "CAR": wcs_cards(SHAPE, projection="CAR", crval=(0.0, 0.0), crpix=(80.5, 13800.0)),
    "CAR over RA 0": wcs_cards(SHAPE, projection="CAR", crval=(359.9, 0.0), frame="ICRS"),
    "SFL": wcs_cards(SHAPE, projection="SFL", crval=(0.0, 0.0), crpix=(900.5, 13800.0)),
    "CEA, galactic": {
        **wcs_cards(SHAPE, projection="CEA", frame="ICRS", crval=(300.0, 0.0)),
        "CTYPE1": "GLON-CEA",
        "CTYPE2": "GLAT-CEA",
    },
    "AIT": wcs_cards(SHAPE, projection="AIT", crval=(20.0, 0.0), crpix=(80.5, 9000.0)),
    "FK4": wcs_cards(SHAPE, frame="FK4") | {"EQUINOX": 1950.0},
    "SIN with PV": wcs_cards(SHAPE, projection="SIN") | {"PV2_1": 0.1, "PV2_2": 0.1},
    "HPX": wcs_cards(SHAPE, projection="HPX", crval=(0.0, 0.0), crpix=(80.5, 3000.0)),
}
"""Maps that plane algebra does not know: wcslib has their pixels."""

INNER = [(80.0, 66.0), (40.3, 61.2), (120.9, 70.5)]
"""Pixels around which stamps see nothing of the unobserved rows."""


def _record(cards: Cards) -> MapRecord:
    frame = "GALACTIC" if str(cards["CTYPE1"]).startswith("GLON") else str(cards["RADESYS"])
    cards = {
        name: value for name, value in cards.items() if frame != "GALACTIC" or name != "RADESYS"
    }
    return MapRecord(
        map_id="m", path="m.fits", collection="c", field="f", band="90GHz",
        filetype="passthrough", obsid="1", tag=None, season=None, date_beg=None, date_end=None,
        unit=None, weight_unit=None, beam_arcmin=None, band_centre_ghz=None,
        projection=str(cards["CTYPE1"])[-3:], frame=frame, pixel_scale_arcmin=0.25, shape=SHAPE,
        sci_hdu=1, wgt_hdu=2, compression=None, wcs=cards, footprint=(),
        observed_box=(0, 0, SHAPE[1], SHAPE[0]), sha256="", size_bytes=0, mtime_ns=0,
    )  # fmt: skip


def _sky(record: MapRecord, x: float, y: float) -> tuple[float, float]:
    from astropy.coordinates import SkyCoord

    from sptjobs.formats.flat_sky.wcs import record_frame

    lon, lat = map_wcs(record.wcs).wcs_pix2world([[x, y]], 0)[0]
    sky = SkyCoord(lon, lat, unit="deg", frame=record_frame(record).to_astropy()).icrs
    return float(sky.ra.deg), float(sky.dec.deg)


@pytest.mark.parametrize("name", MAPS)
@settings(max_examples=examples(4), deadline=None)
@given(
    x=st.floats(-40, SHAPE[1] + 40), y=st.floats(-40, SHAPE[0] + 40),
    size=st.floats(0.2, 30), scale=st.sampled_from([0.05, 0.25, 0.6]),
)  # fmt: skip
def test_pixels_of_stamps_are_where_wcslib_has_them(
    name: str, x: float, y: float, size: float, scale: float
) -> None:
    record = _record(MAPS[name])
    ra, dec = _sky(record, x, y)
    grid = tan_grid(PartTarget(0, "a", ra, dec, size, size / 2, "a"), scale)
    way = zenithal(record)
    assert way is not None

    places = grid_places(way, [grid])

    assert places is not None
    rows, columns = np.indices(grid.shape)
    sky = map_wcs(grid.wcs).wcs_pix2world(columns.ravel(), rows.ravel(), 0)
    for found, expected in zip(places, sky_to_pixel(record, *sky), strict=True):
        np.testing.assert_allclose(found.ravel(), expected, atol=1e-7)


def test_the_cost_of_stamps_knows_which_maps_these_are() -> None:
    assert PROJECTIONS == ZENITHAL


@pytest.mark.parametrize(
    "change",
    [
        {"CTYPE1": "RA---CAR", "CTYPE2": "DEC--CAR"},
        {"PV2_1": 0.1, "PV2_2": 0.1, "CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN"},
    ],
)
def test_maps_of_other_kinds_are_left_to_reproject(change: Cards) -> None:
    assert zenithal(_record(MAPS["ZEA"] | change)) is None


@pytest.mark.parametrize("order", [Order.NEAREST, Order.BILINEAR, Order.BICUBIC])
@pytest.mark.parametrize("scale", [0.1, 0.25])
@pytest.mark.parametrize("name", ["far from its centre", "ARC", *OTHERS])
def test_values_are_those_of_reproject_with_holes_and_over_edges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, order: Order, scale: float, name: str
) -> None:
    tried: list[int] = []
    cards = (MAPS | OTHERS)[name]
    frame = _record(cards).frame
    cards = _record(cards).wcs
    record = make_map(
        tmp_path, shape=SHAPE, wcs=cards | {"RADESYS": frame}, hole=(70, 40, 90, 60),
        record={"wcs": cards, "frame": frame},
    )  # fmt: skip
    draw = np.random.default_rng(5)
    corners = [(0.0, 0.0), (159.4, 99.4), (-0.4, 50.2), (80.0, 99.6), (80.0, 50.0)]
    places = corners + draw.uniform((-8, -8), (168, 108), (examples(12), 2)).tolist()
    targets = [PartTarget(0, "a", *_sky(record, *place), 5, 3, "a") for place in places]
    grids = [tan_grid(target, scale) for target in targets]

    with open_flat_map(tmp_path, record, []) as opened:
        sci, wgt = opened._images[Plane.SCI], opened._images[Plane.WGT]
        expected = [resample(record, sci, wgt, grid, order) for grid in grids]
        monkeypatch.setattr(reprojection, "resample", lambda *_: tried.append(1))
        found = [opened.resampled(grid, order) for grid in grids]

    assert sum(planes is not None for planes in expected) > 5
    assert not tried, "reproject was asked"
    for planes, others in zip(found, expected, strict=True):
        assert (planes is None) == (others is None)
        if planes is not None and others is not None:
            np.testing.assert_array_equal(planes[1], others[1])
            np.testing.assert_array_equal(np.isnan(planes[0]), np.isnan(others[0]))
            # The map's rms is 1. What bicubic fills holes with depends a little on the window.
            atol = 1e-3 if order is Order.BICUBIC else 2e-6
            np.testing.assert_allclose(planes[0], others[0], atol=atol)


def test_bicubic_values_without_holes_are_those_of_reproject_from_the_whole_map(
    tmp_path: Path,
) -> None:
    record = make_map(tmp_path, shape=SHAPE, wcs=MAPS["far from its centre"])
    sci, _ = pixels(tmp_path, record)
    targets = [PartTarget(0, "a", *_sky(record, *place), 5, 3, "a") for place in INNER]
    with open_flat_map(tmp_path, record, []) as opened:
        for target in targets:
            grid = tan_grid(target, 0.2)
            found = opened.resampled(grid, Order.BICUBIC)
            assert found is not None
            expected = reproject_interp(
                (sci.astype("f8"), map_wcs(record.wcs)), map_wcs(grid.wcs),
                shape_out=grid.shape, order="bicubic", return_footprint=False,
            )  # fmt: skip
            np.testing.assert_allclose(found[0], expected, atol=2e-6)


@pytest.mark.parametrize("order", [Order.NEAREST, Order.BILINEAR, Order.BICUBIC])
@pytest.mark.parametrize("pixels_observed", ["columns", "chessboard", "random"])
def test_a_constant_map_half_unobserved_stays_constant(
    tmp_path: Path, order: Order, pixels_observed: str
) -> None:
    record = make_map(tmp_path, shape=SHAPE)
    y, x = np.indices(SHAPE)
    seen = {
        "columns": x % 20 < 10,
        "chessboard": (x // 7 + y // 7) % 2 == 0,
        "random": np.random.default_rng(3).random(SHAPE) < 0.5,
    }[pixels_observed]
    with fits.open(tmp_path / record.path, mode="update") as hdus:
        hdus["SCI"].data[:] = np.where(seen, 7, 0)
        hdus["WGT"].data[:] = seen
    about = (tmp_path / record.path).stat()
    record = dataclasses.replace(record, size_bytes=about.st_size, mtime_ns=about.st_mtime_ns)
    places = [_sky(record, *place) for place in ((80, 50), (20, 30), (150, 90))]
    request = request_for(places, 8, projection=Projection.TAN, order=order)

    made = make(tmp_path / "job", tmp_path, request, [record])

    for outcome in made.outcomes:
        assert outcome.status == "partial"
        with made.stamp(outcome) as stamp:
            values = stamp["SCI"].data
            assert np.isfinite(values).any()
            assert np.nanmax(np.abs(values - 7)) < 1e-6


def test_stamps_are_those_of_reproject_from_the_whole_map(tmp_path: Path) -> None:
    record = make_map(tmp_path, shape=SHAPE, wcs=MAPS["turned"], hole=(70, 40, 90, 60))
    sci, wgt = pixels(tmp_path, record)
    masked = np.where(wgt > 0, sci, np.nan).astype("f4")
    request = request_for([_sky(record, 82.0, 55.0)], 6, projection=Projection.TAN)

    made = make(tmp_path / "job", tmp_path, request, [record])

    with made.stamp(made.outcomes[0]) as stamp:
        found = stamp["SCI"].data
        expected = reproject_interp(
            (masked, map_wcs(record.wcs)), WCS(stamp["SCI"].header), shape_out=found.shape,
            return_footprint=False,
        )  # fmt: skip
        np.testing.assert_array_equal(np.isnan(found), np.isnan(expected))
        np.testing.assert_allclose(found, expected, atol=2e-6)
