from collections.abc import Callable
from pathlib import Path

import pytest

from sptjobs.archive.collection import read_collection
from sptjobs.archive.scan import Refusal, scan
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord

CONFIRMED = """
name = "winter"
[filetype.passthrough]
unit = "mK"
weight_unit = "mK-2"
[filetype.FLTD]
unit = "mJy"
[band.95GHz]
beam_arcmin = 1.6
band_centre_ghz = 95
[band.150GHz]
beam_arcmin = 1.2
"""


def records(archive: Path, known: dict[str, MapRecord] | None = None) -> dict[str, MapRecord]:
    found = list(scan(archive, known or {}))
    return {item.path: item for item in found if isinstance(item, MapRecord)}


def test_the_operators_word_wins_over_the_header(write_map: Callable[..., Path]) -> None:
    path = write_map(BUNIT="uK", UNITS="Tcmb")
    (path.parent / "collection.toml").write_text(CONFIRMED)
    record = records(path.parent)[path.name]
    assert (record.collection, record.unit, record.weight_unit) == ("winter", "mK", "mK-2")
    assert (record.beam_arcmin, record.band_centre_ghz) == (1.2, None)


def test_a_collection_reaches_the_folders_below_it(write_map: Callable[..., Path]) -> None:
    archive = write_map("a/deep/1_150GHz_psth.fits", OBS_ID="1").parents[2]
    write_map("b/2_150GHz_psth.fits", OBS_ID="2")
    write_map("a/own/3_150GHz_psth.fits", OBS_ID="3")
    (archive / "a" / "collection.toml").write_text(CONFIRMED)
    (archive / "a" / "own" / "collection.toml").write_text('name = "own"')
    names = {path: record.collection for path, record in records(archive).items()}
    assert names == {
        "a/deep/1_150GHz_psth.fits": "winter",
        "a/own/3_150GHz_psth.fits": "own",
        "b/2_150GHz_psth.fits": "",
    }


def test_a_changed_collection_reaches_unchanged_files(write_map: Callable[..., Path]) -> None:
    path = write_map()
    before = records(path.parent)
    (path.parent / "collection.toml").write_text(CONFIRMED)
    assert records(path.parent, before)[path.name].unit == "mK"


def test_band_and_file_type_may_be_spelt_either_way(tmp_path: Path) -> None:
    (tmp_path / "collection.toml").write_text(CONFIRMED)
    collection = read_collection(tmp_path / "collection.toml")
    facts = collection.facts("filtered", "90GHz")
    assert (facts["unit"], facts["beam_arcmin"], facts["band_centre_ghz"]) == ("mJy", 1.6, 95.0)
    assert collection.facts("coadd-subtracted", "220GHz")["unit"] is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("name = ", "cannot be read as TOML"),
        ("", "name must be a text"),
        ('name = "x"\nunits = 3', "units means nothing here"),
        ('name = "x"\n[band.30GHz]', "BAND '30GHz' is none of"),
        ('name = "x"\n[filetype.raw]', "FILETYPE 'raw' is none of"),
        ('name = "x"\n[filetype.psth]\nunit = "bananas"', "'bananas' is not a unit"),
        ('name = "x"\n[filetype.psth]\nunit = 3', "3 is not a unit"),
        ('name = "x"\n[filetype.psth]\nbeam = 3', "filetype.psth.beam means nothing"),
        ('name = "x"\n[band.150GHz]\nbeam_arcmin = -1', "-1 is not a positive number"),
        ('name = "x"\n[band.150GHz]\nbeam_arcmin = true', "True is not a positive number"),
        ('name = "x"\n[band.90GHz]\n[band.95GHz]', "90GHz is described twice"),
        ('name = "x"\nband = 3', "band must hold tables"),
    ],
)
def test_a_wrong_collection_file_is_reported_and_confirms_nothing(
    write_map: Callable[..., Path], text: str, reason: str
) -> None:
    path = write_map()
    (path.parent / "collection.toml").write_text(text)
    with pytest.raises(MapError):
        read_collection(path.parent / "collection.toml")
    problem, record = scan(path.parent, {})
    assert isinstance(problem, Refusal)
    assert problem.path == "collection.toml"
    assert reason in problem.reason
    assert isinstance(record, MapRecord)
    assert record.unit is None
