"""Lines of text with one target each, as people write and paste them.

A line is a right ascension and a declination, with a name before or behind them, or a
name that tells its position. What is a name and what a position is decided from the
end where it is certain; a number that could belong to either is refused.
"""

import re
from collections.abc import Iterator

from sptjobs.request.coordinates import parse_ra
from sptjobs.request.designations import designation_in
from sptjobs.request.line_cells import (
    SAY,
    THREE_NUMBERS,
    LineCells,
    name_behind,
    refuse_frame,
    refuse_line,
)
from sptjobs.request.line_tokens import ends_as_coordinate, is_dec, is_number, is_ra, read_tokens
from sptjobs.request.notation import plain_dashes
from sptjobs.request.tables import SourceColumn, SourceTable
from sptjobs.request.wrappings import keyed, sky_coord
from sptjobs.uws.errors import ParameterError

MAX_LINE = 500
"""Characters of the longest line with one target."""

_COLUMNS = tuple(map(SourceColumn, ("OBJID", "RA", "DEC")))
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://", re.IGNORECASE)
_REGION = re.compile(
    r"(?:[a-z0-9]{2,12} ?; ?)?[-+]?"
    r"(circle|ellipse|box|polygon|annulus|point|panda|vector|line) ?\(",
    re.IGNORECASE,
)
_LATEX_END = re.compile(r"\\\\(?:\[[^\]]{0,9}\])?(?: ?\\hline)?$|\\(?:hline|tableline)$")
_LATEX_UNIT = re.compile(r"\{\\(?:rm|mathrm) ?\{?([hmsd])\}?\}")
_BULLET = re.compile(r"^(?:[0-9]{1,4}\)|[*\u2022\u00b7\u2023])\s+")
_BOTH = re.compile(r"[\[(]?ra, ?dec[\])]? ?[:=]?", re.IGNORECASE)
_BOTH_KEYS = re.compile(
    r"[\[(]?(?:ra|r\.a\.|right ascension|\u03b1) ?[,/;&] ?(?:decl?\.?|declination|\u03b4)[\])]? ?"
    r"(?:\(?(?:j2000(?:\.0)?|icrs)\)? ?)?[:=] ?(?=.*[0-9])",
    re.IGNORECASE,
)
"""What says before a position that it is one."""

_FIRST_IN_BRACKETS = re.compile(r"[\[(]([^\[\]()]{3,100})[\])][\s,;:]*(?=\S)(?![\[(])(.*)")

_QUOTED = re.compile(
    r"""(?P<mark>["'])(?P<name>(?:(?!(?P=mark)).|(?P=mark){2})+)(?P=mark)[\s,;:|&]+"""
)
_QUOTED_LAST = re.compile(r"""[\s,;|&](?P<mark>["'])(?P<name>[^"']+)(?P=mark)$""")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]{1,3},[0-9]+")
_SAME_FRAME = re.compile(r"\(?(?:ICRS|FK5|J2000(?:\.0)?)\)?[:,;]?", re.IGNORECASE)
_OTHER_FRAME = re.compile(
    r"\(?(?:FK4|B1950(?:\.0)?|gal|galactic|glon|glat|ecliptic|elon|elat|supergalactic|[lb]=.*)\)?"
    r"[:,;=]?",
    re.IGNORECASE,
)
_BEGINS_WITH_DIGIT = re.compile(r"[-+.(\[{<'\"$&|]*[0-9]")
_NO_COLUMNS = re.compile(r"://|\([^,;]*[,;].*\)")
_SIMPLE = re.compile(
    r"(?P<ra>[+-]?[0-9]{1,3}(?:\.[0-9]{0,40})?)(?:[ \t]+|[ \t]*[,;][ \t]*)"
    r"(?P<dec>[+-]?[0-9]{1,2}(?:\.[0-9]{0,40})?)"
)
"""Most lines: two numbers and nothing else."""

_OPEN, _CLOSED = "([{<", ")]}>"


def lines_table(lines: Iterator[str]) -> SourceTable:
    """The targets of lines that have no heading."""
    return SourceTable(_COLUMNS, _rows(lines))


def is_target(line: str) -> bool:
    """Whether a first line is a target, whatever words it has."""
    if "SkyCoord" in line:
        return True
    try:
        cells = read_line(line)
    except ParameterError:
        return False
    return is_ra(cells.ra) and is_dec(cells.dec)


