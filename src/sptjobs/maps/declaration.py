"""Which bands and kinds of maps a site has, as the ``collection.toml`` of its archive says.

::

    bands = ["g", "r"]
    filetypes = ["image"]

    [band.g]
    aliases = ["g_SDSS"]

    [filetype.image]
    summary = "a calibrated image"
    short = "img"

The API server, the workers and the ingest each read it when they start. The same file
confirms units and tells what headers lack: see ``sptjobs.archive.collection``.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sptjobs.maps.kinds import NAMES, DeclaredBand, DeclaredFileType, MapKinds
from sptjobs.maps.map_error import MapError

FILE_NAME = "collection.toml"
_MAX_BYTES = 1 << 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,31}")

LISTS = frozenset({"bands", "filetypes", "default_filetypes", "newest_filetypes"})
"""Keys that declare, each a list of names."""

BAND_KEYS = frozenset({"aliases", "edges_ghz", "edges_nm"})
KIND_KEYS = frozenset({"summary", "short"})
"""Keys of ``[band.NAME]`` and ``[filetype.NAME]`` that declare."""

SPEED_OF_LIGHT = 299_792_458.0
"""[m/s]."""


def read_toml(path: Path) -> dict[str, Any]:
    """Read a ``collection.toml`` as it stands.

    Raises
    ------
    MapError
        It is not TOML, or no file that can be read.
    """
    try:
        if not path.is_file():
            raise MapError("cannot be read as TOML: it is not a regular file")
        with path.open("rb") as stream:
            content = stream.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise MapError(f"cannot be read as TOML: it has more than {_MAX_BYTES} bytes")
        return tomllib.loads(content.decode())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MapError(f"cannot be read as TOML: {error}") from error


def kinds_of_table(table: Mapping[str, Any], usual: MapKinds | None) -> MapKinds:
    """Bands and kinds that a decoded ``collection.toml`` declares.

    Parameters
    ----------
    usual
        Those of what it does not declare; None where it has to declare both.

    Raises
    ------
    MapError
        Names the key.
    """
    if usual is None or "bands" in table:
        bands = _bands(table)
    else:
        bands = tuple(_with_edges(table, band) for band in usual.bands)
    if usual is None or "filetypes" in table:
        types = _filetypes(table)
        default = newest = tuple(each.name for each in types)
    else:
        types = usual.filetypes
        default, newest = usual.default_filetypes, usual.newest_filetypes
    names = [each.name for each in types]
    # Who declares bands or kinds of their own has another instrument, too.
    same = usual if LISTS.isdisjoint(table) else None
    return MapKinds(
        bands,
        types,
        _some("default_filetypes", table, names, default),
        _some("newest_filetypes", table, names, newest),
        **{name: _called(table, name, getattr(same, name, "")) for name in NAMES},
    )


def _called(table: Mapping[str, Any], key: str, usual: str) -> str:
    value = table.get(key, usual)
    if not isinstance(value, str) or len(value) > 100:
        raise MapError(f"{key} must be a text of up to 100 characters, not {value!r}")
    return value.strip()


def _bands(table: Mapping[str, Any]) -> tuple[DeclaredBand, ...]:
    bands = tuple(_band(table, name) for name in _listed(table, "bands"))
    _check_once("bands", (text for band in bands for text in (band.name, *band.aliases)))
    return bands


def _band(table: Mapping[str, Any], name: str) -> DeclaredBand:
    about = _about(table, "band", name)
    aliases = _names(f"band.{name}.aliases", about.get("aliases", []))
    return DeclaredBand(name, aliases, _wavelengths(f"band.{name}", about))


def _with_edges(table: Mapping[str, Any], band: DeclaredBand) -> DeclaredBand:
    """Give a band that is declared elsewhere the edges that a table states, if any."""
    for name in (band.name, *band.aliases):
        stated = _wavelengths(f"band.{name}", _about(table, "band", name))
        if stated is not None:
            return replace(band, wavelengths=stated)
    return band


def _wavelengths(where: str, about: Mapping[str, Any]) -> tuple[float, float] | None:
    """Shortest and longest wavelength of a band [m], by its frequencies or wavelengths."""
    given = [key for key in ("edges_ghz", "edges_nm") if key in about]
    if not given:
        return None
    if len(given) > 1:
        raise MapError(f"{where}: edges_ghz and edges_nm are both there; one is enough")
    low, high = _edges(f"{where}.{given[0]}", about[given[0]])
    if given[0] == "edges_nm":
        return low * 1e-9, high * 1e-9
    return SPEED_OF_LIGHT / (high * 1e9), SPEED_OF_LIGHT / (low * 1e9)


def _edges(where: str, value: object) -> tuple[float, float]:
    if isinstance(value, list) and len(value) == 2 and all(map(_is_positive, value)):
        low, high = float(value[0]), float(value[1])
        if low < high:
            return low, high
    raise MapError(f"{where} must be two positive numbers, the smaller one first, not {value!r}")


def _is_positive(value: object) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and 0 < value < 1e12  # type: ignore[operator]


def _filetypes(table: Mapping[str, Any]) -> tuple[DeclaredFileType, ...]:
    types = tuple(_filetype(table, name) for name in _listed(table, "filetypes"))
    # Its name and its short name may be the same.
    _check_once("filetypes", (text for each in types for text in {each.name, each.short}))
    return types


def _filetype(table: Mapping[str, Any], name: str) -> DeclaredFileType:
    about = _about(table, "filetype", name)
    summary = about.get("summary", name)
    if not isinstance(summary, str) or not summary.strip():
        raise MapError(f"filetype.{name}.summary must be a text, not {summary!r}")
    (short,) = _names(f"filetype.{name}.short", [about.get("short", name)])
    return DeclaredFileType(name, summary.strip(), short)


def _about(table: Mapping[str, Any], key: str, name: str) -> Mapping[str, Any]:
    """The table ``[key.name]``, empty where there is none."""
    tables = table.get(key, {})
    about = tables.get(name, {}) if isinstance(tables, dict) else None
    if not isinstance(about, dict):
        raise MapError(f"{key} must hold tables such as [{key}.NAME]")
    return about


def _listed(table: Mapping[str, Any], key: str) -> tuple[str, ...]:
    names = _names(key, table.get(key, []))
    if not names:
        raise MapError(f"{key} must name one at least")
    return names


def _names(key: str, values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise MapError(f"{key} must be a list of names, not {values!r}")
    for value in values:
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            raise MapError(f"{key}: {value!r} is no name of up to 32 letters, digits and ._+-")
    return tuple(values)


def _check_once(key: str, spellings: Iterable[str]) -> None:
    seen: set[str] = set()
    for text in spellings:
        if text.lower() in seen:
            raise MapError(f"{key}: {text!r} is there twice")
        seen.add(text.lower())


def _some(
    key: str, table: Mapping[str, Any], known: Sequence[str], usual: tuple[str, ...]
) -> tuple[str, ...]:
    if key not in table:
        return usual
    for name in _listed(table, key):
        if name not in known:
            raise MapError(f"{key}: {name!r} is none of {', '.join(known)}")
    return tuple(name for name in known if name in table[key])
