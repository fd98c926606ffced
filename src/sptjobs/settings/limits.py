"""Limits of users and groups, as their variables give them."""

from dataclasses import replace

from sptjobs.settings.settings import Limits
from sptjobs.settings.variables import Variables, count, size_in_bytes

_LIMIT_FIELDS = {"active": "active_jobs", "pending": "pending_jobs", "stored": "stored_bytes"} | {
    "targets": "targets"
}
_GROUP_FORM = "must be like GROUP:active=500,pending=500,stored=1T;GROUP:active=50"


def read_limits(variables: Variables) -> Limits:
    """Read what everybody may have."""
    return Limits(
        active_jobs=int(variables.number("SPT_MAX_ACTIVE_JOBS", 2_000, minimum=1)),
        pending_jobs=int(variables.number("SPT_MAX_PENDING_JOBS", 2_000, minimum=1)),
        stored_bytes=variables.size("SPT_MAX_STORED_BYTES", "100G"),
        targets=int(variables.number("SPT_MAX_TARGETS", 100_000, minimum=1)),
    )


def read_group_limits(variables: Variables, limits: Limits) -> tuple[tuple[str, Limits], ...]:
    """Read ``GROUP:active=N,pending=N,stored=SIZE,targets=N;GROUP:…``.

    What a group leaves out is as for everybody.
    """
    groups = [text for text in variables.text("SPT_GROUP_LIMITS", "").split(";") if text.strip()]
    return tuple(_group_limit(variables, text.strip(), limits) for text in groups)


def _group_limit(variables: Variables, text: str, limits: Limits) -> tuple[str, Limits]:
    group, _, given = text.rpartition(":")
    values = {}
    for word in given.split(","):
        name, _, value = (each.strip() for each in word.partition("="))
        size = size_in_bytes(value) if name == "stored" else count(value)
        if not group or name not in _LIMIT_FIELDS or size is None:
            variables.problems.append(f"SPT_GROUP_LIMITS: {_GROUP_FORM}, not {text!r}")
            break
        values[_LIMIT_FIELDS[name]] = size
    return group.strip(), replace(limits, **values)
