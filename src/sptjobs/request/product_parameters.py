"""Parameters that say what is made of each target on each map."""

from sptjobs.products import registry
from sptjobs.request.cutout_request import PLANES
from sptjobs.request.parameter import JsonType, Occurs, Parameter, ParameterGroup
from sptjobs.request.parameter_values import (
    in_order_of,
    one_of,
    parse_day,
    parse_truth,
    planes_in_order,
)

PRODUCT_PARAMETERS: tuple[Parameter, ...] = (
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
        "`preview`, `lightcurve`, `coadd`, the mean of a target's observations, `difference`, "
        "each observation minus that, `mosaic`, the mean of the coadds of one tag where "
        "fields meet, `stack`, the mean of all targets, `cube` and `animation`, a target's "
        "observations in order of time as one FITS file and as one picture, and `colour`, three "
        "bands as one picture. `lightcurve`, `coadd`, `difference`, `cube` and `animation` need "
        "single observations (DATE_START, DATE_END, TIME, or times in the rows), `stack` needs "
        "PROJECTION=TAN, and `colour` three BANDS; alone, light curves make no stamps.",
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
)
