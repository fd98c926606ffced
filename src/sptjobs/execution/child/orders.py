"""What a worker tells its child, and what the child tells back.

One order a line on the child's standard input, reports a line each on a private
file descriptor. Standard library only.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from sptjobs.maps.record import MapRecord


@dataclass(frozen=True, slots=True)
class PlanOrder:
    """Plan a job as its part 0, and cut it at once when one part suffices.

    Attributes
    ----------
    folder
        Absolute path of the pack folder to make; it does not exist yet.
    archive
        Absolute path of the archive folder that map paths are relative to.
    request
        Canonical JSON of the ``CutoutRequest``.
    snapshot
        Identifier of the archive snapshot that ``maps`` were taken from.
    maps
        The maps that the request selects, in the order of the manifest.
    part_cost_s
        Estimated seconds of work that one part should take.
    given_up
        As ``CutOrder`` has it, for what is cut at once.
    """

    job_id: str
    attempt: int
    folder: str
    archive: str
    request: str
    snapshot: str
    maps: tuple[MapRecord, ...]
    part_cost_s: float = 1.0
    given_up: dict[str, str] = field(default_factory=dict)
    order: Literal["plan"] = "plan"


@dataclass(frozen=True, slots=True)
class CutOrder:
    """Cut one planned part.

    Attributes
    ----------
    part
        Number of the part, from 1: the line of ``plan.jsonl`` that describes it.
    plan_folder
        Absolute path of the pack folder of part 0.
    condemned
        Why the part is given up: nothing is cut, and every combination of target
        and map is recorded as failed with this reason.
    given_up
        Ids of maps that are not opened, and the reason that their pairs fail with.
    """

    job_id: str
    part: int
    attempt: int
    folder: str
    archive: str
    plan_folder: str
    condemned: str | None = None
    given_up: dict[str, str] = field(default_factory=dict)
    order: Literal["cut"] = "cut"


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """What the job rows need to know of a part that was planned."""

    number: int
    pairs: int
    cost_s: float


@dataclass(frozen=True, slots=True)
class Ready:
    """The child has loaded everything it needs; ``pid`` is its process."""

    pid: int
    report: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class Progressed:
    """``pairs`` combinations of target and map are done so far."""

    pairs: int
    report: Literal["progressed"] = "progressed"


@dataclass(frozen=True, slots=True)
class Began:
    """A map is opened next: should the child die now, that map is to blame."""

    map_id: str
    report: Literal["began"] = "began"


@dataclass(frozen=True, slots=True)
class Finished:
    """The pack is on disk, synced; nothing of it will change.

    ``outcomes`` counts the pack's outcomes by status, ``size_bytes`` is the size of
    its tar and ``disk_bytes`` that of all its files. ``parts`` is empty but for
    part 0 of a job that needs more parts.
    """

    pairs: int
    outcomes: dict[str, int]
    files: int
    size_bytes: int
    parts: tuple[PlannedPart, ...] = field(default=())
    disk_bytes: int = 0
    report: Literal["finished"] = "finished"


@dataclass(frozen=True, slots=True)
class Failed:
    """The part cannot be done; ``code`` is a SODA error label."""

    code: str
    message: str
    report: Literal["failed"] = "failed"


ChildOrder = PlanOrder | CutOrder
Report = Ready | Progressed | Began | Finished | Failed


def to_line(message: ChildOrder | Report) -> bytes:
    """Encode as one line of JSON, line end included."""
    return json.dumps(asdict(message), separators=(",", ":")).encode() + b"\n"


def order_from_line(line: bytes) -> ChildOrder:
    """Decode a line of the child's standard input."""
    fields: dict[str, Any] = json.loads(line)
    if fields["order"] == "cut":
        return CutOrder(**fields)
    fields["maps"] = tuple(MapRecord.from_fields(record) for record in fields["maps"])
    return PlanOrder(**fields)


def report_from_line(line: bytes) -> Report:
    """Decode a line of the child's report descriptor."""
    fields: dict[str, Any] = json.loads(line)
    match fields["report"]:
        case "ready":
            return Ready(**fields)
        case "progressed":
            return Progressed(**fields)
        case "began":
            return Began(**fields)
        case "failed":
            return Failed(**fields)
    fields["parts"] = tuple(PlannedPart(**part) for part in fields["parts"])
    return Finished(**fields)