def is_meant_as_target(line: str) -> bool:
    """Whether a first line that names no columns is meant to be a target."""
    if not re.search(r"[,;\t]", line) and any(map(str.isdecimal, line)):
        return True
    if any(_BEGINS_WITH_DIGIT.match(word) for word in _words(line)):
        return True
    return _NO_COLUMNS.search(line) is not None


def read_line(line: str) -> LineCells:
    """Tell the name and the position of a line.

    Raises
    ------
    ParameterError
        There is no position, or it is not certain what is one.
    """
    text = line.strip()
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        return LineCells("", simple["ra"], simple["dec"])
    if len(text) > MAX_LINE:
        refuse_line(f"is longer than a line with one target ({MAX_LINE} characters)")
    _refuse_what_is_none(text)
    text = _BULLET.sub("", _LATEX_UNIT.sub(r"\1", _LATEX_END.sub("", text)).strip())
    text = _BOTH_KEYS.sub("", text, count=1) if _BOTH_KEYS.match(text) else text
    one_line = " ".join(text.split())
    said = sky_coord(one_line) or keyed(one_line)
    if said is not None:
        return said
    first = _QUOTED.match(text)
    if first is not None:
        mark = first["mark"]
        return _behind(first["name"].replace(mark * 2, mark), text[first.end() :])
    last = _QUOTED_LAST.search(text)
    if last is not None and (place := _position(text[: last.start()])) is not None:
        return LineCells(name_behind(last["name"]), *place)
    return _divided(_without_frames(text))


def _rows(lines: Iterator[str]) -> Iterator[list[str] | ParameterError]:
    for line in lines:
        try:
            cells = read_line(line)
        except ParameterError as problem:
            yield ParameterError(problem.reason, field=problem.field, value=line.strip())
        else:
            yield [cells.objid, cells.ra, cells.dec]


def _words(line: str) -> list[str]:
    return plain_dashes(line[: MAX_LINE + 1]).replace(",", " ").replace(";", " ").split()


def _refuse_what_is_none(text: str) -> None:
    if _ADDRESS.match(text):
        refuse_line("is an address of a page; write a right ascension and a declination")
    region = _REGION.match(text)
    if region is not None:
        refuse_line(
            f"is a region ({region[1].lower()}); write its centre, and its size [arcmin] under a "
            "first line RA,DEC,XSIZE,YSIZE"
        )


def _without_frames(text: str) -> str:
    """Leave out a frame that is read anyway, at either end; refuse another one."""
    words = text.split()
    for word in (words[0], words[-1]) if len(words) > 2 else ():
        if _OTHER_FRAME.fullmatch(word):
            refuse_frame(word.strip("():,;="))
    if len(words) > 2 and _SAME_FRAME.fullmatch(words[-1]):
        text = text[: -len(words[-1])].rstrip()
    if len(words) > 2 and _SAME_FRAME.fullmatch(words[0]):
        text = text[len(words[0]) :].lstrip()
    return text


def _divided(text: str) -> LineCells:
    """A line that is divided by commas, semicolons, tabs or bars, or by blanks alone."""
    found = _in_brackets(text)
    if found is not None:
        return found
    cells = _cells(text)
    if len(cells) <= 1:
        return read_tokens(cells[0] if cells else "")
    if len(cells) == 2:
        return _of_two(*cells)
    return _of_many(cells)


def _in_brackets(text: str) -> LineCells | None:
    """A position in brackets, with a name before or behind them or without one."""
    bracketed = _bracketed(text)
    if bracketed is not None and (place := _position(bracketed[1])) is not None:
        if _position(bracketed[0].strip(_OPEN + _CLOSED)) is not None:
            refuse_line("has several positions; write each on a line of its own")
        return LineCells("" if _BOTH.fullmatch(bracketed[0]) else bracketed[0], *place)
    first = _FIRST_IN_BRACKETS.fullmatch(text)
    if first is None or is_number(first[2]):
        return None
    place = _position(first[1])
    return None if place is None else LineCells(name_behind(first[2]), *place)


