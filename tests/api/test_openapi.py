"""The description is composed: of the route table, of the parameters, and of a file a resource."""

import copy
import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from sptapi.openapi import compose as composing
from sptapi.openapi.compose import DescriptionError, compose, described_path, written
from sptapi.routes import ROUTES

pytestmark = pytest.mark.any_database

FOLDER = Path(composing.__file__).parent
RESOURCES = sorted((FOLDER / "resources").glob("*.json"))


def test_the_committed_description_is_fresh() -> None:
    committed = files("sptapi").joinpath("openapi.json").read_text("utf-8")
    assert committed == written(compose()), "make openapi writes it"


def test_composing_twice_gives_the_same_bytes() -> None:
    assert written(compose()) == written(compose())


@pytest.mark.parametrize("path", [FOLDER / "document.json", *RESOURCES], ids=lambda path: path.stem)
def test_the_file_of_a_resource_is_small(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) < 400


def test_an_operation_stands_in_the_file_that_is_called_like_its_handlers_module() -> None:
    expected: dict[str, set[str]] = {}
    for route in ROUTES:
        name = route.handler.__module__.rpartition(".")[2]
        expected.setdefault(name, set()).add(f"{route.method} {described_path(route)}")
    found = {
        path.stem: set(json.loads(path.read_text("utf-8")).get("operations", {}))
        for path in RESOURCES
    }
    assert {name: operations for name, operations in found.items() if operations} == expected


def test_every_shared_response_schema_and_parameter_is_used() -> None:
    text = written(compose())
    sources = [json.loads(path.read_text("utf-8")) for path in RESOURCES]
    for kind in ("schemas", "parameters"):
        for name in (name for source in sources for name in source.get(kind, {})):
            assert f'"#/components/{kind}/{name}"' in text or f"(schema {name})" in text, name
    used = {
        response
        for source in sources
        for operation in source.get("operations", {}).values()
        for response in operation["responses"].values()
        if isinstance(response, str)
    }
    document = json.loads((FOLDER / "document.json").read_text("utf-8"))
    shared = {name for source in (document, *sources) for name in source.get("responses", {})}
    assert used == shared


def test_what_follows_from_the_route_table_is_on_every_route() -> None:
    paths = compose()["paths"]
    for route in ROUTES:
        operation = paths[described_path(route)][route.method.lower()]
        statuses = set(operation["responses"])
        assert ({"401", "403"} <= statuses) or route.scope is None
        assert "429" in statuses or route.rate is None
        assert ("For administrators only" in operation.get("description", "")) is route.admin


Change = Callable[[dict[str, Any]], None]


def _forget(resources: dict[str, Any]) -> None:
    del resources["rows"]["operations"]["GET /api/v1/cutout/async/{jobId}/targets"]


def _invent(resources: dict[str, Any]) -> None:
    operation = copy.deepcopy(resources["landing"]["operations"]["GET /"])
    resources["landing"]["operations"]["GET /nowhere"] = operation


def _repeat(resources: dict[str, Any]) -> None:
    resources["rows"]["schemas"]["Job"] = {"type": "object"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_forget, "not described: GET /api/v1/cutout/async/{jobId}/targets"),
        (_invent, "no such route: GET /nowhere"),
        (_repeat, "described twice: Job"),
    ],
)
def test_what_does_not_fit_the_routes_is_refused(
    change: Change, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = composing._resources()
    change(resources)
    monkeypatch.setattr(composing, "_resources", lambda: resources)
    with pytest.raises(DescriptionError, match=message.replace("{", r"\{")):
        compose()
