"""One operation of the API: what it is for, who may, what it takes and what it returns."""

from html import escape
from http import HTTPStatus

from sptapi.representations.reference.examples import curl, for_browsers
from sptapi.representations.reference.schemas import (
    Description,
    Schema,
    entry,
    field_list,
    kind,
    prose,
    resolved,
)


def operation_section(
    description: Description, base: str, method: str, path: str, operation: Schema
) -> str:
    """Write the section of an operation; ``base`` is the service's public address."""
    name = escape(operation["operationId"])
    facts = "".join(
        f"<p>{prose(text)}</p>" for text in (operation.get("description"), _who(operation)) if text
    )
    return (
        f'<section class="operation" id="{name}">'
        f'<h2><a href="#{name}">{prose(operation["summary"])}</a></h2>'
        f'<p class="address"><span class="method">{method.upper()}</span>'
        f'<code><span class="origin">{escape(base)}</span>{escape(path)}</code></p>'
        f"{facts}{_parameters(description, operation)}{_bodies(description, operation)}"
        f"{_responses(operation)}{_example(description, method, path, operation)}</section>"
    )


def _who(operation: Schema) -> str:
    """Say who may: anybody, tokens of a scope, or browsers only."""
    if not operation["security"]:
        return "Open to everybody, without a token."
    (requirement,) = operation["security"]
    if "session" in requirement:
        return "Only from a browser that is signed in, not with a token."
    scopes = " and ".join(f"`{scope}`" for scope in requirement["bearer"])
    tokens = f"a token with the scope {scopes}" if scopes else "any token of yours"
    return f"With {tokens}, or from a browser that is signed in."


def _parameters(description: Description, operation: Schema) -> str:
    found = [resolved(description, each) for each in operation.get("parameters", ())]
    if not found:
        return ""
    entries = "".join(
        entry(
            each["name"],
            each["schema"],
            f"in the {each['in']}",
            "required" if each.get("required") else "",
            meaning=each.get("description", ""),
        )
        for each in found
    )
    return f'<h3>Parameters</h3><dl class="fields">{entries}</dl>'


def _bodies(description: Description, operation: Schema) -> str:
    """Write what is sent: bodies of several media types with the same fields are one."""
    content = operation.get("requestBody", {}).get("content", {})
    kinds: dict[str, list[str]] = {}
    for media_type, body in content.items():
        text = _body_fields(description, body["schema"])
        kinds.setdefault(text, []).append(f"<code>{escape(media_type)}</code>")
    return "".join(
        f"<h3>What is sent</h3><p>As {' or '.join(names)}:</p>{text}"
        for text, names in kinds.items()
    )


def _body_fields(description: Description, schema: Schema) -> str:
    listed = field_list(description, resolved(description, schema), sent=True)
    if "$ref" not in schema:
        return listed
    name = escape(schema["$ref"].rpartition("/")[2])
    return f"<details><summary>The fields of {name}</summary>{listed}</details>"


def _responses(operation: Schema) -> str:
    responses = operation["responses"]
    entries = "".join(
        _response(status, response)
        for status, response in sorted(responses.items())
        if "$ref" not in response
    )
    errors = [status for status, response in sorted(responses.items()) if "$ref" in response]
    listed = f'<p>Errors: <a href="#errors">{", ".join(errors)}</a></p>' if errors else ""
    return f'<h3>Responses</h3><dl class="fields">{entries}</dl>{listed}'


def _response(status: str, response: Schema) -> str:
    forms = [_form(name, body) for name, body in response.get("content", {}).items()]
    headers = [f"the header <code>{escape(name)}</code>" for name in response.get("headers", {})]
    given = f" In it: {', '.join((*forms, *headers))}." if forms or headers else ""
    return (
        f"<div><dt><code>{status}</code> "
        f'<span class="kind">{HTTPStatus(int(status)).phrase}</span></dt>'
        f"<dd>{prose(response['description'])}{given}</dd></div>"
    )


def _form(media_type: str, body: Schema) -> str:
    schema = body.get("schema", {})
    named = kind(schema) if "$ref" in schema or schema.get("type") == "array" else ""
    example = f", such as <code>{escape(body['example'])}</code>" if body.get("example") else ""
    return f"<code>{escape(media_type)}</code>{f' ({named})' if named else ''}{example}"


def _example(description: Description, method: str, path: str, operation: Schema) -> str:
    if for_browsers(path, operation):
        return ""
    command = curl(description, method, path, operation)
    return f'<h3>With curl</h3><pre class="example"><code>{escape(command)}</code></pre>'
