"""HEALPix maps: every stored pixel is where healpy has it, and nothing else is made of it."""

import gzip
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import healpy
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sptjobs.archive.scan import Refusal, scan
from sptjobs.cutouts.plan.plan import plan
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.formats.healpix.ring_neighbours import ring_neighbours
from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import iter_points, read_head
from sptjobs.request.cutout_request import Order, Projection
from sptjobs.uws.errors import ParameterError
from tests.support.cutting import Made, make
from tests.support.healpix_maps import cap, write_healpix
from tests.support.small_maps import make_map, request_for

NSIDE = 64
UNSEEN = -1.6375e30


def catalogued(path: Path, **changes: Any) -> MapRecord:
    (found,) = scan(path.parent, {})
    assert isinstance(found, MapRecord), found
    return replace(found, **changes)


def refusal(path: Path) -> str:
    (found,) = scan(path.parent, {})
    assert isinstance(found, Refusal), found
    return found.reason


def cut(
    folder: Path,
    record: MapRecord,
    places: list[tuple[float, float]],
    size: float = 400.0,
    **kind: Any,
) -> Made:
    kind = {"projection": Projection.TAN, **kind}
    return make(folder / "job", folder, request_for(places, size, **kind), [record])


def sky_of(header: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Right ascensions and declinations of a stamp's pixels [deg], by wcslib."""
    rows, columns = np.indices((header["NAXIS2"], header["NAXIS1"]))
    ra, dec = map_wcs(header).wcs_pix2world(columns.ravel(), rows.ravel(), 0)
    return ra.reshape(rows.shape), dec.reshape(rows.shape)


def whole_sky(seed: int = 1, kind: str = "f4") -> NDArray[Any]:
    """Noise in RING order."""
    return np.random.default_rng(seed).normal(size=12 * NSIDE**2).astype(kind)


PLACES = [(0.0, -57.5), (359.9, 0.0), (120.0, 89.9), (45.0, -90.0), (200.0, 41.8)]


@pytest.mark.parametrize("order", [Order.NEAREST, Order.BILINEAR])
@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(("width", "ending"), [(1, ".fits"), (1024, ".fits"), (1024, ".fits.gz")])
def test_stamps_of_a_whole_sky_are_what_healpy_gives_at_their_pixels(
    tmp_path: Path, order: Order, nested: bool, width: int, ending: str
) -> None:
    values = whole_sky()
    stored = healpy.reorder(values, r2n=True) if nested else values
    columns = {"TEMPERATURE": stored, "WEIGHT": np.full_like(stored, 4)}
    path = write_healpix(tmp_path / "a.fits", NSIDE, columns, nested=nested, width=width)
    if ending.endswith("gz"):
        packed = path.with_name("a.fits.gz")
        packed.write_bytes(gzip.compress(path.read_bytes(), 1))
        path.unlink()
        path = packed
    made = cut(tmp_path, catalogued(path), PLACES, order=order)
    assert [outcome.status for outcome in made.outcomes] == ["ok"] * len(PLACES)
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            ra, dec = sky_of(stamp["SCI"].header)
            if order is Order.BILINEAR:
                expected = healpy.get_interp_val(values, ra, dec, lonlat=True)
            else:
                expected = values[healpy.ang2pix(NSIDE, ra, dec, lonlat=True)]
            np.testing.assert_allclose(stamp["SCI"].data, expected, atol=1e-6)
            assert (stamp["WGT"].data == 4).all()


@pytest.mark.parametrize("shuffled", [False, True])
@pytest.mark.parametrize("kind", ["i4", "i8"])
@pytest.mark.parametrize("nested", [False, True])
def test_of_a_part_of_the_sky_only_stored_pixels_are_observed(
    tmp_path: Path, nested: bool, kind: str, shuffled: bool
) -> None:
    pixels = cap(NSIDE, 359.5, -57.0, 8.0, nested=nested)
    if shuffled:
        pixels = np.random.default_rng(5).permutation(pixels)
    values = np.arange(len(pixels), dtype="f8")
    columns = {"T": values, "TT": np.ones(len(pixels), "f4")}
    path = write_healpix(
        tmp_path / "a.fits", NSIDE, columns, pixels=pixels.astype(kind), nested=nested
    )
    record = catalogued(path)
    assert record.wcs["SORTED"] is not shuffled
    places = [(0.0, -57.0), (0.0, -49.5), (0.0, -30.0), (180.0, 57.0)]
    made = cut(tmp_path, record, places, order=Order.NEAREST)
    assert [each.status for each in made.outcomes] == ["ok", "partial", "outside", "outside"]
    whole = np.full(12 * NSIDE**2, np.nan)
    whole[pixels] = values
    for outcome in made.outcomes[:2]:
        with made.stamp(outcome) as stamp:
            ra, dec = sky_of(stamp["SCI"].header)
            expected = whole[healpy.ang2pix(NSIDE, ra, dec, nest=nested, lonlat=True)]
            np.testing.assert_array_equal(stamp["SCI"].data, expected)
            np.testing.assert_array_equal(stamp["WGT"].data > 0, np.isfinite(expected))


def test_at_an_edge_a_pixel_is_observed_only_where_all_that_it_is_made_of_is(
    tmp_path: Path,
) -> None:
    pixels = cap(NSIDE, 0.0, -57.0, 5.0)
    columns = {"T": np.ones(len(pixels), "f4"), "TT": np.ones(len(pixels), "f4")}
    record = catalogued(write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=pixels))
    made = cut(tmp_path, record, [(0.0, -52.5)])
    whole = np.zeros(12 * NSIDE**2)
    whole[pixels] = 1
    with made.stamp(made.outcomes[0]) as stamp:
        ra, dec = sky_of(stamp["SCI"].header)
        numbers, shares = healpy.get_interp_weights(NSIDE, ra.ravel(), dec.ravel(), lonlat=True)
        complete = ((whole[numbers] == 1) | (shares < 1e-12)).all(axis=0).reshape(ra.shape)
        np.testing.assert_array_equal(np.isfinite(stamp["SCI"].data), complete)
        assert (stamp["SCI"].data[complete] == 1).all()


