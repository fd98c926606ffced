"""A column for each unit: programs take all values of a column to be in the unit it states."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sptjobs.packs.forms import Column

_FITS_UNIT = re.compile("[A-Za-z]+-?[0-9]*(?:[ ./][A-Za-z]+-?[0-9]*)*")
_POWER = re.compile("(?<=[A-Za-z])(-?[0-9]+)")
_NO_NAME = re.compile("[^A-Za-z0-9]+")

CellsOfRow = Callable[[Any], tuple[Any, ...]]
Unit = str | None


@dataclass(frozen=True, slots=True)
class UnitsOfColumn:
    """A column whose values are in units that rows tell.

    Attributes
    ----------
    teller
        The column that tells a row's unit.
    units
        Those that occur; None where it is not known.
    """

    teller: str
    units: tuple[Unit, ...]


def in_order(units: set[Unit]) -> tuple[Unit, ...]:
    """Sort units, the unknown one first."""
    return tuple(sorted(units, key=lambda unit: unit or ""))


def vounit(unit: Unit) -> Unit:
    """Write a FITS unit as VOUnits 1.1 does; None where that would be a guess."""
    if unit is None or not _FITS_UNIT.fullmatch(unit):
        return None
    return _POWER.sub(r"**\1", unit).replace(" ", ".")


def by_unit(
    columns: Sequence[Column],
    cells: CellsOfRow,
    measured: Mapping[str, UnitsOfColumn],
    spelt: Callable[[Unit], Unit],
) -> tuple[tuple[Column, ...], CellsOfRow]:
    """State the unit of measured columns; one in several units becomes as many columns.

    Each of these is called like it with the unit behind, and is empty in rows of other units.

    Parameters
    ----------
    measured
        Such columns by name.
    spelt
        Writes a unit as the table's format does.
    """
    places = {column.name: place for place, column in enumerate(columns)}
    found: list[Column] = []
    sources: list[tuple[int, int | None, Unit]] = []
    for place, column in enumerate(columns):
        about = measured.get(column.name)
        if about is None or len(about.units) < 2:
            unit = spelt(about.units[0]) if about is not None and about.units else column.unit
            found.append(replace(column, unit=unit))
            sources.append((place, None, None))
            continue
        for unit in about.units:
            found.append(_of_unit(column, unit, spelt(unit)))
            sources.append((place, places[about.teller], unit))
    if len(found) == len(columns):
        return tuple(found), cells

    def apart(row: Any) -> tuple[Any, ...]:
        given = cells(row)
        return tuple(
            given[place] if teller is None or given[teller] == unit else None
            for place, teller, unit in sources
        )

    return tuple(found), apart


def _of_unit(column: Column, unit: Unit, spelt: Unit) -> Column:
    if unit is None:
        return replace(column, description=f"{column.description}, of rows without a unit")
    name = f"{column.name}_{_NO_NAME.sub('_', unit).strip('_')}"
    return replace(column, name=name, unit=spelt, description=f"{column.description} [{unit}]")
