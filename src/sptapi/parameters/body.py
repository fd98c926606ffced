"""A request's query string and body as one form."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from sptapi.parameters.multipart import boundary_of, split_parts
from sptjobs.uws.errors import MediaTypeError, ParameterError, TooLargeError, UsageError

MAX_BODY_BYTES = 16 << 20
"""Room for the largest allowed table of targets, with every column."""

_WINDOWS: Final = {"identity": 0, "gzip": 31, "deflate": 15}
"""Known encodings, and what the library calls them."""

_MAX_FIELDS = 10_000
_MAX_DEPTH = 8
"""Levels of a JSON body; a request has four: object, list of circles, circle, number."""


@dataclass(frozen=True, slots=True)
class Form:
    """What a client sent.

    Attributes
    ----------
    fields
        Upper-case name and value of each parameter, in order, repeats kept.
    uploads
        Content of each file part under its name as sent.
    document
        Object of a JSON body, None for every other body.
    """

    fields: tuple[tuple[str, str], ...] = ()
    uploads: Mapping[str, bytes] = field(default_factory=dict)
    document: Mapping[str, Any] | None = None


def read_form(query: str, content_type: str, body: bytes) -> Form:
    """Read the parameters of a request.

    Parameters
    ----------
    query
        The raw query string; its parameters come before the body's.
    content_type
        The Content-Type header, empty when there is none.

    Raises
    ------
    UsageError
        The body cannot be read as what it says it is.
    MediaTypeError
        It says to be something that this service does not read.
    """
    fields = _decode(query.encode("utf-8", "surrogateescape"), "query string")
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type == "application/json":
        return Form(_checked(fields), document=read_json_object(body))
    if media_type == "multipart/form-data":
        return _multipart(fields, content_type, body)
    if media_type == "application/x-www-form-urlencoded":
        return Form(_checked(fields + _decode(body, "body")))
    if not body:
        return Form(_checked(fields))
    raise MediaTypeError(
        f"Content-Type: {media_type or 'missing'}; this address reads "
        "application/x-www-form-urlencoded, multipart/form-data and application/json"
    )


def fields_only(form: Form) -> tuple[tuple[str, str], ...]:
    """Give the fields of a form, where a JSON document or a file would mean nothing.

    Raises
    ------
    MediaTypeError, UsageError
        There is such a document, or a file.
    """
    if form.document is not None:
        raise MediaTypeError(
            "Content-Type: application/json; this address reads application/x-www-form-urlencoded"
        )
    return without_files(form).fields


def without_files(form: Form) -> Form:
    """Give a form, or refuse it for its files.

    Raises
    ------
    UsageError
        It has some.
    """
    if form.uploads:
        raise UsageError("this address takes no files")
    return form


def plain_fields(form: Form, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Give the fields of a form or of a JSON object; a list of texts is joined by blanks.

    Parameters
    ----------
    names
        What may be given, upper case; CSRF, the forgery guard of a form, has been checked before.

    Raises
    ------
    ParameterError
        A field is unknown, or no text or whole number.
    """
    fields = form.fields + tuple(_document_fields(form.document or {}))
    known = tuple(each for each in fields if each[0] != "CSRF")
    unknown = [name for name, _ in known if name not in names]
    unknown += [name.upper() for name in form.uploads]
    if unknown:
        *most, last = names
        taken = f"{', '.join(most)} or {last}" if most else last
        raise ParameterError(f"is unknown; take {taken}", field=min(unknown)[:80])
    return known


def _document_fields(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in document.items():
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = " ".join(value)  # noqa: PLW2901 - a list of scopes is their text
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ParameterError("must be a text or a whole number", field=key.upper()[:80])
        yield key.strip().upper(), str(value)


def read_encoding(text: str) -> str:
    """Read a Content-Encoding header (RFC 9110, section 8.4), empty when there is none.

    Raises
    ------
    MediaTypeError
        The body is packed in a way that this service does not read.
    """
    encoding = text.strip().lower() or "identity"
    if encoding not in _WINDOWS:
        raise MediaTypeError(f"Content-Encoding: {encoding[:40]}; send {' or '.join(_WINDOWS)}")
    return encoding


def unpack_body(body: bytes, encoding: str, max_bytes: int) -> bytes:
    """Unpack a body.

    Raises
    ------
    UsageError
        It is not what its encoding says, or was cut short.
    TooLargeError
        It is larger than ``max_bytes``.
    """
    unpacker = zlib.decompressobj(_WINDOWS[encoding])
    try:
        unpacked = unpacker.decompress(body, max_bytes + 1)
    except zlib.error as error:
        raise UsageError(f"the body is not {encoding}, as Content-Encoding says") from error
    if len(unpacked) > max_bytes:
        raise too_large(max_bytes)
    if not unpacker.eof or unpacker.unused_data:
        raise UsageError(f"the body does not end where its {encoding} ends")
    return unpacked


def too_large(max_bytes: int) -> TooLargeError:
    """Make the error about a body that is larger than it may be."""
    size = f"{max_bytes >> 20} MB" if max_bytes >= 1 << 20 else f"{max_bytes >> 10} kB"
    return TooLargeError(f"the body is larger than {size}")


def _checked(fields: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    upper = tuple((name.strip().upper(), value) for name, value in fields)
    for name, value in upper:
        if not name:
            raise ParameterError("a parameter has no name", field="(unnamed)", value=value)
    return upper


def _decode(text: bytes, where: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            text.decode("utf-8"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except UnicodeDecodeError as error:
        raise UsageError(f"the {where} is not UTF-8") from error
    except ValueError as error:
        raise UsageError(f"the {where} has more than {_MAX_FIELDS} parameters") from error


def _multipart(fields: list[tuple[str, str]], content_type: str, body: bytes) -> Form:
    uploads: dict[str, bytes] = {}
    fields = list(fields)
    for part in split_parts(body, boundary_of(content_type)):
        if part.filename is None:
            fields.append((part.name, _text(part.name, part.content, part.charset)))
        elif part.name in uploads:
            raise ParameterError("was uploaded twice", field=part.name.upper())
        else:
            uploads[part.name] = part.content
    return Form(_checked(fields), uploads)


def _text(name: str, content: bytes, charset: str) -> str:
    try:
        return content.decode(charset)
    except (ValueError, LookupError) as error:
        # Some codecs, such as "undefined", raise the base class of what others raise.
        raise ParameterError(f"is not text in {charset[:40]}", field=name.upper()) from error


def read_json_object(text: bytes, what: str = "the body") -> Mapping[str, Any]:
    """Read a JSON object, nested no deeper than a request is.

    Raises
    ------
    UsageError
        It is none, or gives a key twice.
    """
    try:
        document = json.loads(text, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{what} is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{what}: must be a JSON object")
    _check_depth(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object, and refuse one that gives a key twice: the last one would win silently."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in made if names.count(name) > 1)
        raise ParameterError("is given twice in the JSON body", field=twice[:64])
    return made


def _check_depth(document: Mapping[str, Any]) -> None:
    """Refuse what is nested deeper than any request is, before anything walks through it."""
    level: list[Any] = [document]
    for _ in range(_MAX_DEPTH):
        level = [
            each
            for value in level
            if isinstance(value, dict | list)
            for each in (value.values() if isinstance(value, dict) else value)
        ]
    if level:
        raise UsageError(f"the JSON body is nested more than {_MAX_DEPTH} levels deep")
