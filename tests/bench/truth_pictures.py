"""Pictures of noise, coadds, differences, mosaics, stacks, cubes and colours against the truth.

``python -m tests.bench.truth_pictures`` draws them anew.
"""

import math
import tempfile
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sptjobs.request.cutout_request import CutoutRequest, Order
from tests.bench.flux_picture import dots, panel
from tests.support.cutting import make
from tests.support.faint_sources import BEAM_PIXELS, STACK, Sky
from tests.support.fields import SEAM, TAG, two_fields
from tests.support.known_maps import known_map, targets_at
from tests.support.observations import (
    SHAPE,
    SKY,
    Observations,
    box_of,
    coadd_request,
    opened,
    run_request,
)

OUT = Path(__file__).parents[2] / "docs/pictures"
WIDE, HIGH = 290, 210
BLUE, RED = "#1f77b4", "#c0504d"
LEFT, RIGHT = 60, 400

Values = NDArray[Any]


def written(name: str, panels: Iterable[str]) -> None:
    (OUT / name).write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 300" font-family="sans-serif"'
        f' font-size="12"><rect width="720" height="300" fill="#fff"/>{"".join(panels)}</svg>\n'
    )


def ticks(values: Iterable[float], low: float, high: float, *, up: bool = False) -> str:
    def at(value: float) -> str:
        share = (value - low) / (high - low)
        if up:
            return f'x="-6" y="{HIGH * (1 - share) + 4:.1f}" text-anchor="end"'
        return f'x="{WIDE * share:.1f}" y="226" text-anchor="middle"'

    return "".join(f"<text {at(value)}>{value:g}</text>" for value in values)


def steps(pulls: Values, colour: str) -> str:
    """A histogram of deviations, as a line."""
    counts, edges = np.histogram(pulls, np.linspace(-4, 4, 41), density=True)
    places = zip(np.repeat(edges, 2)[1:-1], np.repeat(counts, 2), strict=True)
    path = " ".join(f"{(x + 4) / 8 * WIDE:.1f},{HIGH * (1 - y / 0.6):.1f}" for x, y in places)
    return f'<polyline points="{path}" style="fill:none;stroke:{colour};stroke-width:1.5"/>'


def gaussian() -> str:
    path = " ".join(
        f"{(x + 4) / 8 * WIDE:.1f},{HIGH * (1 - math.exp(-x * x / 2) / 2.5066 / 0.6):.1f}"
        for x in np.linspace(-4, 4, 81)
    )
    return f'<polyline points="{path}" style="fill:none;stroke:#333"/>'


def histogram(left: int, title: str, lines: Iterable[str]) -> str:
    return panel(
        left, title, "deviation √WGT", [*lines, gaussian(), ticks((-4, -2, 0, 2, 4), -4, 4)]
    )


def differences(folder: Path) -> list[str]:
    observed = Observations(folder, 5, seed=3)
    asked = coadd_request(observed, products=("difference",), reference_end=date(2019, 3, 3))
    made = run_request(observed, asked)
    panels = []
    for left, title, numbers, sign in (
        (LEFT, "in the coadd", (0, 1, 2), 1),
        (RIGHT, "not in the coadd", (3, 4), -1),
    ):
        right, wrong = [], []
        for number in numbers:
            with opened(made, str(made.outcomes[number].difference)) as hdus:
                sci, wgt, header = hdus["SCI"].data, hdus["WGT"].data, hdus["SCI"].header
            box = box_of(header, observed.records[0])
            total = observed.mean([0, 1, 2], box)[1]
            own, seen = observed.wgt[number][box], wgt > 0
            variance = 1 / own[seen] + sign / total[seen]
            right.append((sci * np.sqrt(wgt))[seen])
            wrong.append(sci[seen][variance > 0] / np.sqrt(variance[variance > 0]))
        pulls = np.concatenate(right)
        lines = [steps(np.concatenate(wrong), RED), steps(pulls, BLUE)]
        panels.append(histogram(left, f"{title}: rms {pulls.std():.2f}", lines))
    return panels


