"""Descriptors of what can be done with a map: its links, and cutouts of it.

References
----------
DataLink 1.1, section 4; SODA 1.0, sections 3.2 to 3.4 and 4 (service descriptors): parameters
are known by name, UCD and unit together.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sptapi.representations.votable import Descriptor, Input, TableField
from sptjobs.obscore.observation import DATALINK, MapObservation
from sptjobs.request.selection_parameters import POLARIZATIONS

LINKS_ID = "ivo://ivoa.net/std/DataLink#links-1.1"
SYNC_ID = "ivo://ivoa.net/std/SODA#sync-1.0"
ASYNC_ID = "ivo://ivoa.net/std/SODA#async-1.0"

FITS = "application/fits"


@dataclass(frozen=True, slots=True)
class Addresses:
    """URLs of the services: links of maps, cutouts at once, and cutouts by a job."""

    links: str
    sync: str
    jobs: str


_REGION, _REFERENCE = "pos.outline;obs", "meta.ref.url;meta.curation"
_ID = TableField("ID", "char", "Identifier of the map", _REFERENCE)
_CIRCLE = TableField(
    "CIRCLE", "double", "Circle: centre and radius, ICRS", _REGION, "deg", None, "circle", "3"
)
_POLYGON = TableField(
    "POLYGON", "double", "Polygon: its corners, ICRS", _REGION, "deg", None, "polygon", "*"
)
_POS = TableField("POS", "char", "CIRCLE, RANGE or POLYGON, numbers in degrees, ICRS", _REGION)
_BAND = TableField(
    "BAND", "double", "Wavelengths", "em.wl;stat.interval", "m", None, "interval", "2"
)  # fmt: skip
_TIME = TableField(
    "TIME", "double", "Times, MJD UTC", "time.interval;obs.exposure", "d", None, "interval", "2"
)
_POL = TableField("POL", "char", "State of polarisation", "meta.code;phys.polarization")


def links_of_rows(addresses: Addresses) -> Descriptor:
    """The links of the map of a row."""
    taken = [Input(TableField("ID", "char", _ID.description, "meta.id;meta.main"), ref=_DID)]
    said = "Links of the map: cutouts, preview, what it is made of"
    return Descriptor("datalink", said, LINKS_ID, addresses.links, DATALINK, taken)


def cutouts_of_rows(addresses: Addresses) -> Descriptor:
    """Cutouts of the map of a row, at once."""
    inputs = [Input(_ID, ref=_DID), *(Input(each) for each in (_CIRCLE, _POLYGON, _POS))]
    inputs += [Input(_BAND), Input(_TIME), Input(_POL, options=list(POLARIZATIONS[:4]))]
    said = "A cutout of the map, at once"
    return Descriptor("soda_sync", said, SYNC_ID, addresses.sync, FITS, inputs)


def cutouts_of_map(
    addresses: Addresses, observation: MapObservation, number: int
) -> list[Descriptor]:
    """Cutouts of one map, at once and by a job, with the bounds within which there is something."""
    inputs = list(_bounded(observation))
    sync, asynchronous = (f"soda_{kind}_{number}" for kind in ("sync", "async"))
    once, job = "A cutout of the map, at once", "Cutouts of the map, by a job"
    return [
        Descriptor(sync, once, SYNC_ID, addresses.sync, FITS, inputs),
        Descriptor(asynchronous, job, ASYNC_ID, addresses.jobs, FITS, inputs),
    ]


def _bounded(observation: MapObservation) -> Iterable[Input]:
    yield Input(_ID, observation.publisher_did)
    circle = observation.circle
    yield Input(_CIRCLE, maximum=f"{circle.ra!r} {circle.dec!r} {circle.radius!r}")
    footprint = observation.record.footprint
    widest = None
    if len(footprint) == 1:
        widest = " ".join(repr(angle) for corner in footprint[0] for angle in corner)
    yield Input(_POLYGON, maximum=widest)
    yield Input(_POS)
    yield _interval(_BAND, observation.wavelengths)
    yield _interval(_TIME, observation.times)
    yield Input(_POL, options=list(observation.record.states))


def _interval(field: TableField, bounds: tuple[float | None, float | None]) -> Input:
    low, high = (None if bound is None else repr(bound) for bound in bounds)
    return Input(field, minimum=low, maximum=high)


_DID = "obs_publisher_did"
