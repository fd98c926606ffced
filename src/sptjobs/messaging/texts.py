"""What messages say: as JSON for webhooks, as plain text for mail."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sptjobs.store.access_requests import AccessRequest, AccessState
from sptjobs.uws.jobs import Job

_LISTED: Final = 30
"""Jobs that a mail lists; the rest is counted."""


def job_document(base: str, job: Job) -> dict[str, Any]:
    """Describe a job that has ended, as a webhook says it.

    Parameters
    ----------
    base
        The service's public address.
    """
    return {
        "type": "job.ended",
        "data": {
            "jobId": job.job_id,
            "runId": job.run_id,
            "phase": job.phase.value,
            "creationTime": _time(job.creation_time),
            "endTime": _time(job.end_time),
            "outcomes": asdict(job.outcomes),
            "reason": _reason(job),
            "job": f"{base}/api/v1/cutout/async/{job.job_id}",
            "page": _page(base, job),
        },
    }


def request_document(base: str, request: AccessRequest) -> dict[str, Any]:
    """Say who asks for access, as a webhook does; why, stands on the operators' page alone."""
    data = {"account": request.account_id, "name": request.name, "page": f"{base}/ops/access"}
    return {"type": "access.requested", "data": data}


def jobs_mail(base: str, jobs: Sequence[Job]) -> tuple[str, str]:
    """Write subject and text of a mail about jobs that have ended."""
    first = jobs[0]
    subject = f"Job {_name(first)} is {first.phase}"
    if len(jobs) > 1:
        subject = f"{len(jobs)} jobs have ended"
    lines = [_lines(base, job) for job in jobs[:_LISTED]]
    if len(jobs) > _LISTED:
        lines.append(f"and {len(jobs) - _LISTED} more: {base}/app/cutout/jobs")
    return subject, "\n\n".join([*lines, _why(base)]) + "\n"


def requests_mail(base: str, requests: Sequence[AccessRequest]) -> tuple[str, str]:
    """Write subject and text of a mail about requests for access."""
    subject = f"{requests[0].name} asks for access"
    if len(requests) > 1:
        subject = f"{len(requests)} people ask for access"
    asking = "\n".join(f"{each.name}, {each.wish.institute}" for each in requests)
    return subject, f"{asking}\n\nDecide at {base}/ops/access\n\n{_why(base)}\n"


def decision_mail(base: str, request: AccessRequest) -> tuple[str, str]:
    """Write subject and text of the mail to somebody whose request for access was decided."""
    subject = f"Your request for access to the SPT-3G data service was {request.state}"
    lines = [f"Your request for access was {request.state}."]
    if request.answer:
        lines.append(request.answer)
    if request.state is AccessState.APPROVED:
        lines.append(f"Sign in once more; your new group counts from then on: {base}/account/login")
    else:
        lines.append(f"You may ask again: {base}/account/login")
    return subject, "\n\n".join(
        [*lines, "You get this message because you asked for access."]
    ) + "\n"


def _lines(base: str, job: Job) -> str:
    counted = {name.replace("_", "-"): n for name, n in asdict(job.outcomes).items() if n}
    stamps = ", ".join(f"{n:,} {name}" for name, n in counted.items())
    counts = f"Stamps: {stamps}" if stamps else None
    said = filter(None, (f"Job {_name(job)} is {job.phase}.", counts, _reason(job)))
    return "\n".join([*said, _page(base, job)])


def _why(base: str) -> str:
    return f"You asked for this message; {base}/app/cutout/account ends it."


def _name(job: Job) -> str:
    return job.run_id or job.job_id[:8]


def _page(base: str, job: Job) -> str:
    return f"{base}/app/cutout/jobs/{job.job_id}"


def _reason(job: Job) -> str | None:
    return job.error.message if job.error is not None else job.abort_reason


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.replace(tzinfo=None).isoformat("T", "seconds") + "Z"
