"""Parameters that say what pixels a stamp has."""

from sptjobs.request.cutout_request import Order, Projection
from sptjobs.request.parameter import JsonType, Parameter, ParameterGroup
from sptjobs.request.parameter_values import choice, parse_pixel_scale, parse_ratio, parse_truth

STAMP_PARAMETERS: tuple[Parameter, ...] = (
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
)
