"""The planes of polarisation of an open map that stamps are to have."""

from collections.abc import Sequence

from sptjobs.formats.map_format import OpenMap
from sptjobs.maps.map_error import MapError


def with_planes(opened: OpenMap, states: Sequence[str]) -> OpenMap:
    """Give the map of the first of some states, with those of the others as its further ones.

    Raises
    ------
    MapError
        The file does not hold all of them.
    """
    if not states:
        return opened
    record = opened.record
    missing = [state for state in states if state not in record.states]
    if missing:
        raise MapError(
            f"map {record.map_id} holds the polarisation {', '.join(record.states)}, not"
            f" {', '.join(missing)}, which POL asks for"
        )
    first, *others = (opened.of_state(state) for state in states)
    if others:
        first.further = tuple(others)
    return first
