"""The tree of a job as UWS XML.

References
----------
UWS 1.1: the namespace stays ``v1.0``; ``version`` tells 1.1; containers are there
even when empty, and ``xlink`` is always declared, because clients lean on both.
"""

from collections.abc import Iterable
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sptapi.representations.tree import Tree

UWS = "http://www.ivoa.net/xml/UWS/v1.0"
XLINK = "http://www.w3.org/1999/xlink"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
JOB_INFO = "urn:spt3g:jobinfo:1"
"""Namespace of the children of ``jobInfo``, which UWS leaves to the service."""

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMESPACES = f'xmlns:uws="{UWS}" xmlns:xlink="{XLINK}" xmlns:xsi="{XSI}"'


def job_xml(tree: Tree) -> bytes:
    """Write the tree of one job."""
    children = "".join(_child(name, value) for name, value in tree.items() if name != "version")
    return _document("job", f'version="{tree["version"]}"', children)


def jobs_xml(tree: Tree) -> bytes:
    """Write the job list."""
    references = "".join(_job_reference(job) for job in tree["jobs"])
    return _document("jobs", f'version="{tree["version"]}"', references)


def parameters_xml(parameters: list[Tree]) -> bytes:
    """Write the parameters alone."""
    return _document("parameters", "", "".join(map(_parameter, parameters)))


def results_xml(results: list[Tree]) -> bytes:
    """Write the result list alone."""
    return _document("results", "", "".join(map(_result, results)))


def _document(name: str, attributes: str, content: str) -> bytes:
    head = f"<uws:{name} {_NAMESPACES} {attributes}".rstrip()
    return f"{_DECLARATION}{head}>{content}</uws:{name}>\n".encode()


def _child(name: str, value: Any) -> str:
    match name:
        case "parameters":
            return _element(name, map(_parameter, value))
        case "results":
            return _element(name, map(_result, value))
        case "errorSummary":
            return _error(value)
        case "jobInfo":
            return _job_info(value)
    if value is None:
        return f'<uws:{name} xsi:nil="true"/>'
    return _element(name, [escape(str(value))])


def _element(name: str, content: Iterable[str]) -> str:
    return f"<uws:{name}>{''.join(content)}</uws:{name}>"


def _job_reference(job: Tree) -> str:
    inner = "".join(
        _element(name, [escape(job[name])])
        for name in ("phase", "runId", "ownerId", "creationTime")
        if name in job
    )
    return (
        f'<uws:jobref id={quoteattr(job["id"])} xlink:type="simple"'
        f" xlink:href={quoteattr(job['href'])}>{inner}</uws:jobref>"
    )


def _parameter(parameter: Tree) -> str:
    return (
        f"<uws:parameter id={quoteattr(parameter['id'])}"
        f' byReference="{str(parameter["byReference"]).lower()}">'
        f"{escape(parameter['value'])}</uws:parameter>"
    )


def _result(result: Tree) -> str:
    return (
        f'<uws:result id={quoteattr(result["id"])} xlink:type="simple"'
        f" xlink:href={quoteattr(result['href'])}"
        f" mime-type={quoteattr(result['mime-type'])}/>"
    )


def _error(error: Tree) -> str:
    return (
        f'<uws:errorSummary type="{error["type"]}"'
        f' hasDetail="{str(error["hasDetail"]).lower()}">'
        f"<uws:message>{escape(error['message'])}</uws:message></uws:errorSummary>"
    )


_ITEMS = {"notes": "note", "ignored": "parameter"}
"""What the items of a list in ``jobInfo`` are called."""


def _job_info(info: Tree) -> str:
    groups = "".join(
        f"<spt:{group}>{_info_content(group, content)}</spt:{group}>"
        for group, content in info.items()
    )
    return f'<uws:jobInfo xmlns:spt="{JOB_INFO}">{groups}</uws:jobInfo>'


def _info_content(group: str, content: str | int | list[str] | Tree) -> str:
    match content:
        case str() | int():
            return escape(str(content))
        case list():
            name = _ITEMS[group]
            return "".join(f"<spt:{name}>{escape(item)}</spt:{name}>" for item in content)
    return _counts(content)


def _counts(counts: Tree) -> str:
    return "".join(f"<spt:{name}>{count}</spt:{name}>" for name, count in counts.items())
