"""Stokes parameters by the names that columns and images of map files have."""

from collections.abc import Mapping
from types import MappingProxyType

STOKES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "T": frozenset(
            {"T", "I", "TEMPERATURE", "I_STOKES", "STOKES_I", "INTENSITY", "SIGNAL", "MAP", "SCI"}
        ),
        "Q": frozenset({"Q", "Q_POLARISATION", "Q-POLARISATION", "Q_STOKES", "STOKES_Q"}),
        "U": frozenset({"U", "U_POLARISATION", "U-POLARISATION", "U_STOKES", "STOKES_U"}),
    }
)
"""Names by the Stokes parameter that they mean."""


def stokes_named(name: str) -> str:
    """The Stokes parameter that a name means; ``T`` where it means none."""
    found = (stokes for stokes, names in STOKES.items() if name.strip().upper() in names)
    return next(found, "T")
