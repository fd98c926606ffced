"""A scan's memory does not grow with the maps: run under a cap on private memory."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from sptjobs.simulation.grid import Area, Window
from sptjobs.simulation.instrument import SIMULATED_BANDS
from sptjobs.simulation.map_files import map_header, science_cards, weight_cards
from sptjobs.simulation.survey import SimulatedField, single
from sptjobs.simulation.tiles import TileImage

WIDTH, HEIGHT = 18_500, 9_600
SCALE = float(os.environ.get("SPT_TEST_SCALE", "1"))
PLAIN_HEIGHT, TILED_HEIGHT = (min(HEIGHT, int(rows * SCALE)) for rows in (4800, 1200))

SCAN = """
import resource, sys
from pathlib import Path
from sptjobs.archive.scan import MapRecord, scan
resource.setrlimit(resource.RLIMIT_DATA, (300 << 20, 300 << 20))
(item,) = scan(Path(sys.argv[1]), {})
assert isinstance(item, MapRecord), item
print(item.shape, item.observed_box)
"""


def headers(height: int) -> tuple[fits.Header, fits.Header]:
    window = Window(-WIDTH // 2, -height // 2, WIDTH, height)
    field = SimulatedField("winter", Area(-50, 50, -70, -42), window, ())
    header = map_header(field, single("2020-03-23T04:11:52", 1.0), SIMULATED_BANDS[1], "filtered")
    header["OBS-ID"] = header["OBSID"] = "1"
    return science_cards(header, named=True), weight_cards(header, named=True)


def scan_under_a_cap(archive: Path) -> str:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", SCAN, str(archive)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def write_sparse(path: Path) -> None:
    """Write a plain map of the real width of which the disk holds two rows."""
    with path.open("wb") as file:
        file.write(bytes(fits.PrimaryHDU().header.tostring(), "ascii"))
        for cards in headers(PLAIN_HEIGHT):
            header = fits.Header([("XTENSION", "IMAGE"), ("BITPIX", -32), ("NAXIS", 2)])
            header.extend(
                [("NAXIS1", WIDTH), ("NAXIS2", PLAIN_HEIGHT), ("PCOUNT", 0), ("GCOUNT", 1)]
            )
            header.extend(cards, strip=False, end=True)
            file.write(bytes(header.tostring(), "ascii"))
            start, size = file.tell(), WIDTH * PLAIN_HEIGHT * 4
            for row in (500, 700):
                file.seek(start + row * WIDTH * 4)
                file.write(np.ones(WIDTH - 100, ">f4").tobytes())
            end = start + size + -size % 2880
            file.truncate(end)
            file.seek(end)


def test_a_plain_map_of_the_real_width_is_scanned_in_300_mb(tmp_path: Path) -> None:
    write_sparse(tmp_path / "1_150GHz_fltd.fits")
    assert scan_under_a_cap(tmp_path) == f"({PLAIN_HEIGHT}, {WIDTH}) (0, 500, {WIDTH - 100}, 701)"


@pytest.mark.parametrize("noisy", [True, False])
def test_a_tiled_map_is_scanned_in_300_mb(tmp_path: Path, noisy: bool) -> None:
    height = TILED_HEIGHT
    row = np.random.default_rng(1).standard_normal((1, WIDTH)).astype(np.float32)
    images = (TileImage(WIDTH, -64), TileImage(WIDTH, -64))
    images[0].add_rows(row if noisy else np.ones_like(row))
    images[1].add_rows(np.ones_like(row))
    # All rows alike: what takes time in making such a map is compressing them.
    for image in images:
        image._rows *= height
    content = bytes(fits.PrimaryHDU().header.tostring(), "ascii")
    for image, cards in zip(images, headers(height), strict=True):
        content += image.to_bytes(cards)
    (tmp_path / "1_150GHz_fltd.fits.fz").write_bytes(content)
    assert scan_under_a_cap(tmp_path) == f"({height}, {WIDTH}) (0, 0, {WIDTH}, {height})"
