"""Which representation an Accept header asks for (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence
from functools import lru_cache


@lru_cache(maxsize=256)
def preferred(accept: str, offered: tuple[str, ...]) -> str:
    """Choose among media types; the first offered is the default.

    Only a type that is named counts: ``*/*`` gives the default, so that a plain
    client never gets HTML by accident (the default of UWS 1.1 is XML).
    """
    best, best_quality = offered[0], 0.0
    for entry in accept.split(","):
        media_type, *options = (part.strip().lower() for part in entry.split(";"))
        quality = _quality(options)
        if media_type in offered and quality > best_quality:
            best, best_quality = media_type, quality
    return best


def _quality(options: Sequence[str]) -> float:
    for option in options:
        if option.startswith("q="):
            try:
                return min(max(float(option[2:]), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