@pytest.mark.parametrize("bad", [UNSEEN, np.float32(UNSEEN), np.nan, np.inf, -999.0], ids=str)
def test_values_that_stand_for_none_are_not_observed(tmp_path: Path, bad: float) -> None:
    values = whole_sky()
    hole = cap(NSIDE, 10.0, 20.0, 2.0)
    values[hole] = bad
    columns = {"T": values, "WEIGHT": np.ones_like(values)}
    path = write_healpix(tmp_path / "a.fits", NSIDE, columns, cards={"BAD_DATA": -999.0})
    made = cut(tmp_path, catalogued(path), [(10.0, 20.0)], order=Order.NEAREST)
    with made.stamp(made.outcomes[0]) as stamp:
        numbers = healpy.ang2pix(NSIDE, *sky_of(stamp["SCI"].header), lonlat=True)
        np.testing.assert_array_equal(np.isnan(stamp["SCI"].data), np.isin(numbers, hole))


def test_scaled_integers_are_their_physical_values(tmp_path: Path) -> None:
    stored = np.arange(12 * NSIDE**2, dtype="i4")
    cards = {"TSCAL1": 0.5, "TZERO1": 10.0, "TNULL1": 7, "TUNIT1": "uK_CMB"}
    path = write_healpix(tmp_path / "a.fits", NSIDE, {"T": stored}, cards=cards)
    (tmp_path / "collection.toml").write_text(
        'name = "a"\n[[map]]\nfiles = "*"\nweights = "none"\ntag = "yearly_winter_2020"\n'
    )
    made = cut(tmp_path, catalogued(path), [(33.0, 12.0)], order=Order.NEAREST)
    with made.stamp(made.outcomes[0]) as stamp:
        numbers = healpy.ang2pix(NSIDE, *sky_of(stamp["SCI"].header), lonlat=True)
        np.testing.assert_array_equal(stamp["SCI"].data, numbers * 0.5 + 10)
        assert stamp["SCI"].header["SRCBUNIT"] == "uK_CMB"
        assert stamp["SCI"].header["HAS_WGT"] is False
        leftover = {"TTYPE1", "TFORM1", "TSCAL1", "NSIDE", "PIXTYPE", "COORDSYS", "TFIELDS"}
        assert not leftover & set(stamp["SCI"].header)


def test_a_map_in_galactic_coordinates_is_turned(tmp_path: Path) -> None:
    values = whole_sky(kind="f8")
    columns = {"T": values, "TT": np.ones_like(values)}
    path = write_healpix(tmp_path / "a.fits", NSIDE, columns, cards={"COORDSYS": "G"})
    record = catalogued(path)
    assert record.frame == "GALACTIC"
    made = cut(tmp_path, record, PLACES, order=Order.BILINEAR)
    to_galactic = healpy.Rotator(coord=["C", "G"])
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            lon, lat = to_galactic(*(each.ravel() for each in sky_of(stamp[0].header)), lonlat=True)
            expected = healpy.get_interp_val(values, lon, lat, lonlat=True)
            # healpy's galactic frame is that of J2000, and some 0.1 arcsec beside astropy's.
            np.testing.assert_allclose(stamp[0].data.ravel(), expected, atol=1e-4)


