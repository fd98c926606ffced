"""What the headers of stamps promise."""

import hashlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

import sptjobs
from sptjobs.cutouts.stamps.header_bytes import card, hdu_bytes
from sptjobs.request.cutout_request import CutoutRequest, Projection, Target
from tests.support.cutting import make
from tests.support.small_maps import make_map, request_for, wcs_cards

PLACES = [(0.0, -57.5), (0.3, -57.4)]


@pytest.fixture(params=[(None, "native"), ("GZIP_2", "native"), ("GZIP_2", "TAN")], ids=str)
def stamp(request: pytest.FixtureRequest, tmp_path: Path) -> fits.HDUList:
    compression, projection = request.param
    record = make_map(tmp_path, compression=compression)
    wanted = request_for(PLACES, projection=Projection(projection))
    made = make(tmp_path / "job", tmp_path, wanted, [record])
    return made.stamp(made.outcomes[1])


def test_checksums_hold_and_the_file_is_valid_fits(stamp: fits.HDUList) -> None:
    stamp.verify("exception")

    for hdu in stamp:
        assert hdu.verify_checksum() == 1
        assert hdu.verify_datasum() == 1
        assert len(hdu.header["CHECKSUM"]) == 16


def test_sci_is_the_primary_hdu_and_wgt_the_extension(stamp: fits.HDUList) -> None:
    assert [hdu.name for hdu in stamp] == ["SCI", "WGT"]
    assert isinstance(stamp[0], fits.PrimaryHDU)
    assert stamp[0].data.shape == stamp["SCI"].data.shape == stamp["WGT"].data.shape == (40, 40)
    assert (stamp[0].header["DATE-BEG"], stamp[0].header["BAND"]) == (
        "2019-03-01T06:00:00",
        "90GHz",
    )


def test_the_pixels_unit_is_the_one_confirmed_not_the_files(stamp: fits.HDUList) -> None:
    assert stamp["SCI"].header["BUNIT"] == "mK"
    assert stamp["WGT"].header["BUNIT"] == "mK-2"


