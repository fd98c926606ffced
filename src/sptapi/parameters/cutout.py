"""From what a client sent to a new job, or to the changed request of a PENDING one."""

from collections.abc import Awaitable, Callable
from typing import Any

from sptapi.parameters.body import Form
from sptapi.parameters.controls import read_controls
from sptapi.parameters.division import control_fields, fields_named
from sptapi.parameters.job_format import check_response
from sptapi.parameters.merging import merge_request, read_request
from sptapi.parameters.retry import Repeat
from sptjobs.engine.job_commands import NewJob
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.vocabulary import BESIDE, OF_RESPONSES, canonical_name
from sptjobs.uws.errors import ParameterError
from sptjobs.uws.jobs import Parameters

_STRICT = frozenset({"STRICT"})
_OF_OTHER_ADDRESSES = frozenset({"ACTION", "WAIT"})
"""UWS parameters of a job itself (UWS 1.1, section 2.2)."""

_STEERING = (BESIDE | _OF_OTHER_ADDRESSES) - OF_RESPONSES - _STRICT

ReadApart = Callable[..., Awaitable[Any]]
"""Calls a function of plain arguments where it may take long and can be stopped."""


async def new_job(
    form: Form, owner_id: str, *, max_targets: int, read: ReadApart, repeat: Repeat | None = None
) -> tuple[NewJob, bool]:
    """Make a job of a form, and say whether it is to run at once.

    One that is not may lack its targets still.

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
    check_response(fields_named(form, OF_RESPONSES))
    how = {"incomplete": not controls.run, "strict": controls.strict}
    if repeat is not None:
        parameters, request = await read(
            merge_request, repeat.before, Form(repeat.fields), repeat.replaced, max_targets
        )
    else:
        parameters, request = await read(read_request, form, max_targets, **how)
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
    before: Parameters, form: Form, *, max_targets: int, read: ReadApart
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
    check_response(fields_named(form, OF_RESPONSES))
    strict = read_controls(fields_named(form, _STRICT)).strict
    if not (form.fields or form.uploads or form.document):
        raise ParameterError("no parameter is given", field="parameters")
    names = [*(name for name, _ in form.fields), *form.uploads, *(form.document or ())]
    replaced = {canonical_name(name) for name in names}
    merged: tuple[Parameters, CutoutRequest] = await read(
        merge_request, before, form, replaced, max_targets, incomplete=True, strict=strict
    )
    return merged
