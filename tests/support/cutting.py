"""Cutting in this process: orders carried out, and what they left behind."""

import io
import tarfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from astropy.io import fits

from sptjobs.execution.child.orders import CutOrder, Finished, PlanOrder
from sptjobs.execution.child.work import carry_out
from sptjobs.maps.record import MapRecord
from sptjobs.packs.reader import iter_files, iter_outcomes
from sptjobs.packs.records import Outcome
from sptjobs.packs.writer import TAR_FILE
from sptjobs.request.cutout_request import CutoutRequest


@dataclass(frozen=True)
class Made:
    """What a request made: outcomes in the order of the manifest, files by name."""

    outcomes: list[Outcome]
    files: dict[str, bytes]
    sha256: dict[str, str]
    packs: list[Path]

    def stamp(self, outcome: Outcome) -> fits.HDUList:
        """Open the FITS file of an outcome; checksums are verified."""
        assert outcome.file is not None, outcome
        return fits.open(io.BytesIO(self.files[outcome.file]), checksum=True)


def plan_order(
    folder: Path,
    archive: Path,
    request: CutoutRequest,
    maps: Sequence[MapRecord],
    part_cost_s: float = 1e9,
) -> PlanOrder:
    """Order part 0 of a job whose packs go below ``folder``."""
    return PlanOrder(
        job_id=folder.name,
        attempt=1,
        folder=str(folder / "0-1-abc"),
        archive=str(archive),
        request=request.to_json(),
        snapshot="snapshot-1",
        maps=tuple(maps),
        part_cost_s=part_cost_s,
    )


def cut_order(order: PlanOrder, part: int) -> CutOrder:
    """Order a part that ``order`` planned."""
    folder = Path(order.folder).parent / f"{part}-1-abc"
    return CutOrder(order.job_id, part, 1, str(folder), order.archive, order.folder)


def make(
    folder: Path,
    archive: Path,
    request: CutoutRequest,
    maps: Sequence[MapRecord],
    part_cost_s: float = 1e9,
) -> Made:
    """Carry out a whole request."""
    order = plan_order(folder, archive, request, maps, part_cost_s)
    planned = carry_out(order, lambda _: None)
    assert isinstance(planned, Finished), planned
    packs = [Path(order.folder)]
    for part in planned.parts:
        cut = cut_order(order, part.number)
        finished = carry_out(cut, lambda _: None)
        assert isinstance(finished, Finished), finished
        assert finished.pairs == part.pairs
        packs.append(Path(cut.folder))
    places = {record.map_id: place for place, record in enumerate(maps)}
    outcomes = [outcome for pack in packs for outcome in iter_outcomes(pack)]
    outcomes.sort(key=lambda outcome: (outcome.target, places[outcome.map_id]))
    return Made(
        outcomes,
        {name: content for pack in packs for name, content in _members(pack)},
        {entry.name: entry.sha256 for pack in packs for entry in iter_files(pack)},
        packs,
    )


def _members(pack: Path) -> list[tuple[str, bytes]]:
    """Members of a pack's tar as tarfile reads them; it takes nothing for no tar."""
    if not (pack / TAR_FILE).stat().st_size:
        return []
    with tarfile.open(pack / TAR_FILE) as members:
        found = []
        for member in members:
            content = members.extractfile(member)
            assert content is not None
            found.append((member.name, content.read()))
        return found
