"""The parameters that steer a job instead of describing it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sptapi.parameters.body import check_characters
from sptapi.representations.times import parse_time
from sptjobs.uws.errors import MultiValuedParamNotSupported, ParameterError
from sptjobs.uws.phases import ExecutionPhase

_LONGEST_RUN_ID = 64
_LARGEST_INT = 2**31 - 1

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Controls:
    """What a creating request says besides the cutout request itself."""

    run: bool = False
    run_id: str | None = None
    execution_duration: int | None = None
    destruction: datetime | None = None


def read_controls(fields: Fields) -> Controls:
    """Read the controls of a creating request.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is wrong, or given several times.
    """
    phase = single(fields, "PHASE")
    if phase not in {None, "RUN"}:
        raise ParameterError("a new job takes PHASE=RUN only", field="PHASE", value=phase)
    duration = single(fields, "EXECUTIONDURATION")
    destruction = single(fields, "DESTRUCTION")
    return Controls(
        run=phase == "RUN",
        run_id=read_run_id(fields),
        execution_duration=None if duration is None else read_duration(duration),
        destruction=None if destruction is None else read_destruction(destruction),
    )


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


def read_duration(text: str) -> int:
    """Read an execution duration: whole seconds, 0 for no limit."""
    seconds = _integer(text)
    if seconds is None or not 0 <= seconds <= _LARGEST_INT:
        raise ParameterError(
            "must be a whole number of seconds, 0 or more", field="EXECUTIONDURATION", value=text
        )
    return seconds


def read_destruction(text: str) -> datetime:
    """Read a destruction time; one in the past is refused, never silently kept."""
    try:
        time = parse_time(text)
    except ValueError as error:
        raise ParameterError(
            "must be an ISO 8601 time such as 2030-01-31T12:00:00Z", field="DESTRUCTION", value=text
        ) from error
    if time < datetime.now(UTC):
        raise ParameterError(
            "lies in the past; delete the job instead", field="DESTRUCTION", value=text
        )
    return time


def read_run_id(fields: Fields) -> str | None:
    """Read RUNID: a name that the user gives to a job."""
    text = single(fields, "RUNID")
    if text is not None and len(text) > _LONGEST_RUN_ID:
        raise ParameterError(
            f"must be at most {_LONGEST_RUN_ID} characters long", field="RUNID", value=text
        )
    if text is not None:
        check_characters("RUNID", text)
    return text


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
    seconds = _integer(text)
    if seconds is None or seconds < -1:
        raise ParameterError("must be a whole number of seconds, or -1", field="WAIT", value=text)
    return cap_s if seconds == -1 else min(float(seconds), cap_s)


def json_controls(document: Mapping[str, object]) -> tuple[Fields, dict[str, object]]:
    """Split the object of a JSON body into control fields and everything else."""
    names = {"PHASE", "RUNID", "EXECUTIONDURATION", "DESTRUCTION"}
    found = {key: value for key, value in document.items() if key.strip().upper() in names}
    fields = tuple(
        (key.strip().upper(), _json_text(key, value))
        for key, value in found.items()
        if value is not None
    )
    return fields, {key: value for key, value in document.items() if key not in found}


def _json_text(key: str, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ParameterError("must be a text or a whole number", field=key.upper())
    return str(value)


def read_whole(field: str, text: str, *, minimum: int, maximum: int) -> int:
    """Read a whole number within bounds."""
    number = _integer(text)
    if number is None or not minimum <= number <= maximum:
        message = f"must be a whole number from {minimum} to {maximum}"
        raise ParameterError(message, field=field, value=text)
    return number


def _integer(text: str) -> int | None:
    # int() would also take blanks, underscores and digits of other scripts.
    digits = text[1:] if text[:1] in {"-", "+"} else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return None
    return int(text)
