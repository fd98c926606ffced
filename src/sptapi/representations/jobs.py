"""A job as one tree, which the XML and the JSON documents both write.

Keys stand in the order that the schema prescribes (UWS 1.1, appendix "UWS schema").
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from urllib.parse import quote

from sptapi.representations.times import render_known
from sptapi.representations.tree import Tree
from sptjobs.request.unknown_parameters import ignored_names, ignored_note
from sptjobs.uws.jobs import Job, JobReference, Pace


@dataclass(frozen=True, slots=True)
class JobResult:
    """One entry of a job's result list."""

    result_id: str
    media_type: str
    href: str


def job_tree(
    job: Job,
    results: Sequence[JobResult],
    job_url: str,
    *,
    notes: Sequence[str] = (),
    pace: Pace | None = None,
) -> Tree:
    """Describe a job; an unknown time is None, an absent run id or error left out.

    Parameters
    ----------
    notes
        What the user should know of the job besides, in words.
    pace
        Where it stands in the queue, or how fast it goes.
    """
    tree: Tree = {"version": "1.1", "jobId": job.job_id}
    if job.run_id is not None:
        tree["runId"] = job.run_id
    tree |= {
        "ownerId": job.owner,
        "phase": job.phase.value,
        "quote": render_known(job.quote),
        "creationTime": render_known(job.creation_time),
        "startTime": render_known(job.start_time),
        "endTime": render_known(job.end_time),
        "executionDuration": job.execution_duration,
        "destruction": render_known(job.destruction),
        "parameters": parameters_tree(job, job_url),
        "results": results_tree(results),
    }
    if job.error is not None:
        tree["errorSummary"] = {
            "type": job.error.kind,
            "hasDetail": job.error.detail is not None,
            "message": f"{job.error.code}: {job.error.message}",
        }
    tree["jobInfo"] = {"progress": asdict(job.progress), "outcomes": asdict(job.outcomes)}
    tree["jobInfo"] |= _more_info(job, notes, pace)
    return tree


def _more_info(job: Job, notes: Sequence[str], pace: Pace | None) -> Tree:
    """What there is to say of this job and not of every one."""
    info: Tree = {"account": job.owner_id, "stored_bytes": job.stored_bytes}
    if job.parent_id is not None:
        info["parent"] = job.parent_id
    if job.snapshot is not None:
        info["snapshot"] = job.snapshot
    if ignored := ignored_names(job.parameters):
        info["ignored"] = list(ignored)
    if pace is not None:
        info["pace"] = {name: value for name, value in asdict(pace).items() if value is not None}
    if said := [*map(ignored_note, info.get("ignored", ())), *notes]:
        info["notes"] = said
    return info


def jobs_tree(jobs: Iterable[JobReference], total: int, list_url: str) -> Tree:
    """Describe the job list.

    Parameters
    ----------
    total
        How many jobs there are in all, of which this may be a page.
    """
    references = [reference_tree(job, list_url) for job in jobs]
    return {"version": "1.1", "total": total, "jobs": references}


def parameters_tree(job: Job, job_url: str) -> list[Tree]:
    """Describe the parameters; what XML would bend is given by reference."""
    return [
        {"id": name, "byReference": True, "value": f"{job_url}/parameters/{quote(name, safe='')}"}
        if is_by_reference(value)
        else {"id": name, "byReference": False, "value": value}
        for name, value in job.parameters
    ]


def results_tree(results: Iterable[JobResult]) -> list[Tree]:
    """Describe the results."""
    return [
        {"id": result.result_id, "href": result.href, "mime-type": result.media_type}
        for result in results
    ]


def is_by_reference(value: str | None) -> bool:
    """Whether a value is long, has lines, or has blanks around that readers strip."""
    return value is None or "\n" in value or "\r" in value or value != value.strip()


def reference_tree(job: JobReference, list_url: str) -> Tree:
    """Describe a job as lists do."""
    tree: Tree = {"id": job.job_id, "href": f"{list_url}/{job.job_id}", "phase": job.phase.value}
    if job.run_id is not None:
        tree["runId"] = job.run_id
    return tree | {
        "ownerId": job.owner,
        "creationTime": render_known(job.creation_time),
        # A reference in XML has no room for what follows.
        "startTime": render_known(job.start_time),
        "endTime": render_known(job.end_time),
        "destruction": render_known(job.destruction),
        "jobInfo": {
            "progress": asdict(job.progress),
            "outcomes": asdict(job.outcomes),
            "stored_bytes": job.stored_bytes,
            "parent": job.parent_id,
            "reason": job.reason,
        },
    }
