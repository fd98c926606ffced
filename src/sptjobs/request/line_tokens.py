"""A line that only blanks divide: where the name ends and the position begins."""

import re
from collections.abc import Callable, Sequence

from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.designations import designation_in
from sptjobs.request.line_cells import SAY, THREE_NUMBERS, LineCells, name_behind, refuse_line
from sptjobs.request.notation import INVISIBLE, plain_dashes, plain_notation
from sptjobs.uws.errors import ParameterError

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[0-9]+")
_PIECE = re.compile("[+-]?[0-9.$].*|['\"\u00b0hmsd]{1,2}|deg(?:ree)?s?", re.IGNORECASE)
_COORDINATE = re.compile("[+-]?[0-9.:]*(?:[hmsd\u00b0'\"][0-9.]*)*")
_COMPACT = re.compile(
    r"([0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]{1,9})?)"
    r"([+-][0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]{1,9})?)"
)
_MEASURE = re.compile(
    r"[0-9.]*(?:['\"\u00b0]+|arcmin|arcsec|degrees|degree|deg|mjy|jy|mag|[hmsd])", re.IGNORECASE
)
_UNIT = re.compile(
    r"[+-]?[0-9.]*(?:deg(?:ree)?s?|hours?|hrs?|min(?:ute)?s?|seconds?|secs?|arcmin|arcsec)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"[0-9]{1,3}(?:\.[0-9]{0,2})?")
_MINUTES = re.compile("[0-9]{1,3} ?[hd\u00b0] ?[0-9.]{1,20} ?[m'\u2032]$", re.IGNORECASE)
_MAX_TOKENS = 6
"""Pieces of the longest coordinate: ``00 h 00 m 59.98 s``."""

_FORMS = "a right ascension and a declination, such as 20.0 -50.0 or 01:20:00 -50:00:00"


def is_number(text: str) -> bool:
    """Whether a text is a number without a unit."""
    plain = text if text.isascii() else plain_dashes(text)
    return _NUMBER.fullmatch(plain) is not None


def is_ra(text: str) -> bool:
    """Whether a text can be read as a right ascension."""
    return _can(parse_ra, text)


def is_dec(text: str) -> bool:
    """Whether a text can be read as a declination."""
    return _can(parse_dec, text)


def read_tokens(text: str) -> LineCells:
    """Tell the name and the position of a text.

    Raises
    ------
    ParameterError
        There is no position, or it is not certain what is one.
    """
    words = [(match[0], match.start(), match.end()) for match in re.finditer(r"\S+", text)]
    tokens = [word.strip(INVISIBLE) or word for word, _, _ in words]
    count = len(tokens)
    if count == 0:
        refuse_line(f"is empty; a row is {_FORMS}")
    for begin, middle in _readings(tokens):
        if begin == 0 or _is_name(tokens, begin, middle):
            name = text[: words[begin - 1][2]].rstrip(":,;=") if begin else ""
            return LineCells(name, " ".join(tokens[begin:middle]), " ".join(tokens[middle:]))
    glued = _glued(tokens[-1])
    if glued is not None and not (count > 1 and is_number(tokens[-2])):
        name = text[: words[-2][2]].rstrip(":,;=") if count > 1 else ""
        return LineCells(name, *glued)
    last = 0 if _kind(tokens[0]) == "word" else min(count - 1, 2 * _MAX_TOKENS)
    for end in range(last, 1, -1):
        if not _can_begin_name(tokens[end]) or not any(map(_is_word, tokens[end:])):
            continue
        for _, middle in _readings(tokens[:end], from_start=True):
            ra, dec = tokens[:middle], tokens[middle:end]
            return LineCells(name_behind(text[words[end][1] :]), " ".join(ra), " ".join(dec))
    glued = _glued(tokens[0])
    if glued is not None and count > 1 and _can_begin_name(tokens[1]):
        return LineCells(name_behind(text[words[1][1] :]), *glued)
    return _named_or_refused(text, tokens)


def _readings(tokens: Sequence[str], *, from_start: bool = False) -> list[tuple[int, int]]:
    """Where a right ascension and a declination can begin that reach to the end.

    The longest come first. With ``from_start`` they have to begin with the first token.
    """
    count = len(tokens)
    earliest = 0 if from_start else max(count - 2 * _MAX_TOKENS, 0)
    kinds = [_kind(token) for token in tokens[earliest:]]
    if kinds.count("number") == count and count not in {2, 6}:
        return []
    found = []
    for middle in range(max(count - _MAX_TOKENS, 1), count):
        dec = _shape(kinds[middle - earliest :])
        if dec is None or not is_dec(" ".join(tokens[middle:])):
            continue
        loose = dec == "unit" and count - middle > 1 and kinds[-1] == "number"
        first = max(middle - _MAX_TOKENS, 0)
        for begin in range(first, 1 if from_start else middle):
            ra = _shape(kinds[begin - earliest : middle - earliest])
            if ra is None or (ra != dec and "unit" not in {ra, dec}):
                continue
            if loose and _ends_at_minutes(tokens, middle):
                # What looks like its seconds may be a size or a redshift.
                continue
            if is_ra(" ".join(tokens[begin:middle])):
                found.append((begin, middle))
    return sorted(found)


def _kind(token: str) -> str:
    """A number, a whole coordinate, a piece of one, or a word."""
    plain = token if token.isascii() else plain_dashes(token)
    if _NUMBER.fullmatch(plain):
        return "number"
    if not _PIECE.fullmatch(plain):
        return "word"
    return "whole" if ":" in plain else "piece"


def _shape(kinds: Sequence[str]) -> str | None:
    """What kind of coordinate some tokens can be; None for none."""
    numbers = kinds.count("number")
    if numbers == len(kinds):
        return {1: "one", 3: "three"}.get(numbers)
    if "word" in kinds or ("whole" in kinds and len(kinds) > 1):
        return None
    return "unit"


def _is_name(tokens: Sequence[str], begin: int, middle: int) -> bool:
    """Whether what stands before a position is a name.

    Raises
    ------
    ParameterError
        A number can belong to the name as well as to the position.
    """
    if ends_as_coordinate(tokens[:begin]):
        refuse_line(f"has more than a name and a position; {SAY}")
    run = 0
    while run < begin and is_number(tokens[begin - 1 - run]):
        run += 1
    whole = all(_WHOLE.fullmatch(each) for each in tokens[begin - run : begin])
    if not whole or not any(map(_is_word, tokens[:begin])):
        return False
    bare = middle - begin == 1 and is_number(tokens[begin])
    if run > 1 and bare and not re.fullmatch(r"[0-9]+\.[0-9]*", tokens[begin]):
        return False
    if bare and _WHOLE.fullmatch(tokens[begin]):
        short = run == 1 and int(tokens[begin - 1]) < 24 and int(tokens[begin]) < 60
        if short or (run == 0 and _needs_number(tokens[:begin])):
            _refuse_uncertain(tokens[begin])
    if run and (_has_size(tokens, begin, middle) or (bare and _has_more(tokens, begin))):
        _refuse_uncertain(tokens[begin - 1])
    return True


def ends_as_coordinate(tokens: Sequence[str]) -> bool:
    """Whether the last of some tokens belongs to a coordinate: ``-25d17m18s``, ``12 h``."""
    if not tokens:
        return False
    plain = plain_notation(tokens[-1]).rstrip(":,;=")
    if is_number(plain) or plain in {"+", "-"}:
        return False
    alone = not any(map(str.isdigit, plain))
    if alone and not (len(tokens) > 1 and _starts_as_number(tokens[-2])):
        return False
    return (_COORDINATE.fullmatch(plain) or _UNIT.fullmatch(plain)) is not None


def _ends_at_minutes(tokens: Sequence[str], end: int) -> bool:
    """Whether the coordinate that ends there has two numbers: ``00h47m``, ``00 h 47 m``."""
    plain = plain_notation(" ".join(tokens[max(end - 4, 0) : end]))
    return _MINUTES.search(plain) is not None


def _has_more(tokens: Sequence[str], begin: int) -> bool:
    """Whether the number before a decimal position may begin it, the last token being more.

    So in ``NGC253 150 2.5 0.702``, and wherever the right ascension has a sign.
    """
    ra, dec = plain_dashes(tokens[begin]), plain_dashes(tokens[-1])
    if dec[0] in "+-":
        return False
    may_begin = int(tokens[begin - 1]) <= 360 and float(ra) <= 90
    return ra[0] in "+-" or (may_begin and not _needs_number(tokens[: begin - 1]))


def _is_word(token: str) -> bool:
    """Whether a token can be of a name only: a lone minus belongs to a number."""
    return any(map(str.isalpha, token)) and _COORDINATE.fullmatch(plain_notation(token)) is None


def _needs_number(name: Sequence[str]) -> bool:
    """Whether a name can go on with a number: ``NGC``, ``3C``."""
    if not any(map(str.isdigit, name[-1])):
        return True
    return len(name) == 1 and re.fullmatch("[0-9]+[A-Za-z]+", name[0]) is not None


def _has_size(tokens: Sequence[str], begin: int, middle: int) -> bool:
    """Whether the last token can be a size, behind a position that begins one token before."""
    return (
        _SIZE.fullmatch(tokens[-1]) is not None
        and _shape(list(map(_kind, tokens[begin - 1 : middle - 1]))) is not None
        and is_ra(" ".join(tokens[begin - 1 : middle - 1]))
        and is_dec(" ".join(tokens[middle - 1 : -1]))
    )


def _refuse_uncertain(number: str) -> None:
    refuse_line(
        f"could have the number {number} in the name or in the position; put a comma behind "
        "the name, such as NGC 253, 11.888, -25.288"
    )


def _glued(token: str) -> tuple[str, str] | None:
    """A position without a blank in it: ``00h00m59.98s-57d48m23.8s``."""
    plain = plain_notation(token)
    compact = _COMPACT.fullmatch(plain)
    if compact is not None:
        return ":".join(compact.groups()[:3]), ":".join(compact.groups()[3:])
    at = max(plain.rfind("-"), plain.rfind("+"))
    if at < 1 or not any(mark in plain[:at] for mark in ":hHdD\u00b0"):
        return None
    ra, dec = plain[:at], plain[at:]
    return (ra, dec) if is_ra(ra) and is_dec(dec) else None


def _can_begin_name(token: str) -> bool:
    """Whether a name can begin with a token, and not a size, a unit or a lone minus."""
    plain = plain_notation(token)
    return not (is_number(token) or plain in {"-", "+"} or _MEASURE.fullmatch(plain))


def _named_or_refused(text: str, tokens: Sequence[str]) -> LineCells:
    """A name that tells its position, two values that are wrong, or why there is no target."""
    numeric = [_starts_as_number(token) for token in tokens]
    if not any(is_number(token.strip("()[]{}<>,;:")) for token in tokens):
        said = designation_in(text)
        if said is not None:
            return LineCells(text, said.ra, said.dec)
    if len(tokens) == 2 and all(numeric):
        return LineCells("", tokens[0], tokens[1])
    if len(tokens) == 3 and numeric[1:] == [True, True] and tokens[0][0].isalpha():
        return LineCells(*tokens)
    if len(tokens) == 3 and numeric == [True, True, False]:
        return LineCells(name_behind(tokens[2]), tokens[0], tokens[1])
    return refuse_line(_why_none(tokens))


def _why_none(tokens: Sequence[str]) -> str:
    numbers = sum(map(is_number, tokens))
    if len(tokens) == 1 and _starts_as_number(tokens[0]):
        return f"is one value; a row is {_FORMS}"
    if numbers == len(tokens) == 3:
        return THREE_NUMBERS
    if numbers == len(tokens) == 4:
        return (
            "has four numbers, which can be read in two ways; write all of hours, minutes and "
            "seconds (23:55:00 -55:00:00), or degrees"
        )
    if numbers > 2:
        return f"has {numbers} numbers; say what they are in a first line, such as OBJID,RA,DEC"
    if numbers <= 1 and any(token[0].isalpha() for token in tokens):
        return f"is a name without a position; names are not looked up, write behind it {_FORMS}"
    return f"cannot be read; a row is {_FORMS}, with or without a name"


def _starts_as_number(token: str) -> bool:
    return plain_dashes(token).lstrip("+-.")[:1] in set("0123456789")


def _can(parse: Callable[[str], float], text: str) -> bool:
    try:
        parse(text)
    except ParameterError:
        return False
    return True