@given(
    power=st.integers(0, 13),
    lon=st.floats(0, 360, allow_nan=False),
    lat=st.floats(-90, 90, allow_nan=False),
)
@settings(max_examples=300, deadline=None)
def test_shares_of_neighbours_are_those_of_healpy_anywhere(
    power: int, lon: float, lat: float
) -> None:
    nside = 1 << power
    pixels, shares = ring_neighbours(nside, np.radians([lon]), np.radians([90 - lat]))
    expected, weights = healpy.get_interp_weights(nside, [lon], [lat], lonlat=True)
    assert ((pixels >= 0) & (pixels < 12 * nside**2)).all()
    assert _summed(pixels, shares) == pytest.approx(_summed(expected, weights), abs=1e-6)


def _summed(pixels: NDArray[Any], shares: NDArray[Any]) -> dict[int, float]:
    found: dict[int, float] = {}
    for pixel, share in zip(pixels.ravel().tolist(), shares.ravel().tolist(), strict=True):
        if share > 1e-6:
            found[pixel] = found.get(pixel, 0.0) + share
    return found


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"NSIDE": 63}, "NSIDE is 63, and only powers of two"),
        ({"NSIDE": "64"}, "NSIDE is 64, not a number"),
        ({"NSIDE": -1}, "NSIDE is -1"),
        ({"NSIDE": 128}, "has 49152 pixels without numbers, where NSIDE 128 has 196608"),
        ({"ORDERING": "DIAGONAL"}, "ORDERING is DIAGONAL"),
        ({"ORDERING": None}, "ORDERING is missing"),
        ({"COORDSYS": "E"}, "COORDSYS is E, and only C"),
        ({"COORDSYS": None}, "COORDSYS is missing"),
        ({"INDXSCHM": "SPARSE"}, "INDXSCHM is SPARSE"),
        ({"INDXSCHM": "EXPLICIT"}, "no column PIXEL of integers"),
        ({"TTYPE2": "HITS"}, "no column of weights"),
        ({"TTYPE1": "A", "TTYPE3": "B"}, "has no columns named T, TEMPERATURE or I_STOKES"),
        ({"TFORM1": "1PE(3)"}, "columns of"),
        ({"TFORM1": "1A"}, "holds no numbers"),
        ({"TFORM1": "2I"}, "values in a row"),
    ],
)
def test_what_cannot_be_read_is_refused_by_the_card(
    tmp_path: Path, cards: Mapping[str, Any], reason: str
) -> None:
    values = whole_sky()
    columns = {"T": values, "WEIGHT": values, "Q": values}
    assert reason in refusal(write_healpix(tmp_path / "a.fits", NSIDE, columns, cards=cards))


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        ([1, 5, 5, 9], "has pixel 5 twice"),
        ([1, 5, 9, 12 * NSIDE**2], "in place 3, where NSIDE 64 has 0 to 49151"),
        ([-1, 5, 9, 10], "has pixel -1 in place 0"),
    ],
)
def test_pixel_numbers_that_cannot_be_are_refused(
    tmp_path: Path, pixels: list[int], reason: str
) -> None:
    columns = {"T": np.ones(4, "f4"), "TT": np.ones(4, "f4")}
    path = write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=np.array(pixels))
    assert reason in refusal(path)


def test_a_map_without_an_observed_pixel_is_refused(tmp_path: Path) -> None:
    columns = {"T": np.ones(3, "f4"), "TT": np.zeros(3, "f4")}
    path = write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=np.arange(3))
    assert "no observed pixel" in refusal(path)


@pytest.fixture
def record(tmp_path: Path) -> MapRecord:
    pixels = cap(NSIDE, 0.0, -57.0, 8.0)
    columns = {"T": np.arange(len(pixels), dtype="f4"), "TT": np.ones(len(pixels), "f4")}
    return catalogued(write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=pixels))


def test_native_stamps_are_refused_by_what_would_help(record: MapRecord) -> None:
    with pytest.raises(ParameterError, match="no pixels in rows and columns; ask for TAN stamps"):
        plan(request_for([(0.0, -57.5)]), [record], 1.0)


