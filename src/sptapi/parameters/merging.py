"""The request of a job: read from what a client sent, or merged with what there was.

All of it may take a second for a large table: handlers have it called in a reading
process, which imports nothing more than this needs.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from sptapi.parameters.body import Form
from sptapi.parameters.division import cutout_form
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.parsing import echo, echo_json, parse_json_request, parse_request
from sptjobs.request.positions import table_as_text
from sptjobs.uws.jobs import Parameters

_UPLOADING = ("POSITIONS", "UPLOAD")
_REFERENCE = "param:"


def merge_request(
    before: Parameters,
    form: Form,
    replaced: Collection[str],
    max_targets: int,
    *,
    incomplete: bool = False,
    strict: bool = False,
) -> tuple[Parameters, CutoutRequest]:
    """Read what a form gives together with those of a job's parameters that it leaves."""
    whole = merged_form(before, form, replaced)
    return read_request(whole, max_targets, incomplete=incomplete, strict=strict)


def merged_form(before: Parameters, form: Form, replaced: Collection[str]) -> Form:
    """Put what a form gives together with those of a job's parameters that it leaves.

    Parameters
    ----------
    before
        The job's parameters, in full.
    replaced
        Names of those that do not stay.
    """
    fields, uploads = _stored_form(before)
    replaced = set(replaced)
    # A table takes the place of the table there was, however either was sent.
    if replaced.intersection(_UPLOADING):
        replaced |= set(_UPLOADING)
        uploads = {}
    kept = tuple((name, value) for name, value in fields if name not in replaced)
    if form.document is None and not any(value.startswith("[") for _, value in kept):
        return Form(kept + form.fields, {**uploads, **form.uploads})
    document = _as_document(kept + form.fields) | dict(form.document or {})
    return Form((), form.uploads, document)


def read_request(
    form: Form, max_targets: int, *, incomplete: bool = False, strict: bool = False
) -> tuple[Parameters, CutoutRequest]:
    """Read a request, and say what its job shows as its parameters.

    Parameters
    ----------
    incomplete, strict
        As :func:`sptjobs.request.parsing.parse_request` has them.
    """
    own = cutout_form(form)
    if own.document is None:
        request = parse_request(
            own.fields, own.uploads, max_targets=max_targets, incomplete=incomplete, strict=strict
        )
        return _shown(own.fields, own.uploads, max_targets), request
    request = parse_json_request(
        own.document, max_targets=max_targets, incomplete=incomplete, strict=strict
    )
    return echo_json(own.document), request


def _shown(fields: Parameters, uploads: Mapping[str, bytes], max_targets: int) -> Parameters:
    """Fields as they were sent, then each uploaded table as text under its part's name."""
    tables = tuple(
        (
            name.upper() if name.upper() in _UPLOADING else name,
            table_as_text(content, max_targets=max_targets),
        )
        for name, content in uploads.items()
    )
    return echo(fields) + tables


def _stored_form(parameters: Parameters) -> tuple[Parameters, dict[str, bytes]]:
    """Undo ``_shown``: tell uploaded tables from fields."""
    referred = {
        value.rpartition(_REFERENCE)[2].strip()
        for name, value in parameters
        if name in _UPLOADING and _REFERENCE in value[:200]
    }
    uploads = {name: value.encode() for name, value in parameters if name in referred}
    return tuple((name, value) for name, value in parameters if name not in referred), uploads


def _decoded(value: str) -> Any:
    """A list that a JSON request gave, or the text as it is: a text may begin with a bracket."""
    try:
        return json.loads(value) if value.startswith("[") else value
    except (ValueError, RecursionError):
        return value


def _as_document(fields: Parameters) -> dict[str, Any]:
    """Parameters as a JSON document: lists and objects decoded, repeats as lists."""
    document: dict[str, Any] = {}
    for name, value in fields:
        decoded = _decoded(value)
        if name in document:
            before = document[name]
            document[name] = [*(before if isinstance(before, list) else [before]), decoded]
        else:
            document[name] = decoded
    return document
