"""``sptjobs archive hips``: which surveys are made, and what it says."""

from pathlib import Path

import pytest

from tests.archive.test_commands import archive_command, environment, printed

__all__ = ["environment"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Name a folder for surveys, outside of the archive."""
    monkeypatch.setenv("SPT_HIPS", str(tmp_path / "hips"))
    return tmp_path / "hips"


def test_surveys_of_the_chosen_coadds_are_made_once(
    environment: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive_command("ingest")
    chosen = ["hips", "--band", "150GHz", "--filetype", "filtered", "--order", "3"]
    map_id = "yearly_150GHz_winter_2020_tonly_fltd"
    out = printed(capsys, chosen, 0).splitlines()
    assert out == [f"made {map_id}", "1 made, 0 unchanged, 0 refused"]
    assert [path.name for path in root.iterdir() if path.is_dir()] == [map_id]
    (survey,) = (root / map_id).iterdir()
    assert (survey / "Norder3/Allsky.png").exists()
    out = printed(capsys, chosen, 0).splitlines()
    assert out == [f"unchanged {map_id}", "0 made, 1 unchanged, 0 refused"]


def test_a_map_that_cannot_be_read_is_named_and_the_code_is_1(
    environment: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive_command("ingest")
    (path,) = environment.rglob("yearly_220GHz*.fits")
    path.unlink()
    out = printed(capsys, ["hips", "--band", "220GHz", "--order", "3"], 1)
    assert out.startswith("refused yearly_220GHz_winter_2020_tonly_fltd: the map file cannot be")
    assert "0 made, 0 unchanged, 1 refused" in out


@pytest.mark.parametrize("option", ["--band", "--filetype", "--tag"])
def test_a_choice_that_no_coadd_meets_says_what_there_is(
    environment: Path, root: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    archive_command("ingest")
    assert archive_command("hips", option, "nothing") == 1
    said = capsys.readouterr().err
    assert "band 150GHz, 220GHz, 90GHz; filetype filtered; tag yearly_winter_2020" in said


def test_without_a_coadd_there_is_nothing_to_make(
    environment: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert archive_command("hips") == 1
    assert "no coadd is catalogued" in capsys.readouterr().err


def test_a_folder_has_to_be_named_and_not_one_that_ingest_reads(
    environment: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPT_HIPS", raising=False)
    assert archive_command("hips") == 2
    assert "SPT_HIPS, or --out FOLDER" in capsys.readouterr().err
    assert archive_command("hips", "--out", str(environment / "hips")) == 2
    assert "whose name begins with a dot" in capsys.readouterr().err
    assert archive_command("hips", "--out", str(environment / ".hips")) == 1
    assert "no coadd is catalogued" in capsys.readouterr().err
