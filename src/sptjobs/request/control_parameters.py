"""Parameters of the job itself."""

from sptjobs.request.control_values import (
    MAX_RUN_ID,
    parse_destruction,
    parse_duration,
    parse_run,
    parse_run_id,
)
from sptjobs.request.parameter import JsonType, Parameter, ParameterGroup
from sptjobs.request.parameter_values import parse_truth

CONTROL_PARAMETERS: tuple[Parameter, ...] = (
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
