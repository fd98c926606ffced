"""Names of targets: the rule for OBJID, the stem of its files, and the name of a position.

A name is a label: whatever the user calls the object, kept as it was given. What
becomes a folder, a part of file names and a segment of URLs is its stem, which has
to be the same thing on Linux, macOS and Windows and in an address bar.
"""

import re
import unicodedata
from collections.abc import Sequence

from sptjobs.request.text_column import DistinctTexts, MadeSequence
from sptjobs.uws.ascii_text import ascii_text
from sptjobs.uws.errors import ParameterError

MAX_LABEL = 100
"""Characters of the longest name."""

MAX_STEM = 64
"""Leaves room for ``<stem>_<band>_<obsid>_<type>.fits`` within 255 bytes."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")

_UNSEEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Categories of characters that no page and no file can show: controls, line ends."""

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""What changes the direction of the text around it, so that a name shows as another."""

_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in range(10)}
)

_OWN_FILES = frozenset({"manifest", "lightcurve", "request", "result", "index", "stacks"})
"""Stems of the files and folders that a job's folder holds beside the targets' folders."""

# Windows takes "con.txt" for the device too.
_RESERVED = re.compile(
    rf"(?:{'|'.join(sorted(_WINDOWS_DEVICES | _OWN_FILES))})(?:\.|\Z)", re.IGNORECASE
)
_SAFE = re.compile(
    rf"(?!(?i:{_RESERVED.pattern}))[A-Za-z0-9](?:[A-Za-z0-9._+-]{{0,62}}[A-Za-z0-9_+-])?"
)

FEW_NAMES = 65_536
"""Names of which a Python set takes little memory."""


def parse_objid(text: str, *, field: str = "OBJID", row: int | None = None) -> str:
    """Check a name that the user gave to a target; it is kept as it is.

    Raises
    ------
    ParameterError
        It is empty or too long, a path, or holds what nobody could see.
    """
    name = text.strip()
    if not 1 <= len(name) <= MAX_LABEL:
        message = f"must be 1 to {MAX_LABEL} characters long"
        raise ParameterError(message, field=field, row=row, value=text)
    if not name.isprintable() and (unseen := _unseen_character(name)) is not None:
        message = f"holds the character U+{ord(unseen):04X}, which cannot be seen; leave it out"
        raise ParameterError(message, field=field, row=row, value=text)
    if name[0] in "./\\" and {".", "..", ""} & set(re.split(r"[/\\]", name)):
        message = "is a path, not a name of an object"
        raise ParameterError(message, field=field, row=row, value=text)
    return name


class Stems(MadeSequence[str]):
    """Stems of the files of targets: their labels, but for those that are none themselves."""

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = labels
        self._others: dict[int, str] = {}

    def keep(self, place: int, stem: str) -> None:
        """Set the stem at a place."""
        if stem != self._labels[place]:
            self._others[place] = stem

    def __len__(self) -> int:
        return len(self._labels)

    def _at(self, place: int) -> str:
        return self._others.get(place) or self._labels[place]


def file_stems(labels: Sequence[str]) -> Stems:
    """Derive from the names of a request's targets the stems of their files, in order.

    A name that is safe as a file name is its own stem. The others have ASCII's
    likeness for their letters and ``_`` for what cannot stand in a file name. Of
    those that come to the same, on disks that do not tell upper from lower case,
    the second gets ``_2`` and so on: the same names have the same stems.
    """
    stems = Stems(labels)
    if len(labels) <= FEW_NAMES and _are_stems(labels):
        return stems
    taken = DistinctTexts()
    last: dict[str, int] = {}
    for kept in (True, False):
        for place, label in enumerate(labels):
            if _is_safe(label) is kept:
                stem = free_name(label if kept else _derived(label), taken, last)
                stems.keep(place, stem)
    return stems


def free_name(name: str, taken: DistinctTexts, last: dict[str, int]) -> str:
    """Find the next name that is free, and take it.

    Parameters
    ----------
    taken
        Names that are in use, folded; the new one is added.
    last
        The number reached for each name that was taken: hardly any is tried twice.
    """
    start = folded(name)
    number = last.get(start, 0) + 1
    candidate = name if number == 1 else _numbered(name, number)
    while folded(candidate) in taken:
        number += 1
        candidate = _numbered(name, number)
    if number > 1:
        last[start] = number
    taken.add(folded(candidate))
    return candidate


def _numbered(name: str, number: int) -> str:
    ending = f"_{number}"
    return name[: MAX_STEM - len(ending)] + ending


def _unseen_character(name: str) -> str | None:
    return next((c for c in name if c in _TURNING or unicodedata.category(c) in _UNSEEN), None)


def _are_stems(labels: Sequence[str]) -> bool:
    """Whether names are their own stems, all of them, as most are."""
    names = list(labels)
    return all(map(_SAFE.fullmatch, names)) and len(set(map(folded, names))) == len(names)


def _is_safe(name: str) -> bool:
    return _SAFE.fullmatch(name) is not None


def _derived(label: str) -> str:
    """The stem of a name that is none itself."""
    stem = _UNSAFE.sub("_", ascii_text(label)).lstrip("._+-")[:MAX_STEM].rstrip("._")
    if not stem:
        return "target"
    return f"target_{stem}" if _RESERVED.match(stem) else stem


def position_name(ra: float, dec: float) -> str:
    """Name a position [deg, ICRS] ``spt3gJhhmmss.s±ddmmss.s``.

    Digits are cut off, not rounded, as the IAU's rules for designations ask. A
    millionth of the last digit is added before, so that a position written as
    ``21:54:23.8`` keeps its 8 after the way through binary degrees.

    References
    ----------
    IAU Commission 5, "Specifications concerning designations for astronomical
    radiation sources outside the solar system", section "Coordinates".
    """
    ticks = min(int(ra * 2400 + 1e-6), 863_999)
    minutes, tenths = divmod(ticks, 600)
    hours, minutes = divmod(minutes, 60)
    arc_ticks = min(int(abs(dec) * 36_000 + 1e-6), 3_240_000)
    arc_minutes, arc_tenths = divmod(arc_ticks, 600)
    degrees, arc_minutes = divmod(arc_minutes, 60)
    sign = "-" if dec < 0 else "+"
    return (
        f"spt3gJ{hours:02d}{minutes:02d}{tenths // 10:02d}.{tenths % 10}"
        f"{sign}{degrees:02d}{arc_minutes:02d}{arc_tenths // 10:02d}.{arc_tenths % 10}"
    )


def folded(objid: str) -> str:
    """Write a name as disks do that do not tell upper from lower case."""
    return objid.lower()
