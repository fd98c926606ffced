"""From what a client sent to a request that may be wrong in parts."""

from sptapi.parameters.body import Form
from sptapi.parameters.controls import read_controls
from sptapi.parameters.division import control_fields, cutout_form, fields_named
from sptapi.parameters.job_format import check_response
from sptjobs.request.examined import Examined
from sptjobs.request.parsing import examine_json_request, examine_request
from sptjobs.request.unknown_parameters import is_unknown, unknown_parameter
from sptjobs.request.vocabulary import OF_RESPONSES, canonical_name
from sptjobs.uws.errors import ParameterError


def examine(form: Form, *, max_targets: int) -> Examined:
    """Read a request to its end.

    Raises
    ------
    MultiValuedParamNotSupported, TooLargeError
        As the creation of a job does.
    ParameterError
        Parameters stand beside a JSON document.
    """
    own, strict = cutout_form(form), _is_strict(form)
    if own.document is None:
        return examine_request(own.fields, own.uploads, max_targets=max_targets, strict=strict)
    return examine_json_request(own.document, max_targets=max_targets, strict=strict)


def control_problems(form: Form) -> tuple[ParameterError, ...]:
    """What is wrong with the parameters that steer the job."""
    try:
        read_controls(control_fields(form))
        check_response(fields_named(form, OF_RESPONSES))
    except ParameterError as problem:
        return (problem,)
    return ()


def ignored(form: Form) -> tuple[ParameterError, ...]:
    """What means nothing to this service, and is taken all the same."""
    if _is_strict(form):
        return ()
    names = (*(name for name, _ in form.fields), *(form.document or {}))
    unknown = dict.fromkeys(canonical_name(name) for name in names)
    return tuple(unknown_parameter(name) for name in unknown if is_unknown(name))


def _is_strict(form: Form) -> bool:
    try:
        return read_controls(fields_named(form, frozenset({"STRICT"}))).strict
    except ParameterError:
        return False  # which is a problem of its own
