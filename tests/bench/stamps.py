"""Stamps a second of a map of the real size, beside peers and floors in the same run."""

import importlib.util
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np

from sptjobs.cutouts.plan.plan import plan
from sptjobs.formats.decoded_maps import DecodedMaps
from sptjobs.formats.flat_sky.decoded_images import decode
from sptjobs.request.cutout_request import Order, Projection
from tests.bench import stamp_peers
from tests.bench.anonymous_memory import AnonymousMemory
from tests.bench.stamp_scene import (
    PART_COST_S,
    Contest,
    Scene,
    by_peer,
    floor,
    into_files,
    into_packs,
    open_kept,
    scratch,
)
from tests.support.small_maps import make_map, request_for, wcs_cards

TITLE_PLAIN = "A map that is not compressed"
TITLE_PACKED = "A map in rows of GZIP_2, quantised, of which nothing is decoded yet"
TITLE_DECODED = "The same map out of its decoded copy"
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Rate:
    """Stamps a second of one contestant: the median of the rounds, and all of them.

    ``anonymous`` is the most anonymous memory that the process had meanwhile [byte].
    """

    what: str
    count: int
    rates: tuple[float, ...]
    anonymous: int = 0

    @property
    def rate(self) -> float:
        """The median."""
        return median(self.rates)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A ratio that is to be reached: of which rates, and how large it must and should be."""

    ours: str
    peer: str
    least: float
    aim: float


@dataclass(frozen=True, slots=True)
class Ratio:
    """What was reached."""

    wanted: Wanted
    value: float


@dataclass(frozen=True, slots=True)
class Measured:
    """Rates and ratios on one map."""

    rates: list[Rate]
    ratios: list[Ratio]


FITSIO, COPIES, FLOOR = "fitsio", "header copies (spt3g_cutter)", "merely writing such files"
REPROJECT, ASTROCUT, CUTANA = "reproject_interp", "astrocut", "cutana"
PLAIN, COPY = "native, 1000, plain map", "native, 1000, decoded copy"

WANTED = (
    Wanted("native, 1000", FITSIO, 12, 16),
    Wanted("native, 1000", COPIES, 80, 100),
    Wanted("native, 20000", FLOOR, 0.3, 0.5),
    Wanted("TAN bilinear, 1000", REPROJECT, 40, 150),
)
"""On a map that is not compressed, at full counts."""

WANTED_COMPRESSED = (Wanted("native, 100", FITSIO, 3, 5),)
"""On a map with compressed rows, of which nothing is decoded yet."""

WANTED_DECODED = (Wanted(COPY, PLAIN, 0.8, 1),)
"""On the same map once it is decoded, beside one that never was compressed; sums of both are
compared."""


def contests(scene: Scene, scale: float) -> Iterator[Contest]:
    """All that is measured on a map that is not compressed; names are those of full counts."""
    few, some, many = (max(1, int(count * scale)) for count in (60, 1_000, 20_000))
    for name, count in (("1000", some), ("20000", many)):
        yield Contest(f"native, {name}", count, into_packs(scene, scene.request(count)))
    yield Contest("native, 1000 files", some, into_files(scene, scene.request(some)))
    for order in (Order.BILINEAR, Order.BICUBIC):
        tan = scene.request(some, projection=Projection.TAN, order=order)
        yield Contest(f"TAN {order}, 1000", some, into_packs(scene, tan))
    yield Contest(FLOOR, many, floor(scene))
    copying = by_peer(scene, stamp_peers.copying_windows)
    yield Contest("merely copying the windows", many, copying)
    if has_fitsio():
        yield Contest(FITSIO, some, by_peer(scene, stamp_peers.by_fitsio))
        yield Contest(COPIES, 2 * few, by_peer(scene, stamp_peers.by_header_copies))
    yield Contest("Cutout2D", few, by_peer(scene, stamp_peers.by_cutout2d))
    yield Contest(REPROJECT, few, by_peer(scene, stamp_peers.by_reproject))
    if is_installed(ASTROCUT):
        yield Contest(ASTROCUT, few, by_peer(scene, stamp_peers.by_astrocut))
    if is_installed(CUTANA):
        yield Contest(CUTANA, 2 * few, by_peer(scene, stamp_peers.by_cutana))


def compressed_contests(scene: Scene, scale: float) -> Iterator[Contest]:
    """What is measured on a compressed map, whose bytes are in memory but not decoded."""
    few, some = (max(1, int(count * scale)) for count in (100, 1_000))
    for name, count in (("100", few), ("1000", some)):
        yield Contest(f"native, {name}", count, into_packs(scene, scene.request(count)))
    tan = scene.request(few, projection=Projection.TAN)
    yield Contest("TAN bilinear, 100", few, into_packs(scene, tan))
    if has_fitsio():
        yield Contest(FITSIO, few, by_peer(scene, stamp_peers.by_fitsio))


def decoded_contests(plain: Scene, packed: Scene, scale: float) -> Iterator[Contest]:
    """What is measured on a decoded copy, beside the same of a map that never was compressed."""
    some = max(1, int(1_000 * scale))
    cut = into_packs(packed, packed.request(some), summed=True)
    store = DecodedMaps(packed.archive / "decoded", 4 << 30)
    with open_kept(store):
        assert decode(store, packed.archive, packed.summed)

    def run(folder: Path, count: int) -> None:
        with open_kept(store):
            cut(folder, count)

    yield Contest(COPY, some, run)
    yield Contest(PLAIN, some, into_packs(plain, plain.request(some), summed=True))


def is_installed(name: str) -> bool:
    """Whether a peer is installed."""
    return importlib.util.find_spec(name) is not None


def has_fitsio() -> bool:
    """Whether the fastest peer is installed."""
    return is_installed(FITSIO)


def measure(entrants: list[Contest], rounds: int = _ROUNDS) -> list[Rate]:
    """Run all of them by turns, round after round."""
    seconds: dict[str, list[float]] = {each.what: [] for each in entrants}
    memory = dict.fromkeys(seconds, 0)
    for _ in range(rounds):
        for each in entrants:
            with scratch() as folder, AnonymousMemory() as watch:
                begun = time.perf_counter()
                each.run(folder, each.count)
                seconds[each.what].append(time.perf_counter() - begun)
            memory[each.what] = max(memory[each.what], watch.peak)
    return [
        Rate(
            each.what, each.count, tuple(each.count / s for s in seconds[each.what]),
            memory[each.what],
        )
        for each in entrants
    ]  # fmt: skip


def ratios(rates: Sequence[Rate], wanted: Sequence[Wanted]) -> list[Ratio]:
    """Ratios of those that were measured, each the median of the rounds."""
    by_name = {rate.what: rate.rates for rate in rates}
    return [
        Ratio(
            each, median(a / b for a, b in zip(by_name[each.ours], by_name[each.peer], strict=True))
        )
        for each in wanted
        if each.ours in by_name and each.peer in by_name
    ]


def measure_all(folder: Path, scale: float) -> dict[str, Measured]:
    """Measure on a map that is not compressed, on one that is, and on its decoded copy."""
    plain, packed = Scene(folder), Scene(folder, "GZIP_2")
    try:
        return {
            title: measured(list(entrants), wanted)
            for title, entrants, wanted in (
                (TITLE_PLAIN, contests(plain, scale), WANTED),
                (TITLE_PACKED, compressed_contests(packed, scale), WANTED_COMPRESSED),
                (TITLE_DECODED, decoded_contests(plain, packed, scale), WANTED_DECODED),
            )
        }
    finally:
        for scene in (plain, packed):
            scene.file.unlink()
        shutil.rmtree(folder / "decoded", ignore_errors=True)


def measured(entrants: list[Contest], wanted: Sequence[Wanted]) -> Measured:
    """Rates of contestants, and their ratios."""
    rates = measure(entrants)
    return Measured(rates, ratios(rates, wanted))


def planning(targets: int, maps: int) -> float:
    """Seconds of processor time to plan targets all over the field on maps of four grids."""
    draw = np.random.default_rng(1)
    ra, dec = draw.uniform(-50, 50, targets) % 360, draw.uniform(-70, -42, targets)
    request = request_for(list(zip(ra.tolist(), dec.tolist(), strict=True)))
    with scratch() as folder:
        record = make_map(folder)
    records = [
        replace(
            record,
            map_id=f"map{number}",
            obsid=str(number),
            shape=(3000, 14000),
            wcs=wcs_cards((3000, 14000), crpix=(7000.5, 1500.5 + 1800 * (number % 4 - 1.5))),
        )
        for number in range(maps)
    ]
    begun = time.process_time()
    plan(request, records, PART_COST_S)
    return time.process_time() - begun
