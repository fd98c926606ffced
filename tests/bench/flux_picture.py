"""The picture of measured against true flux densities: ``python -m tests.bench.flux_picture``."""

import math
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from tests.support.point_sources import Truth, measured

OUT = Path(__file__).parents[2] / "docs/pictures/flux-truth.svg"
WIDTH, HEIGHT, COUNT = 720, 300, 900
FRAME = "fill:none;stroke:#888"


def panel(left: int, title: str, across: str, body: Iterable[str]) -> str:
    return (
        f'<g transform="translate({left} 30)"><rect width="290" height="210" style="{FRAME}"/>'
        f'<text x="145" y="-10" text-anchor="middle">{title}</text>'
        f'<text x="145" y="248" text-anchor="middle">{across}</text>{"".join(body)}</g>'
    )


def dots(x: np.ndarray, y: np.ndarray, colour: str) -> str:
    return "".join(
        f'<circle cx="{a:.1f}" cy="{b:.1f}" r="1.6" fill="{colour}"/>'
        for a, b in zip(x, y, strict=True)
    )


def ratios(folder: Path) -> str:
    truth = Truth(COUNT, "150GHz")
    sky = truth.sky()
    points = measured(
        folder, truth, [truth.write(folder, "filtered", sky, truth.weights(5.0, 1.0))]
    )
    bright = truth.flux > 0
    away = np.hypot(truth.x - np.round(truth.x), truth.y - np.round(truth.y))[bright] * 0.25
    nearest = sky[np.round(truth.y).astype(int), np.round(truth.x).astype(int)][bright]
    flux = np.array([point.flux for point in points])[bright]
    x = away / 0.18 * 290
    y = [210 * (1.01 - each / truth.flux[bright]) / 0.08 for each in (nearest, flux)]
    marks = "".join(
        f'<text x="-6" y="{210 * (1.01 - tick) / 0.08 + 4:.1f}" text-anchor="end">{tick:.2f}</text>'
        for tick in (0.94, 0.96, 0.98, 1.0)
    )
    marks += "".join(
        f'<text x="{tick / 0.18 * 290:.0f}" y="226" text-anchor="middle">{tick}</text>'
        for tick in (0.0, 0.05, 0.1, 0.15)
    )
    return panel(
        60,
        "measured / true, without noise",
        "target from its pixel's centre (arcmin)",
        [dots(x, y[0], "#c0504d"), dots(x, y[1], "#1f77b4"), marks],
    )


def pulls(folder: Path) -> str:
    truth = Truth(COUNT, "150GHz", seed=2)
    weights = truth.weights(6.0, 1.0)
    sci = truth.sky() + truth.random.normal(size=weights.shape) / np.sqrt(weights)
    points = measured(folder, truth, [truth.write(folder, "filtered", sci, weights)])
    pull = [(p.flux - f) / p.flux_err for p, f in zip(points, truth.flux, strict=True)]
    counts, edges = np.histogram(pull, np.linspace(-4, 4, 33))
    top = 1.2 * COUNT * 0.25 / math.sqrt(2 * math.pi)
    bars = "".join(
        f'<rect x="{(low + 4) / 8 * 290:.1f}" y="{210 * (1 - n / top):.1f}" width="8.6" '
        f'height="{210 * n / top:.1f}" fill="#1f77b4" opacity="0.6"/>'
        for n, low in zip(counts, edges, strict=False)
    )
    at = np.linspace(-4, 4, 81)
    curve = " ".join(
        f"{(x + 4) / 8 * 290:.1f},{210 * (1 - math.exp(-x * x / 2) / 1.2):.1f}" for x in at
    )
    ticks = "".join(
        f'<text x="{(tick + 4) / 8 * 290:.0f}" y="226" text-anchor="middle">{tick}</text>'
        for tick in (-4, -2, 0, 2, 4)
    )
    line = f'<polyline points="{curve}" style="fill:none;stroke:#333"/>'
    said = f"with noise: deviations, rms {np.std(pull):.2f}"
    return panel(400, said, "(measured - true) / flux_err", [bars, line, ticks])


def main() -> None:
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        body = ratios(Path(one)) + pulls(Path(other))
    OUT.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'font-family="sans-serif" font-size="12"><rect width="{WIDTH}" height="{HEIGHT}" '
        f'fill="#fff"/>{body}</svg>\n'
    )


if __name__ == "__main__":
    main()
