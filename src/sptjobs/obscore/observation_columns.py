"""The columns of ObsCore, and the service's own beside them.

References
----------
ObsCore 1.1, tables 5 (mandatory columns) and 6 (optional ones), with their UCDs and utypes;
SIA 2.0, section 3.1: all mandatory columns are in a response.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sptjobs.obscore.observation import DATALINK, IMAGE, MapObservation


@dataclass(frozen=True, slots=True)
class ObservationColumn:
    """A column, in VOTable's terms, and how an observation has a value of it.

    ``text`` says whether it may hold any character; others are ASCII.
    """

    name: str
    datatype: str
    ucd: str
    utype: str | None
    description: str
    value: Callable[[MapObservation], Any]
    unit: str | None = None
    xtype: str | None = None


def _nothing(_: MapObservation) -> None:
    """Say that no map has such a value."""


_SPATIAL = "Char.SpatialAxis."
_TIME = "Char.TimeAxis."
_SPECTRAL = "Char.SpectralAxis."
_CENTRE = _SPATIAL + "Coverage.Location.Coord.Position2D.Value2."

OBSCORE: tuple[ObservationColumn, ...] = (
    ObservationColumn(
        "dataproduct_type", "char", "meta.code.class", "ObsDataset.dataProductType",
        "Kind of data product", lambda _: IMAGE,
    ),
    ObservationColumn(
        "calib_level", "int", "meta.code;obs.calib", "ObsDataset.calibLevel",
        "3 for a coadd, 2 for a map of one observation", lambda o: o.calib_level,
    ),
    ObservationColumn(
        "obs_collection", "unicodeChar", "meta.id", "DataID.Collection",
        "Collection of maps", lambda o: o.collection,
    ),
    ObservationColumn(
        "obs_id", "unicodeChar", "meta.id", "DataID.observationID",
        "Number of the observation, or tag of the coadd", lambda o: o.record.obsid,
    ),
    ObservationColumn(
        "obs_publisher_did", "char", "meta.ref.ivoid", "Curation.PublisherDID",
        "Identifier of the map, for SODA and DataLink", lambda o: o.publisher_did,
    ),
    ObservationColumn(
        "access_url", "char", "meta.ref.url", "Access.Reference",
        "Where its links are: cutouts, preview, what a coadd is made of", lambda o: o.access_url,
    ),
    ObservationColumn(
        "access_format", "char", "meta.code.mime", "Access.Format",
        "Media type of the links", lambda _: DATALINK,
    ),
    ObservationColumn(
        "access_estsize", "long", "phys.size;meta.file", "Access.Size",
        "Size of the map's file", lambda o: -(-o.record.size_bytes // 1000), unit="kbyte",
    ),
    ObservationColumn(
        "target_name", "unicodeChar", "meta.id;src", "Target.Name",
        "Field of the sky", lambda o: o.record.region or None,
    ),
    ObservationColumn(
        "s_ra", "double", "pos.eq.ra", _CENTRE + "C1",
        "Right ascension of the centre, ICRS", lambda o: o.circle.ra, unit="deg",
    ),
    ObservationColumn(
        "s_dec", "double", "pos.eq.dec", _CENTRE + "C2",
        "Declination of the centre, ICRS", lambda o: o.circle.dec, unit="deg",
    ),
    ObservationColumn(
        "s_fov", "double", "phys.angSize;instr.fov", _SPATIAL + "Coverage.Bounds.Extent.diameter",
        "Diameter of the circle around the observed pixels", lambda o: o.fov, unit="deg",
    ),
    ObservationColumn(
        "s_region", "char", "pos.outline;obs.field", _SPATIAL + "Coverage.Support.Area",
        "Polygons around the observed pixels", lambda o: o.region, xtype="adql:REGION",
    ),
    ObservationColumn(
        "s_resolution", "double", "pos.angResolution", _SPATIAL + "Resolution.Refval.value",
        "Width of the beam (FWHM)", lambda o: o.resolution, unit="arcsec",
    ),
    ObservationColumn(
        "s_xel1", "long", "meta.number", _SPATIAL + "numBins1",
        "Pixels along a row", lambda o: o.record.shape[1],
    ),
    ObservationColumn(
        "s_xel2", "long", "meta.number", _SPATIAL + "numBins2",
        "Pixels along a column", lambda o: o.record.shape[0],
    ),
    ObservationColumn(
        "t_min", "double", "time.start;obs.exposure", _TIME + "Coverage.Bounds.Limits.StartTime",
        "First moment, MJD UTC; of a coadd the start of its years", lambda o: o.times[0], unit="d",
    ),
    ObservationColumn(
        "t_max", "double", "time.end;obs.exposure", _TIME + "Coverage.Bounds.Limits.StopTime",
        "Last moment, MJD UTC; of a coadd the end of its years", lambda o: o.times[1], unit="d",
    ),
    ObservationColumn(
        "t_exptime", "double", "time.duration;obs.exposure", _TIME + "Coverage.Support.Extent",
        "Length of the observation", lambda o: o.exposure, unit="s",
    ),
    ObservationColumn(
        "t_resolution", "double", "time.resolution", _TIME + "Resolution.Refval.value",
        "Resolution in time: a map has none", _nothing, unit="s",
    ),
    ObservationColumn(
        "t_xel", "long", "meta.number", _TIME + "numBins", "Elements in time", lambda _: 1,
    ),
    ObservationColumn(
        "em_min", "double", "em.wl;stat.min", _SPECTRAL + "Coverage.Bounds.Limits.LoLimit",
        "Shortest wavelength of the band", lambda o: o.wavelengths[0], unit="m",
    ),
    ObservationColumn(
        "em_max", "double", "em.wl;stat.max", _SPECTRAL + "Coverage.Bounds.Limits.HiLimit",
        "Longest wavelength of the band", lambda o: o.wavelengths[1], unit="m",
    ),
    ObservationColumn(
        "em_res_power", "double", "spect.resolution", _SPECTRAL + "Resolution.ResolPower.refVal",
        "Wavelength over width of the band", lambda o: o.resolving_power,
    ),
    ObservationColumn(
        "em_xel", "long", "meta.number", _SPECTRAL + "numBins",
        "Elements in wavelength", lambda _: 1,
    ),
    ObservationColumn(
        "o_ucd", "char", "meta.ucd", "Char.ObservableAxis.ucd",
        "What the pixels measure", lambda o: o.ucd,
    ),
    ObservationColumn(
        "pol_states", "char", "meta.code;phys.polarization", "Char.PolarizationAxis.stateList",
        "States of polarisation", lambda o: o.pol_states,
    ),
    ObservationColumn(
        "pol_xel", "long", "meta.number", "Char.PolarizationAxis.numBins",
        "Number of states of polarisation", lambda o: len(o.record.states),
    ),
    ObservationColumn(
        "facility_name", "unicodeChar", "meta.id;instr.tel",
        "Provenance.ObsConfig.Facility.name",
        "Telescope", lambda o: o.kinds.facility or None,
    ),
    ObservationColumn(
        "instrument_name", "unicodeChar", "meta.id;instr",
        "Provenance.ObsConfig.Instrument.name",
        "Camera", lambda o: o.kinds.instrument or None,
    ),
)  # fmt: skip
"""The 30 mandatory columns, in the order of the standard."""

OWN: tuple[ObservationColumn, ...] = (
    ObservationColumn(
        "dataproduct_subtype", "unicodeChar", "meta.id", "ObsDataset.dataProductSubtype",
        "Kind of map, FILETYPE of a request for cutouts", lambda o: o.record.filetype,
    ),
    ObservationColumn(
        "o_unit", "char", "meta.unit", "Char.ObservableAxis.unit",
        "Unit of the pixels, where the operator confirmed it", lambda o: o.record.unit,
    ),
    ObservationColumn(
        "s_pixel_scale", "double", "phys.angSize;instr.pixel",
        _SPATIAL + "Sampling.RefVal.SamplingPeriod",
        "Side of a pixel", lambda o: o.record.pixel_scale_arcmin * 60, unit="arcsec",
    ),
    ObservationColumn(
        "map_id", "unicodeChar", "meta.id", None,
        "Name of the map in the catalogue", lambda o: o.record.map_id,
    ),
    ObservationColumn(
        "band_name", "unicodeChar", "instr.bandpass", None,
        "Band, BANDS of a request for cutouts", lambda o: o.record.band,
    ),
    ObservationColumn(
        "coadd_tag", "unicodeChar", "meta.id", None,
        "COADD of a request for cutouts; empty for a map of one observation",
        lambda o: o.record.tag,
    ),
    ObservationColumn(
        "projection", "char", "meta.code", None,
        "Code of the WCS projection", lambda o: o.record.projection,
    ),
    ObservationColumn(
        "sha256", "char", "meta.checksum", None,
        "SHA-256 of the map's file", lambda o: o.record.sha256,
    ),
)  # fmt: skip

COLUMNS = OBSCORE + OWN
