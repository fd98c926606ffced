"""Execution phases of a UWS job and the one table of legal transitions.

References
----------
UWS 1.1, section 2.1.3 "Execution phase", and the state diagram beside it. The
diagram draws no arrow from HELD or SUSPENDED to ABORTED or ERROR, but the text
lets a job be aborted, or fail, any time before it is completed.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ExecutionPhase(StrEnum):
    """Where a job stands in its life, spelt as UWS spells it."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    UNKNOWN = "UNKNOWN"
    HELD = "HELD"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"


_P = ExecutionPhase

TRANSITIONS: Mapping[ExecutionPhase, frozenset[ExecutionPhase]] = MappingProxyType(
    {
        _P.PENDING: frozenset({_P.QUEUED, _P.HELD, _P.ABORTED, _P.ERROR}),
        _P.QUEUED: frozenset({_P.EXECUTING, _P.HELD, _P.ABORTED, _P.ERROR}),
        _P.EXECUTING: frozenset({_P.COMPLETED, _P.ERROR, _P.SUSPENDED, _P.HELD, _P.ABORTED}),
        _P.HELD: frozenset({_P.QUEUED, _P.EXECUTING, _P.ABORTED, _P.ERROR}),
        _P.SUSPENDED: frozenset({_P.EXECUTING, _P.ABORTED, _P.ERROR}),
        _P.COMPLETED: frozenset({_P.ARCHIVED}),
        _P.ERROR: frozenset({_P.ARCHIVED}),
        _P.ABORTED: frozenset({_P.ARCHIVED}),
        _P.ARCHIVED: frozenset(),
        # UNKNOWN is what a service says that has lost sight of a job. Ours never
        # stores it: the job row is the truth, so nothing leads into or out of it.
        _P.UNKNOWN: frozenset(),
    }
)
"""From each phase, the phases a job may go to next. Nothing else is legal."""

FINAL = frozenset({_P.COMPLETED, _P.ERROR, _P.ABORTED, _P.ARCHIVED})
"""Phases in which no work is done any more; only ARCHIVED can still follow."""

ACTIVE = frozenset({_P.PENDING, _P.QUEUED, _P.EXECUTING})
"""Phases in which a blocking request (``WAIT``) blocks (UWS 1.1, section 2.2.1.1)."""

RUNNABLE = frozenset({_P.QUEUED, _P.EXECUTING})
"""Phases in which a worker may take up parts of the job."""


SWEPT: Mapping[str, ExecutionPhase] = MappingProxyType(
    {
        # A HELD job for which there is room now.
        "queue": _P.QUEUED,
        # Repairs of jobs that have nothing left to do.
        "complete": _P.COMPLETED,
        "fail": _P.ERROR,
        # Execution duration exceeded, or the destruction time has come before the end.
        "abort": _P.ABORTED,
        # The destruction time has come.
        "archive": _P.ARCHIVED,
    }
)
"""Transitions that neither a client nor the work on a part makes: the sweep finds them, and the
actor of this name makes them, which lead to this phase."""


def sources(target: ExecutionPhase) -> frozenset[ExecutionPhase]:
    """Phases from which a job may legally go to ``target``."""
    return frozenset(phase for phase, targets in TRANSITIONS.items() if target in targets)


def is_legal(source: ExecutionPhase, target: ExecutionPhase) -> bool:
    """Whether the table allows a job to go from ``source`` to ``target``."""
    return target in TRANSITIONS[source]
