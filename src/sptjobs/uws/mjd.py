"""Modified Julian dates. Standard library only."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)


def modified_julian_date(text: str) -> float:
    """MJD [d, UTC] of an ISO 8601 date and time; without a zone it is UTC.

    Leap seconds are not counted, as everywhere in UTC day numbers.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) / timedelta(days=1)
