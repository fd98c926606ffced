"""From what a client sent to a request that may be wrong in parts."""

from sptapi.parameters.body import Form
from sptapi.parameters.controls import read_controls
from sptapi.parameters.division import control_fields, cutout_form
from sptjobs.request.examined import Examined
from sptjobs.request.parsing import examine_json_request, examine_request
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
    own = cutout_form(form)
    if own.document is None:
        return examine_request(own.fields, own.uploads, max_targets=max_targets)
    return examine_json_request(own.document, max_targets=max_targets)


def control_problems(form: Form) -> tuple[ParameterError, ...]:
    """What is wrong with the parameters that steer the job."""
    try:
        read_controls(control_fields(form))
    except ParameterError as problem:
        return (problem,)
    return ()
