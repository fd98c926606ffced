"""The documents of jobs, kept while what they say stays the same."""

import json
from functools import lru_cache

from sptapi.representations.jobs import job_tree
from sptapi.representations.uws_xml import job_xml
from sptapi.services.job_states import JobState
from sptapi.services.links import Links
from sptapi.services.results import list_results


@lru_cache(maxsize=256)
def job_document(state: JobState, notes: tuple[str, ...], links: Links, *, as_json: bool) -> bytes:
    """Write a job as JSON or as XML.

    Clients ask again and again how a job stands; only what is equal in all is not written anew.

    Parameters
    ----------
    notes
        What the user should know of the job besides, in words.
    """
    job = state.job
    results, address = list_results(job, links), links.job(job.job_id)
    tree = job_tree(job, results, address, notes=notes, pace=state.pace)
    return json.dumps(tree, allow_nan=False).encode() if as_json else job_xml(tree)
