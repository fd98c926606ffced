"""Parameters of requests for access, and of decisions on them."""

from dataclasses import dataclass
from typing import Literal, get_args

from sptapi.parameters.controls import Fields, required
from sptapi.parameters.operators import GUARD, given, read_action, read_reason
from sptapi.parameters.rows import check_names
from sptjobs.request.characters import check_characters
from sptjobs.store.access_requests import AccessWish
from sptjobs.uws.errors import ParameterError

Decision = Literal["APPROVE", "DECLINE"]


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """What an administrator decides of a request; ``reason`` is for its user."""

    action: Decision
    reason: str


def read_access_wish(fields: Fields) -> AccessWish:
    """Read INSTITUTE, one line, and WHY, which may have several.

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is missing, too long, given twice, or unknown.
    """
    fields = given(fields)
    check_names(fields, ("INSTITUTE", "WHY", GUARD))
    institute = _text(fields, "INSTITUTE", AccessWish.LONGEST_INSTITUTE)
    if not institute.isprintable():
        raise ParameterError("must be one line", field="INSTITUTE", value=institute)
    return AccessWish(institute, _text(fields, "WHY", AccessWish.LONGEST_WHY))


def read_decision(fields: Fields) -> AccessDecision:
    """Read ACTION, and REASON, which a declined one must have."""
    fields = given(fields)
    check_names(fields, ("ACTION", "REASON", GUARD))
    action, reason = read_action(fields, get_args(Decision)), read_reason(fields)
    if action == "DECLINE" and not reason:
        raise ParameterError("say why; the user is shown it", field="REASON")
    return AccessDecision(action, reason)


def _text(fields: Fields, name: str, longest: int) -> str:
    """Read a text; lines end as forms end them, or as everything else does."""
    text = "\n".join(required(fields, name).strip().splitlines())
    check_characters(name, text)
    if len(text) > longest:
        message = f"must be at most {longest} characters, not {len(text)}"
        raise ParameterError(message, field=name, value=text)
    return text
