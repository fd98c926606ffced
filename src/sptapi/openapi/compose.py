"""The OpenAPI description, composed of the routes, the parameters and one file a resource.

A file in ``resources`` is called like the module of its handlers. What follows from the
tables of routes and parameters does not stand in it: who may, the errors of that, the ids
in a path, and the fields of a request for cutouts.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any

from sptapi.representations.tree import Tree
from sptapi.routes import ROUTES, Route
from sptjobs.request.parameter_schema import parameter_schemas

_ERROR = {"$ref": "#/components/responses/Error"}
_FOR_ADMINISTRATORS = "For administrators only, everybody else gets 403."


class DescriptionError(Exception):
    """The routes and what is said of them do not fit each other: a mistake in the code."""


def compose() -> Tree:
    """Compose the description.

    Raises
    ------
    DescriptionError
        A route is not described, or something is described that is no route.
    """
    document, resources = _read("document.json"), _resources()
    document["components"] = _components(document["components"], resources.values())
    shared = _joined("responses", (document, *resources.values()))
    document.pop("responses")
    operations = {
        address: (resource["tag"], operation)
        for resource in resources.values()
        for address, operation in resource.get("operations", {}).items()
    }
    paths: Tree = {}
    for route in ROUTES:
        path = described_path(route)
        tag, operation = _found(operations, f"{route.method} {path}")
        paths.setdefault(path, {})[route.method.lower()] = _operation(
            route, tag, operation, shared, document["components"]["parameters"]
        )
    if operations:
        raise DescriptionError(f"no such route: {', '.join(operations)}")
    return document | {"paths": paths}


def described_path(route: Route) -> str:
    """Spell a route's path as OpenAPI does, names of ids in camel case."""
    return re.sub(r"\{(\w+)[^}]*\}", lambda match: f"{{{_camel(match[1])}}}", route.path)


def written(document: Tree) -> str:
    """Write the description as it is committed."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _operation(route: Route, tag: str, source: Tree, shared: Tree, known: Tree) -> Tree:
    """Describe a route: what its resource says of it, and what follows from the table."""
    operation = {"operationId": source["operationId"], "summary": source["summary"], "tags": [tag]}
    notes = (source.get("description"), _FOR_ADMINISTRATORS if route.admin else None)
    if description := " ".join(filter(None, notes)):
        operation["description"] = description
    if parameters := [*_ids(route, known), *source.get("parameters", ())]:
        operation["parameters"] = parameters
    if "requestBody" in source:
        operation["requestBody"] = source["requestBody"]
    operation["responses"] = _responses(source, shared, _errors(route))
    operation["security"] = _security(route)
    return operation


def _responses(source: Tree, shared: Tree, errors: set[int]) -> Tree:
    """Give responses in full, a name standing for one that several have, and the errors."""
    given = {
        status: shared[response] if isinstance(response, str) else response
        for status, response in source["responses"].items()
    }
    codes = errors | set(source.get("errors", ()))
    return given | {str(code): _ERROR for code in sorted(codes)}


def _errors(route: Route) -> set[int]:
    """Find the errors that every route of its kind may respond with."""
    codes = set() if route.scope is None else {401, 403}
    if route.rate is not None:
        codes.add(429)
    if re.search(r"\{(job|token)_id\}", route.path):
        codes.add(404)
    return codes


def _security(route: Route) -> list[Tree]:
    if route.scope is None:
        return []
    if route.session_only:
        return [{"session": []}]
    return [{"bearer": [route.scope] if route.scope else []}]


def _ids(route: Route, known: Mapping[str, Any]) -> Iterator[Tree]:
    """Refer to the ids in a path that are described once for all routes."""
    for name in map(_camel, re.findall(r"\{(\w+)", route.path)):
        if name in known:
            yield {"$ref": f"#/components/parameters/{name}"}


def _components(base: Tree, resources: Iterable[Tree]) -> Tree:
    sources = (base, *resources)
    joined = {kind: _joined(kind, sources) for kind in ("parameters", "schemas")}
    joined["schemas"]["CutoutParameters"]["properties"] = parameter_schemas()
    return base | joined


def _joined(kind: str, sources: Iterable[Tree]) -> Tree:
    """Join a section of several files.

    Raises
    ------
    DescriptionError
        Two of them give one name.
    """
    joined: Tree = {}
    for source in sources:
        section = source.get(kind, {})
        if twice := joined.keys() & section.keys():
            raise DescriptionError(f"described twice: {', '.join(sorted(twice))}")
        joined |= section
    return joined


def _found(operations: dict[str, tuple[str, Tree]], address: str) -> tuple[str, Tree]:
    try:
        return operations.pop(address)
    except KeyError:
        raise DescriptionError(f"not described: {address}") from None


def _resources() -> dict[str, Tree]:
    folder = files(__package__).joinpath("resources")
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".json"))
    return {name.removesuffix(".json"): _read(f"resources/{name}") for name in names}


def _read(name: str) -> Tree:
    document: Tree = json.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return document


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda match: match[1].upper(), name)
