"""What a request still lacks: a job may be made without it, and run only with it.

References
----------
UWS 1.1, section 2.2.3.4: parameters may be set until the job is run.
"""

from collections.abc import Collection

from sptjobs.uws.errors import ParameterError

WAYS = "give a table (POSITIONS), one position (RA and DEC) or regions (POS, CIRCLE, POLYGON)"
"""How targets are given."""

_WHOLE = frozenset({"POSITIONS", "UPLOAD", "CIRCLE", "POS", "POLYGON"})
"""Parameters that give targets by themselves."""

_POINT = ("RA", "DEC")


def what_is_missing(names: Collection[str]) -> ParameterError | None:
    """Say which parameter a request lacks; None when it has its targets.

    Parameters
    ----------
    names
        Of the parameters that are given, as they are called here.
    """
    if not _WHOLE.isdisjoint(names):
        return None
    lacking = [name for name in _POINT if name not in names]
    if not lacking:
        return None
    if len(lacking) == len(_POINT) and "OBJID" not in names:
        return ParameterError(f"no targets are given; {WAYS}", field="POSITIONS")
    return ParameterError("is missing; one position needs RA and DEC", field=lacking[0])
