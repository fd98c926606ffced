"""What of the catalogue is listed."""

from dataclasses import dataclass

from sptjobs.obscore.query import ObservationQuery


@dataclass(frozen=True)
class MapListQuery:
    """What is listed.

    Attributes
    ----------
    conditions
        Those that SODA's parameters are.
    bands, filetypes, tags
        Of maps; None for all.
    limit
        Most maps; None for all that there are.
    after
        Id of the map before the page; empty for the first.
    """

    conditions: ObservationQuery
    bands: frozenset[str] | None
    filetypes: frozenset[str] | None
    tags: frozenset[str] | None
    limit: int | None
    after: str
