"""States of a job's parts and the one table of their legal transitions; lanes of jobs.

A part is a slice of a job's work; UWS knows nothing of it. Every transition is made with the job's
row locked, but for the claim, which locks it while it takes the part.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class PartState(StrEnum):
    """Where a part stands."""

    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    DROPPED = "dropped"


class Lane(StrEnum):
    """Which slots may take a job's parts: RESERVED ones may use the reserved slot, too."""

    RESERVED = "reserved"
    SHARED = "shared"


_S = PartState

PART_TRANSITIONS: Mapping[PartState, frozenset[PartState]] = MappingProxyType(
    {
        # Claimed by a worker; or its job became final before.
        _S.READY: frozenset({_S.RUNNING, _S.DROPPED}),
        # Finished; given back, or given up so that its pairs are recorded as failed; or
        # its job became final.
        _S.RUNNING: frozenset({_S.DONE, _S.READY, _S.DROPPED}),
        _S.DONE: frozenset(),
        _S.DROPPED: frozenset(),
    }
)
"""From each state, the states that a part may go to next. Nothing else is legal."""

OPEN = frozenset(state for state, targets in PART_TRANSITIONS.items() if targets)
"""States in which there is still something to do for a part."""
