"""Times as UWS writes them."""

from datetime import UTC, datetime


def render_time(time: datetime) -> str:
    """Write a time as UTC with a trailing ``Z``; ``+00:00`` breaks pyvo."""
    time = time.astimezone(UTC)
    # A client that sends back what it read (AFTER) must hit the time exactly.
    exact = "microseconds" if time.microsecond % 1000 else "milliseconds"
    return time.replace(tzinfo=None).isoformat(timespec=exact) + "Z"


def render_known(time: datetime | None) -> str | None:
    """Write a time, or None where there is none."""
    return None if time is None else render_time(time)
