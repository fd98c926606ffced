"""A plane of a map file that holds one state of polarisation. Standard library only."""

from typing import NamedTuple

INTENSITY = "I"
"""The state of total intensity (ObsCore 1.1, section 3.3.1.9), which map files call T."""


class PolarisationPlane(NamedTuple):
    """What of a ``MapRecord`` is another one for the map that this plane is; see there.

    Attributes
    ----------
    state
        Its state of polarisation, as ObsCore spells it.
    has_same_unit
        Whether the file says of this plane no other unit than of the record's own.
    cards
        Cards of the record's ``wcs`` that are others for this plane; an empty text: none.
    """

    state: str
    sci_hdu: int
    wgt_hdu: int | None
    sci_layer: int | None = None
    wgt_layer: int | None = None
    has_same_unit: bool = True
    cards: dict[str, float | int | str | bool] = {}  # noqa: RUF012 - never written to
