"""The child program, run as the worker runs it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import pytest

from sptjobs.execution.child.orders import (
    Began,
    ChildOrder,
    Failed,
    Finished,
    Progressed,
    Ready,
    Report,
    report_from_line,
    to_line,
)
from sptjobs.packs.reader import iter_outcomes
from sptjobs.packs.writer import OUTCOMES_FILE
from sptjobs.request.cutout_request import Order as Resampling
from sptjobs.request.cutout_request import Projection
from tests.support.cutting import cut_order, plan_order
from tests.support.small_maps import make_map, request_for

RESAMPLING = "reproject/"
"""What a process maps into its memory that can resample in every way."""

GRID = [(0.02 * column, -57.9 + 0.02 * row) for column in range(40) for row in range(40)]


@dataclass
class RunningChild:
    process: "subprocess.Popen[bytes]"
    reports: IO[bytes]

    def order(self, order: ChildOrder) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(to_line(order))
        self.process.stdin.flush()

    def report(self) -> Report:
        """Give the next report, but for those of maps that are begun."""
        while isinstance(report := report_from_line(self.reports.readline()), Began):
            pass
        return report

    def until_done(self, order: ChildOrder) -> tuple[Finished | Failed, list[int]]:
        self.order(order)
        progress = []
        while isinstance(report := self.report(), Progressed):
            progress.append(report.pairs)
        assert isinstance(report, Finished | Failed)
        return report, progress


@contextmanager
def running(memory: int = 0, parent: int | None = None, *more: str) -> Iterator[RunningChild]:
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "sptjobs.execution.child.main", "--reports", str(writing)]
    command += ["--parent", str(parent or os.getpid()), "--memory", str(memory), *more]
    with (
        os.fdopen(reading, "rb") as reports,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[writing],
        ) as process,
    ):
        os.close(writing)
        try:
            yield RunningChild(process, reports)
        finally:
            process.kill()


def test_a_child_is_ready_before_it_loads_what_few_orders_need_and_loads_that_while_it_waits() -> (
    None
):
    with running() as child:
        maps = Path(f"/proc/{child.process.pid}/maps")
        assert isinstance(child.report(), Ready)
        assert RESAMPLING not in maps.read_text()
        until = time.monotonic() + 60
        while RESAMPLING not in maps.read_text():
            assert time.monotonic() < until
            time.sleep(0.05)


def test_a_child_that_is_ready_gives_way_to_who_gives_it_orders() -> None:
    with running() as child:
        child.report()
        nice = os.getpriority(os.PRIO_PROCESS, child.process.pid)
    assert nice == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)


def test_the_child_says_that_it_is_ready_then_plans_and_cuts(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    order = plan_order(tmp_path / "job", tmp_path, request_for(GRID), [record], 0.2)

    with running() as child:
        assert child.report() == Ready(child.process.pid)
        planned, _ = child.until_done(order)
        assert isinstance(planned, Finished)
        assert (planned.pairs, planned.files) == (0, 1)
        assert len(planned.parts) > 1
        for part in planned.parts:
            finished, progress = child.until_done(cut_order(order, part.number))
            assert isinstance(finished, Finished)
            assert finished.pairs == part.pairs == sum(finished.outcomes.values())
            assert progress == sorted(progress)
            assert all(0 < pairs <= part.pairs for pairs in progress)

    assert sum(part.pairs for part in planned.parts) == len(GRID)


def test_work_that_fits_into_one_part_is_cut_with_the_plan(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    order = plan_order(tmp_path / "job", tmp_path, request_for(GRID[:3]), [record], 1)

    with running() as child:
        child.report()
        finished, _ = child.until_done(order)

    assert isinstance(finished, Finished)
    assert (finished.pairs, finished.files, finished.parts) == (3, 4, ())


def test_stamps_of_a_popular_map_come_from_its_decoded_copy_and_are_the_same(
    tmp_path: Path,
) -> None:
    record = make_map(tmp_path, compression="GZIP_2", summed=True)
    kept = tmp_path / "kept"
    made = []
    with running(1 << 30, None, "--decoded", str(kept), "--decoded-bytes", "1000000000") as child:
        child.report()
        for number in range(3):
            folder = tmp_path / f"job{number}"
            order = plan_order(folder, tmp_path, request_for(GRID[::8]), [record], 60)
            finished, _ = child.until_done(order)
            assert isinstance(finished, Finished)
            outcomes = iter_outcomes(Path(order.folder))
            made.append([(each.objid, each.sha256) for each in outcomes])
            if number == 1:
                deadline = time.monotonic() + 60
                while not (entries := list(kept.glob("*.map"))):
                    assert time.monotonic() < deadline
                    time.sleep(0.05)
                os.utime(entries[0].with_suffix(".shares"), (5, 5))
    assert made[0] == made[1] == made[2]
    assert all(digest for _, digest in made[0])
    assert entries[0].with_suffix(".shares").stat().st_mtime > 5, "the copy was not used"


def test_request_json_tells_what_it_takes_to_make_the_files_again(tmp_path: Path) -> None:
    from tests.support.cutting import make

    record = make_map(tmp_path)
    request = request_for(GRID[:1])

    written = json.loads(make(tmp_path / "job", tmp_path, request, [record]).files["request.json"])

    assert written["request"] == json.loads(request.to_json())
    assert written["request_sha256"] == request.digest()
    assert written["snapshot"] == "snapshot-1"
    assert written["maps"] == [{"map_id": record.map_id, "sha256": record.sha256}]
    assert {"numpy", "astropy", "reproject", "spt3g-data-service"} == set(written["software"])


def test_progress_is_reported_at_most_ten_times_a_second(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    order = plan_order(tmp_path / "job", tmp_path, request_for(GRID), [record])

    with running() as child:
        child.report()
        started = time.monotonic()
        finished, progress = child.until_done(order)
        took = time.monotonic() - started

    assert isinstance(finished, Finished)
    assert 1 <= len(progress) <= took / 0.1 + 1


def test_the_end_of_its_orders_ends_the_child_in_the_middle_of_work(tmp_path: Path) -> None:
    with _in_the_middle_of_work(tmp_path) as child:
        assert child.process.stdin is not None
        child.process.stdin.close()

        assert child.process.wait(timeout=5) == 0


def test_a_killed_childs_folder_does_not_disturb_the_next_attempt(tmp_path: Path) -> None:
    with _in_the_middle_of_work(tmp_path) as child:
        child.process.send_signal(signal.SIGKILL)
        assert child.process.wait(timeout=5) == -signal.SIGKILL
    (orphan,) = (tmp_path / "job").iterdir()
    record = make_map(tmp_path, "other")
    again = plan_order(tmp_path / "job", tmp_path, request_for(GRID[:5]), [record])

    with running() as child:
        child.report()
        finished, _ = child.until_done(replace(again, attempt=2, folder=f"{tmp_path}/job/0-2-def"))

    assert isinstance(finished, Finished)
    assert (orphan / OUTCOMES_FILE).exists()
    assert len(list(iter_outcomes(tmp_path / "job" / "0-2-def"))) == 5


def test_an_order_that_cannot_be_done_is_reported_and_the_child_lives_on(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    good = plan_order(tmp_path / "good", tmp_path, request_for(GRID[:2]), [record])
    coarse = request_for(
        GRID[:2], projection=Projection.TAN, pixel_scale=1.0, order=Resampling.BILINEAR
    )
    refused = plan_order(tmp_path / "refused", tmp_path, coarse, [record])
    broken = cut_order(plan_order(tmp_path / "none", tmp_path, coarse, [record]), 7)

    with running() as child:
        child.report()
        report, _ = child.until_done(refused)
        assert isinstance(report, Failed)
        assert report.code == "UsageError"
        assert report.message.startswith("PIXEL_SCALE: ")
        report, _ = child.until_done(broken)
        assert isinstance(report, Failed)
        assert report.code == "Error"
        assert str(tmp_path) not in report.message
        report, _ = child.until_done(good)
        assert isinstance(report, Finished)

    assert not (tmp_path / "refused").exists() or not list((tmp_path / "refused").iterdir())


def test_a_stamp_that_needs_more_memory_than_allowed_fails_with_that_reason(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    # One stamp of 16000 pixels a side: a gigabyte for SCI alone.
    huge = plan_order(tmp_path / "huge", tmp_path, request_for(GRID[:1], 4000), [record])
    small = plan_order(tmp_path / "small", tmp_path, request_for(GRID[:1]), [record])

    with running(memory=600 << 20) as child:
        child.report()
        report, _ = child.until_done(huge)
        assert isinstance(report, Finished)
        assert report.outcomes == {"failed": 1}
        report, _ = child.until_done(small)
        assert isinstance(report, Finished)
        assert report.outcomes == {"ok": 1}

    (outcome,) = iter_outcomes(tmp_path / "huge/0-1-abc")
    assert outcome.reason == "it needs more memory than a cutting process may take"


def test_a_child_whose_parent_is_another_process_does_not_start() -> None:
    with running(parent=1) as child:
        assert child.reports.readline() == b""
        assert child.process.wait(timeout=60) != 0


def test_what_the_child_prints_goes_to_the_log(tmp_path: Path) -> None:
    with running() as child:
        child.report()
        assert child.process.stdin is not None
        child.process.stdin.close()
        assert child.process.stdout is not None
        assert child.process.stdout.read() == b""


@contextmanager
def _in_the_middle_of_work(tmp_path: Path) -> Iterator[RunningChild]:
    record = make_map(tmp_path)
    request = request_for(GRID, projection=Projection.TAN, order=Resampling.EXACT)
    with running() as child:
        child.report()
        child.order(plan_order(tmp_path / "job", tmp_path, request, [record]))
        while not (isinstance(report := child.report(), Progressed) and report.pairs):
            assert isinstance(report, Progressed)
        yield child


@pytest.mark.parametrize("report", [Ready(7), Began("m"), Progressed(3), Failed("Error", "why")])
def test_reports_survive_their_lines(report: Report) -> None:
    assert report_from_line(to_line(report)) == report
