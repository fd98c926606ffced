"""``sptjobs cutout`` on any FITS image, its runs, and what it tells."""

import hashlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from sptjobs.commands import cutout_steps
from sptjobs.commands.cli import main
from sptjobs.commands.cutout_run import Run
from sptjobs.cutouts.plan.part_plan import PartPlan
from tests.support.foreign_maps import PLACES, write_foreign_maps
from tests.support.small_maps import make_map

TARGETS = 150


@pytest.fixture
def images(tmp_path: Path) -> Path:
    write_foreign_maps(tmp_path / "maps")
    (tmp_path / "maps" / "collection.toml").unlink()
    rows = "".join(f"{ra},{dec},{name}\n" for name, (ra, dec) in PLACES.items())
    (tmp_path / "positions.csv").write_text(f"RA,DEC,OBJID\n{rows}")
    return tmp_path


def cutout(folder: Path, *words: str | Path) -> int:
    positions = str(folder / "positions.csv")
    return main(["cutout", "--positions", positions, "--size", "3", *map(str, words)])


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_an_image_of_nobodys_survey_is_cut_without_being_asked_for_names(images: Path) -> None:
    deep, visit = images / "maps/optical/deep.fits", images / "maps/sfl/visit_1.fits"
    assert cutout(images, "--out", images / "out", deep, visit) == 0
    with fits.open(images / "out/r/r_deep.fits") as stamp, fits.open(deep) as whole:
        assert [hdu.name for hdu in stamp] == ["SCI"]
        header, (ny, nx) = stamp[0].header, stamp[0].shape
        assert header["HAS_WGT"] is False
        assert header["INSTRUME"] == "MegaPrime"
        x, y = (float(v) for v in WCS(whole[0].header).wcs_world2pix(*PLACES["r"], 1))
        x0, y0 = round(x - header["TARG_X"]), round(y - header["TARG_Y"])
        expected = whole[0].data[y0 : y0 + ny, x0 : x0 + nx]
        assert np.array_equal(stamp[0].data, expected)
    assert (images / "out/150GHz/150GHz_visit_1.fits").exists()


def test_a_tan_stamp_of_an_image_without_weights_is_unobserved_where_the_image_is(
    images: Path,
) -> None:
    ra, dec = PLACES["r"]
    (images / "positions.csv").write_text(f"RA,DEC,OBJID\n{ra},{dec - 2.5 / 60},low\n")
    words = ["--projection", "tan", "--out"]
    assert cutout(images, *words, images / "out", images / "maps/optical/deep.fits") == 0
    with fits.open(images / "out/low/low_deep.fits") as stamp:
        header, data = stamp[0].header, stamp[0].data
        assert len(stamp) == 1
    assert 0 < np.isnan(data).sum() < data.size
    assert header["COVERED"] == np.isfinite(data).mean()


