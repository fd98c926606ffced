"""Cards by which spt3g reads a stamp: what kind of map it is, and of which quantity.

References
----------
``spt3g.maps.fitsio.load_skymap_fits`` of spt3g 1.0.2.
"""

import re
from collections.abc import Mapping

from sptjobs.cutouts.stamps.header_bytes import CardRow
from sptjobs.formats.map_content import Plane, SourceCard
from sptjobs.formats.stokes import BY_NUMBER

# G3TimestreamUnits
_QUANTITIES = (
    *("None", "Counts", "Current", "Power", "Resistance", "Tcmb", "Angle", "Distance"),
    *("Voltage", "Pressure", "FluxDensity", "Trj", "Frequency"),
)
_POLARISATIONS = {
    Plane.SCI: tuple(BY_NUMBER.values()),
    Plane.WGT: ("TT", "TQ", "TU", "QQ", "QU", "UU"),
}

# What the reader takes of others of its cards; anything else ends it with an error.
_TAKEN: Mapping[str, re.Pattern[str]] = {
    "COORDREF": re.compile("Local|Equatorial|Galactic"),
    "POLCCONV": re.compile("IAU|COSMO|none", re.IGNORECASE),
    "MAPTYPE": re.compile("FLAT"),
}
_NUMBERS = frozenset({"ALPHA0", "DELTA0", "OVERFLOW"})
_OTHER_READERS = frozenset({"TUNIT", "COORDSYS", "PIXTYPE", "NSIDE"})


def spt3g_cards(plane: Plane, source: Mapping[str, SourceCard], unit: str | None) -> list[CardRow]:
    """Cards of a plane that spt3g needs, whatever the source says or leaves out.

    Parameters
    ----------
    source
        Cards of the source by name.
    unit
        The pixels' unit, of SCI for both planes; None where nothing is known of it.
    """
    key, default = ("WTYPE", "TT") if plane is Plane.WGT else ("POLTYPE", "T")
    stated = _value(source, key)
    return [
        ("UNITS", _quantity(source, unit), "quantity, as spt3g names it"),
        ("WEIGHTED", _value(source, "WEIGHTED") is True, "pixels are multiplied by weights"),
        ("ISWEIGHT", plane is Plane.WGT, ""),
        (key, stated if stated in _POLARISATIONS[plane] else default, ""),
    ]


def misleads_spt3g(card: SourceCard, projection: str) -> bool:
    """Whether a card would make spt3g fail, or take the stamp for another kind of map."""
    name, value = card.name, card.value
    if name == "PROJ":
        return value not in {f"Proj{projection}", "ProjBICEP" if projection == "CAR" else None}
    if name in _NUMBERS:
        return isinstance(value, bool) or not isinstance(value, int | float)
    if name in _TAKEN:
        return not (isinstance(value, str) and _TAKEN[name].fullmatch(value))
    return name in _OTHER_READERS


def _quantity(source: Mapping[str, SourceCard], unit: str | None) -> str:
    """The quantity by the unit; where that leaves it open, as the source states it."""
    stated = _stated(source)
    if unit is not None and "Jy" in unit:
        return "FluxDensity"
    if unit is not None and re.search(r"K(_?CMB|_?RJ)?\b", unit):
        return stated if stated in {"Tcmb", "Trj"} else "Tcmb"
    return stated


def _stated(source: Mapping[str, SourceCard]) -> str:
    """The source's UNITS; where that is a number, what its comment begins with."""
    card = source.get("UNITS")
    if card is None:
        return "None"
    words = [str(card.value).strip(), *re.findall(r"[A-Za-z]+", card.comment)[:1]]
    return next((word for word in words if word in _QUANTITIES), "None")


def _value(source: Mapping[str, SourceCard], name: str) -> object:
    card = source.get(name)
    return None if card is None else card.value
