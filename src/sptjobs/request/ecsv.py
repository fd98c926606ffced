"""The header of ECSV tables: YAML in comments, of which only what tables need is read.

The header is YAML 1.1 in general; what writers of ECSV make of it is a list of
small mappings, in flow style (``- {name: ra, unit: deg, datatype: float64}``) or
in lines (``- name: ra``). Both are read here. Whatever is not understood is
refused: a unit that was overlooked would move targets on the sky.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sptjobs.request.tables import SourceColumn, refuse_table

_MAGIC = re.compile(r"\s*%ECSV (0\.9|1\.0)\s*")
_ITEM = re.compile(r"\s*- ")


@dataclass(frozen=True, slots=True)
class EcsvHeader:
    """What the header says: the delimiter, and the columns."""

    delimiter: str
    columns: tuple[SourceColumn, ...]


def read_ecsv_header(comments: Sequence[str]) -> EcsvHeader:
    """Read the comment lines of an ECSV table, without their ``#``."""
    if not comments or _MAGIC.fullmatch(comments[0]) is None:
        refuse_table("only versions 0.9 and 1.0 of ECSV are read", comments[0].strip())
    delimiter, datatype = " ", []
    section = ""
    for line in comments[1:]:
        text = line.removeprefix(" ")
        if not text.strip() or text.startswith("---"):
            continue
        if text[0] not in " -" and not (section == "datatype" and text[0] == "}"):
            section, _, value = (part.strip() for part in text.partition(":"))
            if section == "delimiter":
                delimiter = _scalar(value)
        elif section == "datatype":
            datatype.append(text)
    if delimiter not in {" ", ","}:
        refuse_table("the delimiter of ECSV must be a blank or a comma", delimiter)
    return EcsvHeader(delimiter, tuple(map(_column, _items(datatype))))


def _items(lines: Sequence[str]) -> Iterator[str]:
    """Join the lines of each item of the list."""
    item: list[str] = []
    for line in lines:
        if _ITEM.match(line) and item:
            yield "\n".join(item)
            item = []
        item.append(line)
    if item:
        yield "\n".join(item)


def _column(item: str) -> SourceColumn:
    # Matched at the start only: searching for blanks before a dash takes quadratic time.
    begin = _ITEM.match(item)
    body = item[begin.end() if begin else 0 :].strip()
    fields = dict(_flow(body) if body.startswith("{") else _block(body))
    if "name" not in fields:
        refuse_table("a column of the ECSV header cannot be read", body)
    if fields.get("subtype"):
        # An array or an object: never a coordinate, and refused where it is taken for one.
        return SourceColumn(fields["name"], unit=f"array {fields.get('unit', '')}".strip())
    return SourceColumn(fields["name"], unit=fields.get("unit"))


def _flow(body: str) -> Iterator[tuple[str, str]]:
    """Entries of ``{key: value, …}``; nested values are passed over."""
    text = " ".join(body.split())
    if not text.endswith("}"):
        refuse_table("a column of the ECSV header cannot be read", text)
    for entry in _entries(text[1:-1]):
        key, colon, value = entry.partition(":")
        if not colon:
            refuse_table("a column of the ECSV header cannot be read", entry)
        yield key.strip(), _scalar(value.strip())


_BEFORE_QUOTE = frozenset(":[,{")
"""What a quoted value follows, blanks apart."""


def _entries(text: str) -> Iterator[str]:
    """Split at the commas that stand outside quotes and brackets."""
    start = depth = 0
    quote = before = ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"" and before in _BEFORE_QUOTE:
            quote = character
        elif character in "[{":
            depth += 1
        elif character in "]}":
            depth -= 1
        elif character == "," and depth == 0:
            yield text[start:place]
            start, before = place + 1, ""
            continue
        if not character.isspace():
            before = character
    if text[start:].strip():
        yield text[start:]


def _block(body: str) -> Iterator[tuple[str, str]]:
    """Entries of ``key: value`` lines; what is indented further belongs to one before."""
    first, *others = body.split("\n")
    indents = [len(line) - len(line.lstrip()) for line in others if line.strip()]
    least = min(indents, default=0)
    for line in (first, *(line for line in others if len(line) - len(line.lstrip()) == least)):
        key, colon, value = line.strip().partition(":")
        if not colon:
            refuse_table("a column of the ECSV header cannot be read", line)
        yield key.strip(), _scalar(value.strip())


_UNIT = "!astropy.units.Unit {unit: "


def _scalar(text: str) -> str:
    """Read a plain or quoted scalar; of other values only that they are there."""
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    if text.startswith(_UNIT) and text.endswith("}"):
        inner = text[len(_UNIT) : -1].strip()
        return inner if inner.startswith(_UNIT) else _scalar(inner)
    return text
