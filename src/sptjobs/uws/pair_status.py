"""What becomes of a combination of target and map."""

from enum import StrEnum


class Status(StrEnum):
    """How a combination of target and map ended.

    ``ok``: every pixel of the stamp is observed. ``partial``: some are; the
    covered fraction says how many. ``outside``: the stamp misses the map's
    pixels altogether. ``no-data``: it meets pixels, none of them observed.
    ``failed``: the reason says why.
    """

    OK = "ok"
    PARTIAL = "partial"
    OUTSIDE = "outside"
    NO_DATA = "no-data"
    FAILED = "failed"
