import dataclasses
import gzip
import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.archive.scan import Refusal, scan
from sptjobs.formats.map_noise import NOT_MEASURED
from sptjobs.maps.record import MapRecord

MapWriter = Callable[..., Path]


def only(path: Path, known: dict[str, MapRecord] | None = None) -> MapRecord:
    (record,) = scan(path.parent, known or {})
    assert isinstance(record, MapRecord), record
    return record


def refusal(path: Path) -> str:
    (item,) = scan(path.parent, {})
    assert isinstance(item, Refusal), item
    assert item.path == path.name
    return item.reason


def test_a_map_becomes_a_record(write_map: MapWriter) -> None:
    path = write_map(SEASON="winter")
    record = only(path)
    assert (record.map_id, record.path) == ("102030405_150GHz_psth", path.name)
    assert (record.band, record.filetype, record.obsid) == ("150GHz", "passthrough", "102030405")
    assert (record.tag, record.season, record.field) == (None, "winter", "ra0hdec-59.75")
    assert record.date_beg == "2020-03-23T04:11:52"
    assert record.date_end == "2020-03-23T05:49:52"
    assert (record.projection, record.frame, record.pixel_scale_arcmin) == ("ZEA", "FK5", 0.25)
    assert (record.shape, record.observed_box) == ((60, 80), (20, 10, 70, 50))
    assert (record.sci_hdu, record.wgt_hdu, record.compression) == (1, 2, None)
    assert record.wcs["CTYPE1"] == "RA---ZEA"
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (record.size_bytes, record.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
    again = MapRecord.from_json(record.to_json())
    beside = {"block_sums": record.block_sums, "noise": record.noise, "moc": record.moc}
    assert dataclasses.replace(again, **beside) == record  # type: ignore[arg-type]


def test_without_a_collection_file_nothing_is_confirmed(write_map: MapWriter) -> None:
    record = only(write_map(BUNIT="uK", UNITS="Tcmb"))
    assert (record.collection, record.unit, record.weight_unit) == ("", None, None)
    assert (record.beam_arcmin, record.band_centre_ghz) == (None, None)


@pytest.mark.parametrize("spelling", ["PSTH", "psth", "passthrough", " PSTH "])
def test_both_spellings_of_a_file_type_are_read(write_map: MapWriter, spelling: str) -> None:
    assert only(write_map(FILETYPE=spelling)).filetype == "passthrough"


@pytest.mark.parametrize(
    ("name", "spelling", "filetype"),
    [
        ("102030405_150GHz_tonly_fltd.fits", "filtered", "filtered"),
        ("102030405_150GHz_tonly_cfltd.fits", "CFLTD", "coadd-subtracted"),
        ("102030405_150GHz_cfltd.fits", "coadd-subtracted", "coadd-subtracted"),
    ],
)
def test_file_names_may_say_more_than_they_need(
    write_map: MapWriter, name: str, spelling: str, filetype: str
) -> None:
    record = only(write_map(name, FILETYPE=spelling))
    assert (record.filetype, record.map_id) == (filetype, name.removesuffix(".fits"))


def test_95ghz_is_the_band_that_is_called_90ghz(write_map: MapWriter) -> None:
    assert only(write_map("102030405_90GHz_psth.fits", BAND="95GHz")).band == "90GHz"


def test_what_the_header_lacks_comes_from_the_file_name(write_map: MapWriter) -> None:
    record = only(write_map(without=("BAND", "FILETYPE", "OBS-ID")))
    assert (record.band, record.filetype, record.obsid) == ("150GHz", "passthrough", "102030405")


def test_what_the_file_name_lacks_comes_from_the_header(write_map: MapWriter) -> None:
    record = only(write_map("a map.fits"))
    assert (record.map_id, record.band, record.obsid) == ("a map", "150GHz", "102030405")


@pytest.mark.parametrize("dated", ["yearly_winter_2020", "2020-06-01T00:00:00"])
def test_a_coadd_has_its_tag_and_no_dates(write_map: MapWriter, dated: str) -> None:
    cards = {"OBS_ID": "yearly_winter_2020", "DATE_BEG": dated, "DATE_END": dated}
    record = only(write_map("yearly_winter_2020_150GHz_psth.fits.fz", tiles="GZIP_2", **cards))
    assert record.map_id == "yearly_winter_2020_150GHz_psth"
    assert (record.obsid, record.tag) == ("yearly_winter_2020", "yearly_winter_2020")
    assert (record.date_beg, record.date_end) == (None, None)
    assert record.compression == "GZIP_2"


@pytest.mark.parametrize(
    ("name", "stated"),
    [
        ("yearly_150GHz_winter_2020_tonly_psth.fits", "yearly_winter_2020"),
        ("yearly_150GHz_winter_2020_tonly_psth.fits", None),
        ("yearly_150GHz_winter_2020_psth.fits.fz", None),
        ("yearly_winter_2020_150GHz_tonly_psth.fits", None),
        ("coadd of 2020_150GHz_psth.fits", "yearly_winter_2020"),
        ("yearly_winter_2019_150GHz_psth.fits", "yearly_winter_2020"),
    ],
)
def test_of_a_coadds_tag_the_header_tells_and_without_it_the_name_that_ingest_gives(
    write_map: MapWriter, name: str, stated: str | None
) -> None:
    undefined = dict.fromkeys(("OBSID", "FIELD", "OBJECT", "DATE_END"))
    record = only(write_map(name, OBS_ID=stated, DATE_BEG=stated, **undefined))
    assert (record.obsid, record.tag) == ("yearly_winter_2020", "yearly_winter_2020")
    assert (record.field, record.region) == ("", "yearly_winter")
    assert (record.band, record.filetype, record.date_beg) == ("150GHz", "passthrough", None)


@pytest.mark.parametrize("ending", [".fit", ".FITS", ".FIT", ".Fits.GZ", ".fit.fz"])
def test_endings_come_in_any_case_and_in_three_letters(write_map: MapWriter, ending: str) -> None:
    path = write_map()
    other = path.with_name(f"102030405_150GHz_psth{ending}")
    content = path.read_bytes()
    path.unlink()
    other.write_bytes(gzip.compress(content) if "GZ" in ending else content)
    assert only(other).map_id == "102030405_150GHz_psth"


@pytest.mark.parametrize(
    ("name", "packed"), [("102030405_150GHz_psth.fits", True), ("1 of 2_psth.fits.gz", False)]
)
def test_the_content_tells_whether_a_file_is_packed_not_its_name(
    write_map: MapWriter, name: str, packed: bool
) -> None:
    plain = write_map()
    content = plain.read_bytes()
    plain.unlink()
    other = plain.with_name(name)
    other.write_bytes(gzip.compress(content) if packed else content)
    assert only(other).compression == ("gzip" if packed else None)


@pytest.mark.parametrize("name", ["c_150GHz_102030405_psth", "7_150GHz_102030405_psth"])
def test_the_name_of_a_stamp_is_no_other_observation(write_map: MapWriter, name: str) -> None:
    record = only(write_map(f"{name}.fits"))
    assert (record.map_id, record.obsid) == (name, "102030405")


@pytest.mark.parametrize("tiles", [None, "GZIP_2", "RICE_1"])
def test_without_extnames_the_order_tells_the_images(
    write_map: MapWriter, tiles: str | None
) -> None:
    record = only(write_map(names=("", ""), tiles=tiles))
    assert (record.sci_hdu, record.wgt_hdu, record.compression) == (1, 2, tiles)


def test_extnames_win_over_the_order(write_map: MapWriter) -> None:
    wgt = np.zeros((60, 80), np.float32)
    wgt[5:9, 6:8] = 2
    record = only(write_map(sci=wgt, wgt=np.ones_like(wgt), names=("WGT", "SCI")))
    assert (record.sci_hdu, record.wgt_hdu) == (2, 1)
    assert record.observed_box == (6, 5, 8, 9)


@pytest.mark.parametrize("names", [("IMAGE", "WEIGHT"), ("T", "TT"), ("map", "weights")])
def test_other_names_of_map_and_weight_count_in_any_order(
    write_map: MapWriter, names: tuple[str, str]
) -> None:
    wgt = np.zeros((60, 80), np.float32)
    wgt[5:9, 6:8] = 2
    record = only(write_map(sci=wgt, wgt=np.ones_like(wgt), names=(names[1], names[0])))
    assert (record.sci_hdu, record.wgt_hdu) == (2, 1)


def test_a_map_in_the_primary_hdu_is_read(write_map: MapWriter) -> None:
    path = write_map()
    with fits.open(path) as hdus:
        hdus[1].header.remove("EXTNAME")
        sci = fits.PrimaryHDU(hdus[1].data, hdus[1].header)
        wgt = fits.ImageHDU(hdus[2].data, hdus[2].header)
        wgt.header.remove("EXTNAME")
        fits.HDUList([sci, wgt]).writeto(path.with_name("b_150GHz_psth.fits"))
    path.unlink()
    path.with_name("b_150GHz_psth.fits").rename(path)
    assert (only(path).sci_hdu, only(path).wgt_hdu) == (0, 1)


def test_gzip_files_are_read(write_map: MapWriter) -> None:
    plain = write_map()
    expected = only(plain)
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    record = only(packed)
    assert (record.compression, record.map_id) == ("gzip", expected.map_id)
    assert (record.observed_box, record.footprint) == (expected.observed_box, expected.footprint)


def test_pixels_without_a_finite_value_are_not_observed(write_map: MapWriter) -> None:
    sci = np.full((60, 80), np.nan, np.float32)
    sci[12:40, 25:60] = 1
    assert only(write_map(sci=sci)).observed_box == (25, 12, 60, 40)


def test_dates_with_a_zone_become_utc(write_map: MapWriter) -> None:
    record = only(write_map(DATE_BEG="2020-03-23T01:00:00+02:00"))
    assert record.date_beg == "2020-03-22T23:00:00"


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"FILETYPE": "filtered"}, "FILETYPE is filtered in the header and passthrough in the"),
        ({"FILETYPE": "raw"}, "FILETYPE 'raw' is none of"),
        ({"BAND": "90GHz"}, "BAND is 90GHz in the header and 150GHz in the file name"),
        ({"BAND": "30GHz"}, "BAND '30GHz' is none of"),
        ({"OBS_ID": "7"}, "OBS-ID is 7 in the header and 102030405 in the file name"),
        ({"DATE_BEG": "soon"}, "DATE-BEG 'soon' of an observation is not a date"),
        ({"DATE_BEG": ""}, "DATE-BEG is missing from the header"),
        ({"DATE_END": "2019-01-01"}, "DATE-END 2019-01-01T00:00:00 lies before"),
        ({"without": ("DATE-END",)}, "DATE-END is missing from the header"),
        ({"without": ("FIELD",)}, "FIELD is missing from the header"),
        ({"without": ("CTYPE1", "CTYPE2")}, "CTYPE1 is missing from the header"),
        ({"CTYPE1": "DEC--ZEA", "CTYPE2": "RA---ZEA"}, "and ELAT, in this order"),
        ({"CTYPE1": "GLON-ZEA"}, "its WCS makes no sense"),
        ({"CTYPE1": "SLON-ZEA", "CTYPE2": "SLAT-ZEA"}, "are not a known projection of RA and DEC"),
        ({"CTYPE1": "RA---XYZ", "CTYPE2": "DEC--XYZ"}, "its WCS makes no sense"),
        ({"CTYPE1": "RA", "CTYPE2": "DEC"}, "are not a known projection"),
        ({"RADESYS": "GAPPT"}, "RADESYS 'GAPPT' is not known for RA; known are ICRS, FK5, FK4"),
        ({"EQUINOX": 20000.0}, "EQUINOX 20000 is no year from 1800 to 2200"),
        ({"CRVAL1": "0.3"}, "CRVAL1 is '0.3', and should be a number without quotes"),
        ({"CRPIX2": True}, "CRPIX2 is True, and should be a number"),
        ({"CDELT1": "-4.2D-03"}, "CDELT1 is '-4.2D-03', and should be a number"),
        ({"CUNIT1": 1}, "CUNIT1 is 1, and should be a text"),
        ({"CUNIT1": "mJy"}, "CUNIT1 is 'mJy', which is no angle"),
        ({"CDELT1": 0.0}, "its WCS makes no sense"),
        ({"CPDIS1": "LOOKUP"}, "its WCS has a distortion"),
        ({"without": ("CRVAL2",)}, "CRVAL2 is missing from the header"),
        ({"names": ("T", "Q")}, "has no image named WGT: its 2 images are named T, Q"),
        ({"names": ("SCI", "SCI")}, "has 2 images named SCI, SCI, not one SCI"),
        (
            {
                "names": ("IMAGE", "T"),
            },
            "has 2 images named IMAGE, T, not one SCI",
        ),
        ({"names": ("MAP", "RMS")}, "has no image named WGT"),
        ({"FIELD": None, "OBJECT": None}, "FIELD is missing from the header"),
        ({"names": ("SCI", "")}, "has no image named WGT"),
        ({"names": ("", "WGT")}, "has no image named SCI"),
        ({"ISWEIGHT": True}, "ISWEIGHT of SCI is True, against its name or place"),
        ({"wgt": np.zeros((60, 80), np.float32)}, "has no observed pixel"),
        ({"wgt": np.ones((60, 81), np.float32)}, "SCI and WGT differ in shape"),
        ({"PIXTYPE": "HEALPIX"}, "HEALPix map, which is read from a binary table in HDU 1"),
    ],
)
def test_a_file_that_is_no_complete_map_is_refused_with_its_reason(
    write_map: MapWriter, cards: dict[str, object], reason: str
) -> None:
    assert reason in refusal(write_map(**cards))


