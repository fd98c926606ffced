"""What an operator states and confirms of all maps of a folder, in ``collection.toml``.

The headers of real maps contradict their pixels (passthrough maps are in mK
whatever their UNITS says), so units, beams and band centres count only when
somebody who knows has written them down::

    name = "winter 2019-2023"

    [filetype.passthrough]
    unit = "mK"
    weight_unit = "mK-2"

    [band.150GHz]
    beam_arcmin = 1.2
    band_centre_ghz = 150.0

A file confirms for its folder and all below that have none of their own. It may also
state what headers lack (``sptjobs.archive.map_statements``); that of the archive folder
declares which bands and kinds of maps there are (``sptjobs.maps.declaration``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from sptjobs.archive.fits_units import fits_unit
from sptjobs.archive.map_statements import MapStatement, read_statements
from sptjobs.archive.names import parse_band, parse_filetype
from sptjobs.maps.declaration import (
    BAND_KEYS,
    FILE_NAME,
    KIND_KEYS,
    LISTS,
    kinds_of_table,
    read_toml,
)
from sptjobs.maps.kinds import NAMES
from sptjobs.maps.map_error import MapError
from sptjobs.maps.site import declared, packaged_kinds
from sptjobs.maps.statement import NOTHING_STATED, Statement

Facts = TypeVar("Facts")


@dataclass(frozen=True, slots=True)
class Units:
    """FITS unit strings of SCI and WGT, None where nobody confirmed one."""

    unit: str | None = None
    weight_unit: str | None = None


@dataclass(frozen=True, slots=True)
class BandFacts:
    """Beam width (FWHM) [arcmin] and band centre [GHz], None where nobody confirmed one."""

    beam_arcmin: float | None = None
    band_centre_ghz: float | None = None


@dataclass(frozen=True, slots=True)
class Collection:
    """What is stated and confirmed of the maps of a folder; by default nothing is."""

    name: str = ""
    units: Mapping[str, Units] = field(default_factory=dict)
    bands: Mapping[str, BandFacts] = field(default_factory=dict)
    folder: Path = Path()
    maps: tuple[MapStatement, ...] = ()

    def statement(self, file: Path) -> Statement:
        """What is stated of a file of the folder, by the first pattern that matches it."""
        if not self.maps:
            return NOTHING_STATED
        path = PurePosixPath(file.relative_to(self.folder).as_posix())
        return next((each.stated for each in self.maps if each.holds_for(path)), NOTHING_STATED)

    def facts(
        self, filetype: str, band: str, stated: Statement = NOTHING_STATED
    ) -> dict[str, str | float | None]:
        """Attributes of a ``MapRecord`` of this file type and band."""
        confirmed = self.units.get(filetype, Units())
        facts = self.bands.get(band, BandFacts())
        return {
            "collection": self.name,
            "unit": stated.unit or confirmed.unit,
            "weight_unit": stated.weight_unit or confirmed.weight_unit,
            "beam_arcmin": facts.beam_arcmin,
            "band_centre_ghz": facts.band_centre_ghz,
        }


def read_collection(path: Path, *, declares: bool = True) -> Collection:
    """Read a ``collection.toml``.

    Parameters
    ----------
    declares
        Whether it may declare bands and kinds, as that of the archive folder does.

    Raises
    ------
    MapError
        The file is not TOML, or has a key or value that means nothing.
    """
    table = read_toml(path)
    _check_keys(table, {"name", "filetype", "band", "map", *LISTS, *NAMES}, "")
    misplaced = sorted(LISTS & table.keys())
    if misplaced and not declares:
        raise MapError(f"{misplaced[0]} belong into the {FILE_NAME} of the archive folder itself")
    kinds = kinds_of_table(table, packaged_kinds()) if misplaced else declared()
    name = table.get("name")
    if not isinstance(name, str) or not name.strip():
        raise MapError(f"name must be a text that is not empty, not {name!r}")
    return Collection(
        name.strip(),
        _by_name(table, "filetype", lambda text: parse_filetype(text, kinds), _units),
        _by_name(table, "band", lambda text: parse_band(text, kinds), _band_facts),
        path.parent,
        read_statements(table.get("map", []), kinds),
    )


def _by_name(
    table: dict[str, Any],
    key: str,
    parse_name: Callable[[str], str],
    read: Callable[[str, dict[str, Any]], Facts],
) -> dict[str, Facts]:
    """Read the tables ``[key.NAME]``, whose names come in several spellings."""
    inner = table.get(key, {})
    if not isinstance(inner, dict) or not all(isinstance(v, dict) for v in inner.values()):
        raise MapError(f"{key} must hold tables such as [{key}.NAME]")
    facts: dict[str, Facts] = {}
    for spelling, values in inner.items():
        name = parse_name(spelling)
        if name in facts:
            raise MapError(f"{key}.{spelling}: {name} is described twice")
        facts[name] = read(spelling, values)
    return facts


def _units(name: str, table: dict[str, Any]) -> Units:
    _check_keys(table, {"unit", "weight_unit", *KIND_KEYS}, f"filetype.{name}.")
    return Units(*(_unit(f"filetype.{name}", table, key) for key in ("unit", "weight_unit")))


def _unit(where: str, table: dict[str, Any], key: str) -> str | None:
    if key not in table:
        return None
    try:
        return fits_unit(table[key])
    except MapError as error:
        raise MapError(f"{where}.{key}: {error}") from None


def _band_facts(name: str, table: dict[str, Any]) -> BandFacts:
    keys = ("beam_arcmin", "band_centre_ghz")
    _check_keys(table, {*keys, *BAND_KEYS}, f"band.{name}.")
    return BandFacts(*(_positive(f"band.{name}", table, key) for key in keys))


def _positive(where: str, table: dict[str, Any], key: str) -> float | None:
    value = table.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
        raise MapError(f"{where}.{key}: {value!r} is not a positive number")
    return float(value)


def _check_keys(table: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise MapError(
            f"{where}{unknown[0]} means nothing here; known are {', '.join(sorted(known))}"
        )
