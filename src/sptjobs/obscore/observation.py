"""A map as an observation, with the columns of ObsCore.

References
----------
ObsCore 1.1, sections 3 and 4; STC-S 1.33 for regions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sptjobs.maps.footprints import Polygon
from sptjobs.maps.kinds import MapKinds
from sptjobs.maps.record import MapRecord
from sptjobs.maps.sky_circle import around_footprint
from sptjobs.request.selection_parameters import POLARIZATIONS
from sptjobs.sky.circle import Circle

DATALINK = "application/x-votable+xml;content=datalink"
"""Media type of the links of a map, which its row leads to."""

IMAGE = "image"
_COADD, _CALIBRATED = 3, 2
_DAY_S = 86_400.0
_REGIMES = (("em.opt", 3e-7, 1e-6), ("em.IR", 1e-6, 1e-4), ("em.mm", 1e-4, 1e-2))
"""Words of the UCD vocabulary for stretches of wavelength [m]."""


@dataclass(frozen=True)
class MapObservation:
    """A map.

    Attributes
    ----------
    publisher_did
        Its identifier.
    access_url
        Where its links are.
    kinds
        Bands and kinds of maps of its site.
    """

    record: MapRecord
    publisher_did: str
    access_url: str
    kinds: MapKinds

    @property
    def collection(self) -> str:
        """Collection that it belongs to; of maps that are in none, what took them."""
        return self.record.collection or self.kinds.instrument or "maps"

    @property
    def calib_level(self) -> int:
        """3 for a coadd, 2 for a map of one observation."""
        return _CALIBRATED if self.record.tag is None else _COADD

    @property
    def pol_states(self) -> str:
        """States of polarisation that it holds, as ObsCore writes them."""
        return f"/{'/'.join(sorted(self.record.states, key=POLARIZATIONS.index))}/"

    @cached_property
    def circle(self) -> Circle:
        """The smallest circle around it."""
        return around_footprint(self.record.footprint)

    @property
    def region(self) -> str:
        """Its footprint, as STC-S writes it."""
        return footprint_region(self.record.footprint)

    @property
    def fov(self) -> float:
        """Diameter of the circle around it [deg]."""
        return 2 * self.circle.radius

    @property
    def resolution(self) -> float | None:
        """Width of the beam (FWHM) [arcsec]."""
        beam = self.record.beam_arcmin
        return None if beam is None else beam * 60

    @cached_property
    def times(self) -> tuple[float | None, float | None]:
        """First and last moment [MJD]."""
        return self.record.covered or (None, None)

    @property
    def exposure(self) -> float | None:
        """Length of an observation [s]; None for a coadd, whose times are years."""
        begin, end = self.times
        if self.record.tag is not None or begin is None or end is None or end == begin:
            return None
        return (end - begin) * _DAY_S

    @cached_property
    def wavelengths(self) -> tuple[float | None, float | None]:
        """Shortest and longest wavelength [m]."""
        return self.kinds.wavelengths(self.record.band) or (None, None)

    @property
    def resolving_power(self) -> float | None:
        """Mean wavelength over width: a band is one element."""
        low, high = self.wavelengths
        return None if low is None or high is None else (low + high) / 2 / (high - low)

    @property
    def ucd(self) -> str:
        """What a pixel measures: a temperature where the unit is kelvin, else a flux density."""
        unit = self.record.unit or ""
        word = "phys.temperature" if unit.endswith("K") else "phot.flux.density"
        low, high = self.wavelengths
        if low is None or high is None:
            return word
        middle = (low + high) / 2
        regime = next((name for name, least, most in _REGIMES if least <= middle < most), None)
        return word if regime is None else f"{word};{regime}"


def footprint_region(footprint: Sequence[Polygon]) -> str:
    """Write polygons as STC-S: one as it is, several as a union."""
    polygons = [
        " ".join(f"{angle:.7f}" for corner in polygon for angle in corner) for polygon in footprint
    ]
    if len(polygons) == 1:
        return f"POLYGON ICRS {polygons[0]}"
    return "UNION ICRS (" + " ".join(f"POLYGON {each}" for each in polygons) + ")"
