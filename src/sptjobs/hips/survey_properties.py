"""What a survey says of itself: the file ``properties``, one keyword a line.

References
----------
IVOA HiPS 1.0, sections 4.4.1 (keywords) and 5.2 (lists of surveys).
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sptjobs.hips.survey_files import PROPERTIES, TILE_PIXELS, pixel_arcmin
from sptjobs.maps.record import MapRecord
from sptjobs.obscore.observation import MapObservation

Properties = dict[str, str]


@dataclass(frozen=True, slots=True)
class MadeSurvey:
    """What making a survey finds out.

    Attributes
    ----------
    order
        Of its deepest tiles.
    sky_fraction
        Part of the sky that it covers.
    values
        Smallest and largest pixel, in the map's unit.
    shown
        Value at the end of the colours of its pictures, in the same unit.
    size_bytes
        All files together.
    finished
        When it was made [UTC].
    """

    order: int
    sky_fraction: float
    values: tuple[float, float]
    shown: float
    size_bytes: int
    finished: datetime


def survey_title(record: MapRecord) -> str:
    """What lists of surveys call it."""
    return f"{record.tag} {record.band} {record.filetype}"


def survey_properties(
    observation: MapObservation, identifier: str, made: MadeSurvey, builder: str
) -> Properties:
    """Describe the survey of a coadd.

    Parameters
    ----------
    identifier
        Of the survey itself.
    builder
        Name and version of the software.
    """
    record, centre = observation.record, observation.circle
    date = f"{made.finished:%Y-%m-%dT%H:%MZ}"
    found = {
        "creator_did": identifier,
        "obs_collection": observation.collection,
        "obs_title": survey_title(record),
        "prov_progenitor": observation.publisher_did,
        "obs_regime": "Millimeter" if "em.mm" in observation.ucd else None,
        "data_ucd": observation.ucd,
        "em_min": observation.wavelengths[0],
        "em_max": observation.wavelengths[1],
        "t_min": observation.times[0],
        "t_max": observation.times[1],
        "s_pixel_scale": record.pixel_scale_arcmin / 60,
        "dataproduct_type": "image",
        "hips_version": "1.4",
        "hips_builder": builder,
        "hips_creation_date": date,
        "hips_release_date": date,
        "hips_status": "private master unclonable",
        "hips_frame": "equatorial",
        "hips_order": made.order,
        "hips_order_min": 0,
        "hips_tile_width": TILE_PIXELS,
        "hips_tile_format": "png fits",
        "hips_pixel_bitpix": -32,
        "hips_pixel_scale": pixel_arcmin(made.order) / 60,
        "hips_pixel_cut": f"{-made.shown:.6g} {made.shown:.6g}",
        "hips_data_range": f"{made.values[0]:.6g} {made.values[1]:.6g}",
        "hips_sampling": "bilinear",
        "hips_estsize": math.ceil(made.size_bytes / 1024),
        "hips_initial_ra": f"{centre.ra % 360:.6f}",
        "hips_initial_dec": f"{centre.dec:.6f}",
        "hips_initial_fov": f"{min(2 * centre.radius, 180):.6f}",
        "moc_sky_fraction": f"{made.sky_fraction:.8f}",
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def write_properties(properties: Mapping[str, str]) -> str:
    """Write properties as the text of their file."""
    return "".join(f"{name:20} = {' '.join(text.split())}\n" for name, text in properties.items())


def read_properties(text: str) -> Properties:
    """Read the text of a file of properties."""
    lines = (line.partition("=") for line in text.split("\n") if not line.startswith("#"))
    return {name.strip(): value.strip() for name, equals, value in lines if equals}


def properties_of(survey: Path) -> Properties | None:
    """Read what a survey says of itself; None where that is damaged, or gone meanwhile."""
    try:
        return read_properties((survey / PROPERTIES).read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def write_list(surveys: Iterable[Mapping[str, str]]) -> str:
    """Write a list of surveys: the properties of each, an empty line between them."""
    return "\n".join(map(write_properties, surveys))
