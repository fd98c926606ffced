import argparse
import asyncio
import gzip
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from sptjobs.commands.archive_command import add_arguments, run
from sptjobs.store.migration import upgrade
from tests.archive.test_structure import EMPTY


def archive_command(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(words))


@pytest.fixture
def environment(tmp_path: Path, tiny_archive: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Point the settings at a copy of some simulated maps and a migrated database."""
    archive = tmp_path / "maps"
    for path in [*tiny_archive.rglob("*_tonly_fltd.fits"), tiny_archive / "collection.toml"]:
        copy = archive / path.relative_to(tiny_archive)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, copy)
    url = f"sqlite+aiosqlite:///{tmp_path / 'catalogue.sqlite'}"
    for name in ("SPT_BROKER_URL", "SPT_RESULTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SPT_DATABASE_URL", url)
    monkeypatch.setenv("SPT_ARCHIVE", str(archive))
    asyncio.run(upgrade(url))
    return archive


def printed(capsys: pytest.CaptureFixture[str], words: Sequence[str], code: int) -> str:
    capsys.readouterr()
    assert archive_command(*words) == code
    return capsys.readouterr().out


def test_ingest_catalogues_list_lists_check_verifies(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (environment / "broken.fits").write_bytes(b"x")
    out = printed(capsys, ["ingest"], 0)
    assert out.splitlines()[0].startswith("refused broken.fits: cannot be read")
    assert "3 maps catalogued: 3 added, 0 replaced, 0 unchanged, 0 removed; 1 files" in out
    listed = " ".join(printed(capsys, ["list"], 0).split())
    shown = "150GHz filtered coadd yearly_winter mJy 700x500"
    assert f"yearly_150GHz_winter_2020_tonly_fltd {shown}" in listed
    assert len(json.loads(printed(capsys, ["list", "--json"], 0))) == 3
    assert "3 of 3 files are as they were catalogued" in printed(capsys, ["check"], 0)


def test_a_second_ingest_changes_nothing(
    environment: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = json.loads(printed(capsys, ["ingest", "--json"], 0))
    again = json.loads(printed(capsys, ["ingest", "--json", str(environment)], 0))
    assert (again["unchanged"], again["added"], again["replaced"]) == (3, 0, 0)
    assert again["snapshot"] == first["snapshot"]
    anew = json.loads(printed(capsys, ["ingest", "--json", "--read-again"], 0))
    assert anew["snapshot"] == first["snapshot"]


def test_check_names_every_bad_file(environment: Path, capsys: pytest.CaptureFixture[str]) -> None:
    archive_command("ingest")
    short, flipped, gone = sorted(environment.rglob("*.fits"))
    short.write_bytes(b"x")
    content = bytearray(flipped.read_bytes())
    content[-1] ^= 1
    flipped.write_bytes(content)
    gone.unlink()
    lines = printed(capsys, ["check"], 1).splitlines()
    assert "has 1 bytes, catalogued with" in lines[0]
    assert "has SHA-256" in lines[1]
    assert "No such file" in lines[2]
    assert lines[3] == "0 of 3 files are as they were catalogued"


def test_an_archive_that_has_no_maps_yet_is_no_fault_and_one_that_is_missing_is(
    environment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert archive_command("ingest", str(tmp_path / "empty")) == 0
    output = capsys.readouterr()
    assert output.out.startswith("0 maps catalogued")
    assert "put files there that end with .fits" in output.err
    assert archive_command("ingest", str(tmp_path / "missing")) == 1
    assert "there is no folder" in capsys.readouterr().err


def test_an_archive_none_of_whose_files_is_a_map_is_an_error(
    environment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/1_90GHz_psth.fits").write_bytes(b"no map")
    assert "refused 1_90GHz_psth.fits" in printed(capsys, ["ingest", str(tmp_path / "bad")], 1)


def test_a_header_without_end_is_refused_in_a_line(
    environment: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad").mkdir()
    names: list[str] = []
    # Headers of 60,000 cards, none of which is END.
    for card in (b"", b"END    =", b"COMMENT nothing", b"A       = ", b"\xff" * 80, b"\0" * 80):
        content = EMPTY[:240] + card.ljust(80) * 60_000
        for suffix, packed in (("", content), (".gz", gzip.compress(content, 1))):
            names.append(f"{len(names)}_90GHz_psth.fits{suffix}")
            (tmp_path / "bad" / names[-1]).write_bytes(packed)
    capfd.readouterr()
    assert archive_command("ingest", str(tmp_path / "bad")) == 1
    output = capfd.readouterr()
    lines = (output.out + output.err).splitlines()
    for name in names:
        (line,) = (each for each in lines if each.startswith(f"refused {name}: "))
        assert "has no END card" in line
        assert len(line) < 500
    assert len(lines) <= len(names) + 2


@pytest.mark.parametrize("files", [[], ["1_90GHz_psth.fits"]])
def test_a_folder_without_any_map_empties_no_catalogue_unless_it_is_said_so(
    environment: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], files: list[str]
) -> None:
    archive_command("ingest")
    (tmp_path / "unmounted").mkdir()
    for name in files:
        (tmp_path / "unmounted" / name).write_bytes(b"no map")
    capsys.readouterr()
    assert archive_command("ingest", str(tmp_path / "unmounted")) == 1
    assert "3 are catalogued: the catalogue stays as it is" in capsys.readouterr().err
    assert "3 maps" in printed(capsys, ["list"], 0)
    archive_command("ingest", "--allow-empty", str(tmp_path / "unmounted"))
    capsys.readouterr()
    assert printed(capsys, ["list"], 0).splitlines()[-1] == "0 maps"


def test_a_database_that_is_not_migrated_is_an_error(
    environment: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPT_DATABASE_URL", f"sqlite+aiosqlite:///{environment}/other.sqlite")
    assert archive_command("ingest") == 1
    assert capsys.readouterr().err.startswith("sptjobs: ")


def test_synth_makes_a_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["synth", "--set", "tiny", "--seed", "5", "--out", str(tmp_path / "a folder")]
    out = printed(capsys, words, 0)
    assert out.splitlines()[-1].startswith("12 maps, ")
    assert (tmp_path / "a folder" / out.splitlines()[0]).is_file()
    with pytest.raises(SystemExit):
        archive_command("synth", "--seed", "-1", "--out", str(tmp_path))
