"""Tables in HTML pages, as archives, papers and pandas show them: the one with positions."""

from dataclasses import dataclass, field

from sptjobs.request.csv_lines import csv_line
from sptjobs.request.tables import SourceTable, refuse_table
from sptjobs.target_tables.html_marks import Mark, pieces_of
from sptjobs.target_tables.several_tables import table_with_positions

_MAX_TABLES = 100
_MAX_DEPTH = 100
_UNSHOWN = frozenset({"script", "style", "template"})
_PARTS_OF_ANGLES = frozenset("hmsdo'\"\N{DEGREE SIGN}\N{PRIME}\N{DOUBLE PRIME}")


def read_html_table(text: str) -> SourceTable:
    """Read the table of a page that has positions; of several none is chosen.

    Tables that hold other tables only lay out the page. Marks of notes, which stand
    above the line, are no part of a cell; the marks of angles are.
    """
    page = _Page()
    page.read(text)
    if not page.tables:
        refuse_table("the HTML page has no table; it may be a page for searching or signing in")
    texts = {
        f"table {at}": "".join(csv_line(row) for row in table.rows if any(row))
        for at, table in enumerate(page.tables, start=1)
    }
    return table_with_positions(texts, "HTML", "the HTML page", "tables")


@dataclass(slots=True)
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    holds_tables: bool = False


class _Page:
    """The tables of a page that hold no others; cells and rows end where the next ones begin."""

    def __init__(self) -> None:
        self.tables: list[_Table] = []
        self._open: list[_Table] = []
        self._cell: list[str] | None = None
        self._raised: list[str] | None = None
        self._unshown = 0

    def read(self, text: str) -> None:
        """Take in a whole page; what it leaves open ends with it."""
        handle = {Mark.START: self._begin, Mark.END: self._end, Mark.TEXT: self._take}
        for piece in pieces_of(text):
            handle[piece.mark](piece.text)
        while self._open:
            self._end_table()

    def _begin(self, tag: str) -> None:
        match tag:
            case "table":
                self._begin_table()
            case "tr":
                self._end_cell()
                if self._open:
                    self._open[-1].rows.append([])
            case "td" | "th" if self._open:
                self._end_cell()
                self._cell = []
            case "sup":
                self._raised = []
            case "br" | "p" | "div" if self._cell is not None:
                self._cell.append(" ")
            case _ if tag in _UNSHOWN:
                self._unshown += 1

    def _end(self, tag: str) -> None:
        match tag:
            case "table" if self._open:
                self._end_table()
            case "tr" | "td" | "th" | "thead" | "tbody":
                self._end_cell()
            case "sup":
                self._end_raised()
            case _ if tag in _UNSHOWN:
                self._unshown = max(self._unshown - 1, 0)

    def _take(self, data: str) -> None:
        if self._cell is not None and not self._unshown:
            (self._cell if self._raised is None else self._raised).append(data)

    def _begin_table(self) -> None:
        self._end_cell()
        if self._open:
            self._open[-1].holds_tables = True
        if len(self._open) >= _MAX_DEPTH or len(self.tables) >= _MAX_TABLES:
            refuse_table(
                f"the HTML page has more than {_MAX_TABLES} tables; save that of the targets"
            )
        self._open.append(_Table())

    def _end_table(self) -> None:
        self._end_cell()
        table = self._open.pop()
        if not table.holds_tables:
            self.tables.append(table)

    def _end_cell(self) -> None:
        self._end_raised()
        if self._cell is None:
            return
        rows = self._open[-1].rows
        if not rows:
            rows.append([])
        rows[-1].append(" ".join("".join(self._cell).split()))
        self._cell = None

    def _end_raised(self) -> None:
        raised, self._raised = self._raised, None
        if raised is None or self._cell is None:
            return
        text = "".join(raised).strip()
        if text in _PARTS_OF_ANGLES:
            self._cell.append(text)
