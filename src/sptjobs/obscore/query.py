"""What a query of SIA selects.

References
----------
SIA 2.0, section 2.1: values of one parameter are alternatives, parameters are conditions
that hold together; an interval selects what overlaps it, and what has no value is not found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sptjobs.obscore.observation import DATALINK, IMAGE, MapObservation
from sptjobs.obscore.search_region import SearchRegion
from sptjobs.sky.circle import Circle

Bounds = tuple[float, float]


@dataclass(frozen=True)
class ObservationQuery:
    """Conditions; what is empty is no condition.

    Attributes
    ----------
    places
        Regions, of which a map meets one at least.
    bands, times
        Wavelengths [m], and times [MJD].
    fields_of_view, resolutions, powers, exposures, time_resolutions
        Bounds of ``s_fov`` [deg], ``s_resolution`` [arcsec], ``em_res_power``,
        ``t_exptime`` [s] and ``t_resolution`` [s].
    polarisations
        States, such as ``I``.
    map_ids
        Of maps; None where ID was not given, empty where no ID names a map of ours.
    collections, facilities, instruments, targets, product_types, formats, filetypes
        Values of these columns; ``formats`` in lower case without blanks.
    calib_levels
        Values of ``calib_level``.
    """

    places: tuple[SearchRegion, ...] = ()
    bands: tuple[Bounds, ...] = ()
    times: tuple[Bounds, ...] = ()
    fields_of_view: tuple[Bounds, ...] = ()
    resolutions: tuple[Bounds, ...] = ()
    powers: tuple[Bounds, ...] = ()
    exposures: tuple[Bounds, ...] = ()
    time_resolutions: tuple[Bounds, ...] = ()
    polarisations: frozenset[str] = frozenset()
    map_ids: frozenset[str] | None = None
    collections: frozenset[str] = frozenset()
    facilities: frozenset[str] = frozenset()
    instruments: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    product_types: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    filetypes: frozenset[str] = frozenset()
    calib_levels: frozenset[int] = frozenset()

    @property
    def circles(self) -> tuple[Circle, ...]:
        """Circles around the regions."""
        return tuple(place.circle for place in self.places)

    def selects(self, observation: MapObservation) -> bool:
        """Whether all conditions but those of places hold for a map.

        What places cost depends on them: :func:`sptjobs.obscore.search_region.meeting`.
        """
        return all(condition(self, observation) for condition in _CONDITIONS)


def _overlaps(requested: Sequence[Bounds], low: float | None, high: float | None) -> bool:
    if not requested:
        return True
    if low is None or high is None:
        return False
    return any(low <= end and high >= start for start, end in requested)


def _holds(requested: Sequence[Bounds], value: float | None) -> bool:
    return _overlaps(requested, value, value)


def _is_one(requested: frozenset[str], value: str) -> bool:
    return not requested or value in requested


_Condition = Callable[[ObservationQuery, MapObservation], bool]

_CONDITIONS: tuple[_Condition, ...] = (
    lambda q, o: q.map_ids is None or o.record.map_id in q.map_ids,
    lambda q, o: _is_one(q.filetypes, o.record.filetype),
    lambda q, o: _is_one(q.collections, o.collection),
    lambda q, o: _is_one(q.targets, o.record.region),
    lambda q, o: _is_one(q.facilities, o.kinds.facility),
    lambda q, o: _is_one(q.instruments, o.kinds.instrument),
    lambda q, _: _is_one(q.product_types, IMAGE),
    lambda q, _: _is_one(q.formats, DATALINK),
    lambda q, o: not q.polarisations or any(each in o.pol_states for each in q.polarisations),
    lambda q, o: not q.calib_levels or o.calib_level in q.calib_levels,
    lambda q, o: _overlaps(q.bands, *o.wavelengths),
    lambda q, o: _overlaps(q.times, *o.times),
    lambda q, o: _holds(q.powers, o.resolving_power),
    lambda q, o: _holds(q.resolutions, o.resolution),
    lambda q, o: _holds(q.exposures, o.exposure),
    lambda q, _: _holds(q.time_resolutions, None),
    lambda q, o: not q.fields_of_view or _holds(q.fields_of_view, o.fov),
)
