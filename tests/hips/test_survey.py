"""A survey has the map's values where HEALPix puts its pixels, and says what it is."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.wcs import WCS
from astropy_healpix import HEALPix
from hypothesis import given, settings
from hypothesis import strategies as st
from mocpy import MOC
from numpy.typing import NDArray
from PIL import Image
from reproject import reproject_interp
from reproject.hips import reproject_to_hips

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.hips.building.cell_grids import cell_grid
from sptjobs.hips.survey_files import TILE_PIXELS, media_type, order_for, pixel_arcmin, tile_path
from sptjobs.hips.survey_properties import read_properties
from sptjobs.maps.record import MapRecord
from tests.support.small_maps import pixels
from tests.support.small_surveys import make_coadd, make_survey

MANDATORY = {
    "creator_did": r"ivo://[a-z0-9]+/hips\?\S+",
    "obs_title": r".{1,80}",
    "dataproduct_type": "image",
    "hips_version": r"1\.[0-9]",
    "hips_release_date": r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z",
    "hips_status": "private (master|mirror|partial) unclonable",
    "hips_tile_format": "png fits",
    "hips_order": r"[0-9]+",
    "hips_frame": "equatorial",
}
"""Keywords that HiPS 1.0, section 4.4.1, wants, and their form."""

Made = tuple[Path, MapRecord, Path]


def image(path: Path) -> NDArray[Any]:
    with fits.open(path) as hdus:
        hdus.verify("exception")
        return np.array(hdus[0].data)


def interleaved(east: int, west: int) -> int:
    return sum(((east >> n & 1) << 2 * n) | ((west >> n & 1) << (2 * n + 1)) for n in range(29))


@st.composite
def cells(draw: st.DrawFn) -> tuple[int, int]:
    order = draw(st.integers(0, 9))
    return order, draw(st.integers(0, 12 * 4**order - 1))


@settings(deadline=None)
@given(cells(), st.integers(0, TILE_PIXELS - 1), st.integers(0, TILE_PIXELS - 1))
def test_each_pixel_of_a_tile_lies_where_healpix_has_its_cell(
    place: tuple[int, int], row: int, column: int
) -> None:
    order, cell = place
    within = interleaved(TILE_PIXELS - 1 - row, column)
    healpix = HEALPix(TILE_PIXELS << order, order="nested")
    lon, lat = healpix.healpix_to_lonlat([cell * TILE_PIXELS**2 + within])
    ra, dec = map_wcs(cell_grid(order, cell).wcs).wcs_pix2world([column], [row], 0)
    apart = np.hypot(
        (ra - lon.to_value("deg") + 180) % 360 - 180, (dec - lat.to_value("deg"))
    ) * np.cos(lat.to_value("rad"))
    assert abs(apart[0]) < 1e-7


@pytest.mark.parametrize(
    "how",
    [
        {"compression": "GZIP_2", "tile": (1, 120)},
        {"crval": (180.3, -57.5), "projection": "TAN", "frame": "ICRS"},
        {"crval": (0.1, 88.0), "compression": "gzip"},
    ],
)
def test_the_values_are_those_of_reproject_interp(tmp_path: Path, how: dict[str, Any]) -> None:
    record = make_coadd(tmp_path, hole=(30, 40, 50, 60), quantize=0, **how)
    survey = make_survey(tmp_path, record, tmp_path / "hips")
    sci, wgt = pixels(tmp_path, record)
    values = np.where(wgt > 0, sci, np.nan).astype("f8")
    source = map_wcs(record.wcs)
    seen = 0
    for path in sorted(survey.glob("Norder3/Dir*/Npix*.fits")):
        ours = image(path)
        theirs, _ = reproject_interp((values, source), fits.getheader(path), roundtrip_coords=False)
        both = np.isfinite(ours) & np.isfinite(theirs)
        assert np.abs(ours - theirs)[both].max() < 1e-3 * np.nanstd(values)
        # Ours are unobserved as well where the nearest pixel is.
        assert not (np.isfinite(ours) & ~np.isfinite(theirs)).any()
        assert both.sum() > 0.99 * np.isfinite(theirs).sum()
        seen += both.sum()
    covered = MOC.from_fits(str(survey / "Moc.fits")).sky_fraction * 12 * (8 * TILE_PIXELS) ** 2
    assert seen == pytest.approx(covered, rel=0.05)


def test_the_tiles_of_all_orders_are_those_of_reproject_hips(made: Made, tmp_path: Path) -> None:
    archive, record, survey = made
    sci, wgt = pixels(archive, record)
    values = np.where(wgt > 0, sci, np.nan).astype("f8")
    reproject_to_hips(
        (values, map_wcs({**record.wcs, "RADESYS": "FK5", "EQUINOX": 2000.0})),
        coord_system_out="equatorial",
        reproject_function=reproject_interp,
        output_directory=tmp_path / "theirs",
        level=3,
        roundtrip_coords=False,
    )
    theirs = {path.relative_to(tmp_path / "theirs") for path in tmp_path.rglob("Npix*.fits")}
    ours = {path.relative_to(survey) for path in survey.rglob("Npix*.fits")}
    assert ours == theirs
    for path in ours:
        mine, other = image(survey / path), untrimmed(tmp_path / "theirs" / path)
        both = np.isfinite(mine) & np.isfinite(other)
        assert both.sum() > 0.98 * np.isfinite(other).sum()
        apart = np.abs(mine - other)[both]
        # Coarser pixels beside the edge are means of some pixels fewer.
        assert np.quantile(apart, 0.95) < 1e-3 * np.nanstd(values)


def untrimmed(path: Path) -> NDArray[Any]:
    """A tile of reproject, with the rows and columns that it left out."""
    with fits.open(path) as hdus:
        header, data = hdus[0].header, hdus[0].data
        whole = np.full((TILE_PIXELS, TILE_PIXELS), np.nan)
        row, column = header.get("TRIM2", 0), header.get("TRIM1", 0)
        whole[row : row + data.shape[0], column : column + data.shape[1]] = data
        return whole


def test_a_coarser_pixel_is_the_mean_of_the_observed_ones_of_four(made: Made) -> None:
    _, _, survey = made
    (coarse, *_) = sorted(survey.glob("Norder2/Dir*/Npix*.fits"))
    cell = int(coarse.stem.removeprefix("Npix"))
    whole = image(coarse)
    for part, corner in enumerate(((256, 0), (0, 0), (256, 256), (0, 256))):
        row, column = corner
        quarter = whole[row : row + 256, column : column + 256]
        fine = survey / tile_path(3, 4 * cell + part, "fits")
        if not fine.exists():
            assert np.isnan(quarter).all()
            continue
        with np.errstate(all="ignore"):
            squares = image(fine).reshape(256, 2, 256, 2).swapaxes(1, 2).reshape(256, 256, 4)
            counts = np.isfinite(squares).sum(-1)
            expected = np.where(counts, np.nansum(squares, -1, dtype="f8") / counts, np.nan)
        np.testing.assert_allclose(quarter, expected, rtol=1e-6)


def test_pictures_show_what_is_observed_by_one_scale_the_right_way_up(made: Made) -> None:
    _, _, survey = made
    shown = float(read_properties((survey / "properties").read_text())["hips_pixel_cut"].split()[1])
    colours: dict[tuple[int, ...], list[float]] = {}
    for path in [*survey.rglob("Npix*.fits"), survey / "Norder3/Allsky.fits"]:
        values = image(path)[::-1]
        with Image.open(path.with_suffix(".png")) as picture:
            drawn = np.asarray(picture.convert("RGBA")).astype(int)
        np.testing.assert_array_equal(drawn[..., 3] > 0, np.isfinite(values))
        strong = np.isfinite(values) & (np.abs(values) > 0.4 * shown)
        redder = drawn[..., 0] > drawn[..., 2]
        np.testing.assert_array_equal(redder[strong], values[strong] > 0)
        if path.parent.parent.name == "Norder3":
            for colour, value in zip(drawn[strong], values[strong], strict=True):
                colours.setdefault(tuple(colour), []).append(float(value))
    spread = [max(values) - min(values) for values in colours.values()]
    assert len(spread) > 50
    assert np.median(spread) < 0.05 * shown


def test_the_picture_of_the_sky_has_each_tile_at_its_place(made: Made) -> None:
    _, _, survey = made
    sky = image(survey / "Norder3/Allsky.fits")
    assert sky.shape == (29 * 64, 27 * 64)
    observed = np.isfinite(sky)
    for path in survey.glob("Norder3/Dir*/Npix*.fits"):
        row, column = divmod(int(path.stem.removeprefix("Npix")), 27)
        box = np.s_[(28 - row) * 64 : (29 - row) * 64, column * 64 : (column + 1) * 64]
        squares = np.isfinite(image(path)).reshape(64, 8, 64, 8).any((1, 3))
        np.testing.assert_array_equal(observed[box], squares)
        observed[box] = False
    assert not observed.any()


def test_its_coverage_is_that_of_the_map_and_holds_every_observed_pixel(made: Made) -> None:
    archive, record, survey = made
    assert record.moc is not None
    coverage = MOC.from_fits(str(survey / "Moc.fits"))
    assert coverage == MOC.from_string(record.moc, "ascii")
    cards = fits.getheader(survey / "Moc.fits", 1)
    assert (cards["PIXTYPE"], cards["ORDERING"], cards["COORDSYS"]) == ("HEALPIX", "NUNIQ", "C")
    _, wgt = pixels(archive, record)
    y, x = np.nonzero(wgt > 0)
    sky = WCS(fits.Header(record.wcs)).pixel_to_world(x, y).icrs
    assert coverage.contains_lonlat(sky.ra, sky.dec).all()
    properties = read_properties((survey / "properties").read_text())
    assert float(properties["moc_sky_fraction"]) == pytest.approx(coverage.sky_fraction, rel=1e-4)


def test_the_properties_have_what_the_standard_wants(made: Made) -> None:
    _, record, survey = made
    text = (survey / "properties").read_text("utf-8")
    assert all(re.fullmatch(r"[a-z_]+ +=[^\n]+", line) for line in text.splitlines())
    found = read_properties(text)
    for name, form in MANDATORY.items():
        assert re.fullmatch(form, found[name]), name
    assert found["hips_order"] == "3"
    assert found["prov_progenitor"] == f"ivo://spt3g/maps?{record.map_id}"
    low, high = map(float, found["hips_data_range"].split())
    deepest = [image(path) for path in survey.glob("Norder3/Dir*/*.fits")]
    assert low == pytest.approx(min(np.nanmin(each) for each in deepest), rel=1e-4)
    assert high == pytest.approx(max(np.nanmax(each) for each in deepest), rel=1e-4)
    assert float(found["hips_initial_dec"]) == pytest.approx(-57.3, abs=0.5)


def test_every_file_of_a_survey_has_a_name_that_is_served(made: Made) -> None:
    _, _, survey = made
    for path in survey.rglob("*"):
        if path.is_file():
            assert media_type(path.relative_to(survey).as_posix()) is not None, path


@given(st.floats(0.01, 60))
def test_the_order_is_the_coarsest_whose_pixels_are_no_wider_than_the_map_s(scale: float) -> None:
    order = order_for(scale)
    area = HEALPix(TILE_PIXELS << order).pixel_resolution.to_value(units.arcmin)
    assert pixel_arcmin(order) == pytest.approx(area)
    assert area <= scale
    assert order == 3 or pixel_arcmin(order - 1) > scale


@given(st.text(max_size=60))
def test_no_other_name_is_served(name: str) -> None:
    assert media_type(name) is None or name in {"properties", "Moc.fits"}


@pytest.mark.parametrize(
    "name",
    [
        "../properties",
        "Norder3/Dir0/../Allsky.png",
        "Norder3/Dir0/Npix768.png",
        "Norder3/Dir10000/Npix7.png",
        "Norder03/Dir0/Npix7.png",
        "Norder3/Dir0/Npix7.png\n",
        "Norder21/Dir0/Npix7.fits",
        "Norder3/Dir0/Npix7.jpg",
        "Norder2/Allsky.png",
        "Norder3/Dir0/Npix٣.png",
    ],
)
def test_a_name_that_is_nearly_one_is_not_served(name: str) -> None:
    assert media_type(name) is None
