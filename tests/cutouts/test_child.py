"""The child program, run as the worker runs it."""

import json
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import pytest

from sptjobs.execution.child.child_process import TEMPLATE
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
    conversation: socket.socket
    status: IO[bytes]
    pid: int
    reports: IO[bytes]

    def order(self, order: ChildOrder) -> None:
        self.conversation.sendall(to_line(order))

    def exit_code(self) -> int:
        """Wait until it has ended."""
        return int(json.loads(self.status.readline())["code"])

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
def running(memory: int = 0, *more: str) -> Iterator[RunningChild]:
    conversation, connection = TEMPLATE.fork(["--memory", str(memory), *more])
    conversation.settimeout(120)
    connection.settimeout(120)
    with (
        conversation,
        connection,
        conversation.makefile("rb") as reports,
        connection.makefile("rb") as status,
    ):
        pid = json.loads(status.readline())["pid"]
        yield RunningChild(conversation, status, pid, reports)


def test_a_child_has_all_that_any_order_needs_before_it_is_ready() -> None:
    with running() as child:
        assert isinstance(child.report(), Ready)
        assert RESAMPLING in Path(f"/proc/{child.pid}/maps").read_text()


def test_a_child_that_is_ready_gives_way_to_who_gives_it_orders() -> None:
    with running() as child:
        child.report()
        nice = os.getpriority(os.PRIO_PROCESS, child.pid)
    assert nice == min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)


def test_the_child_says_that_it_is_ready_then_plans_and_cuts(tmp_path: Path) -> None:
    record = make_map(tmp_path)
    order = plan_order(tmp_path / "job", tmp_path, request_for(GRID), [record], 0.2)

    with running() as child:
        assert child.report() == Ready(child.pid)
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
    with running(1 << 30, "--decoded", str(kept), "--decoded-bytes", "1000000000") as child:
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
        child.conversation.shutdown(socket.SHUT_WR)

        assert child.exit_code() == 0


def test_a_killed_childs_folder_does_not_disturb_the_next_attempt(tmp_path: Path) -> None:
    with _in_the_middle_of_work(tmp_path) as child:
        os.kill(child.pid, signal.SIGKILL)
        assert child.exit_code() == -signal.SIGKILL
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
