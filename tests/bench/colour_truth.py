"""The picture of shades against true values: ``python -m tests.bench.colour_truth``."""

import io
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from sptjobs.request.cutout_request import CutoutRequest
from tests.bench.flux_picture import dots
from tests.bench.truth_pictures import BLUE, written
from tests.support.cutting import make
from tests.support.fields import TAG
from tests.support.known_maps import known_map, targets_at
from tests.support.observations import MIDDLE, SHAPE, box_of

BANDS = ("90GHz", "150GHz", "220GHz")
WIDE, HIGH = 190, 210


def even_lightness() -> str:
    """Grey of even steps from L* 4 to L* 98, by CIE 15:2004 and IEC 61966-2-1, as a line."""
    fy = (np.linspace(4, 98, 81) + 16) / 116
    linear = np.where(fy > 6 / 29, fy**3, 3 * (6 / 29) ** 2 * (fy - 4 / 29))
    coded = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    places = zip(np.linspace(0, WIDE, 81), HIGH * (1 - coded), strict=True)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return f'<polyline points="{path}" style="fill:none;stroke:#333"/>'


def panel_of(left: int, title: str, body: str) -> str:
    marks = "".join(
        f'<text x="{(n + 4) / 8 * WIDE:.0f}" y="226" text-anchor="middle">{n}</text>'
        for n in (-4, -2, 0, 2, 4)
    )
    return (
        f'<g transform="translate({left} 30)">'
        f'<rect width="{WIDE}" height="{HIGH}" style="fill:none;stroke:#888"/>'
        f'<text x="95" y="-10" text-anchor="middle">{title}</text>'
        '<text x="95" y="248" text-anchor="middle">deviations from the median</text>'
        f"{body}{marks}</g>"
    )


def panels(folder: Path) -> list[str]:
    random = np.random.default_rng(4)
    about: dict[str, Any] = {"obsid": TAG, "tag": TAG, "date_beg": None, "date_end": None}
    truth = [random.normal(0.0, 1.0 + n, SHAPE).astype("f4") for n in range(3)]
    maps = [
        known_map(folder, sci, np.ones(SHAPE), band, band=band, **about)
        for sci, band in zip(truth, BANDS, strict=True)
    ]
    asked = CutoutRequest(
        targets_at(maps[0], MIDDLE), bands=BANDS, coadds=(TAG,), products=("fits", "colour")
    )
    made = make(folder / "job", folder, asked, maps)
    with made.stamp(made.outcomes[0]) as stamp:
        box = box_of(stamp["SCI"].header, maps[0])
    picture = np.asarray(Image.open(io.BytesIO(made.files[str(made.outcomes[0].colour)])))
    channels = picture[::-4, ::4].astype("f8")
    found = []
    for at, name in enumerate(("red", "green", "blue")):
        sci = truth[at][box].astype("f8").ravel()
        deviations = (sci - np.median(sci)) / (1.4826 * np.median(np.abs(sci - np.median(sci))))
        x = np.clip((deviations + 4) / 8, 0, 1) * WIDE
        marks = dots(x[::8], HIGH * (1 - channels[..., at].ravel()[::8] / 255), BLUE)
        found.append(panel_of(30 + 235 * at, f"{name}: {BANDS[at]}", even_lightness() + marks))
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        written("colour-truth.svg", panels(Path(place)))