def test_a_tag_that_no_file_name_can_hold_is_refused(write_map: MapWriter) -> None:
    assert "neither a number nor a tag" in refusal(write_map("other.fits", OBS_ID="../x"))


def test_a_healpix_table_behind_an_image_is_refused_with_where_it_is_read(tmp_path: Path) -> None:
    table = fits.BinTableHDU.from_columns([fits.Column("T", "D", array=np.zeros(12))])
    table.header.update({"PIXTYPE": "HEALPIX", "NSIDE": 1, "ORDERING": "RING"})
    path = tmp_path / "1_150GHz_psth.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.zeros((2, 2))), table]).writeto(path)
    assert "read from a binary table in HDU 1" in refusal(path)


def test_a_file_with_one_image_is_refused(write_map: MapWriter) -> None:
    path = write_map(names=("", ""))
    with fits.open(path) as hdus:
        fits.HDUList([hdus[0].copy(), hdus[1].copy()]).writeto(path.with_suffix(".new"))
    path.with_suffix(".new").replace(path)
    assert "has one image only" in refusal(path)


@pytest.mark.parametrize(
    "content", [b"", b"no FITS at all", b"\0" * 9000, b"SIMPLE  =", b"\x1f\x8b"]
)
@pytest.mark.parametrize("ending", [".fits", ".fits.gz", ".fits.fz"])
def test_junk_is_refused(tmp_path: Path, content: bytes, ending: str) -> None:
    path = tmp_path / f"1_150GHz_psth{ending}"
    path.write_bytes(content)
    reason = refusal(path)
    assert reason
    assert "\n" not in reason


