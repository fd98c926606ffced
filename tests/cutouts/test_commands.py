"""The command ``sptjobs cutout``."""

import csv
import hashlib
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from astropy.io import fits

from sptjobs.commands.cli import main
from tests.support.small_maps import make_map

POSITIONS = "RA,DEC,OBJID\n0,-57.5,middle\n0.2,-57.4,near\n0,-20,far\n"


@pytest.fixture
def maps(tmp_path: Path) -> list[str]:
    (tmp_path / "positions.csv").write_text(POSITIONS)
    make_map(tmp_path, "1_90GHz_psth")
    make_map(tmp_path, "2_150GHz_psth", compression="GZIP_2")
    for name, band in (("1_90GHz_psth", "90GHz"), ("2_150GHz_psth", "150GHz")):
        with fits.open(tmp_path / f"{name}.fits", mode="update") as hdus:
            for image in ("SCI", "WGT"):
                hdus[image].header["BAND"] = band
                hdus[image].header["OBSID"] = hdus[image].header["OBS-ID"] = name[0]
    return [str(tmp_path / "1_90GHz_psth.fits"), str(tmp_path / "2_150GHz_psth.fits")]


def _run(tmp_path: Path, *words: str) -> int:
    return main(["cutout", "--positions", str(tmp_path / "positions.csv"), "--size", "5", *words])


