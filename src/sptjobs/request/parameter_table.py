"""The parameters of a request for cutouts, each declared once.

Forms, query strings and JSON documents are read by this table; the README's table of
parameters and the description of the API are written from it.
"""

from sptjobs.products import registry
from sptjobs.request.control_values import (
    MAX_RUN_ID,
    Controls,
    parse_destruction,
    parse_duration,
    parse_run,
    parse_run_id,
)
from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.cutout_request import PLANES, CutoutRequest, Order, Projection
from sptjobs.request.identifiers import parse_objid
from sptjobs.request.intervals import bands_within, parse_time, parse_wavelengths
from sptjobs.request.parameter import JsonType, Occurs, Parameter, ParameterGroup, check_table
from sptjobs.request.parameter_values import (
    bands_in_order,
    choice,
    each_once,
    filetypes_in_order,
    in_order_of,
    one_band,
    one_filetype,
    one_of,
    parse_day,
    parse_job_id,
    parse_map_id,
    parse_pixel_scale,
    parse_ratio,
    parse_snapshot,
    parse_tag,
    parse_truth,
    planes_in_order,
    sorted_set,
)
from sptjobs.request.region_values import (
    parse_circle_region,
    parse_polygon_region,
    parse_pos_region,
)
from sptjobs.request.table_references import parse_table_value, parse_upload
from sptjobs.request.targets import parse_size
from sptjobs.uws.pair_status import Status

POLARIZATIONS = (
    "I", "Q", "U", "V", "RR", "LL", "RL", "LR", "XX", "YY", "XY", "YX", "POLI", "POLA",
)  # fmt: skip
"""Polarization states (ObsCore 1.1, section 3.3.1.9)."""

PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="POSITIONS",
        group=ParameterGroup.TARGETS,
        parser=parse_table_value,
        json_type=JsonType.TABLE,
        documentation="Table with RA and DEC (degrees ICRS, or sexagesimal) and optionally "
        "XSIZE, YSIZE (arcmin), OBJID, TMIN, TMAX (MJD): CSV, VOTable, ECSV, FITS or another kind "
        "of table; or lines without a heading, each a position with or without a name "
        "(`NGC 253 11.888 -25.288`). In a form or as an uploaded file; or `param:NAME` for a part "
        "of a multipart body; in JSON also a list of objects.",
        example="RA,DEC\n0.25,-57.8\n",
    ),
    Parameter(
        name="UPLOAD",
        group=ParameterGroup.TARGETS,
        parser=parse_upload,
        json_type=JsonType.TEXT,
        documentation="`positions,param:NAME`, where NAME is a file part of the multipart body "
        "(DALI 1.1).",
        example="positions,param:table",
    ),
    Parameter(
        name="RA",
        group=ParameterGroup.TARGETS,
        parser=parse_ra,
        json_type=JsonType.NUMBER,
        unit="deg",
        documentation="Right ascension of one target, degrees ICRS, or sexagesimal hours.",
        example="0.25",
    ),
    Parameter(
        name="DEC",
        group=ParameterGroup.TARGETS,
        parser=parse_dec,
        json_type=JsonType.NUMBER,
        unit="deg",
        documentation="Declination of one target, degrees ICRS, or sexagesimal.",
        example="-57.8",
    ),
    Parameter(
        name="OBJID",
        group=ParameterGroup.TARGETS,
        parser=parse_objid,
        json_type=JsonType.TEXT,
        documentation="Name of one target, kept as given; its files are named after it.",
        example="SPT-CLJ0000-5748",
    ),
    Parameter(
        name="POS",
        group=ParameterGroup.TARGETS,
        parser=parse_pos_region,
        json_type=JsonType.LIST,
        occurs=Occurs.REPEATED,
        unit="deg",
        documentation="A region of the sky (SODA), degrees ICRS: `CIRCLE ra dec radius`, "
        "`RANGE ra1 ra2 dec1 dec2` (`-Inf`, `+Inf` for open ends) or `POLYGON ra dec …` (three "
        "corners or more, drawn either way: the smaller side). The stamp is the window around "
        "it, up to 2 degrees wide.",
        example="POLYGON 0.2 -57.9 0.4 -57.9 0.3 -57.7",
    ),
    Parameter(
        name="CIRCLE",
        group=ParameterGroup.TARGETS,
        parser=parse_circle_region,
        json_type=JsonType.CIRCLES,
        occurs=Occurs.REPEATED,
        unit="deg",
        documentation="`ra dec radius`, degrees: a target with twice the radius as its size. A "
        "circle that is smaller than a pixel, or larger than a stamp can be, gets the best match.",
        example="0.25 -57.8 0.1",
    ),
    Parameter(
        name="POLYGON",
        group=ParameterGroup.TARGETS,
        parser=parse_polygon_region,
        json_type=JsonType.POLYGONS,
        occurs=Occurs.REPEATED,
        unit="deg",
        documentation="`ra dec ra dec ra dec …`, degrees: as POS has it.",
        example="0.2 -57.9 0.4 -57.9 0.3 -57.7",
    ),
    Parameter(
        name="SIZE",
        group=ParameterGroup.TARGETS,
        parser=parse_size,
        json_type=JsonType.NUMBER,
        unit="arcmin",
        documentation="Width and height, arcmin, 10 by default; a row's own value wins.",
        example="12",
    ),
    Parameter(
        name="XSIZE",
        group=ParameterGroup.TARGETS,
        parser=parse_size,
        json_type=JsonType.NUMBER,
        unit="arcmin",
        documentation="Width, arcmin, in place of SIZE.",
        example="12",
    ),
    Parameter(
        name="YSIZE",
        group=ParameterGroup.TARGETS,
        parser=parse_size,
        json_type=JsonType.NUMBER,
        unit="arcmin",
        documentation="Height, arcmin, in place of SIZE.",
        example="12",
    ),
    Parameter(
        name="TIME",
        group=ParameterGroup.TARGETS,
        parser=parse_time,
        json_type=JsonType.INTERVAL,
        unit="d (MJD, UTC)",
        documentation="Two MJD with a blank between, `-Inf` or `+Inf` for an open end: only "
        "observations that began in this interval.",
        example="58849 58850",
    ),
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
        occurs=Occurs.REPEATED,
        attribute="polarizations",
        collect=each_once,
        options=POLARIZATIONS,
        documentation="Only these polarization states (SODA). The maps hold total intensity, `I`: "
        "without it nothing is selected.",
        example="I",
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
    Parameter(
        name="PROJECTION",
        group=ParameterGroup.STAMP,
        parser=choice(Projection),
        json_type=JsonType.TEXT,
        attribute="projection",
        options=tuple(Projection),
        documentation="`native` (the default) keeps the map's own pixels, exactly; `TAN` "
        "resamples, north up and centred on the target.",
        example="TAN",
    ),
    Parameter(
        name="PIXEL_SCALE",
        group=ParameterGroup.STAMP,
        parser=parse_pixel_scale,
        json_type=JsonType.NUMBER,
        unit="arcmin",
        attribute="pixel_scale",
        documentation="Of TAN stamps, arcmin; the map's by default. A coarser one needs ORDER "
        "`adaptive` or `exact`.",
        example="0.2",
    ),
    Parameter(
        name="ORDER",
        group=ParameterGroup.STAMP,
        parser=choice(Order),
        json_type=JsonType.TEXT,
        attribute="order",
        options=tuple(Order),
        documentation="How TAN stamps are interpolated: `nearest`, `bilinear` (the default), "
        "`bicubic`, `adaptive`, `exact`.",
        example="exact",
    ),
    Parameter(
        name="PAD",
        group=ParameterGroup.STAMP,
        parser=parse_truth,
        json_type=JsonType.BOOLEAN,
        attribute="pad",
        documentation="`false` clips stamps at the map's edge instead of filling them with NaN.",
        example="false",
    ),
    Parameter(
        name="MASK_OUTSIDE",
        group=ParameterGroup.STAMP,
        parser=parse_truth,
        json_type=JsonType.BOOLEAN,
        attribute="mask_outside",
        documentation="`true` leaves pixels outside the region of POS, CIRCLE or POLYGON "
        "unobserved: SCI is NaN and WGT 0 there.",
        example="true",
    ),
    Parameter(
        name="UNIFORM_COVERAGE",
        group=ParameterGroup.STAMP,
        parser=parse_ratio,
        json_type=JsonType.NUMBER,
        attribute="uniform_coverage",
        documentation="Only stamps whose smallest weight is at least this share, 0 to 1, of their "
        "largest; a pixel that is not observed has the weight 0. Others end as `no-data`.",
        example="0.5",
    ),
    Parameter(
        name="NOISE",
        group=ParameterGroup.PRODUCTS,
        parser=parse_truth,
        json_type=JsonType.BOOLEAN,
        attribute="noise",
        documentation="`true` measures each stamp's noise: rms and depth in its header and in the "
        "manifest.",
        example="true",
    ),
    Parameter(
        name="PLANES",
        group=ParameterGroup.PRODUCTS,
        parser=one_of(PLANES),
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        attribute="planes",
        collect=planes_in_order,
        options=PLANES,
        documentation="Planes of FITS stamps: `sci`, or `sci,wgt` (the default) with the weights.",
        example="sci",
    ),
    Parameter(
        name="PRODUCTS",
        group=ParameterGroup.PRODUCTS,
        parser=one_of(registry.BY_NAME),
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        attribute="products",
        collect=in_order_of(registry.BY_NAME),
        options=tuple(registry.BY_NAME),
        documentation="What is made of each target on each map: any of `fits` (the default), "
        "`preview`, `lightcurve`, `coadd`, the mean of a target's observations, and `difference`, "
        "each observation minus that. All but the first two need single observations "
        "(DATE_START, DATE_END, TIME, or times in the rows); alone, light curves make no stamps.",
        example="fits,preview",
    ),
    Parameter(
        name="REFERENCE_START",
        group=ParameterGroup.PRODUCTS,
        parser=parse_day,
        json_type=JsonType.TEXT,
        attribute="reference_start",
        string_format="date",
        documentation="First day, `YYYY-MM-DD` UTC, of the observations that coadds are made of, "
        "among those that are selected; all by default.",
        example="2019-01-01",
    ),
    Parameter(
        name="REFERENCE_END",
        group=ParameterGroup.PRODUCTS,
        parser=parse_day,
        json_type=JsonType.TEXT,
        attribute="reference_end",
        string_format="date",
        documentation="Last day of these, included whole.",
        example="2019-12-31",
    ),
    Parameter(
        name="RETRY_OF",
        group=ParameterGroup.ORIGIN,
        parser=parse_job_id,
        json_type=JsonType.TEXT,
        documentation="Makes a job of what failed of this one (or ended with another STATUS); "
        "the request is that job's, only parameters of the job itself may be beside.",
    ),
    Parameter(
        name="STATUS",
        group=ParameterGroup.ORIGIN,
        parser=one_of(Status),
        json_type=JsonType.LIST,
        occurs=Occurs.LISTED,
        collect=frozenset,
        options=tuple(Status),
        documentation="With RETRY_OF: statuses of the rows to do again, `failed` by default.",
        example="failed,no-data",
    ),
    Parameter(
        name="SINCE_JOB",
        group=ParameterGroup.ORIGIN,
        parser=parse_job_id,
        json_type=JsonType.TEXT,
        documentation="Makes the same job again for maps that the archive got since that job was "
        "planned.",
    ),
    Parameter(
        name="PHASE",
        group=ParameterGroup.CONTROLS,
        parser=parse_run,
        json_type=JsonType.TEXT,
        attribute="run",
        options=("RUN",),
        documentation="`RUN` runs the job at once instead of leaving it PENDING.",
        example="RUN",
    ),
    Parameter(
        name="RUNID",
        group=ParameterGroup.CONTROLS,
        parser=parse_run_id,
        json_type=JsonType.TEXT,
        attribute="run_id",
        max_length=MAX_RUN_ID,
        documentation="A name for the job, in one's own words.",
        example="clusters of June",
    ),
    Parameter(
        name="EXECUTIONDURATION",
        group=ParameterGroup.CONTROLS,
        parser=parse_duration,
        json_type=JsonType.INTEGER,
        unit="s",
        attribute="execution_duration",
        documentation="Seconds that the job may execute.",
        example="600",
    ),
    Parameter(
        name="DESTRUCTION",
        group=ParameterGroup.CONTROLS,
        parser=parse_destruction,
        json_type=JsonType.TEXT,
        attribute="destruction",
        string_format="date-time",
        documentation="When the job is deleted with everything it made.",
        example="2099-01-31T12:00:00Z",
    ),
    Parameter(
        name="STRICT",
        group=ParameterGroup.CONTROLS,
        parser=parse_truth,
        json_type=JsonType.BOOLEAN,
        attribute="strict",
        documentation="`true` refuses parameters that are not known. Otherwise the job keeps them, "
        "says that it ignored them, and goes on.",
        example="true",
    ),
)
"""All of them, in the order of the documentation."""

check_table(
    PARAMETERS,
    {
        ParameterGroup.SELECTION: CutoutRequest,
        ParameterGroup.STAMP: CutoutRequest,
        ParameterGroup.PRODUCTS: CutoutRequest,
        ParameterGroup.CONTROLS: Controls,
    },
)
