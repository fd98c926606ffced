"""Where a request says that its table of targets is.

References
----------
DALI 1.1, section 3.4.5 "UPLOAD".
"""

from dataclasses import dataclass

from sptjobs.uws.errors import ParameterError

_SCHEME = "param:"


@dataclass(frozen=True, slots=True)
class PartReference:
    """The name of a part of the multipart body, and the text that refers to it."""

    name: str
    uri: str


def parse_table_value(text: str, *, field: str = "POSITIONS") -> bytes | PartReference:
    """Read a table, or ``param:NAME`` for a part of the body that holds it."""
    del field  # What is wrong with a table, its own reader finds.
    if _is_reference(text):
        return _reference(text)
    # A lone surrogate cannot be UTF-8; the table's reader then says so.
    return text.encode("utf-8", "surrogatepass")


def parse_upload(text: str, *, field: str = "UPLOAD") -> PartReference:
    """Read ``positions,param:NAME``."""
    target, _, uri = text.partition(",")
    if target.strip().lower() != "positions" or not _is_reference(uri):
        message = "must be positions,param:NAME, where NAME is a part of the multipart body"
        raise ParameterError(message, field=field, value=text)
    return _reference(uri)


def _is_reference(text: str) -> bool:
    return text.strip()[: len(_SCHEME)].lower() == _SCHEME


def _reference(uri: str) -> PartReference:
    return PartReference(uri.strip()[len(_SCHEME) :], uri)
