"""What the rows of a stack on SQLite say, read beside the service."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any


def rows(var: Path, question: str, *values: object) -> list[Any]:
    """Ask the database of a stack in a state folder, without writing."""
    with closing(sqlite3.connect(f"file:{var / 'spt.db'}?mode=ro", uri=True, timeout=30)) as found:
        return found.execute(question, values).fetchall()


def attempts_of(var: Path, job_ids: Iterable[str]) -> list[tuple[str, int, int, int]]:
    """State, attempt, strikes and losses of each part of some jobs."""
    wanted = set(job_ids)
    found = rows(var, "SELECT job_id, state, attempt, strikes, losses FROM part")
    return [(row[1], row[2], row[3], row[4]) for row in found if row[0] in wanted]


def given_back(var: Path, job_id: str) -> list[tuple[str, str]]:
    """When parts of a job were given back, and why."""
    asked = "SELECT at, detail FROM event WHERE job_id = ? AND kind = 'part-given-back'"
    return [(row[0], row[1]) for row in rows(var, asked, job_id)]
