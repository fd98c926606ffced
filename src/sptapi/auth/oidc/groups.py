"""Which groups a user is in, by what the provider says."""

from collections.abc import Mapping
from typing import Any, Final

_MAX_CHARACTERS: Final = 255
"""As long as the database's column; a longer name is no group that anybody configured."""


def read_groups(claims: Mapping[str, Any], claim: str) -> tuple[str, ...] | None:
    """Read the groups from the claim, None when it is missing.

    Names are taken whole and letter by letter: ``/spt3g/users`` and ``users`` are
    two groups. A claim that is anything but a list of texts counts as no groups: a
    text could be read as one name, or as several, and a wrong guess lets people in.
    """
    if claim not in claims:
        return None
    value = claims[claim]
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return ()
    return tuple(sorted({name for name in value if _is_storable(name)}))


def _is_storable(name: str) -> bool:
    return 0 < len(name) <= _MAX_CHARACTERS and name.isprintable()
