"""A job that cut nothing says why."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sptapi.services.manifest import facts_of
from sptjobs.engine.retention import notes_of
from sptjobs.settings import Settings
from sptjobs.uws.jobs import Job, Progress
from sptjobs.uws.phases import ExecutionPhase

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS = Settings("sqlite:///x", "redis://x", Path("maps"), Path("results"))
EMPTY = Job("0" * 32, "1", "ada", ExecutionPhase.COMPLETED, 1, NOW, 0, ())


def test_a_completed_job_without_a_row_says_why_in_its_document_and_its_manifest() -> None:
    (note,) = notes_of(EMPTY, SETTINGS, NOW)
    assert note.startswith("no map has the bands, file types, tags, dates and times")
    assert facts_of(EMPTY)["note"] == note


@pytest.mark.parametrize(
    "job",
    [
        replace(EMPTY, progress=Progress(1, 0, 3, 3)),
        replace(EMPTY, phase=ExecutionPhase.QUEUED),
        replace(EMPTY, phase=ExecutionPhase.ABORTED),
    ],
)
def test_no_other_job_does(job: Job) -> None:
    assert not any(note.startswith("no map") for note in notes_of(job, SETTINGS, NOW))
    assert "note" not in facts_of(job)