def test_one_of_several_images_is_chosen_by_its_hdu(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with fits.open(images / "maps/optical/deep.fits") as hdus:
        header, plane = hdus[0].header, np.array(hdus[0].data)
    names = ("FLUX", "MASK", "ERR")
    extensions = [fits.ImageHDU(plane * i, header, name=n) for i, n in enumerate(names, 1)]
    path = images / "several.fits"
    fits.HDUList([fits.PrimaryHDU(), *extensions]).writeto(path)
    assert cutout(images, "--out", images / "none", path) == 2
    assert "its 3 images are named FLUX, MASK, ERR; choose one by --hdu" in capsys.readouterr().err
    for word, factor in (("3", 3), ("mask", 2)):
        out = images / f"by {word}"
        assert cutout(images, "--hdu", word, "--out", out, path) == 0
        with fits.open(out / "r/r_several.fits") as stamp:
            ratio = stamp[0].data[-1, -1] / plane[~np.isnan(plane)].mean()
        assert ratio == pytest.approx(factor, rel=0.1)
    weighted = ["--hdu", "FLUX", "--weights", "ERR", "--out"]
    assert cutout(images, *weighted, images / "weighted", path) == 0
    with fits.open(images / "weighted/r/r_several.fits") as stamp:
        assert [hdu.name for hdu in stamp] == ["SCI", "WGT"]
        assert "HAS_WGT" not in stamp[0].header


def test_what_would_be_cut_is_listed_and_nothing_written(
    images: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = digests(images)
    assert cutout(images, "--list", images / "maps/optical/deep.fits") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == [
        "map",
        "band",
        "projection",
        "pixels",
        "scale",
        "weights",
        "targets",
    ]
    assert lines[1].split() == ["deep", "r.MP9602", "TAN", "160", "x", "120", "0.05'", "no", "1"]
    assert lines[-1] == "r/r_deep.fits  r on deep"
    assert digests(images) == before


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A map and its targets, in three parts."""
    make_map(tmp_path, "1_90GHz_psth", record={"obsid": "1"})
    with fits.open(tmp_path / "1_90GHz_psth.fits", mode="update") as hdus:
        for hdu in hdus[1:]:
            hdu.header["OBSID"] = hdu.header["OBS-ID"] = "1"
    rows = "".join(f"{0.002 * i},{-57.5 + 0.002 * i},t{i}\n" for i in range(TARGETS))
    (tmp_path / "positions.csv").write_text(f"RA,DEC,OBJID\n{rows}")
    monkeypatch.setattr(cutout_steps, "_PART_COST_S", 1e-6)
    return tmp_path


def test_several_processes_write_what_one_does(many: Path) -> None:
    path = many / "1_90GHz_psth.fits"
    assert cutout(many, "--out", many / "one", path) == 0
    assert cutout(many, "--workers", "2", "--out", many / "two", path) == 0
    assert digests(many / "one") == digests(many / "two")
    assert len(digests(many / "one")) == TARGETS + 4
    one, two = many / "one" / "stamps.tar", many / "two" / "stamps.tar"
    assert cutout(many, "--tar", one, path) == 0
    assert cutout(many, "--workers", "2", "--tar", two, path) == 0
    assert one.read_bytes() == two.read_bytes()
    assert not list(many.glob(".*.cutout"))


def interrupted_after(parts: int, cut: Callable[..., int]) -> Callable[..., int]:
    """Cutting that ends by Ctrl-C amid a part."""
    left = parts

    def limited(run: Run, part: PartPlan, progressed: Callable[[int], None]) -> int:
        nonlocal left
        left -= 1
        if left < 0:

            def stop(_: int) -> None:
                raise KeyboardInterrupt

            return cut(run, part, stop)
        return cut(run, part, progressed)

    return limited


@pytest.mark.parametrize("kind", ["--out", "--tar"])
def test_an_interrupted_run_goes_on_where_it_was_and_ends_as_any_other(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    path = many / "1_90GHz_psth.fits"
    # A tar's folder is called as the tar.
    target, whole = many / "first" / "stamps", many / "second" / "stamps"
    for each in (target, whole):
        each.parent.mkdir()
    assert cutout(many, kind, whole, path) == 0
    assert cutout(many, "--resume", kind, target, path) == 2
    with monkeypatch.context() as patched:
        patched.setattr(Run, "cut", interrupted_after(1, Run.cut))
        assert cutout(many, kind, target, path) == 130
    assert "--resume goes on" in capsys.readouterr().err
    run = Run.into(target, None) if kind == "--out" else Run.into(None, target)
    assert run.is_begun
    assert [run.is_done(i) for i in range(3)] == [True, False, False]
    assert cutout(many, kind, target, path) == 2
    assert "a run was interrupted there" in capsys.readouterr().err
    assert cutout(many, "--resume", "--projection", "tan", kind, target, path) == 2
    assert "had another request" in capsys.readouterr().err

    done: list[int] = []
    cut = Run.cut

    def counted(run: Run, part: PartPlan, progressed: Callable[[int], None]) -> int:
        done.append(part.number)
        return cut(run, part, progressed)

    monkeypatch.setattr(Run, "cut", counted)
    assert cutout(many, "--resume", kind, target, path) == 0
    assert done == [1, 2]
    if kind == "--tar":
        assert target.read_bytes() == whole.read_bytes()
    else:
        assert digests(target) == digests(whole)
    assert not run.state.exists()


def test_the_exit_code_tells_some_failed_from_all_failed(
    many: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = many / "1_90GHz_psth.fits", many / "2_90GHz_psth.fits"
    bad.write_bytes(good.read_bytes())
    begin = Run.begin

    def spoilt(run: Run, *arguments: object) -> None:
        bad.write_bytes(b"gone")
        begin(run, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Run, "begin", spoilt)
    with fits.open(bad, mode="update") as hdus:
        for hdu in hdus[1:]:
            hdu.header["OBSID"] = hdu.header["OBS-ID"] = "2"
    copy = bad.read_bytes()
    assert cutout(many, "--out", many / "some", good, bad) == 1
    table = capsys.readouterr().out.splitlines()
    assert table[0].split() == ["map", "band", "ok", "failed"]
    assert table[1].split() == ["2_90GHz_psth", "90GHz", "0", str(TARGETS)]
    assert table[3].split() == ["all", str(TARGETS), str(TARGETS)]
    bad.write_bytes(copy)
    assert cutout(many, "--out", many / "all", bad) == 3
    rows = json.loads((many / "all" / "manifest.json").read_text())["rows"]
    assert {row["status"] for row in rows} == {"failed"}


def test_one_native_stamp_loads_nothing_of_what_resamples(many: Path) -> None:
    code = (
        "import sys; from sptjobs.commands.cli import main; main(sys.argv[1:]);"
        "print(sorted({'reproject', 'dask', 'scipy', 'tqdm', 'asyncio'} & set(sys.modules)))"
    )
    (many / "positions.csv").write_text("RA,DEC\n0,-57.5\n")
    listed = subprocess.run(
        [*(sys.executable, "-c", code, "cutout", "--positions", many / "positions.csv"),
         *("--size", "5", "--out", many / "out", many / "1_90GHz_psth.fits")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert listed.stdout.splitlines()[-1] == "[]"


def test_a_stamp_is_cut_and_its_map_read_by_one_start_of_python(many: Path) -> None:
    code = (
        "import subprocess, sys; subprocess.Popen = None;"
        "from sptjobs.commands.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    (many / "positions.csv").write_text("RA,DEC\n0,-57.5\n")
    subprocess.run(
        [*(sys.executable, "-c", code, "cutout", "--positions", many / "positions.csv"),
         *("--size", "5", "--out", many / "out", many / "1_90GHz_psth.fits")],
        capture_output=True, check=True,
    )  # fmt: skip
    assert list((many / "out").rglob("*.fits"))


@pytest.mark.alone
def test_one_stamp_takes_less_processor_time_than_importing_astropy_four_times(many: Path) -> None:
    """By turns, and by processor time: that of other processes does not count."""
    (many / "positions.csv").write_text("RA,DEC\n0,-57.5\n")
    words = ("-m", "sptjobs", "cutout", "--positions", many / "positions.csv", "--size", "5")
    imports = ("-c", "import numpy, astropy.io.fits")
    stamps, imported = [], []
    for number in range(3):
        out = many / f"o{number}"
        stamps.append(processor_s(*words, "--out", out, many / "1_90GHz_psth.fits"))
        imported.append(processor_s(*imports))
    assert min(stamps) < 4 * min(imported), (stamps, imported)


def processor_s(*words: object) -> float:
    """Run Python and give the processor time that it and its children took [s]."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *map(str, words)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
