"""A run of ``sptjobs cutout``: its parts, cut by one process or several, once each.

What is done of a run stands in a folder of its own until the run is complete: a part that is
in it is not cut again when an interrupted run is resumed.
"""

import hashlib
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import sptjobs
from sptjobs.cutouts.cut import cut_part
from sptjobs.cutouts.folder import FolderWriter
from sptjobs.cutouts.plan.part_plan import PartPlan
from sptjobs.cutouts.plan.plan import Plan
from sptjobs.formats.decoded_maps import keep_decoded_maps
from sptjobs.maps.record import MapRecord
from sptjobs.packs.writer import OUTCOMES_FILE, PackWriter
from sptjobs.settings import read_decoded_maps, variables_beside
from sptjobs.uws.errors import UsageError

_RUN_FILE, _DONE, _UNDER_WAY = "run.json", ".done", ".new"


@dataclass(frozen=True, slots=True)
class Run:
    """Where a run goes, and what is done of it.

    Attributes
    ----------
    state
        Folder of what is done.
    out
        Folder of the stamps; None where they go into a tar, and until then into packs.
    """

    state: Path
    out: Path | None

    @classmethod
    def into(cls, out: Path | None, tar: Path | None) -> "Run":
        """The run into a folder, or into a tar."""
        if out is not None:
            return cls(out.absolute() / ".cutout", out.absolute())
        assert tar is not None
        return cls(tar.absolute().with_name(f".{tar.name}.cutout"), None)

    @property
    def is_begun(self) -> bool:
        """Whether there is anything to resume."""
        return (self.state / _RUN_FILE).exists()

    def begin(self, request_sha256: str, maps: Sequence[MapRecord]) -> None:
        """Begin the run, or find that this is the one which was begun.

        Raises
        ------
        UsageError
            Another one was.
        """
        about = {
            "request_sha256": request_sha256,
            "maps": [[record.map_id, record.sha256, record.stated] for record in maps],
            "version": sptjobs.__version__,
        }
        path = self.state / _RUN_FILE
        if not path.exists():
            self.state.mkdir(parents=True)
            path.write_text(json.dumps(about))
        elif json.loads(path.read_text()) != about:
            raise UsageError(
                f"{self.state.parent}: the run that was interrupted there had another request,"
                " other maps or another release; remove what it left, or go on with the same"
            )

    def is_done(self, number: int) -> bool:
        """Whether a part is done."""
        return self._done(number).exists()

    def cut(self, part: PartPlan, progressed: Callable[[int], None] = lambda _: None) -> int:
        """Cut a part, and return its number of pairs."""
        if self.out is None:
            new, done = self._packs(part.number)
            shutil.rmtree(new, ignore_errors=True)
            with PackWriter(new) as pack:
                cut_part(part, Path("/"), pack, progressed)
            new.rename(done)
        else:
            folder = FolderWriter(self.out, replaces=True)
            cut_part(part, Path("/"), folder, progressed)
            lines = "".join(f"{line}\n" for line in folder.lines)
            new = self._done(part.number).with_suffix(_UNDER_WAY)
            new.write_text(lines, encoding="utf-8")
            new.rename(self._done(part.number))
        return part.pairs

    def rows(self, number: int) -> Iterator[bytes]:
        """What became of the pairs of a part that is done: lines of the manifest."""
        done = self._done(number)
        with (done / OUTCOMES_FILE if self.out is None else done).open("rb") as lines:
            yield from lines

    def packs(self, count: int) -> list[Path]:
        """The packs of a run into a tar."""
        return [self._done(number) for number in range(count)] if self.out is None else []

    def forget(self) -> None:
        """Remove what is kept of the run, which is complete."""
        shutil.rmtree(self.state)

    def _done(self, number: int) -> Path:
        return self.state / f"{number}{_DONE}"

    def _packs(self, number: int) -> tuple[Path, Path]:
        return self._done(number).with_suffix(_UNDER_WAY), self._done(number)


def cut_parts(work: Plan, run: Run, workers: int, progressed: Callable[[int], None]) -> None:
    """Cut the parts of a plan that are not done yet.

    Parameters
    ----------
    workers
        How many processes cut.
    progressed
        Called with numbers of pairs, as they are done.

    Raises
    ------
    BrokenProcessPool
        A process ended before its part was done.
    SettingsError
        Where decoded maps are to be kept is not understood.
    """
    decoded = read_decoded_maps(variables_beside(os.environ))
    todo = [i for i in range(len(work.slices)) if not run.is_done(i)]
    if workers == 1 or len(todo) < 2:
        keep_decoded_maps(*decoded)
        try:
            for position in todo:
                _cut_here(work.part(position, position), run, progressed)
        finally:
            keep_decoded_maps(None, 0)
        return
    pool = ProcessPoolExecutor(
        min(workers, len(todo)), get_context("spawn"), initializer=_begin_worker, initargs=decoded
    )
    with pool:
        under_way: set[Future[int]] = set()
        try:
            for position in todo:
                # A plan of a part is made when its turn comes: all together may be large.
                under_way.add(pool.submit(run.cut, work.part(position, position)))
                if len(under_way) > 2 * workers:
                    under_way = _some_done(under_way, progressed)
            while under_way:
                under_way = _some_done(under_way, progressed)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _cut_here(part: PartPlan, run: Run, progressed: Callable[[int], None]) -> None:
    before = 0

    def count(done: int) -> None:
        nonlocal before
        progressed(done - before)
        before = done

    run.cut(part, count)


def _some_done(under_way: set[Future[int]], progressed: Callable[[int], None]) -> set[Future[int]]:
    done, left = wait(under_way, return_when=FIRST_COMPLETED)
    for each in done:
        progressed(each.result())
    return left


def _begin_worker(folder: Path | None, size_bytes: int) -> None:
    """Leave Ctrl-C to the parent, which ends the pool; keep decoded maps where it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_decoded_maps(folder, size_bytes)


def snapshot_name(maps: Sequence[MapRecord]) -> str:
    """Name of the set of maps: the digest of their checksums."""
    return hashlib.sha256("\n".join(record.sha256 for record in maps).encode()).hexdigest()
