"""A job of many targets through the service, beside the engine alone with the same work."""

import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from sptjobs.cutouts.cut import cut_part
from sptjobs.cutouts.plan.part_plan import PartPlan
from sptjobs.cutouts.plan.plan import plan
from sptjobs.cutouts.request_file import REQUEST_FILE
from sptjobs.packs.reader import PackIndexes
from sptjobs.packs.writer import PLAN_FILE, PackWriter
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.stack.running import running_stack
from tests.bench.throughput import fill_archive
from tests.support.service import Service, grid_of_targets

_SIZE_ARCMIN = 10
_MAX_S = 300.0


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds through the service, from the request to COMPLETED, and of the engine alone.

    ``parts`` is what the service divided the work into.
    """

    service_s: float
    engine_s: float
    parts: int

    @property
    def is_kept(self) -> bool:
        """Whether the service takes at most twice the engine's time and half a second."""
        return self.service_s <= 2 * self.engine_s + 0.5


def measure(var: Path, archive: Path, count: int, rounds: int = 3) -> Times:
    """Run the job and the same work in this process by turns; the best of each."""
    fill_archive(archive)
    found: list[Times] = []
    with running_stack(var, {"SPT_ARCHIVE": str(archive)}) as stack:
        service = Service.of(stack)
        service.wait_final(service.create(_document(1)))
        for _ in range(rounds):
            begun = time.perf_counter()
            job = service.create(_document(count))
            document = service.wait_final(job, _MAX_S)
            service_s = time.perf_counter() - begun
            assert document["phase"] == "COMPLETED", document
            pack = next((var / "results").glob(f"{job.rpartition('/')[2]}/0-*"))
            lines = (pack / PLAN_FILE).read_bytes().splitlines()
            parts = [part for part in map(PartPlan.from_line, lines) if part.bins]
            engine_s = _engine_s(var / "engine", archive, _request(pack), parts)
            found.append(Times(service_s, engine_s, len(parts)))
    best = min(found, key=lambda each: each.service_s)
    return Times(best.service_s, min(each.engine_s for each in found), best.parts)


def _document(count: int) -> dict[str, object]:
    return {"positions": grid_of_targets(count), "size": _SIZE_ARCMIN, "bands": ["150GHz"]}


def _request(pack: Path) -> CutoutRequest:
    """The request of a job, out of the pack of its part 0."""
    found = PackIndexes().find([pack], REQUEST_FILE)
    assert found is not None
    with found.tar.open("rb") as stream:
        stream.seek(found.entry.offset)
        about = json.loads(stream.read(found.entry.size))
    return CutoutRequest.from_json(json.dumps(about["request"]))


def _engine_s(folder: Path, archive: Path, request: CutoutRequest, parts: list[PartPlan]) -> float:
    """Seconds to plan and cut the same in this process, packs brought to the disk too."""
    maps = {each.record.map_id: each.record for part in parts for each in part.maps}
    begun = time.perf_counter()
    work = plan(request, list(maps.values()), max(part.cost_s for part in parts))
    for position in range(len(work.slices)):
        with PackWriter(folder / str(position)) as pack:
            cut_part(work.part(position, position), archive, pack, lambda _: None)
    took = time.perf_counter() - begun
    shutil.rmtree(folder)
    return took
