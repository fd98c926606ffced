"""Parameters of what users keep under names."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from sptapi.parameters.body import Form, plain_fields, read_json_object
from sptapi.parameters.controls import known, required, single
from sptjobs.request.characters import check_characters
from sptjobs.request.parsing import parse_json_request
from sptjobs.request.positions import described_csv, parse_positions
from sptjobs.request.vocabulary import canonical_name
from sptjobs.store.saved import Saved, SavedKind, SavedWish
from sptjobs.uws.errors import ParameterError

LONGEST_NAME: Final = 80
LARGEST_CONTENT: Final = 1 << 20
"""Bytes of one content: a table of ten thousand targets with some columns."""

_OF_TARGETS: Final = ("POSITIONS", "UPLOAD", "RA", "DEC", "OBJID", "POS", "CIRCLE", "POLYGON")
_WHERE: Final = "is no part of a preset: keep targets as a list, by KIND=targets"


def read_saved_wish(form: Form, max_targets: int) -> SavedWish:
    """Read KIND, NAME and CONTENT, which may be a file.

    A list is kept as CSV, whatever kind of table it is; its positions are ICRS.

    Raises
    ------
    UsageError
        One of them is missing, wrong, given twice, or unknown; or a row of a list cannot be
        read, or holds no target.
    """
    content, form = _content(form)
    fields = plain_fields(form, ("KIND", "NAME", "CONTENT"))
    kind, name = (
        known(SavedKind, "KIND", required(fields, "KIND")),
        read_saved_name(required(fields, "NAME")),
    )
    return _wish(
        kind,
        name,
        required(fields, "CONTENT").encode() if content is None else content,
        max_targets,
    )


def read_new_content(form: Form, kept: Saved, max_targets: int) -> SavedWish:
    """Read CONTENT, which is to take the place of what is kept; of the same kind."""
    content, form = _content(form)
    fields = plain_fields(form, ("CONTENT",))
    content = required(fields, "CONTENT").encode() if content is None else content
    return _wish(kept.kind, kept.name, content, max_targets)


def _wish(kind: SavedKind, name: str, content: bytes, max_targets: int) -> SavedWish:
    if len(content) > LARGEST_CONTENT:
        message = f"must be at most {LARGEST_CONTENT >> 20} MB long, not {len(content)} bytes"
        raise ParameterError(message, field="CONTENT")
    if kind is SavedKind.PRESET:
        return SavedWish(kind, name, _preset(content))
    table = described_csv(content, max_targets=max_targets).text
    check_characters("CONTENT", table)
    targets = parse_positions(table.encode(), default_size=(1.0, 1.0), max_targets=max_targets)
    return SavedWish(kind, name, table, len(targets))


def read_new_name(form: Form) -> str:
    """Read NAME, by which something is to be known from now on."""
    return read_saved_name(required(plain_fields(form, ("NAME",)), "NAME"))


def read_saved_kind(fields: tuple[tuple[str, str], ...]) -> SavedKind | None:
    """Read KIND, None for both."""
    text = single(fields, "KIND")
    return None if text is None else known(SavedKind, "KIND", text)


def read_saved_name(text: str) -> str:
    """Read a name: one line that is not empty."""
    name = text.strip()
    check_characters("NAME", name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        message = f"must be one line of 1 to {LONGEST_NAME} characters"
        raise ParameterError(message, field="NAME", value=name)
    return name


def _content(form: Form) -> tuple[bytes | None, Form]:
    """Take the content where it is a file, or an object of a JSON document."""
    document: Mapping[str, Any] = form.document or {}
    key = next((each for each in document if each.strip().upper() == "CONTENT"), "")
    if isinstance(document.get(key), dict):
        rest = {each: value for each, value in document.items() if each != key}
        return json.dumps(document[key]).encode(), replace(form, document=rest)
    name = next((each for each in form.uploads if each.upper() == "CONTENT"), None)
    if name is None:
        return None, form
    rest = {each: value for each, value in form.uploads.items() if each != name}
    return form.uploads[name], replace(form, uploads=rest)


def _preset(content: bytes) -> str:
    document = read_json_object(content, "CONTENT")
    for name in document:
        if canonical_name(name) in _OF_TARGETS:
            raise ParameterError(_WHERE, field=name[:80])
    parse_json_request(document, max_targets=1, incomplete=True)
    named = {canonical_name(name): value for name, value in document.items()}
    return json.dumps(named)
