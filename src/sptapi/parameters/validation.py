"""From what a client sent to a request that may be wrong in parts."""

import asyncio
from collections.abc import Mapping
from typing import Any

from sptapi.parameters.body import Form
from sptapi.parameters.controls import json_controls, read_controls
from sptjobs.request.examined import Examined
from sptjobs.request.parsing import examine_json_request, examine_request
from sptjobs.request.vocabulary import CLIENT_DECORATIONS, UWS_CONTROLS
from sptjobs.uws.errors import ParameterError

_BESIDE = CLIENT_DECORATIONS | UWS_CONTROLS


async def examine(form: Form, *, max_targets: int) -> Examined:
    """Read a request to its end.

    Raises
    ------
    MultiValuedParamNotSupported, TooLargeError
        As the creation of a job does.
    ParameterError
        Parameters stand beside a JSON document.
    """
    return await asyncio.to_thread(_examine, form, max_targets)


def control_problems(form: Form) -> tuple[ParameterError, ...]:
    """What is wrong with the parameters that steer the job."""
    fields = form.fields
    try:
        if form.document is not None:
            fields = (*fields, *json_controls(form.document)[0])
        read_controls(fields)
    except ParameterError as problem:
        return (problem,)
    return ()


def _examine(form: Form, max_targets: int) -> Examined:
    own = tuple((name, value) for name, value in form.fields if name not in _BESIDE)
    if form.document is None:
        return examine_request(own, form.uploads, max_targets=max_targets)
    check_alone(own, form.uploads)
    return examine_json_request(cutout_part(form.document), max_targets=max_targets)


def check_alone(fields: tuple[tuple[str, str], ...], uploads: Mapping[str, bytes]) -> None:
    """Refuse parameters beside a JSON document."""
    if fields or uploads:
        name = fields[0][0] if fields else next(iter(uploads))
        raise ParameterError(
            "is given beside a JSON document; put everything into the document", field=name
        )


def cutout_part(document: Mapping[str, Any]) -> dict[str, Any]:
    """What of a JSON document describes the cutouts, and not the job."""
    return {name: value for name, value in document.items() if name.strip().upper() not in _BESIDE}