def test_beside_a_flat_map_its_native_pairs_fail_alone(tmp_path: Path, record: MapRecord) -> None:
    flat = make_map(tmp_path, "flat", record={"obsid": "2"})
    made = make(tmp_path / "job", tmp_path, request_for([(0.0, -57.5)], 3), [record, flat])
    assert [each.status for each in made.outcomes] == ["failed", "ok"]
    assert "ask for TAN stamps" in str(made.outcomes[0].reason)


@pytest.mark.parametrize("order", [Order.BICUBIC, Order.ADAPTIVE, Order.EXACT])
def test_other_ways_of_resampling_are_refused(record: MapRecord, order: Order) -> None:
    request = request_for([(0.0, -57.5)], projection=Projection.TAN, order=order)
    with pytest.raises(ParameterError, match="made by bilinear or nearest only"):
        plan(request, [record], 1.0)


def test_a_coarser_scale_is_refused_without_advice_that_would_not_help(record: MapRecord) -> None:
    request = request_for([(0.0, -57.5)], projection=Projection.TAN, pixel_scale=60.0)
    with pytest.raises(ParameterError, match="would leave out pixels of it"):
        plan(request, [record], 1.0)


def test_a_changed_byte_fails_the_pairs_that_need_it(tmp_path: Path, record: MapRecord) -> None:
    path = tmp_path / record.path
    about = path.stat()
    content = bytearray(path.read_bytes())
    content[5760 + 16 * 200] ^= 4
    path.write_bytes(content)
    import os

    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    made = cut(tmp_path, record, [(0.0, -57.0)])
    assert made.outcomes[0].status == "failed"
    assert "damaged" in str(made.outcomes[0].reason)


def test_light_curves_have_the_pixel_that_holds_the_target_and_say_why_no_flux(
    tmp_path: Path,
) -> None:
    pixels = cap(NSIDE, 0.0, -57.0, 8.0)
    columns = {"T": np.arange(len(pixels), dtype="f4"), "TT": np.full(len(pixels), 4, "f4")}
    cards = {"OBS-ID": "1", "FIELD": "f", "DATE-BEG": "2020-01-01", "DATE-END": "2020-01-02"}
    path = write_healpix(tmp_path / "a.fits", NSIDE, columns, pixels=pixels, cards=cards)
    record = catalogued(path, unit="mK", weight_unit="mK-2", beam_arcmin=1.2, band_centre_ghz=150.0)
    request = request_for([(0.3, -57.2), (0.0, -48.0)], 5, products=("lightcurve",))
    made = make(tmp_path / "job", tmp_path, request, [record])
    points = list(iter_points(made.packs, [read_head(pack) for pack in made.packs]))
    number = healpy.ang2pix(NSIDE, 0.3, -57.2, lonlat=True)
    assert points[0].value == float(np.searchsorted(pixels, number))
    assert points[0].error == 0.5
    assert points[0].flux is None
    assert "no rectangular pixels" in str(points[0].reason)
    assert [point.status for point in points] == ["ok", "no-data"][: len(points)]


@pytest.mark.parametrize("frame", ["C", "G"])
@pytest.mark.parametrize("place", [(0.0, -57.0, 12.0), (0.0, 90.0, 9.0), (180.0, 10.0, 180.0)])
def test_footprint_and_coverage_hold_every_pixel_and_little_more(
    tmp_path: Path, frame: str, place: tuple[float, float, float]
) -> None:
    from mocpy import MOC

    from sptjobs.maps.footprints import Cover, Place, covers

    nside = 128
    pixels = cap(nside, *place)
    columns = {"T": np.ones(len(pixels), "f4"), "TT": np.ones(len(pixels), "f4")}
    path = write_healpix(
        tmp_path / "a.fits", nside, columns, pixels=pixels, cards={"COORDSYS": frame}
    )
    record = catalogued(path)
    lon, lat = healpy.pix2ang(nside, pixels, lonlat=True)
    if frame == "G":
        lon, lat = healpy.Rotator(coord=["G", "C"])(lon, lat, lonlat=True)
    some = slice(None, None, max(1, len(pixels) // 3000))
    places = [Place.of(ra, dec, 0.0, 0.0) for ra, dec in zip(lon[some], lat[some], strict=True)]
    assert Cover.OUTSIDE not in covers(record.footprint, places)
    moc = MOC.from_string(record.moc)
    assert moc.contains_lonlat(lon * u_deg(), lat * u_deg()).all()
    area = len(pixels) / (12 * nside**2)
    more = 1.0 if frame == "C" else 1.1
    assert area * 0.999 <= moc.sky_fraction <= min(1.0, area * more) + 1e-9


def u_deg() -> Any:
    from astropy import units

    return units.deg
