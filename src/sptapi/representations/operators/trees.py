"""Trees that the JSON and the pages of the operators both show."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict

from sptapi.representations.times import render_known, render_time
from sptapi.representations.tree import Tree
from sptjobs import __version__
from sptjobs.broker.control_results import ControlResult
from sptjobs.broker.inspection import Contents, DeadLetter
from sptjobs.broker.queues import EXECUTE_QUEUE, Role
from sptjobs.engine.workload import Workload
from sptjobs.sky_catalogues.sky_catalogue import SkyCatalogue
from sptjobs.store.access_requests import AccessRequest
from sptjobs.store.parts import PartRow
from sptjobs.uws.jobs import Job, JobEvent


def overview_tree(
    work: Workload,
    contents: Contents | None,
    made: Iterable[ControlResult],
    reason: str | None,
    foreign: str | None,
    *,
    asking: int,
    catalogues: Iterable[tuple[str, SkyCatalogue | None, str | None]],
) -> Tree:
    """Describe the whole service.

    Parameters
    ----------
    contents, reason
        What is in the broker, or why it does not respond.
    made
        Transitions that were made by messages, the newest first.
    foreign
        Why the results are not this database's; None when they are.
    asking
        Requests for access that nobody has decided.
    catalogues
        Names of the catalogues of objects, what was read of each, and why it was not.
    """
    return {
        "version": __version__,
        "jobs": dict(work.phases),
        "accessRequests": asking,
        "oldestQueuedAge": round(work.oldest_s, 1),
        "parts": dict(work.parts),
        "broker": _broker(contents, reason),
        "transitions": [_transition(each) for each in made],
        "workers": _workers(work.running, contents),
        "database": {"revision": work.revision},
        "results": {"foreign": foreign},
        "catalogues": [_catalogue(*each) for each in catalogues],
    }


def _catalogue(name: str, found: SkyCatalogue | None, reason: str | None) -> Tree:
    return {
        "name": name,
        "objects": 0 if found is None else len(found),
        "refused": 0 if found is None else found.refused,
        "problems": [] if found is None else list(found.problems),
        "reason": reason,
    }


def access_tree(
    requests: Iterable[AccessRequest],
    group: str,
    user_page: Callable[[str, str], str | None],
    *,
    sets: bool,
) -> Tree:
    """Describe requests for access.

    Parameters
    ----------
    group
        Into which one that is approved leads.
    user_page
        Gives the address of a user's groups, by issuer and subject.
    sets
        Whether the service puts users into it at the provider, or administrators do there.
    """
    return {
        "group": group,
        "setsGroup": sets,
        "requests": [
            {
                "account": each.account_id,
                "name": each.name,
                "state": each.state.value,
                "institute": each.wish.institute,
                "why": each.wish.why,
                "asked": render_time(each.asked),
                "changed": render_time(each.changed),
                "decidedBy": each.decided_by,
                "answer": each.answer,
                "issuer": each.issuer,
                "subject": each.subject,
                "userPage": user_page(each.issuer, each.subject),
            }
            for each in requests
        ],
    }


def operator_job_tree(
    job: Job, parts: Mapping[str, int], noted: Iterable[PartRow], events: Iterable[JobEvent]
) -> Tree:
    """Describe a job with its history, and the parts that have something to report."""
    return {
        "jobId": job.job_id,
        "runId": job.run_id,
        "ownerId": job.owner,
        "account": job.owner_id,
        "phase": job.phase.value,
        "creationTime": render_time(job.creation_time),
        "startTime": render_known(job.start_time),
        "endTime": render_known(job.end_time),
        "destruction": render_known(job.destruction),
        "storedBytes": job.stored_bytes,
        "reason": job.error.message if job.error is not None else job.abort_reason,
        "parent": job.parent_id,
        "progress": asdict(job.progress),
        "outcomes": asdict(job.outcomes),
        "parts": dict(parts),
        "notedParts": [_noted(row) for row in noted],
        "events": [asdict(each) | {"at": render_time(each.at)} for each in events],
    }


def dead_letters_tree(letters: Sequence[DeadLetter], counts: Mapping[str, int]) -> Tree:
    """Describe dead letters; ``counts`` are those of each queue, of which some may be shown."""
    return {
        "total": sum(counts.values()),
        "queues": dict(counts),
        "letters": [
            {
                "queue": each.queue,
                "messageId": each.message_id,
                "at": render_time(each.at),
                "actor": each.actor,
                "job": each.job_id,
                "error": each.error,
            }
            for each in letters
        ],
    }


def _broker(contents: Contents | None, reason: str | None) -> Tree:
    if contents is None:
        return {"reached": False, "reason": reason, "slots": None, "permits": None, "queues": []}
    queues = [
        {
            "name": each.name,
            "waiting": each.waiting,
            "delayed": each.delayed,
            "inFlight": each.in_flight,
            "deadLetters": each.dead,
        }
        for each in contents.queues
    ]
    permits = next(each.waiting for each in contents.queues if each.name == EXECUTE_QUEUE)
    slots = sum(each.slots for each in contents.workers if each.role == "execute")
    return {
        "reached": True, "reason": None, "slots": slots, "permits": permits, "queues": queues
    }  # fmt: skip


def _transition(made: ControlResult) -> Tree:
    return {
        "messageId": made.message_id,
        "actor": made.actor,
        "job": made.job_id,
        "sent": render_time(made.sent),
        "done": render_time(made.done),
        "result": made.result,
        "error": made.error,
    }


def _workers(running: Sequence[PartRow], contents: Contents | None) -> list[Tree]:
    """Join who announced slots with who is at a part: one may be known without the other."""
    found: dict[str, Tree] = {}
    for each in contents.workers if contents is not None else ():
        slots = each.slots if each.role == "execute" else 0
        found[each.worker] = _worker(each.worker, each.role, slots, each.age_s)
    for row in running:
        name = row.worker or ""
        worker = found.setdefault(name, _worker(name, "execute", None, None))
        worker["parts"].append({"job": row.job_id, "part": row.number, "attempt": row.attempt})
    return sorted(found.values(), key=lambda each: (each["role"], each["name"]))


def _worker(name: str, role: Role, slots: int | None, age_s: int | None) -> Tree:
    return {"name": name, "role": role, "slots": slots, "announcedAge": age_s, "parts": []}


def _noted(row: PartRow) -> Tree:
    return {
        "part": row.number,
        "state": row.state,
        "attempt": row.attempt,
        "worker": row.worker,
        "strikes": row.strikes,
        "losses": row.losses,
        "givenUp": row.condemned,
    }
