"""What there is to do and who is at it, of all jobs, as the database tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sptjobs.engine.engine import Engine
from sptjobs.engine.measures import count_jobs, longest_wait_s
from sptjobs.store.migration import read_revision
from sptjobs.store.parts import PartRow, count_open_parts, running_parts

_MOST_RUNNING: Final = 1000
"""Parts that are listed; each takes a slot."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What waits and what runs.

    Attributes
    ----------
    phases
        Jobs by their phase.
    oldest_s
        How long the job is QUEUED that has waited longest to begin [s]; 0 when none waits.
    parts
        Parts that are ``ready``, ``running``, and how many of them were ``struck``.
    running
        The parts that workers are at.
    revision
        Revision of the schema.
    """

    phases: Mapping[str, int]
    oldest_s: float
    parts: Mapping[str, int]
    running: tuple[PartRow, ...]
    revision: str | None


async def read_workload(engine: Engine) -> Workload:
    """Look at all jobs and parts.

    Raises
    ------
    UnavailableError
        The database does not answer.
    """
    async with engine.database.read() as connection:
        return Workload(
            await count_jobs(connection),
            await longest_wait_s(connection),
            await count_open_parts(connection),
            tuple(await running_parts(connection, _MOST_RUNNING)),
            await read_revision(connection),
        )
