import csv
import dataclasses
import hashlib
import io
import shutil
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from spt3g import core, maps

from sptjobs.maps.record import MapRecord
from sptjobs.simulation.grid import Area, Window, grid_to_sky, sky_to_grid, window_around
from sptjobs.simulation.instrument import SIMULATED_BANDS
from sptjobs.simulation.map_files import map_header, science_cards
from sptjobs.simulation.plain_image import PlainImageWriter
from sptjobs.simulation.simulated_maps import CATALOGUE_NAME, make_survey, write_maps
from sptjobs.simulation.spectrum import point_source_filter
from sptjobs.simulation.survey import SimulatedField, single
from sptjobs.simulation.tiles import TileImage


def read_catalogue(archive: Path) -> list[dict[str, str]]:
    with (archive / CATALOGUE_NAME).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def value_at(archive: Path, record: MapRecord, ra: float, dec: float) -> tuple[float, float, WCS]:
    """SCI and WGT of the pixel nearest to a position."""
    with fits.open(archive / record.path) as hdus:
        wcs = WCS(hdus[1].header)
        x, y = wcs.world_to_pixel(SkyCoord(ra, dec, unit="deg"))
        column, row = round(float(x)), round(float(y))
        return float(hdus[1].data[row, column]), float(hdus[2].data[row, column]), wcs


def named(records: list[MapRecord], map_id: str) -> MapRecord:
    (record,) = [record for record in records if record.map_id == map_id]
    return record


def test_the_set_holds_a_coadd_and_an_observation_of_each_band_and_type(
    tiny_maps: list[MapRecord],
) -> None:
    kinds = {(record.band, record.filetype, record.tag) for record in tiny_maps}
    assert len(tiny_maps) == len(kinds) == 12
    assert {record.band for record in tiny_maps} == {"90GHz", "150GHz", "220GHz"}
    assert {record.compression for record in tiny_maps} == {None, "GZIP_2"}
    assert {record.unit for record in tiny_maps} == {"mK", "mJy"}
    assert {record.weight_unit for record in tiny_maps} == {"mK-2", "mJy-2"}
    assert all(record.beam_arcmin and record.band_centre_ghz for record in tiny_maps)
    assert {r.date_beg for r in tiny_maps} == {None, "2020-03-23T04:11:52"}


def test_the_same_seed_gives_the_same_bytes(tiny_archive: Path, tmp_path: Path) -> None:
    for _ in write_maps(tmp_path / "again", make_survey("tiny")):
        pass
    ours = {p.relative_to(tiny_archive): p for p in tiny_archive.rglob("*") if p.is_file()}
    again = {p.relative_to(tmp_path / "again"): p for p in (tmp_path / "again").rglob("*")}
    for name, path in ours.items():
        assert hash_of(path) == hash_of(again[name]), name


def test_another_seed_gives_other_maps(tiny_archive: Path, tmp_path: Path) -> None:
    path = next(iter(write_maps(tmp_path, make_survey("tiny"), seed=4)))
    assert hash_of(path) != hash_of(tiny_archive / path.relative_to(tmp_path))


def hash_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_files_are_valid_fits(tiny_archive: Path, tiny_maps: list[MapRecord]) -> None:
    for record in tiny_maps:
        with warnings.catch_warnings(), fits.open(tiny_archive / record.path) as hdus:
            warnings.simplefilter("error")
            hdus.verify("exception")
            assert [hdu.data is None for hdu in hdus] == [True, False, False]
            assert hdus[1].header["FITSNAME"] == Path(record.path).name
        with fits.open(tiny_archive / record.path, disable_image_compression=True) as hdus:
            hdus.verify("exception")


def test_unobserved_pixels_are_exactly_zero(tiny_archive: Path, tiny_maps: list[MapRecord]) -> None:
    for record in tiny_maps:
        with fits.open(tiny_archive / record.path) as hdus:
            observed = hdus[2].data > 0
            assert (hdus[2].data[~observed] == 0).all()
            assert (hdus[1].data[~observed] == 0).all()
            assert np.isfinite(hdus[1].data).all()
            x0, y0, x1, y1 = record.observed_box
            inner = observed[y0:y1, x0:x1]
            # Padding all around but to the north, holes in the middle.
            assert x0 > 50
            assert y0 > 50
            assert y1 == record.shape[0]
            assert 0.9 < inner.mean() < 1


