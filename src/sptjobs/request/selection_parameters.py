"""Parameters that select maps."""

from sptjobs.request.intervals import bands_within, parse_wavelengths
from sptjobs.request.parameter import JsonType, Occurs, Parameter, ParameterGroup
from sptjobs.request.parameter_values import (
    bands_in_order,
    each_once,
    filetypes_in_order,
    in_order_of,
    one_band,
    one_filetype,
    one_of,
    parse_day,
    parse_map_id,
    parse_snapshot,
    parse_tag,
    sorted_set,
)

POLARIZATIONS = (
    "I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX", "POLI", "POLA",
)  # fmt: skip
"""Polarization states (ObsCore 1.1, section 3.3.1.9)."""

SELECTION_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="ID",
        group=ParameterGroup.SELECTION,
        parser=parse_map_id,
        json_type=JsonType.LIST,
        occurs=Occurs.REPEATED,
        attribute="map_ids",
        collect=each_once,
        documentation="Only this map (SODA): `ivo://AUTHORITY/maps?MAPID` as SIA and DataLink "
        "have it, or the map's id alone.",
        example="yearly_winter_2020_150GHz_fltd",
    ),
    Parameter(
        name="BAND",
        group=ParameterGroup.SELECTION,
        parser=parse_wavelengths,
        json_type=JsonType.INTERVALS,
        occurs=Occurs.REPEATED,
        unit="m",
        attribute="bands",
        collect=bands_within,
        documentation="Only bands with a wavelength in this interval (SODA): two numbers in "
        "metres with a blank between, `-Inf` or `+Inf` for an open end.",
        example="0.0017 0.0024",
    ),
    Parameter(
        name="POL",
        group=ParameterGroup.SELECTION,
        parser=one_of(POLARIZATIONS),
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        attribute="polarizations",
        collect=in_order_of(POLARIZATIONS),
        options=POLARIZATIONS,
        documentation="Planes of polarisation that stamps have (SODA), all in one FITS file: `I`, "
        "`Q`, `U` of a map that holds them. Without it each map's own, mostly `I`. Maps that hold "
        "none of them are not selected; one that holds some only fails, and says which.",
        example="I,Q,U",
    ),
    Parameter(
        name="BANDS",
        group=ParameterGroup.SELECTION,
        parser=one_band,
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        attribute="bands",
        collect=bands_in_order,
        documentation="`90GHz` (the same as `95GHz`), `150GHz`, `220GHz`, or the bands that the "
        "site declares instead; all by default.",
        example="90GHz,150GHz",
    ),
    Parameter(
        name="FILETYPE",
        group=ParameterGroup.SELECTION,
        parser=one_filetype,
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        attribute="filetypes",
        collect=filetypes_in_order,
        documentation="`passthrough`, `filtered`, `coadd-subtracted`, or the kinds that the site "
        "declares instead; by default `filtered`, and `passthrough` too where coadds, dates or "
        "times are given.",
        example="passthrough",
    ),
    Parameter(
        name="DATE_START",
        group=ParameterGroup.SELECTION,
        parser=parse_day,
        json_type=JsonType.TEXT,
        attribute="date_start",
        string_format="date",
        documentation="Only observations that began on this day (`YYYY-MM-DD`, UTC) or later.",
        example="2020-01-01",
    ),
    Parameter(
        name="DATE_END",
        group=ParameterGroup.SELECTION,
        parser=parse_day,
        json_type=JsonType.TEXT,
        attribute="date_end",
        string_format="date",
        documentation="Only observations that began on this day (`YYYY-MM-DD`, UTC) or earlier.",
        example="2020-01-31",
    ),
    Parameter(
        name="COADD",
        group=ParameterGroup.SELECTION,
        parser=parse_tag,
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        attribute="coadds",
        collect=sorted_set,
        documentation="Tags of coadded maps, such as `yearly_winter_2020`. Without it, dates and "
        "times, the newest filtered coadd of each band is used.",
        example="yearly_winter_2020",
    ),
    Parameter(
        name="SINCE",
        group=ParameterGroup.SELECTION,
        parser=parse_snapshot,
        json_type=JsonType.TEXT,
        attribute="since",
        documentation="Only maps that the archive got after this snapshot.",
        example="12-0123456789ab",
    ),
)
