"""A seeded random schedule of faults: the same seed gives the same schedule."""

import random
from dataclasses import dataclass

DEAD_S = 3.0
"""Dead time of the stack that suffers; stops last up to twice as long."""

LOCK_S = 3.0
"""Longest time for which the database is locked from outside."""

_KINDS = {
    ("kill", "child"): 4,
    ("kill", "execute"): 3,
    ("kill", "control"): 2,
    ("kill", "api"): 1,
    ("kill", "broker"): 2,
    ("stop", "execute"): 3,
    ("stop", "control"): 2,
    ("stop", "child"): 2,
    ("drain", "execute"): 2,
    ("flush", "broker"): 2,
    ("duplicate", "broker"): 3,
    ("drop", "broker"): 2,
    ("reorder", "broker"): 2,
    ("lock", "database"): 2,
}
"""What is done to whom, and how often compared with the others."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    at_s
        Seconds after the begin of the schedule.
    pick
        Which one of several victims (modulo how many there are), and how many messages.
    length_s
        How long a stop or a lock lasts, 0 for what happens at an instant.
    """

    at_s: float
    kind: str
    victim: str
    pick: int
    length_s: float

    def __str__(self) -> str:
        """Say it in one line."""
        lasting = f" for {self.length_s:.2f} s" if self.length_s else ""
        return f"{self.at_s:7.2f} s  {self.kind} {self.victim} ({self.pick}){lasting}"


def make_schedule(seed: int, count: int, every_s: float) -> tuple[Fault, ...]:
    """Draw ``count`` faults, ``every_s`` seconds apart on average, in the order of their times."""
    chance = random.Random(seed)
    times = sorted(chance.uniform(0, count * every_s) for _ in range(count))
    kinds = chance.choices(list(_KINDS), weights=list(_KINDS.values()), k=count)
    return tuple(_fault(chance, at_s, *kind) for at_s, kind in zip(times, kinds, strict=True))


def _fault(chance: random.Random, at_s: float, kind: str, victim: str) -> Fault:
    length_s = 0.0
    if kind == "stop":
        length_s = chance.uniform(0.2, 2) * DEAD_S
    elif kind == "lock":
        length_s = chance.uniform(0.1, 1) * LOCK_S
    return Fault(at_s, kind, victim, chance.randrange(12), length_s)
