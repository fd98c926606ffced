"""From what a client sent to a new job, or to the changed request of a PENDING one."""

import asyncio
import json
from collections.abc import Collection, Mapping
from typing import Any

from sptapi.parameters.body import Form
from sptapi.parameters.controls import read_controls
from sptapi.parameters.division import control_fields, cutout_form, fields_named
from sptapi.parameters.retry import Repeat
from sptjobs.engine.job_commands import NewJob
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.parsing import echo, echo_json, parse_json_request, parse_request
from sptjobs.request.vocabulary import BESIDE, DECORATIONS, canonical_name
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.jobs import Parameters

_UPLOADING = ("POSITIONS", "UPLOAD")
_REFERENCE = "param:"
_STEERING = BESIDE - DECORATIONS


async def new_job(
    form: Form, owner_id: str, *, max_targets: int, repeat: Repeat | None = None
) -> tuple[NewJob, bool]:
    """Make a job of a form, and say whether it is to run at once.

    Parameters
    ----------
    repeat
        The job that the new one repeats; the form then holds controls only.

    Raises
    ------
    UsageError
        Any of its subclasses that ``sptjobs.request.parsing`` raises.
    """
    controls = read_controls(control_fields(form))
    if repeat is not None:
        parameters, request = await merged_request(
            repeat.before, Form(repeat.fields), repeat.replaced, max_targets=max_targets
        )
    else:
        # The table may take a second to read: other clients must not wait for it.
        parameters, request = await asyncio.to_thread(_read, form, max_targets)
    new = NewJob(
        owner_id=owner_id,
        parameters=parameters,
        request=request,
        run_id=controls.run_id,
        execution_duration=controls.execution_duration,
        destruction=controls.destruction,
        parent_id=None if repeat is None else repeat.job_id,
    )
    return new, controls.run


async def changed_request(
    before: Parameters, form: Form, *, max_targets: int
) -> tuple[Parameters, CutoutRequest]:
    """Put new parameters in place of a job's old ones of the same names.

    Parameters
    ----------
    before
        The job's parameters, in full.

    Notes
    -----
    Names that the form does not give keep their values (UWS 1.1, section 2.2.3.4).
    """
    for name, value in fields_named(form, _STEERING):
        raise ParameterError("is not a parameter of the cutout", field=name, value=value)
    if not (form.fields or form.uploads or form.document):
        raise ParameterError("no parameter is given", field="parameters")
    names = [*(name for name, _ in form.fields), *form.uploads, *(form.document or ())]
    replaced = {canonical_name(name) for name in names}
    return await merged_request(before, form, replaced, max_targets=max_targets)


async def merged_request(
    before: Parameters, form: Form, replaced: Collection[str], *, max_targets: int
) -> tuple[Parameters, CutoutRequest]:
    """Read what a form gives together with those of a job's parameters that it leaves.

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
        merged = Form(kept + form.fields, {**uploads, **form.uploads})
    else:
        document = _as_document(kept + form.fields) | dict(form.document or {})
        merged = Form((), form.uploads, document)
    return await asyncio.to_thread(_read, merged, max_targets)


def _read(form: Form, max_targets: int) -> tuple[Parameters, CutoutRequest]:
    """Validate, and say what the job shows as its parameters."""
    own = cutout_form(form)
    if own.document is None:
        request = parse_request(own.fields, own.uploads, max_targets=max_targets)
        return _shown(own.fields, own.uploads), request
    request = parse_json_request(own.document, max_targets=max_targets)
    return echo_json(own.document), request


def _shown(fields: Parameters, uploads: Mapping[str, bytes]) -> Parameters:
    """Fields as they were sent, then each uploaded table under its part's name."""
    tables = tuple(
        (name.upper() if name.upper() in _UPLOADING else name, content.decode("utf-8-sig"))
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