def coadds(folder: Path) -> list[str]:
    observed = Observations(folder, 24, seed=5)
    numbers = (1, 2, 3, 4, 6, 8, 12, 16, 24)
    found, promised = [], []
    for number in numbers:
        made = run_request(observed, coadd_request(observed), maps=observed.records[:number])
        with opened(made) as hdus:
            sci, wgt = hdus["SCI"].data, hdus["WGT"].data
        seen = wgt > 0
        found.append(float(np.std(sci[seen] - SKY)))
        promised.append(float(np.sqrt(np.mean(1 / wgt[seen]))))
    pulls = ((sci - SKY) * np.sqrt(wgt))[seen]
    x = np.log2(numbers) / math.log2(32) * WIDE
    y = [HIGH * (1 - np.array(each) / 1.6) for each in (found, promised)]
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y[1], strict=True))
    marks = "".join(
        f'<text x="{math.log2(n) / 5 * WIDE:.0f}" y="226" text-anchor="middle">{n}</text>'
        for n in (1, 2, 4, 8, 16)
    )
    body = [
        f'<polyline points="{line}" style="fill:none;stroke:#333"/>',
        dots(x, y[0], BLUE),
        marks,
        ticks((0.5, 1.0, 1.5), 0, 1.6, up=True),
    ]
    return [
        panel(LEFT, "noise (mJy), and 1/√WGT", "observations", body),
        histogram(RIGHT, f"24 observations: rms {pulls.std():.2f}", [steps(pulls, BLUE)]),
    ]


def mosaics(folder: Path) -> list[str]:
    maps = two_fields(folder)
    targets = targets_at(maps[0], SEAM, size=20.0)
    request = CutoutRequest(targets, bands=("90GHz",), coadds=(TAG,), products=("fits", "mosaic"))
    made = make(folder / "mosaic", folder, request, maps)
    curves = []
    for outcome in made.outcomes:
        with made.stamp(outcome) as stamp:
            curves.append((stamp["WGT"].data.mean(axis=0), BLUE))
    with opened(made, str(made.outcomes[0].mosaic)) as hdus:
        sci, wgt = hdus["SCI"].data, hdus["WGT"].data
    curves.append((wgt.mean(axis=0), "#333"))
    seen = wgt > 0
    pulls = ((sci - SKY) * np.sqrt(wgt))[seen]
    lines = []
    for values, colour in curves:
        x = np.linspace(0, WIDE, len(values))
        path = " ".join(f"{a:.1f},{HIGH * (1 - b / 4):.1f}" for a, b in zip(x, values, strict=True))
        lines.append(f'<polyline points="{path}" style="fill:none;stroke:{colour}"/>')
    lines += [ticks((0, 20, 40, 60), 0, 80), ticks((1, 2, 3), 0, 4, up=True)]
    return [
        panel(LEFT, "WGT (mJy⁻²)", "column of the stamp", lines),
        histogram(RIGHT, f"mosaic: rms {pulls.std():.2f}", [steps(pulls, BLUE)]),
    ]


def stacked(sky: Sky) -> list[Values]:
    """Mean, and both errors, of the stack of a sky."""
    made = sky.made(sky.request(size=10.0, order=Order.BICUBIC))
    with opened(made, STACK) as hdus:
        sci, wgt, err = (hdus[name].data.astype("f8") for name in ("SCI", "WGT", "ERR"))
    return [sci, 1 / np.sqrt(wgt), err]


def stacks(folder: Path) -> list[str]:
    for name in ("sources", "blank"):
        (folder / name).mkdir()
    sci, _, err = stacked(Sky(folder / "sources", 1.5))
    middle = sci.shape[0] // 2
    x = (np.arange(sci.shape[1]) + 0.5) / sci.shape[1] * WIDE
    truth = 1.5 * np.exp(-4 * np.log(2) * ((np.arange(sci.shape[1]) - middle) / BEAM_PIXELS) ** 2)
    line = " ".join(
        f"{a:.1f},{HIGH * (1 - (b + 0.5) / 2.5):.1f}" for a, b in zip(x, truth, strict=True)
    )
    bars = "".join(
        f'<line x1="{a:.1f}" x2="{a:.1f}" y1="{HIGH * (1 - (b - e + 0.5) / 2.5):.1f}"'
        f' y2="{HIGH * (1 - (b + e + 0.5) / 2.5):.1f}" stroke="{BLUE}"/>'
        for a, b, e in zip(x, sci[middle], err[middle], strict=True)
    )
    body = [
        f'<polyline points="{line}" style="fill:none;stroke:#333"/>',
        bars,
        dots(x, HIGH * (1 - (sci[middle] + 0.5) / 2.5), BLUE),
        ticks((0, 10, 20, 30), 0, 40),
        ticks((0, 1, 2), -0.5, 2, up=True),
    ]
    mean, *errors = stacked(Sky(folder / "blank", 0.0))
    lines = [steps(mean / error, c) for error, c in zip(errors, (BLUE, RED), strict=True)]
    rms = " and ".join(f"{(mean / error).std():.2f}" for error in errors)
    return [
        panel(LEFT, "49 sources of 1.5 mJy", "column of the stack", body),
        histogram(RIGHT, f"blank sky: rms {rms}", lines),
    ]


