"""Many stamps in one run of ``sptjobs cutout --tar``: its memory, and what each costs."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from tests.support.memory import anonymous_bytes
from tests.support.scale import SCALE, scaled
from tests.support.small_maps import make_map

FEW, MANY = scaled(1_000, stated=10_000), scaled(3_000, stated=1_000_000)
SHAPE = (700, 1_400) if SCALE <= 1 else (7_000, 14_000)
RIM, BATCH = 60, 100_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run took: processor time [s], and anonymous memory at most [byte]."""

    cpu_s: float
    peak: int


@pytest.mark.alone
def test_a_stamp_of_many_costs_no_more_than_one_of_few_and_the_run_stays_small(
    tmp_path: Path,
) -> None:
    record = make_map(tmp_path, shape=SHAPE)
    few, many = (run(tmp_path, record, count) for count in (FEW, MANY))
    assert many.cpu_s / MANY <= few.cpu_s / FEW, (few, many)
    assert many.peak < 300e6, (few, many)


def run(folder: Path, record: MapRecord, count: int) -> Cost:
    """Cut stamps of 10 arcmin all over the map, but for its rim, into a tar that is removed."""
    positions, tar = folder / f"{count}.csv", folder / f"{count}.tar"
    write_positions(positions, record, count)
    process = subprocess.Popen(
        [
            sys.executable, "-m", "sptjobs", "cutout", "--positions", positions, "--size", "10",
            "--tar", tar, folder / record.path,
        ],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    peak, ended = 0, 0
    while not ended:
        peak = max(peak, anonymous_bytes(process.pid))
        time.sleep(0.02)
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
    assert process.stdout is not None
    summary = process.stdout.read()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, summary
    # Two blocks of headers and the pixels of two images: the stamps are there.
    assert tar.stat().st_size > count * 20_000
    tar.unlink()
    return Cost(usage.ru_utime + usage.ru_stime, peak)


def write_positions(file: Path, record: MapRecord, count: int) -> None:
    """Write targets at random pixels."""
    random, (ny, nx), wcs = np.random.default_rng(7), record.shape, map_wcs(record.wcs)
    with file.open("w") as rows:
        rows.write("OBJID,RA,DEC\n")
        for begin in range(0, count, BATCH):
            some = min(BATCH, count - begin)
            pixels = random.uniform((RIM, RIM), (nx - RIM, ny - RIM), (some, 2))
            sky = SkyCoord(*wcs.wcs_pix2world(pixels, 0).T, unit="deg", frame="fk5").icrs
            places = zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True)
            rows.writelines(f"t{begin + n},{ra},{dec}\n" for n, (ra, dec) in enumerate(places))
