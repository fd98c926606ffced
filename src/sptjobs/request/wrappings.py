"""Positions that say what they are: ``RA=… Dec=…``, ``SkyCoord(…)``."""

import re

from sptjobs.request.line_cells import LineCells, refuse_frame, refuse_line

_KEY = re.compile(
    r"(?<![\w.])(?:(?P<ra>r\.? ?a\.?|right ascension|\u03b1|alpha)"
    r"|(?P<dec>decl?(?:ination)?\.?|\u03b4|delta))"
    r"(?:[_ ]?\(?(?:j?2000(?:\.0)?|icrs|deg)\)?(?![.0-9]))*"
    r"(?: ?[:=] ?| |(?<=[\u03b1\u03b4\u0391\u0394.)])|(?![.0-9]))(?=[-+\u2212\u2013.0-9'\"(\[$])",
    re.IGNORECASE,
)
"""A name of a coordinate: digits that follow it at once belong to it, as in ``ra1``."""

_FRAME_BEHIND = re.compile(r"[ ,;]+\(?(?:J2000(?:\.0)?|ICRS|FK5)$", re.IGNORECASE)
_ENDS = " ,;:|&=([{)]}"
_REPR = re.compile(
    r"<SkyCoord ?\((\w+)(?!\w)[^()]*(?:\([^()]*\)[^()]*)?\) ?: ?\((\w+), ?(\w+)(?!\w)[^()]*\) in "
    r"([a-z]+)(?![a-z])[^\[(]*[\[(]+([^\[\]()>]*)[\])>, ]*"
)
_SEVERAL = re.compile(r"\) ?,? ?\(.*>")
_UNIT = re.compile(r" ?\* ?(?:\w+\.)*(deg(?:ree)?|hour(?:angle)?)\b")
_KEYWORD = re.compile(r"(\w+) ?= ?(.*)")
_FRAMES = frozenset({"icrs", "fk5"})


def keyed(line: str) -> LineCells | None:
    """Read ``RA=10.5 Dec=-57.8`` in any order, with a name before it; None where it is not so."""
    found = list(_KEY.finditer(line))
    if len(found) != 2 or bool(found[0]["ra"]) == bool(found[1]["ra"]):
        return None
    first, second = found
    values = (
        line[first.end() : second.start()].strip(_ENDS),
        line[second.end() :].strip(_ENDS),
    )
    ra, dec = values if first["ra"] else (values[1], values[0])
    return LineCells(
        _label(line[: first.start()]), _FRAME_BEHIND.sub("", ra), _FRAME_BEHIND.sub("", dec)
    )


def _label(text: str) -> str:
    """What stands before a position, without the marks that lead to it."""
    label = text.strip().rstrip(" ,;:|&=([{\"'").lstrip(" ,;:|&=\"'")
    return label.lstrip("([{") if not any(mark in label for mark in ")]}") else label


def sky_coord(line: str) -> LineCells | None:
    """Read what astropy's ``SkyCoord`` is made with, or shows; None where it is not so."""
    begin = line.find("SkyCoord")
    if begin < 0:
        return None
    shown = _REPR.fullmatch(line)
    if shown is not None:
        frame, first, second, unit, numbers = shown.groups()
        if frame.lower() not in _FRAMES or (first, second) != ("ra", "dec"):
            refuse_frame(frame)
        cells = [cell.strip() for cell in numbers.split(",")]
        return LineCells("", _in_hours(cells[0], unit), cells[1] if len(cells) > 1 else "")
    if line.startswith("<") and _SEVERAL.search(line):
        refuse_line("shows several positions; write each on a line of its own")
    label = re.sub(r"(?:[A-Za-z_]\w*\.)+$", "", line[:begin]).strip(_ENDS + "\"'<")
    call = line[begin + len("SkyCoord") :].strip()
    if not (call.startswith("(") and call.endswith(")")):
        refuse_line("is not the whole of a SkyCoord; paste it from SkyCoord to its last bracket")
    return _called(label, _arguments(call[1:-1]))


def _called(label: str, arguments: list[str]) -> LineCells:
    named = {m[1]: m[2] for each in arguments if (m := _KEYWORD.fullmatch(each))}
    placed = [each for each in arguments if not _KEYWORD.fullmatch(each)]
    frame = _bare(named.get("frame", "icrs")).lower().rpartition(".")[2]
    if frame not in _FRAMES or {"l", "b"} & named.keys():
        refuse_frame(frame if frame not in _FRAMES else "l, b")
    unit = named.get("unit", placed[2] if len(placed) > 2 else "")
    ra = named.get("ra", placed[0] if placed else "")
    if "dec" not in named and len(placed) < 2:
        parts = _bare(ra).split()
        half = len(parts) // 2
        return LineCells(label, _in_hours(" ".join(parts[:half]), unit), " ".join(parts[half:]))
    dec = named.get("dec", placed[-1 if "ra" in named else 1] if placed else "")
    return LineCells(label, _in_hours(_value(ra), unit), _value(dec))


def _value(text: str) -> str:
    """A number with its unit as a mark: ``10.5*u.deg``, ``'10h20m30s'``."""
    unit = _UNIT.search(text)
    if unit is None:
        return _bare(text)
    return _bare(text[: unit.start()]) + ("h" if unit[1].startswith("h") else "")


def _in_hours(text: str, unit: str) -> str:
    decimal = re.fullmatch(r"[+-]?[0-9]{1,3}(?:\.[0-9]*)?", text)
    return f"{text}h" if decimal and unit.lstrip("([ '\"u.").startswith("hour") else text


def _bare(text: str) -> str:
    return text.strip(" '\"[]()")


def _arguments(text: str) -> list[str]:
    """Divide at the commas that are in no bracket and no quotes."""
    parts, depth, quote = [""], 0, ""
    for character in text:
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([":
            depth += 1
        elif character in ")]":
            depth -= 1
        elif character == "," and depth == 0:
            parts.append("")
            continue
        parts[-1] += character
    return [part.strip() for part in parts if part.strip()]
