"""What an operator says of a table of objects, in ``NAME.toml`` beside it.

::

    table = "clusters.fits"
    title = "SPT-SZ clusters"
    description = "Clusters of galaxies found by their Sunyaev-Zel'dovich effect."
    credit = "Bleem et al. 2015, ApJS 216, 27"
    label = "SPT_ID"
    size = "XI"
    link = "https://catalogues.example.org/clusters/{SPT_ID}"

``table`` and ``title`` have to be there; positions are found as in a table of targets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sptjobs.maps.declaration import read_toml
from sptjobs.maps.map_error import MapError

SUFFIX = ".toml"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""A catalogue is called like its TOML, in addresses too."""

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
_LENGTHS = {
    "table": 255, "title": 80, "description": 400, "credit": 200, "label": 128, "size": 128,
    "link": 500,
}  # fmt: skip
"""Keys whose values are texts, and how long these may be."""
_KNOWN = (*_LENGTHS, "shown")


class CatalogueError(Exception):
    """A catalogue cannot be used; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class CatalogueDescription:
    """What is said of a table.

    Attributes
    ----------
    table
        Name of its file, in the same folder.
    title, description, credit
        For those who look at it; empty where nothing is said, but for the title.
    label, size
        Columns that name the objects, and by which their marks grow; None for none.
    link
        Address of an object's page, with names of columns in braces; None for none.
    shown
        Whether the page of the sky shows it at first.
    """

    table: str
    title: str
    description: str = ""
    credit: str = ""
    label: str | None = None
    size: str | None = None
    link: str | None = None
    shown: bool = False


def read_description(path: Path) -> CatalogueDescription:
    """Read the TOML of a catalogue.

    Raises
    ------
    CatalogueError
        It cannot be read, or has a key or value that means nothing; names the key.
    """
    try:
        found = read_toml(path)
    except MapError as error:
        raise CatalogueError(str(error)) from error
    for key in found.keys() - set(_KNOWN):
        raise CatalogueError(f"{key[:80]}: is no key of a catalogue; known are {', '.join(_KNOWN)}")
    shown = found.pop("shown", False)
    if not isinstance(shown, bool):
        raise CatalogueError(f"shown: must be true or false, not {shown!r}")
    for key in ("table", "title"):
        if key not in found:
            raise CatalogueError(f"{key}: has to be there")
    texts = {key: _text(found, key) for key in found}
    if Path(texts["table"]).name != texts["table"] or texts["table"].startswith("."):
        raise CatalogueError(
            f"table: must be the name of a file in the same folder, not {texts['table']!r}"
        )
    if "link" in texts:
        _check_link(texts["link"])
    return CatalogueDescription(shown=shown, **texts)


def _text(found: Mapping[str, Any], key: str) -> str:
    value, longest = found[key], _LENGTHS[key]
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest:
        raise CatalogueError(f"{key}: must be a text of 1 to {longest} characters")
    if not value.strip().isprintable():
        raise CatalogueError(f"{key}: must be one line of characters that can be seen")
    return value.strip()


def _check_link(template: str) -> None:
    """Refuse what would lead elsewhere than to the page of an object."""
    try:
        parts = urlsplit(template)
        is_page = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_page, parts = False, None
    if not is_page or parts is None or " " in template:
        raise CatalogueError(f"link: must begin with https:// or http:// and a host: {template!r}")
    if "{" in parts.netloc or "}" in parts.netloc:
        raise CatalogueError(f"link: the host must not depend on the object: {template!r}")
    if {"{", "}"} & set(PLACEHOLDER.sub("", template)):
        raise CatalogueError(f"link: columns are written as {{COLUMN}}: {template!r}")
