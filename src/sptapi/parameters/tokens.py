"""Parameters of a request for a token."""

from collections.abc import Mapping
from types import MappingProxyType

from sptapi.auth.access_tokens import TokenWish
from sptapi.auth.policy import ALL_SCOPES
from sptapi.parameters.body import Form
from sptapi.parameters.controls import single
from sptjobs.request.characters import check_characters
from sptjobs.uws.errors import ParameterError

_LONGEST_NAME = 80
_SHORTEST_TTL_S = 60
# The forgery guard of a form, which has been checked before.
_NAMES = frozenset({"NAME", "SCOPES", "TTL", "FORM", "CSRF"})
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
    fields = form.fields + tuple(_document_fields(form.document or {}))
    unknown = sorted({name for name, _ in fields} - _NAMES)
    if unknown or form.uploads:
        field = unknown[0] if unknown else next(iter(form.uploads)).upper()
        raise ParameterError("is unknown; take NAME, SCOPES, TTL or FORM", field=field)
    name, scopes, ttl, form_ = (single(fields, each) for each in ("NAME", "SCOPES", "TTL", "FORM"))
    return TokenWish(
        _name(name) if name else None,
        None if scopes is None else _scopes(scopes),
        None if ttl is None else _ttl(ttl, longest_s),
        None if form_ is None else _is_short(form_),
    )


def _document_fields(document: Mapping[str, object]) -> list[tuple[str, str]]:
    fields = []
    for key, value in document.items():
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            value = " ".join(value)  # noqa: PLW2901 - a list of scopes is their text
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ParameterError("must be a text or a whole number", field=key.upper()[:80])
        fields.append((key.strip().upper(), str(value)))
    return fields


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
