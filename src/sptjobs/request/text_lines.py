"""Lines of a table that count: without comments, and with what goes on over several lines."""

import io
import re
from collections.abc import Iterator

_MARKS = r"#|%|!|//|--[ \t]+(?=[^\W\d_])"
COMMENT = re.compile(rf"[ \t]*(?:{_MARKS})")
"""How a comment begins: as in CSV, LaTeX, Fortran and IDL, C, SQL."""

_MARKED = re.compile(r"[#%!/\s-]+")
_SHOWN, _SHOWN_LINES = "<SkyCoord", 3
"""How a position begins that astropy shows, and over how many more lines it may go on."""

_KEYS = r"[ \t]*{}[ \t]*(?:\(?(?:J?2000(?:\.0)?|ICRS)\)?)?[ \t]*[:=]"
_RA_ALONE = re.compile(
    _KEYS.format(r"(?:r\.?a\.?|right ascension|\u03b1)") + r"(?!.*(?:dec|\u03b4))", re.IGNORECASE
)
_DEC_ALONE = re.compile(_KEYS.format(r"(?:dec|decl\.?|declination|\u03b4)"), re.IGNORECASE)
"""The two lines of a position in a circular: ``RA(J2000) = …`` and ``Dec(J2000) = …``."""


def divided_lines(text: str) -> Iterator[str]:
    """Lines of a text with their ends, whichever those are, each as a line feed."""
    # A StringIO would take four bytes for each character.
    content = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    return io.TextIOWrapper(content, "utf-8", "surrogatepass")


class Lines(Iterator[str]):
    """Lines that count, with their line ends, whichever those are.

    ``comment`` is the last line before the current one that does not count, without its marks.
    """

    def __init__(self, text: str) -> None:
        self._lines = divided_lines(text)
        self._ahead: str | None = None
        self.comment = ""

    def __next__(self) -> str:
        line = self._next_counted()
        if _SHOWN in line:
            return self._shown_whole(line)
        return self._with_declination(line) if _RA_ALONE.match(line) else line

    def _next_counted(self) -> str:
        if self._ahead is not None:
            line, self._ahead = self._ahead, None
            return line
        for line in self._lines:
            if not line.strip():
                continue
            if COMMENT.match(line) is None:
                return line
            said = _MARKED.sub("", line, count=1).strip()
            if said.strip("-= \t"):
                self.comment = said
        raise StopIteration

    def _shown_whole(self, line: str) -> str:
        """A line with the ones below it over which astropy shows the rest of a position."""
        for _ in range(_SHOWN_LINES):
            if ">" in line.partition(_SHOWN)[2]:
                break
            line = line.rstrip() + " " + next(self._lines, "")
        return line

    def _with_declination(self, line: str) -> str:
        """A right ascension with the declination of the line below it."""
        try:
            below = self._next_counted()
        except StopIteration:
            return line
        if _DEC_ALONE.match(below):
            return line.rstrip() + ", " + below.lstrip()
        self._ahead = below
        return line


class BarLines(Lines):
    """Lines with bars, of a table that has text before and after it."""

    def __init__(self, text: str, skipped: int) -> None:
        super().__init__(text)
        for _ in range(skipped):
            next(self._lines, None)

    def __next__(self) -> str:
        for line in self._lines:
            if "|" in line:
                return line
        raise StopIteration
