"""Lines of CSV that the service reads back as the same cells."""

import re
from collections.abc import Iterable

_QUOTED = re.compile(r'[",;\t\r\n]|^(?:#|%|!|//|--)|^\s|\s$')
"""What a reader would take for a separator, a comment, or blanks around a cell."""


def csv_line(cells: Iterable[str]) -> str:
    """One line with its line end."""
    return ",".join(_cell(cell) for cell in cells) + "\n"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
