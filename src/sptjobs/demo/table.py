"""The table that the demonstration prints: one line a target, one column a map."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sptjobs.demo.demo_targets import DemoTarget

_Row = Mapping[str, Any]


def status_table(rows: Sequence[_Row], targets: Iterable[DemoTarget]) -> str:
    """Lay out the status of each target on each map that covers it."""
    maps = list(dict.fromkeys(row["map_id"] for row in rows))
    cells = {(row["objid"], row["map_id"]): _status(row) for row in rows}
    lines = [["target", "what", "ra", "dec", *maps]]
    lines += [
        [target.objid, target.kind, f"{target.ra:.4f}", f"{target.dec:.4f}"]
        + [cells.get((target.objid, name), "-") for name in maps]
        for target in targets
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _status(row: _Row) -> str:
    if row["status"] == "partial":
        # Never "100 %": partial means that something is missing.
        return f"partial {min(100 * row['covered'], 99.9):.1f} %"
    return str(row["status"])
