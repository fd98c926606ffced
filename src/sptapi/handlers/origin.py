"""The job that a new one is made of, for its creation and for its validation."""

from aiohttp import web

from sptapi.keys import ENGINE, IDENTITY, OUTCOME_INDEXES, PACKS
from sptapi.parameters.body import Form
from sptapi.parameters.retry import Repeat, read_origin, renewal, retry
from sptapi.services.retry import failed_part, snapshot_of


async def repeat_of(request: web.Request, form: Form) -> Repeat | None:
    """Look up the job that the new one is to be made of, where one is named."""
    origin = read_origin(form)
    if origin is None:
        return None
    engine, identity = request.app[ENGINE], request[IDENTITY]
    if origin.statuses is None:
        before, snapshot = await snapshot_of(engine, identity, origin.job_id)
        return renewal(origin.job_id, before, snapshot)
    before, found = await failed_part(
        engine,
        request.app[PACKS],
        request.app[OUTCOME_INDEXES],
        identity,
        job_id=origin.job_id,
        statuses=origin.statuses,
    )
    return retry(origin.job_id, before, found.targets, found.bands, found.filetypes)
