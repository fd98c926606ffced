"""What ``sptjobs cutout`` tells: what it would cut, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence

from sptjobs.cutouts.plan.plan import Plan
from sptjobs.maps.record import MapRecord
from sptjobs.uws.pair_status import Status

_MAX_MAPS = 20
"""Maps that a summary names; those with failed pairs come first."""


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table: columns of texts to the left, of numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    right = [all(cell.isdecimal() for cell in column[1:]) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            cell.rjust(width) if is_number else cell.ljust(width)
            for cell, width, is_number in zip(row, widths, right, strict=True)
        )
        yield "  ".join(cells).rstrip()


def summary_lines(
    maps: Sequence[MapRecord], counts: Mapping[tuple[str, str], int]
) -> Iterator[str]:
    """A table of what became of each map's pairs, and a line of totals.

    Parameters
    ----------
    counts
        How many pairs there are of each map's id and status.
    """
    total = {
        status: sum(counts.get((record.map_id, status), 0) for record in maps) for status in Status
    }
    statuses = [status for status in Status if total[status]]
    shown = sorted(maps, key=lambda record: -counts.get((record.map_id, Status.FAILED), 0))
    shown = shown[:_MAX_MAPS]
    rows = [["map", "band", *statuses]]
    for record in shown:
        cells = (str(counts.get((record.map_id, status), 0)) for status in statuses)
        rows.append([record.map_id, record.band or "-", *cells])
    if len(maps) > 1:
        rows.append(["all", "", *(str(total[status]) for status in statuses)])
    yield from aligned(rows)
    if len(maps) > len(shown):
        yield f"... and {len(maps) - len(shown)} more maps"


def plan_lines(work: Plan) -> Iterator[str]:
    """What would be cut: each map, and each file that it would give."""
    maps = [["map", "band", "projection", "pixels", "scale", "weights", "targets"]]
    for each in work.maps:
        record, (ny, nx) = each.record, each.record.shape
        scale = f"{record.pixel_scale_arcmin:.4g}'"
        weights = "yes" if record.has_weights else "no"
        cells = [record.map_id, record.band or "-", record.projection, f"{nx} x {ny}", scale]
        maps.append([*cells, weights, str(len(each.targets))])
    yield from aligned(maps)
    yield ""
    targets, stems = work.request.targets, work.request.stems
    for each in work.maps:
        for index in sorted(each.targets.tolist()):
            name = f"{stems[index]}/{stems[index]}_{each.suffix}.fits"
            yield f"{name}  {targets[index].objid} on {each.record.map_id}"
