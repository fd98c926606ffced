"""Light curves of many targets over many observations of the real size, by two processes."""

import math
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from sptjobs.cutouts.cut import cut_part
from sptjobs.cutouts.plan.part_plan import PartPlan
from sptjobs.cutouts.plan.plan import plan
from sptjobs.maps.record import MapRecord
from sptjobs.packs.curves import read_head
from sptjobs.packs.writer import PackWriter
from sptjobs.request.cutout_request import CutoutRequest
from tests.bench.anonymous_memory import AnonymousMemory
from tests.bench.stamp_scene import PART_COST_S, Scene

PROCESSES = 2
MINUTES = 5.0
"""The most that 1,000 targets on 500 observations may take [min]."""

_CONFIRMED = {"unit": "mJy", "weight_unit": "mJy-2", "beam_arcmin": 1.2, "filetype": "filtered"}
_BEGIN = datetime(2019, 3, 1)  # noqa: DTZ001 - UTC, as records have it


@dataclass(frozen=True, slots=True)
class Curves:
    """Seconds of planning and of cutting, points that came out, and the most memory [byte]."""

    targets: int
    observations: int
    points: int
    planned_s: float
    cut_s: float
    peak: int

    @property
    def is_kept(self) -> bool:
        """Whether the whole stated size takes less than the most, or as much less as it is less."""
        share = self.targets * self.observations / 500_000
        return self.planned_s + self.cut_s <= 60 * MINUTES * max(share, 0.05)


def measure(folder: Path, targets: int, observations: int) -> Curves:
    """Make the curves on files of their own names of one GZIP_2 map, which tells them apart."""
    scene = Scene(folder, "GZIP_2")
    maps = [_observation(scene, number) for number in range(observations)]
    request = scene.request(
        targets, bands=("90GHz",), products=("lightcurve",), date_start=_BEGIN.date()
    )
    packs = folder / "packs"
    shutil.rmtree(packs, ignore_errors=True)
    begun = time.perf_counter()
    parts = _parts(request, maps)
    planned = time.perf_counter()
    context = get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        orders = ((part, scene.archive, packs / str(number)) for number, part in enumerate(parts))
        peaks = list(pool.map(_cut, *zip(*orders, strict=True)))
    ended = time.perf_counter()
    points = sum(read_head(packs / str(number)).points for number in range(len(parts)))
    shutil.rmtree(packs)
    for each in maps:
        (folder / each.path).unlink()
    return Curves(targets, observations, points, planned - begun, ended - planned, max(peaks))


def _observation(scene: Scene, number: int) -> MapRecord:
    """One of the observations: the map under another name."""
    begin = _BEGIN + timedelta(hours=2 * number)
    name = f"{1000 + number}_90GHz_fltd"
    path = scene.archive / f"{name}.fits"
    path.unlink(missing_ok=True)
    path.hardlink_to(scene.file)
    end = begin + timedelta(hours=1.5)
    facts = _CONFIRMED | {"date_beg": begin.isoformat(), "date_end": end.isoformat()}
    return replace(scene.summed, map_id=name, obsid=str(1000 + number), path=path.name, **facts)  # type: ignore[arg-type]


def _parts(request: CutoutRequest, maps: Sequence[MapRecord]) -> list[PartPlan]:
    work = plan(request, maps, PART_COST_S)
    return [work.part(position, position) for position in range(len(work.slices))]


def _cut(part: PartPlan, archive: Path, folder: Path) -> int:
    """Cut a part into a pack, which is brought to the disk; the most memory that it took."""
    with AnonymousMemory() as memory, PackWriter(folder) as pack:
        cut_part(part, archive, pack, lambda _: None)
    return math.ceil(memory.peak)