def _of_many(cells: list[str]) -> LineCells:
    if len(cells) == 3:
        return _of_three(*cells)
    if len(cells) == 6 and all(map(is_number, cells)):
        return read_tokens(" ".join(cells))
    if len(cells) == 7 and not is_number(cells[0]):
        return _behind(cells[0], " ".join(cells[1:]))
    return refuse_line(f"has {len(cells)} values; {SAY}")


def _of_two(first: str, second: str) -> LineCells:
    if is_ra(first) and is_dec(second):
        return LineCells("", first, second)
    if not is_ra(first) and (place := _position(second)) is not None:
        _check_name(first, *place)
        return LineCells(first, *place)
    if not is_dec(second) and (place := _position(first)) is not None:
        return LineCells(name_behind(second), *place)
    if _begins_with_digit(first) and _begins_with_digit(second):
        return LineCells("", first, second)
    return read_tokens(f"{first} {second}")


def _of_three(first: str, second: str, third: str) -> LineCells:
    if is_name(first):
        return LineCells(first, second, third)
    if is_name(third):
        return LineCells(name_behind(third), first, second)
    return refuse_line(THREE_NUMBERS)


def _check_name(name: str, ra: str, dec: str) -> None:
    """Refuse a name whose end belongs to the position: ``A1 11.888, -25.288 0.702``."""
    last = name.split()[-1:]
    is_signed = plain_dashes(ra)[0] in "+-"
    if plain_dashes(dec)[0] in "+-" or not (is_signed or parse_ra(ra) <= 90):
        return
    if ends_as_coordinate(last) or (is_number(last[0]) and (is_signed or "." in last[0])):
        refuse_line(f"has more than a name and a position; {SAY}")


def is_name(text: str) -> bool:
    """Whether a cell has letters and is no coordinate: not ``00h42m44s``, but ``3C273``."""
    return any(map(str.isalpha, text)) and not (is_ra(text) or is_dec(text))


def _behind(name: str, rest: str) -> LineCells:
    """A name that is set apart, and a position."""
    place = _position(rest)
    if place is not None:
        return LineCells(name, *place)
    cells = _cells(rest)
    if len(cells) == 1:
        cells = rest.split()
    if len(cells) != 2:
        refuse_line("has no position behind the name; write a right ascension and a declination")
    return LineCells(name, *cells)


def _position(text: str) -> tuple[str, str] | None:
    """Right ascension and declination where a text is both and nothing else."""
    text = _without_frames(text.strip())
    bracketed = _bracketed(text)
    if bracketed is not None and not bracketed[0]:
        text = bracketed[1]
    cells = _cells(text)
    if len(cells) == 2:
        return (cells[0], cells[1]) if is_ra(cells[0]) and is_dec(cells[1]) else None
    if len(cells) != 1 or designation_in(cells[0]) is not None:
        return None
    try:
        found = read_tokens(cells[0])
    except ParameterError:
        return None
    right = is_ra(found.ra) and is_dec(found.dec)
    return (found.ra, found.dec) if right and not found.objid else None


def _bracketed(text: str) -> tuple[str, str] | None:
    """What stands before brackets at the end of a text, and in them."""
    inner = text.rstrip(" ,;")
    while inner and inner[-1] in _CLOSED:
        inner = inner[:-1].rstrip(" ,;")
    if inner == text.rstrip(" ,;"):
        return None
    begin = max(inner.rfind(mark) for mark in _OPEN)
    if begin < 0:
        return None
    return inner[:begin].rstrip(_OPEN + " ,;:=|&\t"), inner[begin + 1 :].strip()


def _cells(text: str) -> list[str]:
    """Divide at the separators, blanks aside; a comma between digits may be a decimal one."""
    if re.fullmatch(rf"{_DECIMAL_COMMA.pattern}\s+{_DECIMAL_COMMA.pattern}", plain_dashes(text)):
        refuse_line("has decimal commas; write decimal points, such as 358.75 -55.0")
    cells: list[str] = []
    for part in re.split(r"[;\t|&]", text):
        plain = plain_dashes(part.strip())
        if plain != text and _DECIMAL_COMMA.fullmatch(plain):
            cells.append(plain.replace(",", "."))
        else:
            cells += part.split(",")
    return [cell for cell in map(str.strip, cells) if cell]


def _begins_with_digit(text: str) -> bool:
    return plain_dashes(text).lstrip("+-.")[:1].isdigit()