@pytest.mark.parametrize("tiles", [None, "GZIP_2"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.8, 0.99])
def test_a_truncated_file_is_refused(write_map: MapWriter, tiles: str | None, share: float) -> None:
    path = write_map(tiles=tiles)
    os.truncate(path, int(path.stat().st_size * share))
    assert re.search("truncated|cannot be read|image|END card", refusal(path))


def test_a_truncated_gzip_file_is_refused(write_map: MapWriter) -> None:
    plain = write_map()
    packed = plain.with_name(plain.name + ".gz")
    packed.write_bytes(gzip.compress(plain.read_bytes())[:-2000])
    plain.unlink()
    assert refusal(packed)


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "1_150GHz_psth.fits").symlink_to(tmp_path / "nowhere.fits")
    assert "No such file" in refusal(tmp_path / "1_150GHz_psth.fits")


@pytest.mark.parametrize("where", ["file", "folder"])
def test_a_name_that_is_not_utf8_is_refused_in_words_that_can_be_printed(
    write_map: MapWriter, where: str
) -> None:
    good = write_map()
    folder = os.fsencode(good.parent)
    if where == "folder":
        Path(os.fsdecode(folder + b"/Gr\xf6\xdfe")).mkdir()
        os.link(good, folder + b"/Gr\xf6\xdfe/5_90GHz_psth.fits")
    else:
        os.link(good, folder + b"/Gr\xf6\xdfe_90GHz_psth.fits")

    found = list(scan(good.parent, {}))

    (refused,) = (each for each in found if isinstance(each, Refusal))
    assert refused.path.startswith("Gr\\xf6\\xdfe")
    assert "not UTF-8" in refused.reason
    assert [each.path for each in found if isinstance(each, MapRecord)] == [good.name]


