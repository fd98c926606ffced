"""Times as clients write them."""

from datetime import UTC, datetime


def parse_utc(text: str) -> datetime:
    """Read an ISO 8601 time, with ``Z``, with an offset, or without zone meaning UTC.

    Raises
    ------
    ValueError
        It is not a time, or not one that UTC can express.
    """
    time = datetime.fromisoformat(text.strip())
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} lies outside the calendar") from error
