"""Parameters that make a job of an earlier one."""

from sptjobs.request.parameter import JsonType, Occurs, Parameter, ParameterGroup
from sptjobs.request.parameter_values import one_of, parse_job_id
from sptjobs.uws.pair_status import Status

ORIGIN_PARAMETERS: tuple[Parameter, ...] = (
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
)