def test_the_special_places_are_what_they_are_called(
    tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    places = {
        row["kind"]: (float(row["ra"]), float(row["dec"]))
        for row in read_catalogue(tiny_archive)
        if row["kind"] in {"edge", "padding", "outside"}
    }
    for record in tiny_maps:
        _, weight, wcs = value_at(tiny_archive, record, *places["edge"])
        _, y = wcs.world_to_pixel(SkyCoord(*places["edge"], unit="deg"))
        assert weight > 0
        assert 5 < record.shape[0] - float(y) < 12
        assert value_at(tiny_archive, record, *places["padding"])[1] == 0
        x, _ = wcs.world_to_pixel(SkyCoord(*places["outside"], unit="deg"))
        assert not 0 <= float(x) < record.shape[1]


@pytest.mark.parametrize("band", ["90GHz", "150GHz"])
def test_the_cluster_is_a_deep_decrement_in_the_filtered_coadd(
    tiny_archive: Path, tiny_maps: list[MapRecord], band: str
) -> None:
    record = named(tiny_maps, f"yearly_{band}_winter_2020_tonly_fltd")
    signal, weight, _ = value_at(tiny_archive, record, 0.2499, -57.8066)
    assert signal * weight**0.5 < -15


def test_the_cluster_all_but_vanishes_at_220_ghz(
    tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    record = named(tiny_maps, "yearly_220GHz_winter_2020_tonly_fltd")
    signal, weight, _ = value_at(tiny_archive, record, 0.2499, -57.8066)
    assert abs(signal) * weight**0.5 < 4


def test_a_point_source_peaks_at_its_flux(tiny_archive: Path, tiny_maps: list[MapRecord]) -> None:
    bright = [
        row
        for row in read_catalogue(tiny_archive)
        if row["kind"] == "source" and float(row["flux_150GHz"]) > 30
    ]
    assert len(bright) >= 2
    for row in bright:
        for band in ("90GHz", "150GHz", "220GHz"):
            for name in (f"yearly_{band}_winter_2020_tonly_fltd", f"101707912_{band}_fltd"):
                record = named(tiny_maps, name)
                place = (float(row["ra"]), float(row["dec"]))
                signal, weight, _ = value_at(tiny_archive, record, *place)
                flux = float(row[f"flux_{band}"])
                if weight > 0:
                    # The nearest pixel may lie 0.18' from the peak.
                    assert abs(signal - flux) < 0.12 * flux + 5 * weight**-0.5


def test_coadds_are_named_and_filled_as_ingest_does(
    tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    record = named(tiny_maps, "yearly_150GHz_winter_2020_tonly_psth")
    assert record.path == "yearly/yearly_150GHz_winter_2020_tonly_psth.fits"
    assert (record.tag, record.field, record.region) == ("yearly_winter_2020", "", "yearly_winter")
    with fits.open(tiny_archive / record.path) as hdus:
        header = hdus[1].header
        assert header["OBS-ID"] == header["DATE-BEG"] == "yearly_winter_2020"
        for name in ("OBSID", "DATE-END", "FIELD", "OBJECT"):
            assert name in header
            assert header[name] is None
        assert header["UNITS"] == 0.001
        assert "WTYPE" not in hdus[2].header


def test_the_noise_is_as_deep_as_the_weights_say(
    tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    for band in SIMULATED_BANDS:
        with fits.open(tiny_archive / named(tiny_maps, f"101707912_{band.name}_psth").path) as hdus:
            sci, wgt = hdus[1].data, hdus[2].data
        # Differences of neighbours leave nothing but the noise.
        both = (wgt[:, 1:] > 0) & (wgt[:, :-1] > 0)
        pull = (np.diff(sci, axis=1) * np.sqrt(wgt[:, 1:] / 2))[both]
        assert abs(1.4826 * np.median(np.abs(pull)) - 1) < 0.05
        depth = np.median(wgt[wgt > 0]) ** -0.5 * 1e3 * 0.25
        assert 14 * band.depth_uk_arcmin <= depth < 15 * band.depth_uk_arcmin


def test_the_clusters_positions_are_those_of_their_names() -> None:
    path = Path(__file__).parents[2] / "src/sptjobs/simulation/clusters.csv"
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) >= 8
    for row in rows:
        place = SkyCoord(float(row["ra"]), float(row["dec"]), unit="deg")
        hours, degrees = place.ra.hms, place.dec.signed_dms
        name = f"SPT-CL J{int(hours.h):02}{int(hours.m):02}-{int(degrees.d):02}{int(degrees.m):02}"
        assert row["name"] == name
        assert row["position"] in {"published", "name"}


def test_the_filter_passes_point_sources_unchanged() -> None:
    for band in SIMULATED_BANDS:
        y, x = np.mgrid[-128:128, -128:128] * 0.25
        image = 100 / band.mjy_per_mk * np.exp(-(x**2 + y**2) / 2 / band.sigma_arcmin**2)
        filtered = point_source_filter(band).apply(image.astype(np.float32))
        assert filtered.max() == pytest.approx(100, rel=0.01)
        assert filtered[128, 128] == filtered.max()


def test_one_mjy_at_150_ghz_is_18_microkelvin_in_a_beam_of_1_2_arcmin() -> None:
    assert 1e3 / SIMULATED_BANDS[1].mjy_per_mk == pytest.approx(18, rel=0.03)


def test_the_demo_covers_both_subfields_with_files_of_whole_hundreds() -> None:
    survey = make_survey("demo")
    assert [field.name for field in survey.fields] == ["winter", "ra0hdec-59.75", "ra0hdec-52.25"]
    assert [len(field.observations) for field in survey.fields] == [1, 3, 3]
    for field in survey.fields:
        assert field.window.nx % 100 == field.window.ny % 100 == 0


def test_the_full_coadd_has_the_size_of_the_real_one() -> None:
    (field,) = make_survey("full").fields
    assert 17_000 < field.window.nx < 20_000
    assert 9_000 < field.window.ny < 11_000


def test_an_unknown_set_is_named() -> None:
    with pytest.raises(ValueError, match="'huge'"):
        make_survey("huge")


def test_the_grid_is_the_projection_of_the_header() -> None:
    field = SimulatedField("f", Area(-5, 5, -60, -56), Window(-700, 300, 100, 200), ())
    wcs = WCS(map_header(field, single("2020-03-23T04:11:52", 1.0), SIMULATED_BANDS[0], "filtered"))
    ra, dec = np.array([0.0, 50.0, 310.0, 3.0]), np.array([-57.5, -42.0, -70.0, -59.0])
    x, y = sky_to_grid(ra, dec)
    column, row = wcs.world_to_pixel(SkyCoord(ra, dec, unit="deg"))
    # Pixel 0 of the window spans x0 to x0 + 1, so its centre is at x0 + 0.5.
    np.testing.assert_allclose(x, column + 0.5 - 700, atol=1e-6)
    np.testing.assert_allclose(y, row + 0.5 + 300, atol=1e-6)
    there = SkyCoord(*grid_to_sky(x, y), unit="deg", frame="fk5").icrs
    assert there.separation(SkyCoord(ra, dec, unit="deg")).arcsec.max() < 1e-4


def spt3g_map(path: Path) -> Any:
    """Load a map by spt3g, which wants by name what the real files leave out, or tell by number."""
    with fits.open(path, mode="update", disable_image_compression=True) as hdus:
        for hdu, weight in zip(hdus[1:], (False, True), strict=True):
            if "UNITS" in hdu.header:
                hdu.header["UNITS"] = "Tcmb"
            if weight:
                hdu.header["WTYPE"] = "TT"
    loaded = maps.load_skymap_fits(str(path))
    assert loaded["W"].TT.shape == loaded["T"].shape
    return loaded["T"]


def assert_same_pixels(path: Path) -> None:
    """Spt3g and astropy place pixels alike, to 0.01 pixel, corners included."""
    sky_map = spt3g_map(path)
    with fits.open(path) as hdus:
        wcs = WCS(hdus[1].header)
        ny, nx = hdus[1].shape
        np.testing.assert_array_equal(np.asarray(sky_map), hdus[1].data)
    x, y = (a.ravel().astype(float) for a in np.meshgrid([0, nx / 2, nx - 1], [0, ny / 3, ny - 1]))
    lon, lat = wcs.wcs_pix2world(x, y, 0)
    theirs = [
        sky_map.angle_to_xy(a * core.G3Units.deg, d * core.G3Units.deg)
        for a, d in zip(lon, lat, strict=True)
    ]
    np.testing.assert_allclose(np.array(theirs), np.stack([x, y], axis=-1), atol=0.01)


def test_spt3g_opens_every_map_and_agrees_on_its_pixels(
    tmp_path: Path, tiny_archive: Path, tiny_maps: list[MapRecord]
) -> None:
    for record in tiny_maps:
        assert_same_pixels(Path(shutil.copy(tiny_archive / record.path, tmp_path)))


@pytest.mark.parametrize("ra", [0, 50, 310])
@pytest.mark.parametrize("tiled", [False, True])
def test_spt3g_agrees_far_from_the_centre(tmp_path: Path, ra: float, tiled: bool) -> None:
    west = (ra + 180) % 360 - 180
    area = Area(west - 0.3, west + 0.3, -50.2, -50)
    field = SimulatedField("ra0hdec-52.25", area, window_around(area, 10), ())
    header = map_header(
        field, single("2020-03-23T04:11:52", 1.0), SIMULATED_BANDS[1], "passthrough"
    )
    path = tmp_path / "1_150GHz_psth.fits"
    pixels = np.random.default_rng(1).standard_normal((field.window.ny, field.window.nx))
    science, weight = (
        TileImage(field.window.nx, -64) if tiled else PlainImageWriter(field.window.nx)
        for _ in range(2)
    )
    science.add_rows(pixels.astype(np.float32))
    weight.add_rows(np.ones(pixels.shape, np.float32))
    cards = science_cards(header, named=True)
    weights = cards.copy()
    weights.update({"ISWEIGHT": True, "WTYPE": "TT", "EXTNAME": "WGT"})
    primary = bytes(fits.PrimaryHDU().header.tostring(), "ascii")
    path.write_bytes(primary + science.to_bytes(cards) + weight.to_bytes(weights))
    assert_same_pixels(path)


def test_quantised_tiles_differ_by_a_fraction_of_the_noise() -> None:
    rows = np.random.default_rng(1).standard_normal((40, 500)).astype(np.float32)
    rows[:, :100] = 0
    image = TileImage(500, -32)
    image.add_rows(rows)
    content = bytes(fits.PrimaryHDU().header.tostring(), "ascii") + image.to_bytes(fits.Header())
    with fits.open(io_of(content)) as hdus:
        stored = hdus[1].data
        assert hdus[1].compression_type == "GZIP_2"
    assert (stored[:, :100] == 0).all()
    assert 0.005 < np.std(stored - rows) < 0.03


def io_of(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)


def test_rows_without_noise_are_stored_exactly() -> None:
    rows = np.tile(np.array([0.0, 0.1, 1e9, 0.3] * 25, np.float32), (3, 1))
    rows[1] = 7.7
    image = TileImage(100, -64)
    image.add_rows(rows)
    content = bytes(fits.PrimaryHDU().header.tostring(), "ascii") + image.to_bytes(fits.Header())
    with fits.open(io_of(content)) as hdus:
        np.testing.assert_array_equal(hdus[1].data[1], rows[1].astype(float))


def test_clusters_strengths_are_in_the_catalogue(tiny_archive: Path) -> None:
    (cluster,) = [row for row in read_catalogue(tiny_archive) if row["kind"] == "cluster"]
    assert cluster["name"] == "SPT-CL J0000-5748"
    assert 5e-5 < float(cluster["y0"]) < 3e-4
    assert "Bleem" in cluster["reference"]


def test_records_of_the_set_survive_json(tiny_maps: list[MapRecord]) -> None:
    for record in tiny_maps:
        # The sums of blocks have a column of their own.
        assert MapRecord.from_json(record.to_json()) == dataclasses.replace(
            record, block_sums=None, noise=None, moc=None
        )
        assert dataclasses.asdict(record)["footprint"]
