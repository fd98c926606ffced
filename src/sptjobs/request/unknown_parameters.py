"""Parameters that this service does not know: other programs add some of their own.

They are kept with the job and named in its documents, and mean nothing. With STRICT they
are refused.

References
----------
DALI 1.1, section 3.4: a service may ignore parameters that it does not know.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from sptjobs.request.characters import check_characters
from sptjobs.request.vocabulary import CUTOUT_NAMES, PARAMETER_BY_NAME, canonical_name
from sptjobs.uws.errors import ParameterError

_LONGEST = 64
_MAX_KEPT = 100


def is_unknown(name: str) -> bool:
    """Whether a canonical name is none that is declared."""
    return name not in PARAMETER_BY_NAME


def check_unknown(values: Mapping[str, Sequence[str]]) -> Iterator[ParameterError]:
    """Say which parameters that are not known cannot be kept.

    Parameters
    ----------
    values
        Of all parameters, by canonical name.
    """
    unknown = [name for name in values if is_unknown(name)]
    if sum(len(values[name]) for name in unknown) > _MAX_KEPT:
        message = f"up to {_MAX_KEPT} parameters that are not known are kept; leave some out"
        yield ParameterError(message, field=unknown[-1][:_LONGEST])
    for name in unknown:
        try:
            _check_name(name)
        except ParameterError as problem:
            yield problem


def _check_name(name: str) -> None:
    if not name:
        raise ParameterError("a parameter has no name", field="(unnamed)")
    check_characters("the name of a parameter", name)
    if len(name) > _LONGEST:
        message = f"a parameter's name has up to {_LONGEST} characters"
        raise ParameterError(message, field=name[:_LONGEST])


def unknown_parameter(name: str, value: str | None = None) -> ParameterError:
    """Say that there is no such parameter, and which one may have been meant."""
    return ParameterError(
        f"there is no such parameter{_hint(name)}", field=name[:_LONGEST], value=value
    )


def ignored_names(parameters: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    """Find which of a job's parameters are not known, each once, in their order.

    Tables that were uploaded stand among the parameters by the names of their parts.
    """
    given = list(parameters)
    parts = {
        value.rpartition("param:")[2].strip()
        for name, value in given
        if name in {"POSITIONS", "UPLOAD"} and value is not None and "param:" in value[:200]
    }
    unknown = (name for name, _ in given if name not in parts and is_unknown(canonical_name(name)))
    return tuple(dict.fromkeys(unknown))


def ignored_note(name: str) -> str:
    """Tell the user of a job which parameter meant nothing to it."""
    return f"{name[:_LONGEST]}: there is no such parameter{_hint(name)}; it was ignored"


def _hint(name: str) -> str:
    close = get_close_matches(name[:_LONGEST].upper(), CUTOUT_NAMES, n=1)
    return f"; did you mean {close[0]}?" if close else ""