def test_a_bad_file_does_not_keep_the_others_out(write_map: MapWriter) -> None:
    good = write_map("2020/2020-03/102030405_150GHz_psth.fits")
    archive = good.parents[2]
    (archive / "broken.fits").write_bytes(b"x")
    (archive / "notes.txt").write_text("no map")
    (archive / ".hidden.fits").write_bytes(b"x")
    found = list(scan(archive, {}))
    assert [type(item) for item in found] == [Refusal, MapRecord]
    assert [item.path for item in found] == [
        "broken.fits",
        "2020/2020-03/102030405_150GHz_psth.fits",
    ]


def test_the_second_file_of_a_map_is_refused(write_map: MapWriter) -> None:
    first = write_map("a/102030405_150GHz_psth.fits")
    write_map("b/102030405_150GHz_psth.fits.fz", tiles="GZIP_2")
    record, second = scan(first.parents[1], {})
    assert isinstance(record, MapRecord)
    assert second == Refusal(
        "b/102030405_150GHz_psth.fits.fz",
        "would be map 102030405_150GHz_psth, as a/102030405_150GHz_psth.fits already is",
    )


def test_a_broken_file_does_not_take_the_place_of_a_good_one(write_map: MapWriter) -> None:
    good = write_map("b/102030405_150GHz_psth.fits")
    (good.parents[1] / "a").mkdir()
    (good.parents[1] / "a" / good.name).write_bytes(b"x")
    broken, record = scan(good.parents[1], {})
    assert isinstance(broken, Refusal)
    assert isinstance(record, MapRecord)