def test_stamps_and_manifests_are_written_to_a_folder(
    tmp_path: Path, maps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(tmp_path, "--out", str(tmp_path / "out"), *maps) == 0

    names = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert names == {
        "request.json",
        "manifest.json",
        "manifest.csv",
        "manifest.vot",
        *(
            f"{name}_{which}_psth.fits"
            for name in ("middle", "near")
            for which in ("90GHz_1", "150GHz_2")
        ),
    }
    with (tmp_path / "out" / "manifest.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["objid"], row["map_id"], row["status"]) for row in rows] == [
        (name, which, status)
        for name, status in (("middle", "ok"), ("near", "ok"), ("far", "outside"))
        for which in ("1_90GHz_psth", "2_150GHz_psth")
    ]
    for row in rows[:4]:
        content = (tmp_path / "out" / row["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == row["sha256"]
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["rows"][0]["status"] == "ok"
    assert "3 targets, 2 maps, 4 files: 4 ok, 2 outside" in capsys.readouterr().out


def test_a_folder_may_have_any_name_and_a_file_one_in_utf8(tmp_path: Path, maps: list[str]) -> None:
    folder = tmp_path / os.fsdecode(b"Gr\xf6\xdfe")
    folder.mkdir()
    within, named = folder / Path(maps[0]).name, tmp_path / os.fsdecode(b"Gr\xf6_90GHz_psth.fits")
    for path in (within, named):
        path.hardlink_to(maps[0])

    assert _run(tmp_path, "--out", str(tmp_path / "out"), str(within)) == 0
    words = ["cutout", "--positions", str(tmp_path / "positions.csv"), "--size", "5", "--out"]
    done = subprocess.run(
        [sys.executable, "-m", "sptjobs", *words, str(tmp_path / "none"), str(named)],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2
    assert b"has a name that is not UTF-8; rename the file" in done.stderr


@pytest.mark.parametrize("projection", ["native", "tan"])
def test_a_stamp_is_a_map_that_is_cut_again(
    tmp_path: Path, maps: list[str], projection: str
) -> None:
    words = ["--projection", projection, "--out"]
    assert _run(tmp_path, *words, str(tmp_path / "out"), *maps) == 0
    stamps = sorted(map(str, (tmp_path / "out").rglob("middle_*.fits")))
    again = ["cutout", "--positions", str(tmp_path / "positions.csv"), "--size", "2"]

    assert main([*again, "--out", str(tmp_path / "again"), *stamps]) == 0

    with (tmp_path / "again" / "manifest.csv").open(newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["objid"] == "middle"]
    assert [(row["status"], row["obsid"]) for row in rows] == [("ok", "2"), ("ok", "1")]
    for row, stamp in zip(rows, stamps, strict=True):
        with fits.open(stamp) as first, fits.open(tmp_path / "again" / row["file"]) as second:
            x, y = (round(first[0].header[n] - second[0].header[n]) for n in ("CRPIX1", "CRPIX2"))
            for name in ("SCI", "WGT"):
                inner = first[name].data[y : y + 8, x : x + 8]
                assert second[name].data.tobytes() == inner.tobytes()
            assert second[0].name == "SCI"
            assert second[0].header["OBSID"] == first[0].header["OBSID"]
            assert list(second[0].header["HISTORY"]) == list(first[0].header["HISTORY"])


@pytest.mark.parametrize(
    ("name", "top"),
    [("out.tar", "out"), ("my stamps.tar", "my-stamps"), ("v1.2", "v1.2"), ("....tar", "cutouts")],
)
def test_a_tar_has_a_folder_of_its_name_that_holds_what_a_folder_would(
    tmp_path: Path, maps: list[str], name: str, top: str
) -> None:
    assert _run(tmp_path, "--out", str(tmp_path / "out"), *maps) == 0
    assert _run(tmp_path, "--tar", str(tmp_path / name), *maps) == 0

    read = [tmp_path / "positions.csv", *map(Path, maps)]
    newest = max(int(file.stat().st_mtime) for file in read)
    with tarfile.open(tmp_path / name) as members:
        names = members.getnames()
        for member in members:
            content = members.extractfile(member)
            assert content is not None
            inside = member.name.removeprefix(f"{top}/")
            assert inside != member.name
            assert content.read() == (tmp_path / "out" / inside).read_bytes()
            assert member.mtime == newest
    about = ("request.json", "manifest.json", "manifest.csv", "manifest.vot")
    assert names[:4] == [f"{top}/{each}" for each in about]
    assert len(names) == 8
    assert not list(tmp_path.glob(".cutout-*"))


def test_the_same_command_gives_the_same_tar_again(tmp_path: Path, maps: list[str]) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        assert _run(tmp_path, "--tar", str(tmp_path / folder / "out.tar"), *maps) == 0
    first, second = (tmp_path / folder / "out.tar" for folder in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_tan_stamps_at_a_scale_of_their_own(tmp_path: Path, maps: list[str]) -> None:
    words = ["--projection", "tan", "--pixel-scale", "0.5", "--order", "adaptive"]

    assert _run(tmp_path, *words, "--out", str(tmp_path / "out"), *maps) == 0

    with fits.open(tmp_path / "out" / "middle" / "middle_90GHz_1_psth.fits") as stamp:
        assert stamp["SCI"].data.shape == (10, 10)
        assert stamp["SCI"].header["RESAMPLE"] == "adaptive"


def test_units_come_from_the_collection_file_beside_the_map(
    tmp_path: Path, maps: list[str]
) -> None:
    confirmed = 'name = "here"\n[filetype.passthrough]\nunit = "mK"\nweight_unit = "mK-2"\n'
    (tmp_path / "collection.toml").write_text(confirmed)

    assert _run(tmp_path, "--out", str(tmp_path / "out"), maps[0]) == 0

    with fits.open(tmp_path / "out" / "middle" / "middle_90GHz_1_psth.fits") as stamp:
        assert stamp["SCI"].header["BUNIT"] == "mK"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--order", "nearest"], "ORDER: native stamps"),
        (["--pixel-scale", "0.1"], "PIXEL_SCALE: native stamps"),
        (["--projection", "tan", "--pixel-scale", "0.5"], "PIXEL_SCALE: a pixel scale coarser"),
        (["--projection", "tan", "--pixel-scale", "nan"], "PIXEL_SCALE"),
        (["--size", "0"], "SIZE"),
    ],
)
def test_wrong_arguments_are_refused_by_name(
    tmp_path: Path,
    maps: list[str],
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    assert _run(tmp_path, *words, "--out", str(tmp_path / "out"), *maps) == 2

    assert message in capsys.readouterr().err


def test_wrong_positions_are_refused_with_their_row(
    tmp_path: Path, maps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "positions.csv").write_text("RA,DEC\n0,-57\n400,-57\n")

    assert _run(tmp_path, "--out", str(tmp_path / "out"), *maps) == 2

    assert "RA, row 2" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_nothing_is_written_over(tmp_path: Path, maps: list[str]) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_text("mine")
    (tmp_path / "out.tar").write_text("mine")

    assert _run(tmp_path, "--out", str(tmp_path / "out"), *maps) == 2
    assert _run(tmp_path, "--tar", str(tmp_path / "out.tar"), *maps) == 2

    assert (tmp_path / "out.tar").read_text() == "mine"


def test_an_unreadable_map_is_named_and_the_others_are_cut(
    tmp_path: Path, maps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.fits").write_bytes(b"no map")

    assert _run(tmp_path, "--out", str(tmp_path / "out"), str(tmp_path / "bad.fits"), maps[0]) == 1

    printed = capsys.readouterr()
    assert "bad.fits" in printed.err
    assert "2 files: 2 ok, 1 outside" in printed.out


def test_without_any_readable_map_nothing_is_done(tmp_path: Path, maps: list[str]) -> None:
    assert _run(tmp_path, "--out", str(tmp_path / "out"), str(tmp_path / "none.fits")) == 2


def test_maps_of_the_same_name_are_refused(tmp_path: Path, maps: list[str]) -> None:
    assert _run(tmp_path, "--out", str(tmp_path / "out"), maps[0], maps[0]) == 2


@pytest.mark.parametrize("workers", ["1", "2"])
def test_decoded_maps_are_kept_where_the_settings_say(
    tmp_path: Path, maps: list[str], monkeypatch: pytest.MonkeyPatch, workers: str
) -> None:
    monkeypatch.setenv("SPT_DECODED_MAPS", str(tmp_path / "kept"))
    assert _run(tmp_path, "--workers", workers, "--out", str(tmp_path / "out"), *maps) == 0
    # Too little of the compressed map was wanted; the other one is plain.
    assert [path.suffix for path in (tmp_path / "kept").iterdir()] == [".shares"]


def test_a_size_of_decoded_maps_that_cannot_be_read_is_refused_by_name(
    tmp_path: Path,
    maps: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SPT_DECODED_MAPS_BYTES", "much")
    assert _run(tmp_path, "--out", str(tmp_path / "out"), *maps) == 2
    assert "SPT_DECODED_MAPS_BYTES: must be a number of bytes" in capsys.readouterr().err