def noise(folder: Path) -> list[str]:
    random, shape = np.random.default_rng(2), (480, 480)
    slope = np.linspace(0.3, 3.0, shape[1])
    wgt = np.outer(np.ones(shape[0]), slope)
    sci = random.normal(size=shape) / np.sqrt(wgt)
    places = [(30.0 + 42 * c, 30.0 + 42 * r) for r in range(11) for c in range(11)]
    peaks = random.uniform(0, 100, len(places)) * (np.arange(len(places)) % 2)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    for (x, y), peak in zip(places, peaks, strict=True):
        beam = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.04**2))
        sci += peak * beam / np.sqrt(slope[int(x)])
    record = known_map(folder, sci, wgt)
    request = CutoutRequest(targets_at(record, *places), bands=("90GHz",), noise=True)
    outcomes = make(folder / "noise", folder, request, [record]).outcomes
    rms, depth = (np.array([getattr(o, n) for o in outcomes], float) for n in ("rms", "depth"))
    blank = peaks == 0
    diagonal = '<polyline points="0,210 290,0" style="fill:none;stroke:#333"/>'
    both = [dots(depth[blank] / 2 * WIDE, HIGH * (1 - rms[blank] / 2), BLUE), diagonal]
    both += [ticks((0, 0.5, 1, 1.5), 0, 2), ticks((0.5, 1, 1.5), 0, 2, up=True)]
    level = f'<polyline points="0,{HIGH / 2} {WIDE},{HIGH / 2}" style="fill:none;stroke:#333"/>'
    up = HIGH * (1.2 - rms / depth) / 0.4
    against = [level, dots(peaks / 100 * WIDE, up, BLUE), ticks((0, 25, 50, 75), 0, 100)]
    against.append(ticks((0.9, 1.0, 1.1), 0.8, 1.2, up=True))
    return [
        panel(LEFT, "rms (mJy)", "depth (mJy)", both),
        panel(RIGHT, "rms / depth", "source in the middle (rms)", against),
    ]


def cubes(folder: Path) -> list[str]:
    observed, count = Observations(folder, 0), 24
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    beam = np.exp(-((columns - 60) ** 2 + (rows - 40) ** 2) / (2 * 2.04**2))
    truth = 60 * np.exp(-(((np.arange(count) - 9) / 4) ** 2))
    for number, peak in enumerate(truth):
        random = np.random.default_rng(number)
        wgt = np.full(SHAPE, random.uniform(0.05, 0.4))
        sci = peak * beam + random.normal(size=SHAPE) / np.sqrt(wgt)
        observed.records.append(observed.written(number, sci, wgt))
    made = run_request(observed, coadd_request(observed, products=("cube", "animation")))
    (OUT / "animation-truth.png").write_bytes(made.files[str(made.outcomes[0].animation)])
    with opened(made, str(made.outcomes[0].cube)) as hdus:
        sci, wgt = hdus["SCI"].data, hdus["WGT"].data
        box = box_of(hdus["SCI"].header, observed.records[0])
    y, x = 40 - box[0].start, 60 - box[1].start
    pulls = ((sci - truth[:, None, None] * beam[box]) * np.sqrt(wgt)).ravel()

    def up(value: Values) -> Values:
        return HIGH * (1 - (value + 10) / 90)

    across = (np.arange(count) + 0.5) / count * WIDE
    line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across, up(truth), strict=True))
    body = [
        f'<polyline points="{line}" style="fill:none;stroke:#333"/>',
        dots(across, up(sci[:, y, x]), BLUE),
        ticks((0, 8, 16), 0, 24),
        ticks((0, 20, 40, 60), -10, 80, up=True),
    ]
    return [
        panel(LEFT, "pixel of a source that flares (mJy)", "plane of the cube", body),
        histogram(RIGHT, f"24 planes: rms {pulls.std():.2f}", [steps(pulls, BLUE)]),
    ]


def main() -> None:
    pictures = {
        "noise": noise,
        "coadd": coadds,
        "difference": differences,
        "mosaic": mosaics,
        "stack": stacks,
        "cube": cubes,
    }
    for name, draw in pictures.items():
        with tempfile.TemporaryDirectory() as folder:
            written(f"{name}-truth.svg", draw(Path(folder)))


if __name__ == "__main__":
    main()
