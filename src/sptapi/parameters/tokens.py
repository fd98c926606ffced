"""Parameters of a request for a token."""

from types import MappingProxyType

from sptapi.auth.access_tokens import TokenWish
from sptapi.auth.policy import ALL_SCOPES
from sptapi.parameters.body import Form, plain_fields
from sptapi.parameters.controls import single
from sptjobs.request.characters import check_characters
from sptjobs.uws.errors import ParameterError

_LONGEST_NAME = 80
_SHORTEST_TTL_S = 60
_NAMES = ("NAME", "SCOPES", "TTL", "FORM")
_FORMS = MappingProxyType({"jwt": False, "short": True})


def read_wish(form: Form, *, longest_s: int) -> TokenWish:
    """Read NAME, SCOPES, TTL and FORM.

    Parameters
    ----------
    longest_s
        Longest allowed TTL [s].

    Raises
    ------
    ParameterError, MultiValuedParamNotSupported
        One of them is wrong, given twice, or unknown.
    """
    fields = plain_fields(form, _NAMES)
    name, scopes, ttl, form_ = (single(fields, each) for each in _NAMES)
    return TokenWish(
        _name(name) if name else None,
        None if scopes is None else _scopes(scopes),
        None if ttl is None else _ttl(ttl, longest_s),
        None if form_ is None else _is_short(form_),
    )


def _name(text: str) -> str:
    check_characters("NAME", text)
    if len(text) > _LONGEST_NAME or not text.isprintable() or not text.strip():
        rule = f"must be at most {_LONGEST_NAME} printable characters"
        raise ParameterError(rule, field="NAME", value=text)
    return text.strip()


def _scopes(text: str) -> tuple[str, ...]:
    asked = set(text.replace(",", " ").split())
    if not asked or not asked <= set(ALL_SCOPES):
        rule = f"must be one or more of {' '.join(ALL_SCOPES)}"
        raise ParameterError(rule, field="SCOPES", value=text)
    return tuple(scope for scope in ALL_SCOPES if scope in asked)


def _is_short(text: str) -> bool:
    if text.lower() not in _FORMS:
        raise ParameterError(f"must be {' or '.join(_FORMS)}", field="FORM", value=text)
    return _FORMS[text.lower()]


def _ttl(text: str, longest_s: int) -> int:
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    if not _SHORTEST_TTL_S <= seconds <= longest_s:
        rule = f"must be a whole number of seconds from {_SHORTEST_TTL_S} to {longest_s}"
        raise ParameterError(rule, field="TTL", value=text)
    return seconds
