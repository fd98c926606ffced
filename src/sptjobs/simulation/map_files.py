"""Headers and files of simulated maps, as the SPT-3G pipeline leaves them."""

from pathlib import Path

from astropy.io import fits

from sptjobs.maps.site import packaged_kinds
from sptjobs.simulation.grid import simulated_wcs_cards
from sptjobs.simulation.instrument import Band
from sptjobs.simulation.survey import Observation, SimulatedField


def map_path(observation: Observation, band: Band, filetype: str) -> str:
    """Path of a map below the archive folder."""
    suffix = packaged_kinds().short_name(filetype)
    if observation.is_coadd:
        kind, _, rest = observation.obsid.partition("_")
        return f"{kind}/{kind}_{band.name}_{rest}_tonly_{suffix}.fits"
    name = f"{observation.obsid}_{band.name}_{suffix}.fits"
    return f"{observation.begin[:4]}/{observation.begin[:7]}/{name}"


def map_header(
    field: SimulatedField, observation: Observation, band: Band, filetype: str
) -> fits.Header:
    """Cards that SCI and WGT share, without those of the image's size."""
    path = Path(map_path(observation, band, filetype))
    # Files come with either spelling: the coadds as the cutter wants it.
    spelling = filetype if observation.is_coadd else packaged_kinds().short_name(filetype).upper()
    # Of coadds ingest leaves undefined what it does not know.
    single = None if observation.is_coadd else observation
    name = None if observation.is_coadd else field.name
    cards: list[tuple[str, object, str]] = [
        *simulated_wcs_cards(field.window),
        ("MAPTYPE", "FLAT", "Flat-sky map"),
        ("COORDREF", "Equatorial", "Reference of the coordinates"),
        ("POLAR", False, "No polarization"),
        ("POLCCONV", "IAU", "Convention of polarization"),
        ("WEIGHTED", False, "The map is not multiplied by its weight"),
        ("OVERFLOW", 0.0, ""),
        ("DATE-BEG", observation.begin, "Start of the observation, UTC"),
        ("DATE-END", single and single.end, "End of the observation, UTC"),
        ("OBSID", single and single.obsid, "Observation"),
        ("OBS-ID", observation.obsid, "Observation"),
        ("BAND", band.name, "Observing band"),
        ("FIELD", name, "Observed field"),
        ("OBJECT", name, "Observed field"),
        ("SEASON", "winter", "Observing season"),
        ("PARENT", f"{observation.obsid}_{band.name}_tonly.g3.gz", "Source"),
        ("FITSNAME", path.name, "Name of this file"),
        ("FILETYPE", spelling, "Kind of map"),
        _unit_card(filetype),
    ]
    return fits.Header(cards)


def _unit_card(filetype: str) -> tuple[str, object, str]:
    if filetype == "passthrough":
        # Real files give the factor of their unit, and call it uK although their pixels are in mK.
        return ("UNITS", 0.001, "Tcmb[uK]")
    return ("BUNIT", "mJy", "Unit of the pixels")


def science_cards(header: fits.Header, *, named: bool) -> fits.Header:
    """Complete the shared cards for the SCI image."""
    cards = [("ISWEIGHT", False, "Not a weight"), ("POLTYPE", "T", "Stokes parameter")]
    return _extension(header, "SCI" if named else "", [*cards, ("FLATPOL", False, "")])


def weight_cards(header: fits.Header, *, named: bool) -> fits.Header:
    """Complete the shared cards for the WGT image."""
    return _extension(header, "WGT" if named else "", [("ISWEIGHT", True, "A weight")])


def _extension(header: fits.Header, name: str, cards: list[tuple[str, object, str]]) -> fits.Header:
    extension = fits.Header([("EXTNAME", name, "Name of this image")] if name else [])
    extension.extend(header)
    extension.extend(cards)
    return extension


def primary_bytes() -> bytes:
    """Return the empty primary HDU."""
    header = fits.Header(
        [
            ("SIMPLE", True, "conforms to FITS standard"),
            ("BITPIX", 8, "array data type"),
            ("NAXIS", 0, "number of array dimensions"),
            ("EXTEND", True, ""),
        ]
    )
    return bytes(header.tostring(), "ascii")
