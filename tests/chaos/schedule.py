"""A seeded random schedule of faults: the same seed gives the same schedule."""

import random
from dataclasses import dataclass

DEAD_S = 3.0
"""Dead time of the stack that suffers; stops last up to twice as long."""

LASTING_S = {"stop": (0.2 * DEAD_S, 2 * DEAD_S), "lock": (0.3, DEAD_S)} | dict.fromkeys(
    ("duplicate", "drop", "delay", "reorder", "refuse", "slow", "mute"), (0.5, 3.0)
)
LASTING_S |= dict.fromkeys(("fill", "vanish", "truncate", "corrupt", "step"), (1.0, 4.0))
"""Shortest and longest time that a fault lasts; those not named happen at an instant."""

ALWAYS = {
    ("kill", "child"): 3,
    ("kill", "execute"): 2,
    ("kill", "control"): 1,
    ("kill", "api"): 1,
    ("kill", "broker"): 1,
    ("stop", "child"): 2,
    ("stop", "execute"): 3,
    ("stop", "control"): 1,
    ("stop", "api"): 1,
    ("stop", "broker"): 1,
    ("drain", "execute"): 1,
    ("drain", "control"): 1,
    ("flush", "broker"): 2,
    ("restart", "broker"): 1,
    ("duplicate", "messages"): 2,
    ("drop", "messages"): 2,
    ("delay", "messages"): 2,
    ("reorder", "messages"): 2,
    ("cut", "broker"): 2,
    ("lose", "broker"): 1,
    ("refuse", "broker"): 1,
    ("slow", "broker"): 1,
    ("mute", "broker"): 2,
    ("lock", "database"): 2,
    ("vanish", "map"): 1,
    ("truncate", "map"): 1,
    ("corrupt", "map"): 1,
    ("migrate", "database"): 1,
    ("roll", "execute"): 1,
    ("roll", "control"): 1,
    ("roll", "api"): 1,
}
"""What is done to whom on every stack, and how often compared with the others."""

ON_A_SMALL_DISK = {("fill", "disk"): 2}

WITH_CLOCKS = {("step", "execute"): 1, ("step", "control"): 1, ("step", "api"): 1}

WITH_A_SERVER = {
    ("kill", "database"): 1,
    ("kill", "backend"): 1,
    ("stop", "database"): 1,
    ("stop", "backend"): 2,
    ("restart", "database"): 1,
    ("cut", "database"): 2,
    ("lose", "database"): 2,
    ("refuse", "database"): 1,
    ("slow", "database"): 1,
    ("mute", "database"): 3,
    ("step", "database"): 1,
}
"""What is done where the database is a server of its own."""

WITH_A_POOLER = {
    ("kill", "database"): 3,
    ("restart", "database"): 3,
    ("kill", "pooler"): 2,
    ("stop", "pooler"): 2,
}
"""What is done where a pgbouncer is in front of that server."""

Kind = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes
    ----------
    at_s
        Seconds after the begin of the schedule.
    pick
        Chooses among what the fault leaves open, for example one of several victims.
    length_s
        How long it lasts, 0 for what happens at an instant.
    """

    at_s: float
    kind: str
    victim: str
    pick: int
    length_s: float

    @property
    def silences_workers(self) -> bool:
        """Whether it may keep the beats of a healthy part from the database for the dead time."""
        is_of_database = self.victim in {"database", "backend", "pooler"} and self.kind not in {
            "lock",
            "step",
        }
        is_of_worker = self.victim in {"execute", "busy"} and self.kind in {"kill", "stop"}
        return is_of_database or is_of_worker

    def __str__(self) -> str:
        """Say it in one line."""
        lasting = f" for {self.length_s:.2f} s" if self.length_s else ""
        return f"{self.at_s:7.2f} s  {self.kind} {self.victim} ({self.pick}){lasting}"


def make_schedule(
    seed: int, count: int, every_s: float, kinds: dict[Kind, int]
) -> tuple[Fault, ...]:
    """Draw ``count`` faults, ``every_s`` seconds apart on average, in the order of their times.

    Kinds are drawn like cards from a pack that holds each as often as its weight
    says, so that no kind is missing from as many faults as the pack has cards.
    """
    chance = random.Random(seed)
    pack = [kind for kind, weight in kinds.items() for _ in range(weight)]
    drawn: list[Kind] = []
    while len(drawn) < count:
        drawn += chance.sample(pack, len(pack))
    times = sorted(chance.uniform(0, count * every_s) for _ in range(count))
    return tuple(
        _fault(chance, at_s, *kind) for at_s, kind in zip(times, drawn[:count], strict=True)
    )


def _fault(chance: random.Random, at_s: float, kind: str, victim: str) -> Fault:
    length_s = chance.uniform(*LASTING_S[kind]) if kind in LASTING_S else 0.0
    return Fault(at_s, kind, victim, chance.randrange(12), length_s)
