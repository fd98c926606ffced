"""Surveys are there whole or not at all, go on where they were interrupted, and follow the map."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from sptjobs.hips.making import SurveyMaker, survey_process
from sptjobs.hips.survey_folder import RootInUseError, SurveyFolder, only_maker
from sptjobs.maps.map_error import MapError
from sptjobs.maps.record import MapRecord
from tests.support.small_surveys import make_coadd, make_survey


def nothing(done: int, count: int) -> None:
    """Hear of progress."""


def test_a_survey_that_was_interrupted_is_not_there_and_is_continued(tmp_path: Path) -> None:
    record = make_coadd(tmp_path)
    folder = SurveyFolder.of(tmp_path / "hips", record)
    with survey_process(tmp_path, "spt3g", 600 << 20) as process:
        making = SurveyMaker(process, tmp_path / "hips")

        def kill(done: int, count: int) -> None:
            assert process._process is not None
            os.kill(process._process.pid, signal.SIGKILL)

        with pytest.raises(MapError, match="ended the process by SIGKILL"):
            making.make(record, None, kill)
        assert not folder.path.exists()
        (unfinished,) = folder.of_map.iterdir()
        times = {path: path.stat().st_mtime_ns for path in unfinished.rglob("Npix*.fits")}
        assert times
        assert making.make(record, None, nothing)
    assert folder.is_made
    assert list(folder.of_map.iterdir()) == [folder.path]
    for path, time in times.items():
        assert (folder.path / path.relative_to(unfinished)).stat().st_mtime_ns == time


def test_a_survey_is_made_once_and_anew_when_its_map_changed(tmp_path: Path) -> None:
    record = make_coadd(tmp_path)
    root = tmp_path / "hips"
    before = make_survey(tmp_path, record, root)
    with survey_process(tmp_path, "spt3g", 600 << 20) as process:
        assert not SurveyMaker(process, root).make(record, None, nothing)
    (tmp_path / record.path).unlink()
    changed = make_coadd(tmp_path, seed=2)
    folder = SurveyFolder.of(root, changed)
    assert not folder.path.exists()
    assert SurveyFolder.of(root, record).is_made
    assert make_survey(tmp_path, changed, root) == folder.path
    assert folder.is_made
    assert not before.exists()


def test_another_order_takes_the_place_of_the_survey(tmp_path: Path) -> None:
    record = make_coadd(tmp_path, shape=(40, 40))
    root = tmp_path / "hips"
    survey = make_survey(tmp_path, record, root)
    assert make_survey(tmp_path, record, root, order=4) == survey
    assert (survey / "Norder4").is_dir()
    assert "hips_order           = 4\n" in (survey / "properties").read_text()
    assert list(survey.parent.iterdir()) == [survey]


@pytest.mark.parametrize("damage", [b"\xff\xfe", b""])
def test_a_survey_that_cannot_be_read_is_made_again(tmp_path: Path, damage: bytes) -> None:
    record = make_coadd(tmp_path, shape=(40, 40))
    root = tmp_path / "hips"
    survey = make_survey(tmp_path, record, root)
    whole = (survey / "Moc.fits").read_bytes()
    (survey / "properties").write_bytes(damage)
    assert make_survey(tmp_path, record, root) == survey
    assert "hips_order           = 3\n" in (survey / "properties").read_text()
    assert (survey / "Moc.fits").read_bytes() == whole


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"moc": None}, "its coverage is not catalogued; run `sptjobs archive ingest` first"),
        ({"moc": "3/"}, "nothing of it is observed"),
        ({"path": "gone.fits"}, "No such file"),
    ],
)
def test_what_cannot_be_made_says_why_and_leaves_nothing_to_be_served(
    tmp_path: Path, change: dict[str, str | None], reason: str
) -> None:
    record: MapRecord = replace(make_coadd(tmp_path), **change)  # type: ignore[arg-type]
    with pytest.raises(MapError, match=reason):
        make_survey(tmp_path, record, tmp_path / "hips")
    assert not SurveyFolder.of(tmp_path / "hips", record).is_made


def test_a_map_whose_pixels_are_weighted_is_refused(tmp_path: Path) -> None:
    record = make_coadd(tmp_path, cards=[("WEIGHTED", True, "")])
    with pytest.raises(MapError, match="multiplied by their weights"):
        make_survey(tmp_path, record, tmp_path / "hips")


def test_two_do_not_make_surveys_in_one_folder(tmp_path: Path) -> None:
    with (
        only_maker(tmp_path / "hips"),
        pytest.raises(RootInUseError, match="another process makes surveys"),
        only_maker(tmp_path / "hips"),
    ):
        pass
    with only_maker(tmp_path / "hips"):
        pass
