"""Planning, footprint and stamp against astropy on the parent map, for headers of any spelling."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.coordinates import BarycentricMeanEcliptic, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.wcs import WCS
from astropy.wcs.utils import wcs_to_celestial_frame
from hypothesis import given, settings
from hypothesis import strategies as st

from sptjobs.archive.scan import read_map
from sptjobs.maps.footprints import Cover, Place, covers
from sptjobs.maps.map_error import MapError
from tests.support.cutting import make
from tests.support.scale import scaled
from tests.support.small_maps import request_for

SHAPE = (40, 50)
FRAMES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ICRS": ("RA--", "DEC-", {"RADESYS": "ICRS"}),
    "FK5": ("RA--", "DEC-", {"RADESYS": "FK5", "EQUINOX": 2000.0}),
    "RADECSYS and EPOCH": ("RA--", "DEC-", {"RADECSYS": "FK5", "EPOCH": 2000}),
    "FK5 of 1975": ("RA--", "DEC-", {"RADESYS": "FK5", "EQUINOX": 1975.0}),
    "no name": ("RA--", "DEC-", {}),
    "equinox alone": ("RA--", "DEC-", {"EQUINOX": 1950.0}),
    "FK4": ("RA--", "DEC-", {"RADESYS": "FK4", "EQUINOX": 1950.0}),
    "FK4 without E-terms": ("RA--", "DEC-", {"RADESYS": "FK4-NO-E", "EQUINOX": 1950.0}),
    "galactic": ("GLON", "GLAT", {}),
    "ecliptic": ("ELON", "ELAT", {"RADESYS": "FK5", "EQUINOX": 2000.0}),
}
CYLINDRICAL = ("CAR", "CEA", "MER")


@dataclass(frozen=True)
class Spelling:
    """A grid, and how its header spells it."""

    projection: str
    frame: str
    matrix: str
    exponent: str
    unit: str
    reference: tuple[float, float]
    offset: tuple[float, float]
    sides: tuple[float, float]
    turn: float

    def cards(self) -> dict[str, Any]:
        """Header cards."""
        lon, lat, cards = FRAMES[self.frame]
        factor = {"": 1.0, "deg": 1.0, "arcmin": 60.0, "arcsec": 3600.0}[self.unit]
        cards = dict(cards)
        cards["CTYPE1"], cards["CTYPE2"] = f"{lon}-{self.projection}", f"{lat}-{self.projection}"
        for axis, (place, offset, middle) in enumerate(
            zip(self.reference, self.offset, (25.5, 20.5), strict=True), start=1
        ):
            cards[f"CRVAL{axis}"] = place * factor
            cards[f"CRPIX{axis}"] = middle + offset
            if self.unit:
                cards[f"CUNIT{axis}"] = self.unit
        return cards | self._matrix(factor)

    def _matrix(self, factor: float) -> dict[str, Any]:
        steps = (-self.sides[0] / 60 * factor, self.sides[1] / 60 * factor)
        angle = np.radians(self.turn)
        turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        cells = [(i, j) for i in (0, 1) for j in (0, 1)]
        if self.matrix == "CD":
            return {f"CD{i + 1}_{j + 1}": float(steps[i] * turned[i, j]) for i, j in cells}
        cards: dict[str, Any] = {f"CDELT{i + 1}": steps[i] for i in (0, 1)}
        if self.matrix == "PC":
            cards |= {f"PC{i + 1}_{j + 1}": float(turned[i, j]) for i, j in cells}
        elif self.matrix == "PC001001":
            cards |= {f"PC{i + 1:03}{j + 1:03}": float(turned[i, j]) for i, j in cells}
        elif self.matrix == "CROTA2":
            cards["CROTA2"] = self.turn
        return cards

    def header(self, exponent: str) -> fits.Header:
        """The header, its numbers written with an exponent of this letter."""
        lines = []
        for name, value in self.cards().items():
            if isinstance(value, float) and exponent:
                lines.append(f"{name:<8}= {f'{value:.17E}'.replace('E', exponent):>24}".ljust(80))
            else:
                lines.append(str(fits.Card(name, value)))
        return fits.Header.fromstring("".join(lines))


spellings = st.builds(
    Spelling,
    projection=st.sampled_from(("ZEA", "TAN", "ARC", "STG", "SIN", "SFL", *CYLINDRICAL)),
    frame=st.sampled_from(sorted(FRAMES)),
    matrix=st.sampled_from(("CDELT", "PC", "CD", "PC001001", "CROTA2")),
    exponent=st.sampled_from(("", "E", "D")),
    unit=st.sampled_from(("", "deg", "arcmin", "arcsec")),
    reference=st.tuples(st.floats(0, 359.9), st.floats(-70, 70)),
    offset=st.tuples(st.floats(-3000, 3000), st.floats(-3000, 3000)),
    sides=st.tuples(st.sampled_from((0.25, 0.5, 2.0)), st.sampled_from((0.25, 0.4))),
    turn=st.sampled_from((0.0, 0.0, 30.0, -100.0)),
)


@settings(max_examples=scaled(40), deadline=None)
@given(spellings, st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_planning_footprint_and_stamp_are_where_astropy_has_the_parent_map(
    tmp_path_factory: pytest.TempPathFactory, spelling: Spelling, across: float, up: float
) -> None:
    place = (across * (SHAPE[1] - 1), up * (SHAPE[0] - 1))
    _compare(tmp_path_factory.mktemp("map"), spelling, place)


@pytest.mark.parametrize("projection", CYLINDRICAL)
@pytest.mark.parametrize("reference", [(0.0, 0.0), (180.0, 0.0), (350.0, 0.0), (10.0, 20.0)])
@pytest.mark.parametrize("column", [3.0, 46.0])
def test_a_cylindrical_map_is_whole_where_its_projection_closes(
    tmp_path: Path, projection: str, reference: tuple[float, float], column: float
) -> None:
    closing = (180 * 60 / 0.5, 900.0)
    spelling = Spelling(
        projection, "ICRS", "CDELT", "", "deg", reference, closing, (0.5, 0.25), 0.0
    )
    _compare(tmp_path, spelling, (column, 20.0))


ENDS = {
    "SFL over 180": ("SFL", (0.0, 0.0), (180 * 60 / 0.5, 900.0), False),
    "MOL over 180": ("MOL", (0.0, 0.0), (180 * 60 / 0.5 * 0.9, 900.0), False),
    "SFL from 350 to 10": ("SFL", (0.0, 0.0), (0.0, 13800.0), True),
    "ZEA beyond the antipode": ("ZEA", (0.0, 0.0), (13800.0, 0.0), False),
    "CAR of more than all longitudes": ("CAR", (0.0, 0.0), (0.0, 0.0), False),
}


@pytest.mark.parametrize("name", ENDS)
def test_a_map_with_observed_pixels_that_are_nowhere_is_refused_by_name(
    tmp_path: Path, name: str
) -> None:
    projection, reference, offset, is_read = ENDS[name]
    side = 8.0 * 60 if "more than" in name else 0.5
    spelling = Spelling(
        projection, "ICRS", "CDELT", "", "deg", reference, offset, (side, 0.25), 0.0
    )
    path = tmp_path / "282023912_90GHz_psth.fits"
    _write(path, spelling, np.zeros(SHAPE, "f4"))
    if is_read:
        assert read_map(path, path.name).projection == projection
        return
    with pytest.raises(MapError, match=f"nowhere on the sky.* projection {projection}"):
        read_map(path, path.name)


@pytest.mark.parametrize("projection", ["SFL", "MOL", "AIT", "ZEA"])
def test_corners_of_an_all_sky_map_may_be_nowhere_where_nothing_is_observed(
    tmp_path: Path, projection: str
) -> None:
    spelling = Spelling(
        projection, "ICRS", "CDELT", "", "deg", (0.0, 0.0), (0.0, 0.0), (480.0, 300.0), 0.0
    )
    path = tmp_path / "282023912_90GHz_psth.fits"
    _write(path, spelling, np.zeros(SHAPE, "f4"))
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    lost = np.isnan(WCS(spelling.header("")).wcs_pix2world(x.ravel(), y.ravel(), 0)[0])
    with fits.open(path, mode="update") as hdus:
        hdus["WGT"].data[lost.reshape(SHAPE)] = 0

    record = read_map(path, path.name)

    assert lost.any()
    made = make(tmp_path / "job", tmp_path, request_for([(10.0, -20.0)], 1000.0), [record])
    assert [outcome.status for outcome in made.outcomes] == ["ok"]


def test_a_map_whose_name_is_not_ascii_is_cut_and_its_stamp_is_cut_again(tmp_path: Path) -> None:
    spelling = Spelling(
        "ZEA", "ICRS", "CDELT", "", "deg", (10.0, -50.0), (0.0, 0.0), (0.25, 0.25), 0.0
    )
    path = tmp_path / "Größe_90GHz_psth.fits"
    _write(path, spelling, np.arange(SHAPE[0] * SHAPE[1], dtype="f4").reshape(SHAPE))
    record = read_map(path, path.name)
    made = make(tmp_path / "job", tmp_path, request_for([(10.0, -50.0)], 3.0), [record])
    (outcome,) = made.outcomes
    assert outcome.file is not None, outcome
    (tmp_path / "again").mkdir()
    stamp = tmp_path / "again" / Path(outcome.file).name
    stamp.write_bytes(made.files[outcome.file])
    again = make(
        tmp_path / "job2", stamp.parent, request_for([(10.0, -50.0)], 1.0),
        [read_map(stamp, stamp.name)],
    )  # fmt: skip
    assert [each.status for each in again.outcomes] == ["ok"]
    first, second = (
        next(hdu for hdu in each if hdu.name == "SCI")
        for each in (made.stamp(outcome), again.stamp(again.outcomes[0]))
    )
    assert (second.data == first.data[4:8, 4:8]).all()
    assert first.header["OBSID"] == second.header["OBSID"] == "282023912"


def _compare(folder: Path, spelling: Spelling, place: tuple[float, float]) -> None:
    parent = _parent(spelling)
    sky = _sky(parent, spelling, *place)
    if not np.isfinite(sky.ra.deg):
        # The projection has no sky there.
        return
    path = folder / "282023912_90GHz_psth.fits"
    pixels = np.arange(SHAPE[0] * SHAPE[1], dtype="f4").reshape(SHAPE)
    _write(path, spelling, pixels)

    record = read_map(path, path.name)
    made = make(folder / "job", folder, request_for([(sky.ra.deg, sky.dec.deg)], 2.0), [record])

    (outcome,) = made.outcomes
    assert outcome.file is not None, outcome
    corners = [(x, y) for x in (0, SHAPE[1] - 1) for y in (0, SHAPE[0] - 1)]
    seen = [_sky(parent, spelling, *corner) for corner in (*corners, place)]
    places = [Place.of(each.ra.deg, each.dec.deg, 0, 0) for each in seen if np.isfinite(each.ra)]
    assert Cover.OUTSIDE not in covers(record.footprint, places)
    with made.stamp(outcome) as stamp:
        sci = next(hdu for hdu in stamp if hdu.name == "SCI")
        x, y = sci.header["TARG_X"] - 1, sci.header["TARG_Y"] - 1
        column, row = round(x), round(y)
        # The pixels say themselves where on the parent they are.
        parent_row, parent_column = divmod(int(sci.data[row, column]), SHAPE[1])
        found = (parent_column + x - column, parent_row + y - row)
        assert found == pytest.approx(place, abs=1e-6)
        parsed = WCS(sci.header)
        assert float(_sky(parsed, spelling, x, y).separation(sky).arcsec) < 1e-4
        if spelling.frame != "ecliptic":
            assert parsed.world_to_pixel(sky) == pytest.approx((x, y), abs=1e-6)


def _parent(spelling: Spelling) -> WCS:
    """The WCS of the parent map as astropy has it; of D exponents it reads the mantissa only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wcs = WCS(spelling.header("E" if spelling.exponent == "D" else spelling.exponent))
    # What is on the map has a place, also beyond the meridian where a projection closes.
    wcs.wcs.bounds_check(False, False)
    return wcs


def _sky(wcs: WCS, spelling: Spelling, x: float, y: float) -> SkyCoord:
    lon, lat = wcs.wcs_pix2world(x, y, 0)
    if spelling.frame == "ecliptic":
        frame = BarycentricMeanEcliptic(equinox=Time(2000, format="jyear"))
    else:
        frame = wcs_to_celestial_frame(wcs)
    return SkyCoord(lon, lat, unit="deg", frame=frame).icrs


def _write(path: Path, spelling: Spelling, pixels: np.ndarray[Any, Any]) -> None:
    header = spelling.header(spelling.exponent)
    about = {
        "OBSID": "282023912", "BAND": "90GHz", "FILETYPE": "PSTH", "FIELD": "f",
        "DATE-BEG": "2020-03-01T01:02:03", "DATE-END": "2020-03-01T02:40:03",
    }  # fmt: skip
    hdus = [fits.PrimaryHDU()]
    for name, image in (("SCI", pixels), ("WGT", np.ones_like(pixels))):
        hdu = fits.ImageHDU(image, name=name)
        for card in header.cards:
            hdu.header.append(card)
        hdu.header.update(about)
        hdus.append(hdu)
    fits.HDUList(hdus).writeto(path, output_verify="ignore")
