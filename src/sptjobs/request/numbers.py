"""Numbers from text, strictly: what a person would read as one decimal number.

Python's ``float`` also takes ``1_0``, ``nan``, ``infinity`` and digits of other
scripts, none of which anyone means in a table of targets.
"""

import math
import re

from sptjobs.uws.errors import ParameterError

_DECIMAL = re.compile(
    r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
)

MINUS_SIGN = "\N{MINUS SIGN}"
"""Typeset minus, as papers and web pages have it: it can only mean ``-``, so it is taken."""


def parse_number(text: str, *, field: str, row: int | None = None) -> float:
    """Read one finite decimal number.

    Raises
    ------
    ParameterError
        The text is not such a number.
    """
    plain = text
    if _DECIMAL.fullmatch(plain) is None:
        plain = text.strip().replace(MINUS_SIGN, "-")
        if _DECIMAL.fullmatch(plain) is None:
            raise ParameterError(_why_not(plain), field=field, row=row, value=text)
    number = float(plain)
    if math.isinf(number):
        raise ParameterError("the number is too large", field=field, row=row, value=text)
    return number


def parse_bounded(
    text: str, *, minimum: float, maximum: float, unit: str, field: str, row: int | None = None
) -> float:
    """Read a decimal number from ``least`` to ``most``, both included."""
    number = parse_number(text, field=field, row=row)
    if not minimum <= number <= maximum:
        message = f"must be from {minimum:g} to {maximum:g} {unit}".rstrip()
        raise ParameterError(message, field=field, row=row, value=text)
    return number


def _why_not(plain: str) -> str:
    if not plain:
        return "a number is missing"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", plain):
        return "must be a number with a decimal point, not a decimal comma"
    if plain.lower().lstrip("+-") in {"nan", "inf", "infinity"}:
        return "must be a finite number"
    return "must be a decimal number"


def whole_number(text: str) -> int | None:
    """Read digits with or without a sign; None where it is anything else."""
    # int() would also take blanks, underscores and digits of other scripts.
    digits = text[1:] if text[:1] in {"-", "+"} else text
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18):
        return None
    return int(text)
