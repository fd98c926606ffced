"""What holds after every storm, looked up in the database, on the disk and over HTTP."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sptjobs.packs.writer import FILES_FILE, OUTCOMES_FILE, PLAN_FILE, TAR_FILE
from sptjobs.store.database import connect
from sptjobs.store.schema import event, job, pack, part
from sptjobs.uws.phases import FINAL
from tests.chaos.sites import SLOTS, WORKERS, Site
from tests.chaos.users import Accepted
from tests.support.service import check_manifest

STRIKES, LOSSES = 3, 10
"""Deaths of its child, and of its worker, after which a part may be given up."""

_PACK_FILES = {TAR_FILE, FILES_FILE, OUTCOMES_FILE, PLAN_FILE}
_FINAL = frozenset(str(phase) for phase in FINAL)
_LOST = "did not beat"


@dataclass(frozen=True)
class Records:
    """All that the database knew of jobs at one moment."""

    jobs: dict[str, Any]
    parts: Sequence[Any]
    packs: Sequence[Any]
    events: Sequence[Any]

    @property
    def unfinished(self) -> list[str]:
        return [job_id for job_id, row in self.jobs.items() if row.phase not in _FINAL]

    @property
    def open_parts(self) -> list[Any]:
        return [row for row in self.parts if row.state in {"ready", "running"}]

    @property
    def ever_accepted(self) -> set[str]:
        return {row.job_id for row in self.events} | set(self.jobs)

    def final_events(self, job_id: str) -> list[str]:
        changes = [row for row in self.events if row.job_id == job_id and row.kind == "phase"]
        return [row.target for row in changes if row.target in _FINAL]

    def given_back(self, job_id: str) -> list[tuple[str, str]]:
        """Which parts of a job were given back, and why: once for each time."""
        events = [row for row in self.events if row.job_id == job_id]
        details = [row.detail or "" for row in events if row.kind == "part-given-back"]
        return [(detail.partition(":")[0], detail.partition(":")[2]) for detail in details]

    def had_a_poor_part(self, job_id: str) -> bool:
        """Whether a part lost its child or its worker as often as a part survives."""
        given_back = self.given_back(job_id)
        killed = [part for part, why in given_back if "killed" in why]
        lost = [part for part, why in given_back if _LOST in why]
        return _most(killed) >= STRIKES or _most(lost) >= LOSSES

    def history(self, job_id: str) -> str:
        found = [*filter(None, [self.jobs.get(job_id)]), *self.parts, *self.packs, *self.events]
        shown = [str(row._mapping)[:700] for row in found if row.job_id == job_id]
        return "\n".join([f"history of job {job_id}", *shown])


def read_records(site: Site) -> Records:
    """Read them, past the proxy that stands before the database."""

    async def read() -> Records:
        async with connect(site.database_url) as database, database.read() as connection:
            rows = [
                (await connection.execute(sa.select(table).order_by(*table.primary_key))).all()
                for table in (job, part, pack, event)
            ]
        return Records({row.job_id: row for row in rows[0]}, *rows[1:])

    return asyncio.run(read())


def check_jobs(site: Site, known: Iterable[Accepted], before: set[str]) -> None:
    """Check every job that was accepted since, also those whose response was lost."""
    records = read_records(site)
    accepted = {each.job_id: each for each in known}
    for job_id in (records.ever_accepted | set(accepted)) - before:
        _with_history(records, job_id, lambda: _check_record(records, accepted, job_id))  # noqa: B023 - called at once
    planned = {row.job_id for row in records.packs if row.part == 0}
    for each in accepted.values():
        # A job that was aborted before it was planned has nothing to show.
        if each.job_id in planned:
            _with_history(records, each.job_id, lambda: _check_results(site, records, each))  # noqa: B023 - called at once


def leftovers(site: Site) -> list[str]:
    """Name what should be gone: packs without a row, temporary files, open parts, children."""
    records = read_records(site)
    found = [f"open part {row}" for row in records.open_parts]
    on_disk = {
        path.relative_to(site.results)
        for folder in site.job_folders()
        for path in (folder, *folder.rglob("*"))
    }
    wanted = {Path(row.folder) for row in records.packs}
    for path in on_disk:
        is_pack = path in wanted or any(path in pack.parents for pack in wanted)
        is_file = path.parent in wanted and path.name in _PACK_FILES
        if not is_pack and not is_file:
            found.append(f"unnamed {path}")
    found += [f"missing pack {pack}" for pack in wanted if pack not in on_disk]
    children = site.pids("child")
    if len(children) > WORKERS * (SLOTS + 1):
        found.append(f"more children than slots: {children}")
    return found


def check_nothing_was_stolen(site: Site, before: set[str]) -> None:
    """Check that no part was given back as if its worker had died."""
    records = read_records(site)
    for job_id in records.ever_accepted - before:
        lost = [part for part, why in records.given_back(job_id) if _LOST in why]
        assert not lost, f"{lost} stolen from a healthy worker\n{records.history(job_id)}"


def server_log_size(site: Site) -> int:
    """How much the database server has written so far."""
    return 0 if site.cluster is None else site.cluster.log.stat().st_size


def check_server_log(site: Site, start: int) -> None:
    """Check that the database server has not had to end a deadlock since."""
    if site.cluster is not None:
        log = site.cluster.log.read_bytes()[start:].decode(errors="replace")
        _, deadlock, promise = log.partition("deadlock detected")
        assert not deadlock, f"deadlock detected{promise[:2000]}"


def _most(parts: Sequence[str]) -> int:
    return max(map(parts.count, set(parts)), default=0)


def _with_history(records: Records, job_id: str, check: Callable[[], None]) -> None:
    try:
        check()
    except AssertionError as error:
        raise AssertionError(f"{error}\n{records.history(job_id)}") from error


def _check_record(records: Records, accepted: dict[str, Accepted], job_id: str) -> None:
    promise, row = accepted.get(job_id), records.jobs.get(job_id)
    events = records.final_events(job_id)
    assert len(events) == 1, f"{len(events)} final events: {events}"
    if row is None:
        assert promise is None or promise.deleted is not False, "an accepted job is lost"
    else:
        assert events == [row.phase]
        assert promise is None or promise.deleted is not True, "a deleted job is still there"
        _check_attempts(records, job_id)
    if promise is not None and promise.promised is not None:
        assert events == [promise.promised], f"the response said {promise.promised}"
    if events == ["ERROR"]:
        assert records.had_a_poor_part(job_id), "an ERROR that no fault explains"


def _check_attempts(records: Records, job_id: str) -> None:
    """Check that what is visible of each part is the pack of the attempt that its row bears."""
    attempts = {row.number: row for row in records.parts if row.job_id == job_id}
    visible = [row for row in records.packs if row.job_id == job_id]
    for row in visible:
        place = Path(row.folder).name.split("-")
        assert len(place) == 3, f"the pack {row.folder} names no attempt"
        number, attempt, _ = place
        assert int(number) == row.part
        assert attempts[row.part].state == "done", f"part {number} is visible and not done"
        assert int(attempt) == attempts[row.part].attempt, f"part {number} of another attempt"
    if records.jobs[job_id].phase == "COMPLETED":
        assert {row.part for row in visible} == set(attempts), "a part's results are missing"


def _check_results(site: Site, records: Records, promise: Accepted) -> None:
    rows = promise.owner.manifest(promise.url)
    pairs = [(row["objid"], row["map_id"]) for row in rows]
    assert len(set(pairs)) == len(pairs), "a pair is listed twice"
    check_manifest(rows, promise.owner.files(promise.url))
    failed = [row for row in rows if row["status"] == "failed"]
    if not records.had_a_poor_part(promise.job_id):
        unexplained = [row for row in failed if row["map_id"] not in site.spoiled]
        assert not unexplained, f"failed for no reason: {unexplained[:3]}"
    found = records.jobs[promise.job_id]
    if found.phase == "COMPLETED":
        assert len(rows) == found.pairs_total == found.pairs_done, f"{len(rows)} rows"
        assert len(failed) == found.failed
