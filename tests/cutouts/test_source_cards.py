"""What the headers of stamps take over from those of maps."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from sptjobs.cutouts.stamps.header_bytes import card
from sptjobs.cutouts.stamps.spt3g_cards import misleads_spt3g, spt3g_cards
from sptjobs.cutouts.stamps.standard_cards import is_standard
from sptjobs.formats.map_content import Plane, SourceCard
from sptjobs.request.cutout_request import Projection
from tests.support.cutting import make
from tests.support.odd_cards import ALLOWED, FORBIDDEN
from tests.support.small_maps import make_map, pixels, request_for

PLACE = [(0.3, -57.4)]
REMARKS = {"HISTORY", "COMMENT", "", "CONTINUE"}


def cut(folder: Path, projection: str = "native", **source: Any) -> tuple[bytes, fits.HDUList]:
    """Cut one stamp of a map made of ``source``; give its bytes, and the file opened."""
    folder.mkdir(exist_ok=True)
    record = make_map(folder, **source)
    request = request_for(PLACE, projection=Projection(projection))
    made = make(folder / "job", folder, request, [record])
    return made.files[str(made.outcomes[0].file)], made.stamp(made.outcomes[0])


def lines(header: fits.Header) -> list[str]:
    text = header.tostring()
    return [text[at : at + 80].rstrip() for at in range(0, len(text), 80)]


@pytest.mark.parametrize("compression", [None, "GZIP_2"])
@pytest.mark.parametrize("projection", ["native", "TAN"])
def test_no_card_stands_twice_though_the_map_has_all_names_of_stamps(
    tmp_path: Path, compression: str | None, projection: str
) -> None:
    names = {"SRC_STEP", "SRC_LOSS", "LONGSTRN"}
    for kind in ("native", "TAN"):
        _, stamp = cut(tmp_path / kind, kind)
        names.update(name for hdu in stamp for name in hdu.header)
    structure = r"SIMPLE|XTENSION|BITPIX|NAXIS\d?|EXTEND|PCOUNT|GCOUNT|EXTNAME|CHECKSUM|DATASUM"
    wcs = r"WCSAXES|C(TYPE|RPIX|RVAL|DELT|UNIT)\d|LONPOLE|LATPOLE|RADESYS|EQUINOX|HISTORY"
    said = [name for name in names if not re.fullmatch(f"{structure}|{wcs}", name)]

    cards = [(name, "theirs", "") for name in sorted(said)]
    _, clean = cut(tmp_path / "clean", projection, compression=compression)
    _, stamp = cut(tmp_path / "full", projection, compression=compression, cards=cards)

    for hdu, own in zip(stamp, clean, strict=True):
        counts = Counter(name for name in hdu.header if name not in REMARKS)
        assert [name for name, count in counts.items() if count > 1] == []
        for name in ("RESAMPLE", "TARG_RA", "COVERED", "CENTCOV", "OBJECT", "BUNIT", "DATE-BEG"):
            assert hdu.header[name] == own.header[name]
    assert stamp["SCI"].header["SRC_MAP"] == clean["SCI"].header["SRC_MAP"]


def test_of_two_cards_of_one_name_the_first_is_kept(tmp_path: Path) -> None:
    twice = [b"TWICE   =                    1", b"TWICE   =                    2"]
    _, stamp = cut(tmp_path, raw=twice)

    assert [each.value for each in stamp["SCI"].header.cards if each.keyword == "TWICE"] == [1]


@pytest.mark.filterwarnings("ignore")  # astropy's of such cards
@pytest.mark.parametrize("compression", [None, "GZIP_2"])
def test_cards_that_no_standard_allows_are_left_out(
    tmp_path: Path, compression: str | None
) -> None:
    # THEAP is a tiled image's own.
    raw = [each for each in FORBIDDEN if compression is None or not each.startswith(b"THEAP")]
    content, stamp = cut(tmp_path, raw=raw, compression=compression)

    for hdu in stamp:
        hdu.verify("exception")
        names = [name for name in hdu.header if name not in REMARKS]
        assert all(re.fullmatch("[A-Z0-9_-]{1,8}", name) for name in names)
        if compression is None:
            # In a tiled image's header astropy mends some of them.
            found = {each[:8].decode("latin-1").strip().upper() for each in FORBIDDEN}
            # These two the reader spells as the standard wants.
            assert found.intersection(names) <= {"LOWER", "EXPON"}
    header_end = stamp["SCI"].fileinfo()["datLoc"]
    assert re.fullmatch(rb"[ -~]*", content[:header_end])


@pytest.mark.parametrize("compression", [None, "GZIP_2"])
def test_cards_that_the_standard_allows_are_kept_as_they_stood(
    tmp_path: Path, compression: str | None
) -> None:
    _, stamp = cut(tmp_path, raw=ALLOWED, compression=compression)

    for hdu in stamp:
        assert {each.decode() for each in ALLOWED} <= set(lines(hdu.header))


@given(st.binary(min_size=1, max_size=80))
def test_a_card_that_is_kept_is_one_by_the_grammar_of_fits(image: bytes) -> None:
    text = image.decode("latin-1").ljust(80)
    name = text[:8].rstrip()
    if is_standard(SourceCard(name, 1, "", text)) and name not in {"HISTORY", "COMMENT"}:
        assert re.fullmatch(r"[ -~]*", text)
        assert re.fullmatch(r"[A-Z0-9_-]{1,8} *", text[:8])
        fits.Card.fromstring(text).verify("exception")


def test_long_texts_are_kept_whole_and_announced(tmp_path: Path) -> None:
    long = "It's a long story & " * 12 + "end"
    _, stamp = cut(tmp_path, cards=[("STORY", long, "written once")])

    for hdu in stamp:
        hdu.verify("exception")
        assert hdu.header["STORY"] == long
        assert hdu.header["LONGSTRN"] == "OGIP 1.0"


def test_remarks_are_kept_and_tell_no_places_of_files(tmp_path: Path) -> None:
    remarks = [
        ("HISTORY", "AIPS   CLEAN BMAJ=  3.3E-02 BMIN=  3.3E-02 BPA=   0.00", ""),
        ("HISTORY", "coadded /sptgrid/user/x/a_90GHz.g3 (/scratch/b.g3) of https://a.b/c/d", ""),
        ("COMMENT", "calibrated in K/arcmin", ""),
        ("COMMENT", "x" * 100, ""),
    ]
    _, stamp = cut(tmp_path, cards=remarks)

    header = stamp["SCI"].header
    assert list(header["HISTORY"]) == [
        "made of maps",
        remarks[0][1],
        "coadded a_90GHz.g3 (b.g3) of https://a.b/c/d",
    ]
    assert list(header["COMMENT"]) == ["calibrated in K/arcmin", "x" * 72, "x" * 28]


def test_the_beam_is_the_maps_own_or_else_the_one_confirmed(tmp_path: Path) -> None:
    own = [("BMAJ", 0.03, "[deg]"), ("BMIN", 0.02, "[deg]"), ("BPA", 12.0, "[deg]")]
    _, stamp = cut(tmp_path / "own", cards=own)
    _, confirmed = cut(tmp_path / "confirmed", record={"beam_arcmin": 1.2})
    _, none = cut(tmp_path / "none", record={"beam_arcmin": None})

    assert [stamp[0].header[name] for name in ("BMAJ", "BMIN", "BPA")] == [0.03, 0.02, 12.0]
    assert [confirmed[0].header[name] for name in ("BMAJ", "BMIN")] == pytest.approx([0.02, 0.02])
    assert "BMAJ" not in none[0].header


@pytest.mark.parametrize(
    ("compression", "quantize", "lossy"),
    [
        (None, 16, False),
        ("gzip", 16, False),
        ("GZIP_2", 16, True),
        ("GZIP_2", -0.01, True),
        ("RICE_1", 4, True),
        ("GZIP_1", 0, False),
        ("GZIP_2", 0, False),
    ],
)
def test_a_lossy_compression_of_the_map_is_stated_with_its_step(
    tmp_path: Path, compression: str | None, quantize: float, lossy: bool
) -> None:
    _, stamp = cut(tmp_path / "map", compression=compression, quantize=quantize)

    header = stamp["SCI"].header
    assert header.get("SRC_LOSS") == (compression if lossy else None)
    assert ("SRC_STEP" in header) is lossy
    if lossy:
        (tmp_path / "plain").mkdir()
        plain, _ = pixels(tmp_path / "plain", make_map(tmp_path / "plain"))
        with fits.open(tmp_path / "map" / "282023912_90GHz_psth.fits") as hdus:
            error = np.abs(hdus["SCI"].data - plain).max()
        assert 0 < error <= header["SRC_STEP"] / 2 * (1 + 1e-5)


@pytest.mark.parametrize(
    ("unit", "units", "comment", "name"),
    [
        ("mK", None, "", "Tcmb"),
        ("K", "Trj", "", "Trj"),
        ("uK_CMB", 0.001, "", "Tcmb"),
        ("mJy", None, "", "FluxDensity"),
        ("mJy/beam", "Tcmb", "", "FluxDensity"),
        ("MJy/sr", 1.0, "Tcmb[uK]", "FluxDensity"),
        (None, "Tcmb", "", "Tcmb"),
        (None, 0.001, "Tcmb[uK]", "Tcmb"),
        (None, 0.001, "core.G3Units.uK", "None"),
        (None, "furlong", "", "None"),
        (None, None, "", "None"),
        ("ct", "Counts", "", "Counts"),
    ],
)
def test_spt3g_reads_the_quantity_by_its_name(
    unit: str | None, units: object, comment: str, name: str
) -> None:
    source = {} if units is None else {"UNITS": SourceCard("UNITS", units, comment, "")}

    rows = {key: value for key, value, _ in spt3g_cards(Plane.SCI, source, unit)}

    assert rows == {"UNITS": name, "WEIGHTED": False, "ISWEIGHT": False, "POLTYPE": "T"}


ODD_FOR_SPT3G = [
    {"UNITS": 0.001},
    {"UNITS": "furlong", "WEIGHTED": "no"},
    {"POLTYPE": 5, "WTYPE": 5, "ISWEIGHT": "maybe"},
    {"COORDREF": "ICRS", "MAPTYPE": "SKY"},
    {"POLCCONV": 3, "POLAR": True, "COORDSYS": "Z"},
    {"ALPHA0": "zero", "DELTA0": True, "PROJ": "ProjTAN", "OVERFLOW": "much"},
    {"X0": "here", "Y0": True},
    {"TUNIT": 3, "PIXTYPE": "HEALPIX", "NSIDE": 8},
]


@pytest.mark.parametrize("projection", ["native", "TAN"])
@pytest.mark.parametrize("odd", ODD_FOR_SPT3G, ids=str)
def test_spt3g_reads_stamps_of_maps_that_it_cannot_read(
    tmp_path: Path, odd: dict[str, Any], projection: str
) -> None:
    spt3g_maps = pytest.importorskip("spt3g.maps")
    cards = [(name, value, "Tcmb[uK]") for name, value in odd.items()]
    content, stamp = cut(tmp_path / "map", projection, cards=cards)
    path = tmp_path / "stamp.fits"
    path.write_bytes(content)

    loaded = spt3g_maps.fitsio.load_skymap_fits(str(path))

    np.testing.assert_array_equal(np.asarray(loaded["T"]), stamp["SCI"].data)
    np.testing.assert_array_equal(np.asarray(loaded["W"].TT), stamp["WGT"].data)
    assert str(loaded["T"].units) == "Tcmb"
    assert str(loaded["T"].coord_ref) == "Equatorial"


def test_projections_are_as_spt3g_names_them() -> None:
    def misleads(value: object, projection: str) -> bool:
        return misleads_spt3g(SourceCard("PROJ", value, "", ""), projection)

    assert not misleads("ProjZEA", "ZEA")
    assert not misleads("ProjBICEP", "CAR")
    assert misleads("ProjBICEP", "ZEA")
    assert misleads(5, "ZEA")


def test_texts_beyond_ascii_are_written_in_their_nearest_form() -> None:
    written = fits.Card.fromstring(card("SRC_FILE", "Übersicht 5\u2032.fits"))

    assert written.value == "Ubersicht 5'.fits"
