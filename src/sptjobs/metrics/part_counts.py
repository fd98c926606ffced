"""What execute workers count about parts, and the sweep about lost ones.

No label holds a user, a job or an id: each has a handful of values that are known
beforehand, and all of them are there from the start, at zero.
"""

from typing import Final

from prometheus_client import Counter, Histogram

OUTCOMES: Final = ("done", "failed", "child-died", "put-off", "lost")
STATUSES: Final = ("ok", "partial", "outside", "no-data", "failed")
BLAMED: Final = ("child", "worker")

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)

PARTS: Final = Counter(
    "sptjobs_parts",
    "Attempts at parts of jobs that ended: done, failed, by the child's death, postponed, or lost",
    ["outcome"],
)
DURATION: Final = Histogram(
    "sptjobs_part_duration_seconds",
    "From the claim of a part to the record of its pack, for parts that were done",
    buckets=_SECONDS,
)
STAMPS: Final = Counter(
    "sptjobs_stamps", "Combinations of target and map that were cut, by their status", ["status"]
)
STRIKES: Final = Counter(
    "sptjobs_part_strikes",
    "Blame at parts: their child died, or their worker vanished",
    ["blame"],
)

for _outcome in OUTCOMES:
    PARTS.labels(_outcome)
for _status in STATUSES:
    STAMPS.labels(_status)
for _blame in BLAMED:
    STRIKES.labels(_blame)