def test_an_unchanged_file_is_not_read_again(write_map: MapWriter) -> None:
    path = write_map()
    record = only(path)
    status = path.stat()
    path.write_bytes(b"x" * status.st_size)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert only(path, {record.path: record}) == record


def test_a_changed_file_is_read_again(write_map: MapWriter) -> None:
    path = write_map()
    record = only(path)
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    again = only(path, {record.path: record})
    assert again.mtime_ns == record.mtime_ns + 1
    path.write_bytes(b"x")
    (item,) = scan(path.parent, {record.path: record})
    assert isinstance(item, Refusal)


def rotten(path: Path, place: int) -> None:
    """Change one bit of a file and keep its size and time of change."""
    status = path.stat()
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_file_catalogued_without_sums_or_noise_gets_them_at_the_next_scan(
    write_map: MapWriter,
) -> None:
    record = only(write_map())
    assert record.block_sums is not None
    assert record.noise is not None
    old = MapRecord.from_json(record.to_json())
    assert (old.block_sums, old.noise) == (None, None)
    for known in (old, dataclasses.replace(old, block_sums=record.block_sums)):
        again = only(write_map(), {record.path: known})
        assert (again.block_sums, again.noise) == (record.block_sums, record.noise)


def test_the_noise_of_a_map_that_cannot_be_measured_is_not_looked_for_again(
    write_map: MapWriter,
) -> None:
    path = write_map()
    record = dataclasses.replace(only(path), noise=NOT_MEASURED)
    assert only(path, {record.path: record}).noise == NOT_MEASURED


@pytest.mark.parametrize("place", [80, -9000])
def test_a_file_that_rotted_before_it_had_sums_is_refused(write_map: MapWriter, place: int) -> None:
    path = write_map()
    old = MapRecord.from_json(only(path).to_json())
    rotten(path, place)
    (item,) = scan(path.parent, {old.path: old})
    assert item == Refusal(path.name, "is damaged: its SHA-256 is not the one that was catalogued")
