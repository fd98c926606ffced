"""Bands and kinds of maps are what the site declares, SPT-3G's where it declares none."""

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from sptjobs.archive.names import parse_stem
from sptjobs.maps.map_error import MapError
from sptjobs.maps.site import declare, declare_site, packaged_kinds, site_kinds
from sptjobs.request.parsing import parse_request
from sptjobs.settings import SettingsError
from sptjobs.uws.errors import InvalidRequestError

OPTICAL = """
name = "optical"
bands = ["r", "g"]
filetypes = ["image", "difference"]
newest_filetypes = ["image"]
[band.g]
aliases = ["g_SDSS"]
[filetype.difference]
summary = "minus the deep image"
short = "diff"
"""
TARGET = (("RA", "1"), ("DEC", "-57"))


@pytest.fixture
def optical(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "collection.toml").write_text(OPTICAL)
    declare_site(tmp_path)
    yield tmp_path
    declare(packaged_kinds())


@pytest.mark.usefixtures("optical")
def test_a_request_takes_the_sites_bands_and_kinds_in_its_order() -> None:
    every = parse_request((*TARGET, ("COADD", "deep")), {}, max_targets=1)
    assert (every.bands, every.filetypes) == (("r", "g"), ("image", "difference"))
    assert parse_request(TARGET, {}, max_targets=1).filetypes == ("image",)
    some = (*TARGET, ("BANDS", "G_sdss,r"), ("FILETYPE", "difference"))
    chosen = parse_request(some, {}, max_targets=1)
    assert (chosen.bands, chosen.filetypes) == (("r", "g"), ("difference",))


@pytest.mark.usefixtures("optical")
@pytest.mark.parametrize(("name", "value"), [("BANDS", "150GHz"), ("FILETYPE", "passthrough")])
def test_a_request_for_what_the_site_has_not_names_what_it_has(name: str, value: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"{name}.*must be one of (r, g|image, diff)"):
        parse_request((*TARGET, (name, value)), {}, max_targets=1)


@pytest.mark.usefixtures("optical")
def test_a_file_name_is_read_by_the_sites_names() -> None:
    assert parse_stem("7_g_SDSS_deep_diff").band == "g"
    assert parse_stem("7_r_deep_diff").filetype == "difference"
    assert parse_stem("7_150GHz_psth").band is None


def test_what_a_site_does_not_declare_is_as_spt_3g_has_it(tmp_path: Path) -> None:
    usual = packaged_kinds()
    assert site_kinds(tmp_path) == usual
    (tmp_path / "collection.toml").write_text('name = "x"\n[band.150GHz]\nbeam_arcmin = 1.2\n')
    assert site_kinds(tmp_path) == usual
    (tmp_path / "collection.toml").write_text('name = "x"\nbands = ["30GHz"]\n')
    found = site_kinds(tmp_path)
    assert found.band_names == ("30GHz",)
    assert (found.filetypes, found.newest_filetypes) == (usual.filetypes, ("filtered",))


def test_kinds_reach_another_process_whole(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text(OPTICAL)
    found = site_kinds(tmp_path)
    copy = pickle.loads(pickle.dumps(found))
    assert (copy, copy.band_spellings["g_SDSS"]) == (found, "g")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("bands = []", "bands must name one at least"),
        ('bands = "r"', "bands must be a list of names, not 'r'"),
        ('bands = ["r,g"]', "bands: 'r,g' is no name"),
        ("bands = [3]", "bands: 3 is no name"),
        ('bands = ["r", "R"]', "bands: 'R' is there twice"),
        ('bands = ["r", "g"]\n[band.g]\naliases = ["r"]', "bands: 'r' is there twice"),
        ('bands = ["r"]\n[band.r]\naliases = "x"', "band.r.aliases must be a list of names"),
        ('bands = ["r"]\nband = 3', "band must hold tables"),
        ('filetypes = ["a", "b"]\n[filetype.a]\nshort = "b"', "filetypes: 'b' is there twice"),
        ('filetypes = ["a"]\n[filetype.a]\nshort = "x/y"', "filetype.a.short: 'x/y' is no name"),
        ('filetypes = ["a"]\n[filetype.a]\nsummary = 3', "filetype.a.summary must be a text"),
        ('filetypes = ["a"]\ndefault_filetypes = ["c"]', "default_filetypes: 'c' is none of a"),
        ("newest_filetypes = []", "newest_filetypes must name one at least"),
        ("bands = ", "cannot be read as TOML"),
    ],
)  # fmt: skip
def test_what_cannot_be_declared_is_refused_by_its_key(
    tmp_path: Path, text: str, reason: str
) -> None:
    (tmp_path / "collection.toml").write_text(text)
    with pytest.raises(MapError) as caught:
        site_kinds(tmp_path)
    assert reason in str(caught.value)
    with pytest.raises(SettingsError, match=r"SPT_ARCHIVE: .*collection\.toml: "):
        declare_site(tmp_path)


def test_the_edges_of_a_band_are_its_wavelengths_whether_stated_in_ghz_or_nm(
    tmp_path: Path,
) -> None:
    text = 'bands = ["r", "150GHz"]\n[band.r]\nedges_nm = [550, 700]\n[band.150GHz]\n'
    (tmp_path / "collection.toml").write_text(text + "edges_ghz = [125, 175.0]\n")
    kinds = site_kinds(tmp_path)
    assert kinds.wavelengths("r") == pytest.approx((5.5e-7, 7e-7))
    assert kinds.wavelengths("150GHz") == pytest.approx((1.7131e-3, 2.3983e-3), rel=1e-4)
    assert kinds.wavelengths("u") is None


def test_a_site_may_state_the_edges_of_a_band_that_it_does_not_declare(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text("[band.95GHz]\nedges_ghz = [80, 110]\n")
    ours, usual = site_kinds(tmp_path), packaged_kinds()
    assert ours.wavelengths("90GHz") == pytest.approx((2.7254e-3, 3.7474e-3), rel=1e-4)
    assert ours.wavelengths("220GHz") == usual.wavelengths("220GHz") is not None


@pytest.mark.parametrize(
    "line",
    [
        "edges_ghz = 150",
        "edges_ghz = [150]",
        "edges_ghz = [175, 125]",
        "edges_ghz = [0, 125]",
        'edges_nm = ["a", "b"]',
        "edges_nm = [true, 2]",
        "edges_ghz = [1, inf]",
        "edges_ghz = [1, 2]\nedges_nm = [1, 2]",
    ],
)
def test_edges_that_make_no_sense_are_refused_by_name(tmp_path: Path, line: str) -> None:
    (tmp_path / "collection.toml").write_text(f"[band.150GHz]\n{line}\n")
    with pytest.raises(MapError, match=r"band.150GHz.*edges_(ghz|nm)"):
        site_kinds(tmp_path)
