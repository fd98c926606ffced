"""An example of an operation for curl, which works when it is pasted behind the first steps."""

import json
import shlex
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from sptapi.representations.reference.schemas import Description, Schema, resolved

_WIDTH: Final = 92
_LEGIBLE: Final = ",:/*"
"""What stays as it is in a query string, beside letters and digits."""
_PLACES: Final = {
    "jobId": "$JOB_ID",
    "shareId": "$SHARE_ID",
    "tokenId": "$TOKEN_ID",
    "mapId": "$MAP_ID",
    "accountId": "$ACCOUNT_ID",
    "noticeId": "$NOTICE_ID",
    "savedId": "$SAVED_ID",
    "commentId": "$COMMENT_ID",
}
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_MULTIPART: Final = "multipart/form-data"


def for_browsers(path: str, operation: Schema) -> bool:
    """Whether only a browser has what it takes to ask for this."""
    session = any("session" in each for each in operation["security"])
    return session or path.startswith(("/account", "/app/"))


def curl(description: Description, method: str, path: str, operation: Schema) -> str:
    """Write the command of an operation."""
    words = ["curl -sS"]
    if operation["security"]:
        words.append('-H "$AUTH"')
    words += _response_options(method, operation)
    body = list(_body(operation.get("requestBody", {}).get("content", {})))
    words += body
    if method not in ({"post"} if body else {"get"}):
        words.append(f"-X {method.upper()}")
    words.append(f'"{_address(description, path, operation)}"')
    return _wrapped(words)


_FILES = {
    "application/x-tar": "stamps.tar",
    "application/fits": "example.fits",
    "application/octet-stream": "example.bin",
    "image/jpeg": "example.jpg",
}
"""Where a response goes that no terminal can show."""


def _response_options(method: str, operation: Schema) -> Iterator[str]:
    """Ask for JSON where there is a choice, and take what comes as what it is."""
    responses = operation["responses"]
    media_types = responses.get("200", {}).get("content", {})
    if {_JSON, "application/xml"} <= set(media_types):
        yield f'-H "Accept: {_JSON}"'
    if "text/event-stream" in media_types:
        yield "-N"
    yield from [f"-o {name}" for each, name in _FILES.items() if each in media_types][:1]
    if "303" in responses and "200" not in responses:
        # After a change: where to look. A result: to its bytes.
        yield "-L -o stamps.tar" if method == "get" else r"-w '%{redirect_url}\n'"


def _body(content: Schema) -> Iterator[str]:
    """Write the first body of those that the description gives an example of."""
    for media_type in (_FORM, _JSON, _MULTIPART):
        example = content.get(media_type, {}).get("example")
        if example is None:
            continue
        if media_type == _JSON:
            yield f'-H "Content-Type: {_JSON}"'
            yield f"-d {shlex.quote(json.dumps(example))}"
        elif media_type == _FORM:
            yield from (f"-d {shlex.quote(f'{name}={value}')}" for name, value in example.items())
        else:
            yield from (f"-F {shlex.quote(f'{name}={value}')}" for name, value in example.items())
        return


def _address(description: Description, path: str, operation: Schema) -> str:
    parameters = [resolved(description, each) for each in operation.get("parameters", ())]
    for each in parameters:
        if each["in"] == "path":
            place = _PLACES.get(each["name"]) or str(each["example"])
            path = path.replace(f"{{{each['name']}}}", place)
    asked = [
        f"{each['name']}={quote(_text(each['example']), safe=_LEGIBLE)}"
        for each in parameters
        if each["in"] == "query" and "example" in each
    ]
    return f"$SERVICE{path}" + (f"?{'&'.join(asked)}" if asked else "")


def _text(value: Any) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _wrapped(words: list[str]) -> str:
    """Put the words on lines that fit, as a shell reads them."""
    lines = [words[0]]
    for word in words[1:]:
        if len(lines[-1]) + len(word) + 1 > _WIDTH:
            lines.append(f"  {word}")
        else:
            lines[-1] += f" {word}"
    return " \\\n".join(lines)
