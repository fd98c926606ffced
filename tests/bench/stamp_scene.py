"""A map of the real size, targets all over it, and how a contestant cuts them."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from astropy.coordinates import SkyCoord

from sptjobs.cutouts.cut import cut_part
from sptjobs.cutouts.folder import FolderWriter
from sptjobs.cutouts.making.sink import Sink
from sptjobs.cutouts.plan.plan import plan
from sptjobs.formats.decoded_maps import DecodedMaps, keep_decoded_maps
from sptjobs.formats.flat_sky.wcs import map_wcs
from sptjobs.maps.record import MapRecord
from sptjobs.packs.writer import PackWriter
from sptjobs.request.cutout_request import CutoutRequest, Target
from tests.bench import stamp_peers
from tests.bench.stamp_peers import Places
from tests.support.small_maps import make_map

SHAPE = (7000, 14000)
PART_COST_S = 1.0


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
        self, folder: Path, compression: str | None = None, shape: tuple[int, int] = SHAPE
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.archive = folder
        name = f"bench_{compression or 'plain'}_{shape[1]}".lower()
        (folder / f"{name}.fits").unlink(missing_ok=True)
        made = make_map(folder, name, compression=compression, shape=shape, summed=True)
        self.summed: MapRecord = made
        self.record: MapRecord = replace(made, block_sums=None)
        self.file = folder / self.record.path

    def places(self, count: int, seed: int = 7) -> Places:
        """Pixels from 0, uniform over the map but for its rim."""
        ny, nx = self.record.shape
        drawn = np.random.default_rng(seed).uniform((130, 130), (nx - 130, ny - 130), (count, 2))
        return [(x, y) for x, y in drawn.tolist()]

    def request(self, count: int, size: float = 10.0, **style: object) -> CutoutRequest:
        """Ask for stamps of a size [arcmin] at these places."""
        ra, dec = map_wcs(self.record.wcs).wcs_pix2world(self.places(count), 0).T
        sky = SkyCoord(ra, dec, unit="deg", frame="fk5").icrs
        targets = tuple(
            Target(f"t{number}", *place, size, size)
            for number, place in enumerate(
                zip(sky.ra.deg.tolist(), sky.dec.deg.tolist(), strict=True)
            )
        )
        return replace(CutoutRequest(targets), **style)  # type: ignore[arg-type]


def ours(scene: Scene, request: CutoutRequest, sink: Sink, *, summed: bool = False) -> None:
    """Plan and cut a request; of a map whose sums are catalogued where ``summed``."""
    work = plan(request, [scene.summed if summed else scene.record], PART_COST_S)
    for position in range(len(work.slices)):
        cut_part(work.part(position, position), scene.archive, sink, lambda _: None)


def into_packs(
    scene: Scene, request: CutoutRequest, *, summed: bool = False
) -> Callable[[Path, int], None]:
    """Cut as the service does."""

    def run(folder: Path, _count: int) -> None:
        with PackWriter(folder / "job/0-1-a") as pack:
            ours(scene, request, pack, summed=summed)
        assert pack.outcomes["ok"] + pack.outcomes["partial"] == len(request.targets)

    return run


def into_files(scene: Scene, request: CutoutRequest) -> Callable[[Path, int], None]:
    """Cut as ``sptjobs cutout --out`` does."""

    def run(folder: Path, _count: int) -> None:
        ours(scene, request, FolderWriter(folder))

    return run


def by_peer(
    scene: Scene, cutter: stamp_peers.Cutter, size: float = 10.0
) -> Callable[[Path, int], None]:
    """Cut as another tool does, stamps of a size [arcmin]."""
    side = round(size / scene.record.pixel_scale_arcmin)
    return lambda folder, count: cutter(scene.file, folder, scene.places(count), side)


def floor(scene: Scene, size: float = 10.0) -> Callable[[Path, int], None]:
    """Write files as large as a stamp's."""
    request = scene.request(1, size)
    with scratch() as folder:
        into_files(scene, request)(folder, 1)
        content = next(folder.glob("*/*.fits")).read_bytes()
    return lambda folder, count: stamp_peers.merely_writing(content, folder, count)


@contextmanager
def open_kept(store: DecodedMaps) -> Iterator[None]:
    """Have this process use decoded copies."""
    keep_decoded_maps(store.folder, store.size_bytes)
    try:
        yield
    finally:
        keep_decoded_maps(None, 0)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder in memory, where there is such a thing: the disk is not what is measured."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="spt-bench-", dir=memory if memory.is_dir() else None))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
