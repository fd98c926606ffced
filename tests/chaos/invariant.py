"""What holds after every storm, looked up in the database, on the disk and over HTTP."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sptjobs.packs.writer import FILES_FILE, OUTCOMES_FILE, PLAN_FILE, TAR_FILE
from sptjobs.uws.phases import FINAL
from tests.chaos.runner import Accepted, Users
from tests.support.service import Service, check_manifest

STRIKES = 3
"""Deaths of its child after which a part may be given up."""

_PACK_FILES = {TAR_FILE, FILES_FILE, OUTCOMES_FILE, PLAN_FILE}
_FINAL = sorted(str(phase) for phase in FINAL)


@dataclass(frozen=True)
class Records:
    """The stack's database, read from outside."""

    path: Path

    def rows(self, query: str, *values: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=15)) as found:
            return found.execute(query, values).fetchall()

    def phases(self) -> dict[str, str]:
        return {str(job): str(phase) for job, phase in self.rows("SELECT job_id, phase FROM job")}

    def unfinished(self) -> list[str]:
        return [job for job, phase in self.phases().items() if phase not in _FINAL]

    def open_parts(self) -> list[tuple[object, ...]]:
        """Parts that wait or run though their job is final or gone."""
        return self.rows(
            "SELECT part.job_id, number, state FROM part LEFT JOIN job USING (job_id)"
            " WHERE state IN ('ready', 'running')"
            " AND (phase IS NULL OR phase IN ('COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED'))"
        )

    def packs(self) -> set[str]:
        return {str(folder) for (folder,) in self.rows("SELECT folder FROM pack")}

    def final_events(self, job_id: str) -> list[str]:
        query = "SELECT target FROM event WHERE kind = 'phase' AND job_id = ? ORDER BY event_id"
        return [str(target) for (target,) in self.rows(query, job_id) if target in _FINAL]

    def part_was_struck_out(self, job_id: str) -> bool:
        """Whether the child of one part was killed as often as a part survives."""
        details = self.rows(
            "SELECT detail FROM event WHERE kind = 'part-given-back' AND job_id = ?", job_id
        )
        parts = [str(detail).partition(":")[0] for (detail,) in details if "killed" in str(detail)]
        return any(parts.count(part) >= STRIKES for part in parts)

    def history(self, job_id: str) -> str:
        events = self.rows("SELECT * FROM event WHERE job_id = ? ORDER BY event_id", job_id)
        jobs = self.rows("SELECT * FROM job WHERE job_id = ?", job_id)
        parts = self.rows("SELECT * FROM part WHERE job_id = ?", job_id)
        shown = [str(row)[:600] for row in (*jobs, *parts, *events)]
        return "\n".join([f"history of job {job_id}", *shown])

    def jobs_ever(self) -> list[str]:
        return [str(job) for (job,) in self.rows("SELECT DISTINCT job_id FROM event")]


def check_jobs(service: Service, users: Users) -> None:
    """Check every job that was ever accepted, also those whose answer was lost."""
    records = Records(service.stack.var / "spt.db")
    known = {job.job_id: job for job in users.jobs}
    phases = records.phases()
    for job_id in {*records.jobs_ever(), *known, *phases}:
        _with_history(records, job_id, lambda: _check_record(records, known, phases, job_id))  # noqa: B023 - called at once
    planned = {str(job) for (job,) in records.rows("SELECT job_id FROM pack WHERE part = 0")}
    for job in users.jobs:
        # A job that was aborted before it was planned has nothing to show.
        if phases.get(job.job_id) == "COMPLETED" or job.job_id in planned:
            _with_history(records, job.job_id, lambda: _check_results(records, job, phases))  # noqa: B023 - called at once


def leftovers(service: Service) -> list[str]:
    """Name what should be gone: packs without a row, temporary files, open parts."""
    results = Path(service.stack.environment["SPT_RESULTS"])
    records = Records(service.stack.var / "spt.db")
    found = [f"open part {part}" for part in records.open_parts()]
    on_disk = {path.relative_to(results) for path in results.rglob("*")}
    wanted = {Path(folder) for folder in records.packs()}
    for path in on_disk:
        is_pack = path in wanted or any(path in pack.parents for pack in wanted)
        is_file = path.parent in wanted and path.name in _PACK_FILES
        if not is_pack and not is_file:
            found.append(f"unnamed {path}")
    found += [f"missing pack {pack}" for pack in wanted if pack not in on_disk]
    return found


def _with_history(records: Records, job_id: str, check: Callable[[], None]) -> None:
    try:
        check()
    except AssertionError as error:
        raise AssertionError(f"{error}\n{records.history(job_id)}") from error


def _check_record(
    records: Records, known: dict[str, Accepted], phases: dict[str, str], job_id: str
) -> None:
    job = known.get(job_id)
    events = records.final_events(job_id)
    assert len(events) == 1, f"{len(events)} final events: {events}"
    if job_id not in phases:
        assert job is None or job.deleted is not False, "an accepted job is lost"
    else:
        assert events == [phases[job_id]]
        assert job is None or job.deleted is not True, "a deleted job is still there"
    if job is not None and job.promised is not None:
        assert events == [job.promised], f"the answer said {job.promised}"
    if events == ["ERROR"]:
        assert records.part_was_struck_out(job_id), "an ERROR that no fault explains"


def _check_results(records: Records, job: Accepted, phases: dict[str, str]) -> None:
    rows = job.owner.manifest(job.url)
    pairs = [(row["objid"], row["map_id"]) for row in rows]
    assert len(set(pairs)) == len(pairs), "a pair is listed twice"
    check_manifest(rows, job.owner.files(job.url))
    if phases[job.job_id] == "COMPLETED":
        query = "SELECT pairs_total, pairs_done, failed FROM job WHERE job_id = ?"
        ((total, done, failed),) = records.rows(query, job.job_id)
        assert len(rows) == total == done, f"{len(rows)} rows of {total} pairs, {done} done"
        statuses = [row["status"] for row in rows]
        assert statuses.count("failed") == failed
        assert not failed or records.part_was_struck_out(job.job_id), "failed for no reason"


def describe(seed: int, faults: Sequence[object]) -> str:
    """Say how a storm is made again."""
    return "\n".join([f"SPT_TEST_SEED={seed}", *map(str, faults)])
