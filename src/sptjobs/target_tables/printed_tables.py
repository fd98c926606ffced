"""Tables as astropy prints them: titles, below them units and types, a rule, and the rows."""

import re

from sptjobs.request.tables import refuse_table

_KIND = re.compile(r"<\w{0,20}Table ")
_LENGTH = re.compile(r"Length = [0-9]+ rows")
_RULE = re.compile(r" *-+(?: +-+)+ *")
_TYPES = re.compile(r"(?:u?int|float|complex|bool|str|bytes|object)[0-9]*")
_ABOVE = 4
"""Lines of titles, units, types and descriptions."""


def as_ruled(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take a print for a table of two lines above its rows.

    Returns
    -------
    tuple
        The titles, the rule and the rows; and a unit for each column, which may be empty.

    Raises
    ------
    InvalidRequestError
        Rows are left out of the print.
    """
    kept = [line for line in lines if line.strip() and not _is_beside(line.strip())]
    rule = next((n for n, line in enumerate(kept[: _ABOVE + 1]) if _RULE.fullmatch(line)), 1)
    for line in kept[rule + 1 :]:
        if set(line.split()) == {"..."}:
            refuse_table(
                "rows of the table are left out of what was printed; write it to a file, such as "
                'by table.write("targets.csv"), and send that'
            )
    spans = [match.span() for match in re.finditer("-+", kept[rule])]
    units = [""] * len(spans)
    for line in kept[1:rule]:
        cells = [line[begin:end].strip() for begin, end in spans]
        if not all(_TYPES.fullmatch(cell) for cell in cells):
            units = cells
    return [kept[0], *kept[rule:]], units


def _is_beside(line: str) -> bool:
    return line.startswith("#") or bool(_KIND.match(line) or _LENGTH.fullmatch(line))
