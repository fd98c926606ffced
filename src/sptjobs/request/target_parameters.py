"""Parameters that say where on the sky, how large, and when."""

from sptjobs.request.coordinates import parse_dec, parse_ra
from sptjobs.request.identifiers import parse_objid
from sptjobs.request.intervals import parse_time
from sptjobs.request.parameter import JsonType, Occurs, Parameter, ParameterGroup
from sptjobs.request.region_values import (
    parse_circle_region,
    parse_polygon_region,
    parse_pos_region,
)
from sptjobs.request.table_references import parse_table_value, parse_upload
from sptjobs.request.targets import parse_size

TARGET_PARAMETERS: tuple[Parameter, ...] = (
    Parameter(
        name="POSITIONS",
        group=ParameterGroup.TARGETS,
        parser=parse_table_value,
        json_type=JsonType.TABLE,
        documentation="Table with RA and DEC (degrees ICRS, or sexagesimal) and optionally "
        "XSIZE, YSIZE (arcmin), OBJID, TMIN, TMAX (MJD), STACK: CSV, VOTable, ECSV, FITS or "
        "another kind of table; or lines without a heading, each a position with or without a name "
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
)
