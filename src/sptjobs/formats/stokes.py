"""Stokes parameters by the names that columns and images of map files have.

References
----------
FITS Standard 4.0, table 29: numbers along an axis of the type STOKES.
"""

from collections.abc import Mapping
from types import MappingProxyType

from sptjobs.maps.polarisation_plane import INTENSITY

STOKES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "T": frozenset(
            {"T", "I", "TEMPERATURE", "I_STOKES", "STOKES_I", "INTENSITY", "SIGNAL", "MAP", "SCI"}
        ),
        "Q": frozenset({"Q", "Q_POLARISATION", "Q-POLARISATION", "Q_STOKES", "STOKES_Q"}),
        "U": frozenset({"U", "U_POLARISATION", "U-POLARISATION", "U_STOKES", "STOKES_U"}),
        "V": frozenset({"V", "V_POLARISATION", "V-POLARISATION", "V_STOKES", "STOKES_V"}),
    }
)
"""Names by the Stokes parameter that they mean."""

_OF_ANY_MAP = frozenset({"SIGNAL", "MAP", "SCI"})
"""Names that say nothing of polarisation."""

PAIR = frozenset({"Q", "U"})
"""Those that change where north does, each into the other."""

OF_FEEDS = frozenset({"RL", "LR", "XX", "YY", "XY", "YX"})
"""Products of two feeds that change where north does, in ways that nothing here follows."""

BY_NUMBER: Mapping[int, str] = MappingProxyType(
    {1: "T", 2: "Q", 3: "U", 4: "V"}
    | {-1: "RR", -2: "LL", -3: "RL", -4: "LR", -5: "XX", -6: "YY", -7: "XY", -8: "YX"}
)


def stokes_named(name: str) -> str:
    """The Stokes parameter that a name means; ``T`` where it means none."""
    return stokes_stated(name) or "T"


def stokes_stated(name: str) -> str | None:
    """The Stokes parameter, or product of feeds, that a name says; None where it says none."""
    text = name.strip().upper()
    if text in _OF_ANY_MAP:
        return None
    if text in BY_NUMBER.values():
        return text
    return next((stokes for stokes, names in STOKES.items() if text in names), None)


def state_of(stokes: str) -> str:
    """The state of polarisation, as ObsCore spells it."""
    return INTENSITY if stokes == "T" else stokes
