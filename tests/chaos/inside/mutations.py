"""The engine without one of its safeguards, for storms that must notice."""

from collections.abc import Callable
from typing import Any


def remove_safeguard(name: str) -> None:
    """Take a safeguard away by its name in ``MUTATIONS``; nothing for the empty name."""
    if name:
        MUTATIONS[name]()


def _replace(place: Any, name: str, new: Any) -> None:
    assert hasattr(place, name), f"the safeguard {name} is not there any more"
    setattr(place, name, new)


def _no_beat() -> None:
    from sptjobs.execution import executor

    async def silent(*_: Any) -> set[Any]:
        return set()

    _replace(executor, "beat", silent)


def _no_attempt_fence() -> None:
    from sptjobs.engine import beats, claims
    from sptjobs.execution import finishing
    from sptjobs.store.schema import part

    def is_held(key: tuple[Any, ...]) -> tuple[Any, ...]:
        return (part.c.job_id == key[0], part.c.number == key[1], part.c.state == "running")

    for module in (beats, claims, finishing):
        _replace(module, "is_held", is_held)
    # Made with the fence when its module was loaded.
    _replace(finishing, "_CLOSED", finishing._closing())


def _no_reconciler() -> None:
    from sptjobs.control import sweep

    async def nothing(*_: Any) -> None:
        return

    _replace(sweep, "sweep", nothing)
    _replace(sweep, "send_ready", nothing)


def _no_job_lock() -> None:
    import sqlalchemy as sa

    from sptjobs.engine import transitions
    from sptjobs.execution import finishing
    from sptjobs.store.schema import job
    from sptjobs.uws.phases import ExecutionPhase

    async def look(connection: Any, job_id: str) -> ExecutionPhase | None:
        phase = await connection.scalar(sa.select(job.c.phase).where(job.c.job_id == job_id))
        return None if phase is None else ExecutionPhase(phase)

    _replace(transitions, "lock", look)
    # Finishing reads the sums of the row that it locks.
    _replace(finishing, "_LOCKED", unlocked(finishing._LOCKED))


def unlocked(query: Any) -> Any:
    """The same query without FOR UPDATE."""
    found = query._clone()
    found._for_update_arg = None
    return found


def _no_pointer() -> None:
    """Let every attempt write to the place where readers would look for the part."""
    from sptjobs.execution import ordering

    _replace(ordering, "_new_folder", lambda job, number, _attempt: str(job / str(number)))


MUTATIONS: dict[str, Callable[[], None]] = {
    "beat": _no_beat,
    "attempt fence": _no_attempt_fence,
    "reconciler": _no_reconciler,
    "job-row lock": _no_job_lock,
    "publication by pointer": _no_pointer,
}
