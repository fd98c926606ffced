"""What somebody states of a map file that its headers do not say. Standard library only."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

NO_WEIGHTS = "none"
"""In place of the weights' HDU: the map has none, and every finite pixel counts as observed."""

Hdu = int | str
"""An HDU by its number, from 0, or by its EXTNAME."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What is stated of a map file; None where nothing is, and the file has to tell.

    Attributes
    ----------
    band, filetype
        As the site declares them.
    field, season
        Name of the region of the sky, and of the season.
    obsid, tag
        Number of a single observation, or tag of a coadd; never both.
    date_beg, date_end
        ISO 8601 UTC without zone suffix.
    unit, weight_unit
        FITS unit strings of the pixels and their weights.
    image, weights
        HDUs of the pixels and of their weights, or ``NO_WEIGHTS``.
    any_image
        Whether any FITS image with a WCS of the sky will do: without weights where none
        are found, without names for what it is, and without a MOC: it is not catalogued.
    """

    band: str | None = None
    filetype: str | None = None
    field: str | None = None
    season: str | None = None
    obsid: str | None = None
    tag: str | None = None
    date_beg: str | None = None
    date_end: str | None = None
    unit: str | None = None
    weight_unit: str | None = None
    image: Hdu | None = None
    weights: Hdu | None = None
    any_image: bool = False

    def to_fields(self) -> dict[str, Any]:
        """Attributes by name."""
        return asdict(self)

    def digest(self) -> str | None:
        """Short name of what is stated but units; None where nothing is."""
        # Units are applied to what was read, and change nothing of it.
        text = json.dumps(replace(self, unit=None, weight_unit=None).to_fields(), sort_keys=True)
        return None if text == _NOTHING else hashlib.sha256(text.encode()).hexdigest()[:16]


NOTHING_STATED = Statement()
_NOTHING = json.dumps(NOTHING_STATED.to_fields(), sort_keys=True)
