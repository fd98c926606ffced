"""Errors as documents: plain text for VO clients, problem JSON, a page for browsers."""

import json
from collections.abc import Iterable, Sequence
from html import escape

from sptapi.representations.html import html_page
from sptapi.representations.validation import problem_tree
from sptjobs.uws.errors import InvalidRequestError, ParameterError, ServiceError


def error_text(error: ServiceError) -> bytes:
    """Write the error's label and message (SODA 1.0, section 5.2)."""
    # A lone surrogate of a JSON body must not break the response about it.
    return f"{error.code}: {error.message}\n".encode("utf-8", "backslashreplace")


def error_json(error: ServiceError, status: int, request_id: str) -> bytes:
    """Write an error as a problem (RFC 9457), with what is wrong where."""
    problem: dict[str, object] = {
        "type": "about:blank",
        "title": error.code,
        "status": status,
        "detail": error.message,
        "requestId": request_id,
    }
    problems = _problems(error)
    if problems:
        problem["problems"] = [problem_tree(each) for each in problems]
    return json.dumps(problem).encode()


def _problems(error: ServiceError) -> Sequence[ParameterError]:
    if isinstance(error, InvalidRequestError):
        return error.problems
    return (error,) if isinstance(error, ParameterError) else ()


def error_page(
    base: str, title: str, message: str, request_id: str, links: Iterable[tuple[str, str]]
) -> str:
    """Write a page that says what went wrong.

    Parameters
    ----------
    links
        Addresses of where to go from here, and their texts; the likeliest first.
    """
    said = message[:1].upper() + message[1:] + ("" if message.endswith((".", "?", "!")) else ".")
    ways = "".join(
        f'<a class="button{" quiet" if number else ""}" href="{escape(href)}">{escape(text)}</a>'
        for number, (href, text) in enumerate(links)
    )
    return html_page(
        base,
        title,
        f'<p class="lead">{escape(said)}</p><p class="ways">{ways}</p>'
        '<p class="note">If you ask the operators about it, tell them: '
        f"<code>request {escape(request_id)}</code></p>",
    )
