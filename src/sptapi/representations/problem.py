"""Errors as documents: plain text for VO clients, problem JSON for the others."""

import json
from collections.abc import Sequence
from typing import Any

from sptjobs.uws.errors import InvalidRequestError, ParameterError, ServiceError


def error_text(error: ServiceError) -> bytes:
    """Write the error's label and message (SODA 1.0, section 5.2)."""
    # A lone surrogate of a JSON body must not break the answer about it.
    return f"{error.code}: {error.message}\n".encode("utf-8", "backslashreplace")


def error_json(error: ServiceError, status: int, request_id: str) -> bytes:
    """Write an error as a problem (RFC 9457), with what is wrong where."""
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": error.code,
        "status": status,
        "detail": error.message,
        "requestId": request_id,
    }
    problems = _problems(error)
    if problems:
        problem["problems"] = [problem_tree(each) for each in problems]
    return json.dumps(problem).encode()


def problem_tree(problem: ParameterError) -> dict[str, Any]:
    """Describe what is wrong with one value."""
    return {
        "field": problem.field,
        "row": problem.row,
        "value": problem.value,
        "message": problem.reason,
    }


def _problems(error: ServiceError) -> Sequence[ParameterError]:
    if isinstance(error, InvalidRequestError):
        return error.problems
    return (error,) if isinstance(error, ParameterError) else ()
