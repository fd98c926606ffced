"""Multi-order coverage maps (MOC): reading, uniting and writing them. Standard library only.

A coverage is held as stretches of cells of order 29 in their nested order, so that those of
any orders can be put together.

References
----------
IVOA MOC 2.0, sections 4.3.1 (FITS, NUNIQ), 4.3.2 (ASCII) and 4.3.3 (JSON).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

MAX_ORDER = 29

Stretch = tuple[int, int]
"""First cell, and the one behind the last, of order 29."""

_ORDER = re.compile(r"([0-9]{1,2})/")
_CELLS = re.compile(r"([0-9]+)(?:-([0-9]+))?")


def read_ascii(text: str) -> tuple[list[Stretch], int]:
    """Read a MOC in ASCII: its stretches, and its order.

    Raises
    ------
    ValueError
        It is none.
    """
    found: list[Stretch] = []
    order, deepest = -1, 0
    for word in re.sub(r"([0-9]+/)", r" \1 ", text).replace(",", " ").split():
        if (stated := _ORDER.fullmatch(word)) is not None:
            order = int(stated[1])
            deepest = max(deepest, order)
            continue
        cells = _CELLS.fullmatch(word)
        if cells is None or not 0 <= order <= MAX_ORDER:
            raise ValueError(f"{word[:40]!r} is no part of a MOC")
        first, last = int(cells[1]), int(cells[2] or cells[1])
        if not first <= last < 12 << 2 * order:
            raise ValueError(f"{word[:40]!r} are no cells of order {order}")
        shift = 2 * (MAX_ORDER - order)
        found.append((first << shift, (last + 1) << shift))
    return found, deepest


def united(coverages: Iterable[str]) -> str:
    """Unite MOCs in ASCII; of none, the empty one of order 0."""
    stretches: list[Stretch] = []
    order = 0
    for text in coverages:
        more, deepest = read_ascii(text)
        # Those of one field are much alike: what they have in common is united at once.
        stretches = _joined(stretches + more)
        order = max(order, deepest)
    return write_ascii(stretches, order)


def write_ascii(stretches: Sequence[Stretch], order: int) -> str:
    """Write stretches as a MOC of an order."""
    words = []
    for level, cells in _by_order(stretches, order):
        if cells or level == order:
            shown = " ".join(_run(*run) for run in _runs(cells))
            words.append(f"{level}/{shown}")
    return " ".join(words)


def json_tree(text: str) -> dict[str, list[int]]:
    """A MOC as its JSON form: cells by their order; that of the MOC is always there."""
    stretches, order = read_ascii(text)
    levels = _by_order(stretches, order)
    return {str(level): cells for level, cells in levels if cells or level == order}


def unique_numbers(text: str) -> tuple[list[int], int]:
    """Cells of a MOC as its FITS form has them (NUNIQ), in their order; and its order."""
    stretches, order = read_ascii(text)
    levels = _by_order(stretches, order)
    return [(4 << 2 * level) + cell for level, cells in levels for cell in cells], order


def cells_met(text: str, order: int) -> list[int]:
    """Cells of an order that a MOC in ASCII meets, in their order."""
    shift = 2 * (MAX_ORDER - order)
    cells: set[int] = set()
    for first, end in read_ascii(text)[0]:
        cells.update(range(first >> shift, ((end - 1) >> shift) + 1))
    return sorted(cells)


def _joined(stretches: list[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for start, end in sorted(stretches):
        if joined and start <= joined[-1][1]:
            if end > joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _by_order(stretches: Sequence[Stretch], order: int) -> Iterator[tuple[int, list[int]]]:
    """Cells by their order, the largest ones that fit."""
    levels: list[list[int]] = [[] for _ in range(order + 1)]
    for first, end in stretches:
        start = first
        while start < end:
            level = _largest(start, end, order)
            shift = 2 * (MAX_ORDER - level)
            levels[level].append(start >> shift)
            start += 1 << shift
    yield from enumerate(levels)


def _largest(start: int, end: int, order: int) -> int:
    """Order of the largest cell that begins at a place and ends before another."""
    aligned = MAX_ORDER if start == 0 else ((start & -start).bit_length() - 1) // 2
    fits = ((end - start).bit_length() - 1) // 2
    return min(max(MAX_ORDER - min(aligned, fits), 0), order)


def _runs(cells: Sequence[int]) -> Iterator[Stretch]:
    """First and last of cells that follow each other."""
    start = None
    for place, cell in enumerate(cells):
        start = cell if start is None else start
        if place + 1 == len(cells) or cells[place + 1] != cell + 1:
            yield start, cell
            start = None


def _run(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"
