"""Identifiers of maps for the Virtual Observatory. Standard library only.

``ivo://AUTHORITY/maps?MAPID`` names a map by its id in the catalogue, and with ``hips`` in place
of ``maps`` the survey that is made of it. Scheme, authority and
the key of the resource are compared without regard to case, the id of the map as it is.

References
----------
IVOA Identifiers 2.0, sections 2.3 (syntax), 2.3.4 (comparison) and 4.1 (data set identifiers).
"""

from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

_RESOURCE, _SURVEYS = "maps", "hips"
_KEPT = "-._~!$'()*,;:@/"
"""What a query holds as it is; ``&``, ``=`` and ``+`` mean something in forms."""


@dataclass(frozen=True, slots=True)
class PublisherIds:
    """Makes and reads the identifiers of one authority's maps."""

    authority: str

    def of(self, map_id: str) -> str:
        """Publisher's dataset identifier of a map; ASCII, whatever its file is called."""
        return self._identifier(_RESOURCE, map_id)

    def of_survey(self, map_id: str) -> str:
        """Creator's identifier of the survey (HiPS) that is made of a map."""
        return self._identifier(_SURVEYS, map_id)

    def map_id(self, text: str) -> str | None:
        """Give the id of the map that an identifier names, or a bare id as it is.

        Whether there is such a map is not asked. None for an identifier of another authority
        or resource, one with a fragment, and what can be no map's id.
        """
        text = text.strip()
        if text[:6].lower() != "ivo://":
            return text if _can_be_id(text) else None
        resource, _, local = text.partition("?")
        if resource.lower() != f"ivo://{self.authority}/{_RESOURCE}".lower():
            return None
        map_id = None if "#" in local else _decoded(local)
        return map_id if map_id is not None and _can_be_id(map_id) else None

    def _identifier(self, resource: str, map_id: str) -> str:
        return f"ivo://{self.authority}/{resource}?{quote(map_id, safe=_KEPT)}"


def _decoded(text: str) -> str | None:
    try:
        return unquote_to_bytes(text.encode()).decode()
    except UnicodeError:
        return None


def _can_be_id(text: str) -> bool:
    """Whether a map can be called so: it is the stem of a file's name."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return bool(text) and "/" not in text and "\0" not in text
