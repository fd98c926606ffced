"""The picture of HEALPix stamps against the truth.

``python -m tests.bench.healpix_picture`` draws it anew.
"""

import tempfile
from pathlib import Path

import healpy
import numpy as np

from sptjobs.archive.scan import scan
from sptjobs.maps.record import MapRecord
from sptjobs.request.cutout_request import Projection
from tests.bench.flux_picture import dots, panel
from tests.bench.truth_pictures import BLUE, HIGH, LEFT, RED, RIGHT, WIDE, Values, ticks, written
from tests.support.cutting import make
from tests.support.healpix_maps import cap, write_healpix
from tests.support.polarised_skies import ANGLE_DEG, write_polarised
from tests.support.small_maps import request_for

SIGMA_ARCMIN = 1.2 / np.sqrt(8 * np.log(2))


def catalogued(folder: Path, image: str) -> MapRecord:
    (folder / "collection.toml").write_text(
        f'name = "a"\n[[map]]\nfiles = "*"\nimage = "{image}"\n'
    )
    (record,) = scan(folder, {})
    assert isinstance(record, MapRecord), record
    return record


def stamps(folder: Path, places: list[tuple[float, float]], size: float, scale: float) -> Values:
    image = "Q" if scale > 1 else "T"
    request = request_for(places, size, projection=Projection.TAN, pixel_scale=scale)
    made = make(folder / "job", folder, request, [catalogued(folder, image)])
    found = []
    for outcome in made.outcomes:
        with made.stamp(outcome) as hdus:
            found.append(np.array(hdus["SCI"].data))
    return np.array(found)


def polarised(folder: Path) -> str:
    decs = np.linspace(-88, 88, 41)
    lines = []
    for number, (frame, convention) in enumerate(
        (f, c) for f in ("C", "G") for c in ("IAU", "COSMO")
    ):
        inside = folder / str(number)
        inside.mkdir()
        write_polarised(inside / "a.fits", frame, convention)
        middle = stamps(inside, [(83.0, float(dec)) for dec in decs], 250, 50)[:, 2, 2]
        colour = BLUE if frame == "C" else RED
        lines.append(dots((decs + 90) / 180 * WIDE, HIGH * (1 - middle / 2), colour))
    truth = HIGH * (1 - np.cos(2 * np.radians(ANGLE_DEG)))
    line = f'<polyline points="0,{truth:.1f} {WIDE},{truth:.1f}" style="fill:none;stroke:#333"/>'
    marks = [ticks((-90, -45, 0, 45, 90), -90, 90), ticks((0, 0.5, 1, 1.5), 0, 2, up=True)]
    return panel(LEFT, "Q of a polarised intensity of 2", "declination", [line, *lines, *marks])


def source(folder: Path) -> str:
    nside, centre = 8192, (12.34, -56.78)
    pixels = cap(nside, *centre, 0.3)
    there = healpy.pix2vec(nside, pixels)
    apart = np.arccos(np.clip(np.dot(healpy.ang2vec(*centre, lonlat=True), there), -1, 1))
    values = np.exp(-((np.degrees(apart) * 60 / SIGMA_ARCMIN) ** 2) / 2)
    columns = {"T": values, "TT": np.ones_like(values)}
    write_healpix(folder / "a.fits", nside, columns, pixels=pixels)
    stamp = stamps(folder, [centre], 6, 0.1)[0]
    across = (np.arange(stamp.shape[1]) - stamp.shape[1] // 2) * 0.1
    row = stamp[stamp.shape[0] // 2]
    beam = np.exp(-((across / SIGMA_ARCMIN) ** 2) / 2)
    x = (across + 3) / 6 * WIDE
    path = " ".join(f"{a:.1f},{HIGH * (1 - b / 1.1):.1f}" for a, b in zip(x, beam, strict=True))
    line = f'<polyline points="{path}" style="fill:none;stroke:#333"/>'
    marks = [ticks((-3, -1, 0, 1, 3), -3, 3), ticks((0, 0.5, 1), 0, 1.1, up=True)]
    body = [line, dots(x, HIGH * (1 - row / 1.1), BLUE), *marks]
    return panel(RIGHT, f"a source of 1: {row.max():.3f}", "distance (arcmin)", body)


def main() -> None:
    with tempfile.TemporaryDirectory() as left, tempfile.TemporaryDirectory() as right:
        written("healpix-truth.svg", [polarised(Path(left)), source(Path(right))])


if __name__ == "__main__":
    main()
