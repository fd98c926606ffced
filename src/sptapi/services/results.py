"""A job's UWS results: few, but for the stamps of a small job in SODA's terms alone."""

from sptapi.representations.jobs import JobResult
from sptapi.services.combinations import combination_ids
from sptapi.services.links import Links
from sptjobs.products import registry
from sptjobs.uws.jobs import Job


def list_results(job: Job, links: Links) -> tuple[JobResult, ...]:
    """List the results as soon as a part is finished; they grow while the job runs.

    ``result`` (everything, as one tar), ``manifest``, and one entry for each
    further kind of product; of a job in SODA's terms alone then each stamp.
    """
    if not job.has_packs:
        return ()
    results = [
        _result(job, "result", "application/x-tar", links),
        _result(job, "manifest", "application/json", links),
    ]
    own = [product.result for product in registry.chosen(job.products)]
    results += [_result(job, each.result_id, each.media_type, links) for each in own if each]
    results += [_result(job, each, "application/fits", links) for each in combination_ids(job)]
    return tuple(results)


def _result(job: Job, result_id: str, media_type: str, links: Links) -> JobResult:
    return JobResult(result_id, media_type, links.result(job.job_id, result_id))