def test_a_unit_that_nobody_confirmed_is_kept_as_the_sources(tmp_path: Path) -> None:
    record = make_map(tmp_path, record={"unit": None, "weight_unit": None})
    made = make(tmp_path / "job", tmp_path, request_for(PLACES), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        for name in ("SCI", "WGT"):
            assert "BUNIT" not in stamp[name].header
            assert stamp[name].header["SRCBUNIT"] == "K"


def test_sizes_checksums_and_compression_of_the_source_are_not_inherited(
    stamp: fits.HDUList,
) -> None:
    forbidden = {"SIZEINBYTES", "MD5SUM", "FITSNAME", "ZIMAGE", "ZCMPTYPE", "ZQUANTIZ"}

    for hdu in stamp:
        assert not forbidden.intersection(hdu.header)
        assert not any(name.startswith("Z") for name in hdu.header)


def test_no_header_tells_where_files_are_on_the_server(stamp: fits.HDUList, tmp_path: Path) -> None:
    text = "".join(hdu.header.tostring() for hdu in stamp)

    assert str(tmp_path) not in text
    assert "/data" not in text
    assert stamp["SCI"].header["PARENT"] == "282023912_90GHz_tonly.g3.gz"


def test_the_keys_that_spt3g_reads_stay_true(stamp: fits.HDUList) -> None:
    sci, wgt = stamp["SCI"].header, stamp["WGT"].header

    assert sci["ISWEIGHT"] is False
    assert sci["POLTYPE"] == "T"
    assert wgt["ISWEIGHT"] is True
    assert wgt["WTYPE"] == "TT"
    for header in (sci, wgt):
        assert (header["UNITS"], header["WEIGHTED"]) == ("Tcmb", False)
        if header["CTYPE1"] == "RA---TAN":
            assert not {"PROJ", "ALPHA0", "DELTA0", "X0", "Y0"}.intersection(header)
        else:
            assert header["PROJ"] == "ProjZEA"
            assert (header["X0"], header["Y0"]) == (header["CRPIX1"] - 1, header["CRPIX2"] - 1)


def test_the_observation_is_stated_as_in_the_map(stamp: fits.HDUList) -> None:
    header = stamp["SCI"].header

    assert (header["OBSID"], header["OBS-ID"], header["BAND"]) == ("282023912",) * 2 + ("90GHz",)
    assert (header["DATE-BEG"], header["DATE-END"]) == (
        "2019-03-01T06:00:00",
        "2019-03-01T08:00:00.5",
    )


def test_readers_of_the_wcs_have_nothing_to_repair(stamp: fits.HDUList) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("SCI", "WGT"):
            assert WCS(stamp[name].header).has_celestial


def test_the_target_and_its_coverage_are_stated(stamp: fits.HDUList) -> None:
    for name in ("SCI", "WGT"):
        header = stamp[name].header
        assert header["OBJECT"] == "t1"
        assert (header["TARG_RA"], header["TARG_DEC"]) == PLACES[1]
        assert header["COVERED"] == 1.0
        assert header["CENTCOV"] is True


def test_the_sources_of_a_stamp_are_stated(stamp: fits.HDUList, tmp_path: Path) -> None:
    header = stamp[0].header
    source = tmp_path / header["SRC_FILE"]

    assert header["SRC_MAP"] == "282023912_90GHz_psth"
    assert header["SRC_SHA"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert len(header["REQ_SHA"]) == 64
    assert header["CREATOR"] == f"spt3g-data-service {sptjobs.__version__}"
    assert header["V_NUMPY"] == np.__version__


def test_a_coadds_tag_is_not_passed_off_as_a_date(tmp_path: Path) -> None:
    tag = {"date_beg": None, "date_end": None, "tag": "yearly_winter_2020"}
    record = make_map(tmp_path, record=tag)
    made = make(tmp_path / "job", tmp_path, request_for(PLACES), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert not {"DATE-BEG", "DATE-END", "MJD-BEG"}.intersection(stamp["SCI"].header)


def test_what_the_source_does_not_say_is_taken_from_the_catalogue(tmp_path: Path) -> None:
    record = make_map(tmp_path, record={"season": "winter"})
    made = make(tmp_path / "job", tmp_path, request_for(PLACES), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert stamp["SCI"].header["SEASON"] == "winter"


def test_names_are_kept_whole_and_files_are_called_by_what_is_safe_of_them(tmp_path: Path) -> None:
    wanted = {
        "O'Brien": ("O_Brien", "O'Brien"),
        "x" * 100: ("x" * 64, "x" * 100),
        "SPT-CL J0000\N{MINUS SIGN}5748": ("SPT-CL_J0000-5748", "SPT-CL J0000-5748"),
        "SPT-CL J0000-5748": ("SPT-CL_J0000-5748_2", "SPT-CL J0000-5748"),
        "\u03b7 Car": ("eta_Car", "eta Car"),
        "t1": ("t1", "t1"),
    }
    record = make_map(tmp_path)
    request = CutoutRequest(tuple(Target(name, 0, -57.5, 10, 10) for name in wanted))

    made = make(tmp_path / "job", tmp_path, request, [record])

    assert [each.objid for each in made.outcomes] == list(wanted)
    for outcome, (stem, written) in zip(made.outcomes, wanted.values(), strict=True):
        with made.stamp(outcome) as stamp:
            stamp.verify("exception")
            assert stamp["SCI"].header["OBJECT"] == written
        assert outcome.stem == stem
        assert outcome.file == f"{stem}/{stem}_90GHz_282023912_psth.fits"


def test_wcs_cards_of_alternatives_and_old_names_do_not_survive_unshifted(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    with fits.open(tmp_path / record.path, mode="update") as hdus:
        hdus["SCI"].header["CRPIX1A"] = 3.0
        hdus["SCI"].header["CD1_1"] = 3.0
        hdus["SCI"].header["RADECSYS"] = "FK5"
    about = (tmp_path / record.path).stat()
    changed = {"size_bytes": about.st_size, "mtime_ns": about.st_mtime_ns}
    (tmp_path / "other").mkdir()
    record = type(record)(**{name: getattr(record, name) for name in record.__slots__} | changed)

    made = make(tmp_path / "job", tmp_path, request_for(PLACES), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert not {"CRPIX1A", "CD1_1", "RADECSYS"}.intersection(stamp["SCI"].header)


def test_cards_of_pixels_of_the_map_are_not_said_of_the_stamps(tmp_path: Path) -> None:
    of_pixels: dict[str, float | str] = {
        "PC001002": 0.1,
        "CD001001": 1.0,
        "PROJP1": 1.0,
        "LTV1": 3.0,
        "LTM1_1": 1.0,
    }
    of_pixels |= {"DATASEC": "[1:500,1:300]", "DATAMIN": -1.0, "WAT0_001": "system=image"}
    record = make_map(tmp_path, cards=[(name, value, "") for name, value in of_pixels.items()])
    made = make(tmp_path / "job", tmp_path, request_for(PLACES), [record])

    with made.stamp(made.outcomes[0]) as stamp:
        assert not set(of_pixels).intersection(stamp["SCI"].header)


values = (
    st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**62), 2**62)
    | st.booleans()
    | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120)
)


@given(values, st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=50))
def test_every_card_is_read_back_by_astropy(value: Any, comment: str) -> None:
    text = card("KEY", value, comment)

    assert len(text) % 80 == 0
    header = fits.Header.fromstring(text)
    found = header["KEY"]
    # FITS does not keep the blanks that end a text.
    assert found == (value.rstrip() if isinstance(value, str) else value)


@given(st.binary(max_size=9000))
def test_checksums_of_any_data_are_those_that_astropy_finds(data: bytes) -> None:
    data = data[: len(data) // 4 * 4]
    cards = (
        card("SIMPLE", value=True)
        + card("BITPIX", 8)
        + card("NAXIS", 1)
        + card("NAXIS1", len(data))
    )

    hdu = fits.open(io.BytesIO(hdu_bytes(cards, data)), checksum=True)[0]

    assert hdu.verify_checksum() == 1
    assert hdu.verify_datasum() == 1


def test_spt3g_reads_stamps_and_finds_the_same_places_on_the_sky(tmp_path: Path) -> None:
    spt3g_maps = pytest.importorskip("spt3g.maps")
    from spt3g import core

    wcs = wcs_cards((300, 500), crpix=(5300.0, -700.0))
    record = make_map(tmp_path, wcs=wcs)
    centre = (28.9, -55.0)
    from sptjobs.formats.flat_sky.wcs import map_wcs

    centre = tuple(map_wcs(wcs).wcs_pix2world([[250.3, 150.2]], 0)[0].tolist())
    made = make(tmp_path / "job", tmp_path, request_for([centre]), [record])
    path = tmp_path / "stamp.fits"
    path.write_bytes(made.files[str(made.outcomes[0].file)])

    loaded = spt3g_maps.fitsio.load_skymap_fits(str(path))

    header = fits.getheader(path, "SCI")
    np.testing.assert_array_equal(np.asarray(loaded["T"]), fits.getdata(path, "SCI"))
    np.testing.assert_array_equal(np.asarray(loaded["W"].TT), fits.getdata(path, "WGT"))
    for x, y in [(0, 0), (39, 0), (0, 39), (39, 39), (17.3, 21.9)]:
        ra, dec = WCS(header).wcs_pix2world([[x, y]], 0)[0]
        for each in (loaded["T"], loaded["W"].TT):
            found = each.angle_to_xy(ra * core.G3Units.deg, dec * core.G3Units.deg)
            np.testing.assert_allclose(found, (x, y), atol=0.01)
