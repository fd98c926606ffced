"""The record of a run of the stamps part."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version

from tests.bench import stamps
from tests.bench.stamp_growth import Growth
from tests.bench.stamp_scene import SHAPE

_PEERS = ("numpy", "astropy", "reproject", "fitsio", "astrocut", "cutana")

RATES_PLOT, GROWTH_PLOT = "stamps-rates.svg", "stamps-growth.svg"
"""Files of its plots, beside it."""


def stamp_record(
    measured: Mapping[str, stamps.Measured],
    growths: Sequence[Growth],
    scale: float,
    machine: Sequence[str],
) -> Iterator[str]:
    """Lines of Markdown."""
    ny, nx = SHAPE
    rounds = max(len(each.rates) for m in measured.values() for each in m.rates)
    yield from (
        "# Stamps a second",
        "",
        f"Stamps of 10 arcmin of a simulated ZEA map of {nx} x {ny} pixels, SCI and WGT, all over",
        "it; one process; files in memory. Ours have checksums, sha256, provenance and rows of the",
        "manifest, and go into a pack unless said; peers write a file a stamp, and less into it.",
        f"All by turns, {rounds} rounds; the median, and its range. Ratios are medians of those of",
        "the rounds. Memory is anonymous memory of the process, with what all contestants have",
        "loaded. Counts in names are those at scale 1; this is scale",
        f"{scale:g}.",
        *machine,
        f"{_versions()}.",
    )
    yield from ("", f"![Rates]({RATES_PLOT})")
    for title, each in measured.items():
        yield from ("", *_rates(title, each))
    yield from (
        "",
        "Below, one round each: numbers that differ by less than a third mean nothing.",
    )
    yield from ("", f"![Growth]({GROWTH_PLOT})")
    for growth in growths:
        yield from ("", *_growth(growth))


def _versions() -> str:
    found = []
    for name in _PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"without {name}")
    return ", ".join(found)


def _rates(title: str, measured: stamps.Measured) -> Iterator[str]:
    yield from (f"## {title}", "", "| what | N | stamps/s | range | MB |")
    yield "| --- | ---: | ---: | --- | ---: |"
    for each in measured.rates:
        span = f"{min(each.rates):.0f} to {max(each.rates):.0f}"
        size = each.anonymous >> 20
        yield f"| {each.what} | {each.count} | {each.rate:.0f} | {span} | {size} |"
    yield from ("", "| ratio | reached | at least | aim |", "| --- | ---: | ---: | ---: |")
    for ratio in measured.ratios:
        want = ratio.wanted
        name = f"{want.ours} / {want.peer}"
        yield f"| {name} | {ratio.value:.2f} | {want.least:g} | {want.aim:g} |"


def _growth(growth: Growth) -> Iterator[str]:
    yield from (f"## {growth.title}", "", f"| stamps/s (MB) | {' | '.join(growth.columns)} |")
    yield "| --- |" + " ---: |" * len(growth.columns)
    for what, rates in growth.rates.items():
        cells = []
        for column in growth.columns:
            rate = rates.get(column)
            cells.append("" if rate is None else f"{rate.rate:.0f} ({rate.anonymous >> 20})")
        yield f"| {what} | {' | '.join(cells)} |"
