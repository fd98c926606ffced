"""``python -m sptjobs.request.parameter_document README.md``: writes its table anew."""

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from sptjobs.request.parameter import Occurs, Parameter
from sptjobs.request.parameter_table import PARAMETERS

BEGIN, END = "<!-- the parameters -->", "<!-- end of the parameters -->"
"""Lines of a document between which the table stands."""


def parameter_rows(parameters: Iterable[Parameter] = PARAMETERS) -> Iterator[str]:
    """Write the parameters as the lines of a Markdown table, by group."""
    yield "| name | unit | meaning |"
    yield "| --- | --- | --- |"
    for group, members in groupby(parameters, lambda each: each.group):
        yield f"| **{group}** | | |"
        for each in members:
            names = ", ".join(f"`{name}`" for name in (each.name, *each.aliases))
            note = "" if each.occurs is Occurs.ONCE else f" May be given {each.occurs.value}."
            yield f"| {names} | {each.unit or ''} | {each.documentation}{note} |"


def with_parameters(text: str) -> str:
    """Put the table between the marks of a document.

    Raises
    ------
    ValueError
        The document has not each mark once, the first before the second.
    """
    before, begin, rest = text.partition(f"{BEGIN}\n")
    _, end, after = rest.partition(f"{END}\n")
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise ValueError(f"must hold the lines {BEGIN} and {END} once each")
    table = "".join(f"{row}\n" for row in parameter_rows())
    return f"{before}{begin}{table}{end}{after}"


def main(names: list[str]) -> None:
    """Write the table into documents."""
    for path in map(Path, names):
        path.write_text(with_parameters(path.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
