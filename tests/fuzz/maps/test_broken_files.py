"""Broken map files through ingest and through the command line: read, or refused by name."""

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from tests.fuzz.maps.mutator import Broken, broken
from tests.fuzz.maps.whole import WholeMap
from tests.support.scale import scaled

SEED = os.environ.get("SPT_TEST_SEED", "16")
COUNT = scaled(100, 2000)
SLICE = 100
"""Files of one run of a command: one that ends badly is found among so many."""

GOOD = ("900000001", "900000002")
CAP_BYTES = 1 << 30
START_S, FILE_S = 600, 1.5
"""Time limits of a run and of each file, on a machine that has other things to do."""

PROGRAM = """
import resource, sys
from sptjobs.commands.cli import main
code = main()
who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
print("", max(resource.getrusage(each).ru_maxrss for each in who), sep="\\n", file=sys.stderr)
sys.exit(code)
"""
"""``sptjobs``, which tells in the end the most memory that it or a process of it took [KiB]."""

POSITIONS = "RA,DEC,OBJID\n0.0,-57.5,a\n0.1,-57.45,b\n"

pytestmark = pytest.mark.filterwarnings("ignore::astropy.utils.exceptions.AstropyWarning")


def obsid_of(number: int) -> str:
    return str(100_000_000 + number)


def written(folder: Path, maps: Sequence[WholeMap], numbers: Iterable[int]) -> dict[Path, Broken]:
    """Write broken files into a folder, and two whole ones beside them."""
    folder.mkdir()
    for obsid, whole in zip(GOOD, maps, strict=False):
        content = whole.stored(whole.numbered(obsid).content)
        (folder / f"{obsid}_90GHz_psth{whole.ending}").write_bytes(content)
    made = {}
    for number in numbers:
        each = broken(random.Random(f"{SEED} {number}"), maps, obsid_of(number))
        path = folder / f"{obsid_of(number)}_90GHz_psth{each.whole.ending}"
        path.write_bytes(each.stored)
        made[path] = each
    return made


def command(folder: Path, *words: str, seconds: float) -> "subprocess.CompletedProcess[str]":
    """Run ``sptjobs``: in time, and no process of it above the cap."""
    environment = {**os.environ, "SPT_CHILD_MEMORY_MB": str(CAP_BYTES >> 20)}
    environment.pop("SPT_RESULTS", None)
    environment["SPT_ARCHIVE"] = f"{folder}/maps"
    environment["SPT_DATABASE_URL"] = f"sqlite+aiosqlite:///{folder}/catalogue.sqlite"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    *errors, most = done.stderr.splitlines()
    assert int(most) << 10 <= CAP_BYTES
    done.stderr = "\n".join(errors)
    return done


@pytest.mark.parametrize("first", range(0, COUNT, SLICE))
def test_a_broken_file_is_catalogued_or_refused_by_name_in_time_and_memory(
    tmp_path: Path, maps: list[WholeMap], first: int
) -> None:
    numbers = range(first, min(first + SLICE, COUNT))
    made = written(tmp_path / "maps", maps, numbers)
    assert command(tmp_path, "db", "upgrade", seconds=START_S).returncode == 0
    timeout_s = START_S + FILE_S * len(numbers)
    begun = time.monotonic()
    done = command(tmp_path, "archive", "ingest", "--json", f"{tmp_path}/maps", seconds=timeout_s)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["maps"] + len(report["refused"]) == len(made) + len(GOOD)
    for refused in report["refused"]:
        about = made[tmp_path / "maps" / refused["path"]], refused
        assert 0 < len(refused["reason"]) < 400, about
        assert "took longer" not in refused["reason"], about
        assert "with code" not in refused["reason"], about
        assert str(tmp_path) not in refused["reason"], about
    listed = json.loads(command(tmp_path, "archive", "list", "--json", seconds=START_S).stdout)
    assert set(GOOD) <= {record["obsid"] for record in listed}
    assert time.monotonic() - begun < timeout_s + START_S


@pytest.mark.parametrize("first", range(0, COUNT, SLICE))
def test_the_command_line_cuts_the_whole_maps_among_broken_ones(
    tmp_path: Path, maps: list[WholeMap], first: int
) -> None:
    numbers = range(first, min(first + SLICE, COUNT))
    made = written(tmp_path / "maps", maps, numbers)
    (tmp_path / "positions.csv").write_text(POSITIONS)
    words = ["cutout", "--positions", f"{tmp_path}/positions.csv", "--size", "3", "--out"]
    whole = sorted(set((tmp_path / "maps").iterdir()) - set(made))
    timeout_s = START_S + FILE_S * len(numbers)
    alone = command(tmp_path, *words, f"{tmp_path}/alone", *map(str, whole), seconds=timeout_s)
    assert alone.returncode == 0, alone.stderr
    among = [*map(str, made), *map(str, whole)]
    done = command(tmp_path, *words, f"{tmp_path}/among", *among, seconds=timeout_s)
    assert done.returncode in {0, 1}, done.stderr[-3000:]
    rows = json.loads((tmp_path / "among/manifest.json").read_text())["rows"]
    good = [row for row in rows if row["obsid"] in GOOD]
    assert len(good) == 2 * len(GOOD)
    for row in good:
        stamp = (tmp_path / "among" / row["file"]).read_bytes()
        assert stamp == (tmp_path / "alone" / row["file"]).read_bytes()
    for row in rows:
        assert (row["reason"] is None) == (row["status"] == "ok"), row
        if row["file"] is not None:
            check_stamp(tmp_path / "among" / row["file"], row)


def check_stamp(path: Path, row: dict[str, object]) -> None:
    """See that a stamp is what its row says: its bytes, and pixels that are all observed if ok."""
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == row["sha256"]
    if row["status"] == "ok":
        with fits.open(path, checksum=True) as hdus:
            # A file that has lost its weights is an image without any, and says so.
            names = ["SCI", "WGT"] if hdus[0].header.get("HAS_WGT", True) else ["SCI"]
            assert [hdu.name for hdu in hdus] == names, row
            assert np.isfinite(hdus[0].data).all(), row
            assert all((hdu.data > 0).all() for hdu in hdus[1:]), row
