"""How rates change with the number of stamps, their size, and the size of the map."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sptjobs.request.cutout_request import Order, Projection
from tests.bench import stamp_peers
from tests.bench.stamp_scene import SHAPE, Contest, Scene, by_peer, floor, into_packs
from tests.bench.stamps import FITSIO, FLOOR, REPROJECT, Rate, has_fitsio, measure

COUNTS = (1, 10, 100, 1_000, 10_000, 100_000)
SIZES = (5.0, 10.0, 30.0)
SHAPES = ((1750, 3500), (3500, 7000), SHAPE)
_FEW, _SOME, _MANY = 60, 1_000, 10_000


@dataclass(frozen=True, slots=True)
class Growth:
    """Rates of one kind: by the name of its columns, a row for each contestant."""

    title: str
    columns: tuple[str, ...]
    rates: dict[str, dict[str, Rate]]


def measure_growth(folder: Path, scale: float) -> list[Growth]:
    """Measure all three, one round each."""
    scene = Scene(folder)
    found = [_by_count(scene, scale), _by_size(scene, scale)]
    scene.file.unlink()
    return [*found, _by_map(folder, scale)]


def _by_count(scene: Scene, scale: float) -> Growth:
    counts = sorted({max(1, int(count * scale)) for count in COUNTS})
    columns = {f"N = {count}": list(_counted(scene, count, scale)) for count in counts}
    return _measured("By the number of stamps, 10 arcmin", columns)


def _counted(scene: Scene, count: int, scale: float) -> Iterator[Contest]:
    yield Contest("native", count, into_packs(scene, scene.request(count)))
    if count <= _MANY * scale or count == 1:
        tan = scene.request(count, projection=Projection.TAN, order=Order.BILINEAR)
        yield Contest("TAN bilinear", count, into_packs(scene, tan))
    yield Contest(FLOOR, count, floor(scene))
    if has_fitsio() and (count <= _SOME * scale or count == 1):
        yield Contest(FITSIO, count, by_peer(scene, stamp_peers.by_fitsio))


def _by_size(scene: Scene, scale: float) -> Growth:
    columns = {f"{size:g} arcmin": list(_sized(scene, size, scale)) for size in SIZES}
    return _measured("By the size of stamps", columns)


def _sized(scene: Scene, size: float, scale: float) -> Iterator[Contest]:
    few, some = max(1, int(_FEW * scale)), max(1, int(_SOME * scale))
    yield Contest("native", some, into_packs(scene, scene.request(some, size)))
    tan = scene.request(some, size, projection=Projection.TAN, order=Order.BILINEAR)
    yield Contest("TAN bilinear", some, into_packs(scene, tan))
    yield Contest(FLOOR, some, floor(scene, size))
    if has_fitsio():
        yield Contest(FITSIO, some, by_peer(scene, stamp_peers.by_fitsio, size))
    yield Contest("Cutout2D", few, by_peer(scene, stamp_peers.by_cutout2d, size))
    yield Contest(REPROJECT, few, by_peer(scene, stamp_peers.by_reproject, size))


def _by_map(folder: Path, scale: float) -> Growth:
    some = max(1, int(_SOME * scale))
    rates: dict[str, dict[str, Rate]] = {}
    columns = []
    for ny, nx in SHAPES:
        scene = Scene(folder, shape=(ny, nx))
        columns.append(f"{nx} x {ny}")
        entrants = [Contest("native", some, into_packs(scene, scene.request(some)))]
        if has_fitsio():
            entrants.append(Contest(FITSIO, some, by_peer(scene, stamp_peers.by_fitsio)))
        for rate in measure(entrants, 1):
            rates.setdefault(rate.what, {})[columns[-1]] = rate
        scene.file.unlink()
    return Growth("By the size of the map, 10 arcmin", tuple(columns), rates)


def _measured(title: str, columns: dict[str, list[Contest]]) -> Growth:
    rates: dict[str, dict[str, Rate]] = {}
    for column, entrants in columns.items():
        for rate in measure(entrants, 1):
            rates.setdefault(rate.what, {})[column] = rate
    return Growth(title, tuple(columns), rates)
