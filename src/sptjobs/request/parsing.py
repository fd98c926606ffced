"""The cutout request from named values: forms, query strings, JSON documents.

Names are read in any case. All problems are reported together. An empty
value is refused, not taken as a default: it is what an unset variable of a
script leaves behind.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.examined import Examined
from sptjobs.request.json_document import read_document
from sptjobs.request.request_reader import RequestReader
from sptjobs.request.target_source import TargetSource
from sptjobs.request.vocabulary import BESIDE, canonical_name


def parse_request(
    fields: Sequence[tuple[str, str]],
    uploads: Mapping[str, bytes],
    *,
    max_targets: int,
    incomplete: bool = False,
    strict: bool = True,
) -> CutoutRequest:
    """Read a request from the fields of a form or query string.

    Parameters
    ----------
    fields
        Names and values in the order they were sent, without the names of ``BESIDE``.
    uploads
        Contents of the file parts of a multipart body, by the names of the parts.
    max_targets
        Most targets that are taken.
    incomplete
        Whether targets may be missing, to be given before the job is run.
    strict
        Whether parameters that are not known are refused; else they mean nothing.

    Raises
    ------
    InvalidRequestError
        Lists every problem found, in order.
    MultiValuedParamNotSupported
        A parameter was given twice that may be given once.
    TooLargeError
        There are more targets than ``max_targets``.
    """
    values = _values(fields)
    source = TargetSource(values, uploads, max_targets, incomplete=incomplete)
    return RequestReader(values, source, strict=strict).request()


def parse_json_request(
    document: Any, *, max_targets: int, incomplete: bool = False, strict: bool = True
) -> CutoutRequest:
    """Read a request from a decoded JSON document.

    The names are those of the form, in any case; values are natural JSON: numbers,
    true and false, lists for what may be repeated, ``[ra, dec, radius]`` for a
    circle, ``[first, last]`` for a time, where null is an open end. ``positions``
    is a list of objects such as ``{"ra": 0.25, "dec": -57.8, "objid": "a"}``, or
    CSV text. A null is a value that is not given.

    Raises
    ------
    InvalidRequestError, MultiValuedParamNotSupported, TooLargeError
        As ``parse_request``; a value of a wrong type is one of the problems.
    """
    values, rows, problems = read_document(document)
    source = TargetSource(values, {}, max_targets, rows, incomplete=incomplete)
    return RequestReader(values, source, problems, strict=strict).request()


def examine_request(
    fields: Sequence[tuple[str, str]],
    uploads: Mapping[str, bytes],
    *,
    max_targets: int,
    strict: bool = True,
) -> Examined:
    """Read a request as ``parse_request`` does, to its end and without refusing it.

    Raises
    ------
    MultiValuedParamNotSupported, TooLargeError
        As ``parse_request``.
    """
    values = _values(fields)
    source = TargetSource(values, uploads, max_targets)
    return RequestReader(values, source, strict=strict).examined()


def examine_json_request(document: Any, *, max_targets: int, strict: bool = True) -> Examined:
    """Read a request as ``parse_json_request`` does, to its end and without refusing it."""
    values, rows, problems = read_document(document)
    source = TargetSource(values, {}, max_targets, rows)
    return RequestReader(values, source, problems, strict=strict).examined()


def echo(
    fields: Sequence[tuple[str, str]], uploads: Iterable[str] = ()
) -> tuple[tuple[str, str], ...]:
    """What a job shows as its parameters: names in upper case, values as sent.

    An uploaded table that only its part's name announced (a file part called
    ``POSITIONS``) is shown by reference, as ``param:`` and that name.
    """
    named = [(canonical_name(name), value) for name, value in fields]
    shown = [(name, value) for name, value in named if name not in BESIDE]
    shown += [("POSITIONS", f"param:{name}") for name in uploads if name.upper() == "POSITIONS"]
    return tuple(shown)


def echo_json(document: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a job shows as its parameters when it was asked for in JSON.

    Texts are shown as they are, everything else as JSON; nulls not at all.
    """
    fields = [
        (name, value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))
        for name, value in document.items()
        if value is not None
    ]
    return echo(fields)


def _values(fields: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Texts by upper-case name."""
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(canonical_name(name), []).append(value)
    return values
