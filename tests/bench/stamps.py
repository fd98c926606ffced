"""Stamps a second of a map of the real size, beside peers and floors in the same run."""

import importlib.util
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import numpy as np
from astropy.coordinates import SkyCoord

from sptjobs.cutouts.cut import cut_part
from sptjobs.cutouts.folder import FolderWriter
from sptjobs.cutouts.plan.plan import plan
from sptjobs.cutouts.sink import Sink
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.packs.writer import PackWriter
from sptjobs.request.cutout_request import CutoutRequest, Order, Projection, Target
from tests.bench import stamp_peers
from tests.bench.stamp_peers import Places
from tests.support.small_maps import make_map, request_for, wcs_cards

SHAPE = (7000, 14000)
_PART_COST_S = 1.0
_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Rate:
    """Stamps a second of one contestant: the median of the rounds, and all of them."""

    what: str
    count: int
    rates: tuple[float, ...]

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


FITSIO, COPIES, FLOOR = "fitsio", "header copies", "merely writing such files"
REPROJECT = "reproject_interp"

WANTED = (
    Wanted("native, 1000", FITSIO, 12, 16),
    Wanted("native, 1000", COPIES, 80, 100),
    Wanted("native, 20000", FLOOR, 0.3, 0.5),
    Wanted("TAN bilinear, 1000", REPROJECT, 40, 150),
)
"""On a map that is not compressed, at full counts."""

WANTED_COMPRESSED = (Wanted("native, 100", FITSIO, 3, 5),)
"""On a map with compressed rows, of which nothing is decoded yet."""


@dataclass(frozen=True, slots=True)
class Contest:
    """A contestant: its name, the stamps that it makes in a round, and how."""

    what: str
    count: int
    run: Callable[[Path, int], None]


class Scene:
    """A map of the real size, and targets all over it.

    Parameters
    ----------
    folder
        Where the map is kept from run to run.
    compression
        As in ``MapRecord``.
    shape
        Of the map.
    """

    def __init__(
        self, folder: Path, compression: str | None, shape: tuple[int, int] = SHAPE
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.archive = folder
        name = f"bench_{compression or 'plain'}_{shape[1]}".lower()
        (folder / f"{name}.fits").unlink(missing_ok=True)
        self.record: MapRecord = make_map(folder, name, compression=compression, shape=shape)
        self.file = folder / self.record.path

    def places(self, count: int, seed: int = 7) -> Places:
        """Pixels from 0, uniform over the map but for its rim."""
        ny, nx = self.record.shape
        drawn = np.random.default_rng(seed).uniform((60, 60), (nx - 60, ny - 60), (count, 2))
        return [(x, y) for x, y in drawn.tolist()]

    def request(self, count: int, **style: object) -> CutoutRequest:
        """Ask for stamps of 10 arcmin at these places."""
        ra, dec = map_wcs(self.record.wcs).wcs_pix2world(self.places(count), 0).T
        sky = SkyCoord(ra, dec, unit="deg", frame="fk5").icrs
        targets = tuple(
            Target(f"t{number}", *place, 10.0, 10.0)
            for number, place in enumerate(
                zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True)
            )
        )
        return replace(CutoutRequest(targets), **style)  # type: ignore[arg-type]


def ours(scene: Scene, request: CutoutRequest, sink: Sink) -> None:
    """Plan and cut a request."""
    work = plan(request, [scene.record], _PART_COST_S)
    for position in range(len(work.slices)):
        cut_part(work.part(position, position), scene.archive, sink, lambda _: None)


def into_packs(scene: Scene, request: CutoutRequest) -> Callable[[Path, int], None]:
    """Cut as the service does."""

    def run(folder: Path, _count: int) -> None:
        with PackWriter(folder / "job/0-1-a") as pack:
            ours(scene, request, pack)
        assert pack.outcomes["ok"] + pack.outcomes["partial"] == len(request.targets)

    return run


def into_files(scene: Scene, request: CutoutRequest) -> Callable[[Path, int], None]:
    """Cut as ``sptjobs cutout --out`` does."""

    def run(folder: Path, _count: int) -> None:
        ours(scene, request, FolderWriter(folder))

    return run


def by_peer(scene: Scene, cutter: stamp_peers.Cutter) -> Callable[[Path, int], None]:
    """Cut as another tool does."""
    return lambda folder, count: cutter(scene.file, folder, scene.places(count))


def floor(scene: Scene) -> Callable[[Path, int], None]:
    """Write files as large as a stamp's."""
    request = scene.request(1)
    with _scratch() as folder:
        into_files(scene, request)(folder, 1)
        content = next(folder.glob("*/*.fits")).read_bytes()
    return lambda folder, count: stamp_peers.merely_writing(content, folder, count)


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
    if has_fitsio():
        yield Contest(FITSIO, some, by_peer(scene, stamp_peers.by_fitsio))
        yield Contest(COPIES, 2 * few, by_peer(scene, stamp_peers.by_header_copies))
    yield Contest("Cutout2D", few, by_peer(scene, stamp_peers.by_cutout2d))
    yield Contest(REPROJECT, few, by_peer(scene, stamp_peers.by_reproject))


def compressed_contests(scene: Scene, scale: float) -> Iterator[Contest]:
    """What is measured on a compressed map, whose bytes are in memory but not decoded."""
    few, some = (max(1, int(count * scale)) for count in (100, 1_000))
    for name, count in (("100", few), ("1000", some)):
        yield Contest(f"native, {name}", count, into_packs(scene, scene.request(count)))
    tan = scene.request(few, projection=Projection.TAN)
    yield Contest("TAN bilinear, 100", few, into_packs(scene, tan))
    if has_fitsio():
        yield Contest(FITSIO, few, by_peer(scene, stamp_peers.by_fitsio))


def has_fitsio() -> bool:
    """Whether the peer is installed."""
    return importlib.util.find_spec("fitsio") is not None


def measure(entrants: list[Contest], rounds: int = _ROUNDS) -> list[Rate]:
    """Run all of them by turns, round after round."""
    seconds: dict[str, list[float]] = {each.what: [] for each in entrants}
    for _ in range(rounds):
        for each in entrants:
            with _scratch() as folder:
                begun = time.perf_counter()
                each.run(folder, each.count)
                seconds[each.what].append(time.perf_counter() - begun)
    return [
        Rate(each.what, each.count, tuple(each.count / s for s in seconds[each.what]))
        for each in entrants
    ]


@contextmanager
def _scratch() -> Iterator[Path]:
    """A folder in memory, where there is such a thing: the disk is not what is measured."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="spt-bench-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


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


def measure_all(folder: Path, scale: float) -> tuple[Measured, Measured]:
    """Measure on a map that is not compressed, and on one that is, both made in ``folder``."""
    measured = []
    for compression, entrants, wanted in (
        (None, contests, WANTED),
        ("GZIP_2", compressed_contests, WANTED_COMPRESSED),
    ):
        scene = Scene(folder, compression)
        rates = measure(list(entrants(scene, scale)))
        scene.file.unlink()
        measured.append(Measured(rates, ratios(rates, wanted)))
    return measured[0], measured[1]


def planning(targets: int, maps: int) -> float:
    """Seconds of processor time to plan targets all over the field on maps of four grids."""
    draw = np.random.default_rng(1)
    ra, dec = draw.uniform(-50, 50, targets) % 360, draw.uniform(-70, -42, targets)
    request = request_for(list(zip(ra.tolist(), dec.tolist(), strict=True)))
    with _scratch() as folder:
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
    plan(request, records, _PART_COST_S)
    return time.process_time() - begun
