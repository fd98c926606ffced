"""The parameters that steer a job instead of describing it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar

from sptjobs.request.control_values import Controls, parse_run_id
from sptjobs.request.numbers import whole_number
from sptjobs.request.vocabulary import CONTROLS, PARAMETER_BY_NAME
from sptjobs.uws.errors import MultiValuedParamNotSupported, ParameterError
from sptjobs.uws.phases import ExecutionPhase

Name = TypeVar("Name", bound=StrEnum)
Fields = Sequence[tuple[str, str]]


def read_controls(fields: Fields) -> Controls:
    """Read the controls of a creating request.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is wrong, or given several times.
    """
    read = {
        parameter.attribute or name: parameter.parser(text, field=name)
        for name, parameter in PARAMETER_BY_NAME.items()
        if name in CONTROLS and (text := single(fields, name)) is not None
    }
    return Controls(**read)


def single(fields: Fields, name: str) -> str | None:
    """Give the one value of a parameter, None when it is absent.

    Raises
    ------
    MultiValuedParamNotSupported
        It is given several times.
    """
    values = [value for each, value in fields if each == name]
    if len(values) > 1:
        raise MultiValuedParamNotSupported(f"{name}: given {len(values)} times, once is allowed")
    return values[0] if values else None


def required(fields: Fields, name: str) -> str:
    """Give the one value of a parameter that must be there."""
    value = single(fields, name)
    if value is None:
        raise ParameterError("is missing", field=name)
    return value


def known(names: type[Name], field: str, text: str) -> Name:
    """Read one of the names that there are, in any case of letters.

    Raises
    ------
    ParameterError
        It is none of them; lists them.
    """
    try:
        return names(text.lower())
    except ValueError:
        message = f"must be one of {', '.join(names)}"
        raise ParameterError(message, field=field, value=text) from None


def read_run_id(fields: Fields) -> str | None:
    """Read RUNID: a name that the user gives to a job."""
    text = single(fields, "RUNID")
    return None if text is None else parse_run_id(text)


def read_phase(text: str) -> ExecutionPhase:
    """Read the name of a phase, spelt exactly."""
    try:
        return ExecutionPhase(text)
    except ValueError:
        names = " ".join(ExecutionPhase)
        raise ParameterError(f"must be one of {names}", field="PHASE", value=text) from None


def read_wait(fields: Fields, cap_s: float) -> float:
    """Read WAIT: how long to block at most [s]; 0 when it is not asked for.

    -1 asks to block without limit and gets the cap, as does anything above it.
    """
    text = single(fields, "WAIT")
    if text is None:
        return 0.0
    seconds = whole_number(text)
    if seconds is None or seconds < -1:
        raise ParameterError("must be a whole number of seconds, or -1", field="WAIT", value=text)
    return cap_s if seconds == -1 else min(float(seconds), cap_s)


def read_whole(field: str, text: str, *, minimum: int, maximum: int) -> int:
    """Read a whole number within bounds."""
    number = whole_number(text)
    if number is None or not minimum <= number <= maximum:
        message = f"must be a whole number from {minimum} to {maximum}"
        raise ParameterError(message, field=field, value=text)
    return number
