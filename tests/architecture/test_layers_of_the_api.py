"""How the layers of ``sptapi`` are cut: names, transactions, and who reads bodies."""

import ast
import importlib
import inspect
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2] / "src/sptapi"
LAYERS = {"handlers", "parameters", "services", "representations"}
"""Layers in which one resource has one file name."""

VERBS = {"list_", "read", "create", "delete", "page", "redirect"}
"""Names of handlers that mean the same of each resource; ``sptapi.handlers`` says what."""


def modules(*folders: str) -> Iterator[tuple[Path, ast.Module]]:
    """Give the modules of some folders, or all, by their paths below the package."""
    for path in sorted(ROOT.rglob("*.py")):
        place = path.relative_to(ROOT)
        if not folders or place.parts[0].removesuffix(".py") in folders:
            yield place, ast.parse(path.read_text("utf-8"))


def public_names(tree: ast.Module) -> Iterator[str]:
    """Give what a module defines at its top and does not keep to itself."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
        else:
            names = []
        yield from (name for name in names if not name.startswith("_"))


def test_two_modules_share_a_file_name_only_as_one_resource_in_two_layers() -> None:
    places = defaultdict(list)
    for place, _ in modules():
        if place.name not in {"__init__.py", "__main__.py"}:
            places[place.name].append(place.parent.as_posix())
    shared = {name: folders for name, folders in places.items() if len(folders) > 1}
    assert {"jobs.py", "validation.py", "rows.py"} <= set(shared)
    assert {
        name: folders for name, folders in shared.items() if not LAYERS.issuperset(folders)
    } == {}


def test_no_public_name_is_defined_twice_but_a_verb_of_handlers() -> None:
    places = defaultdict(list)
    for place, tree in modules():
        for name in public_names(tree):
            places[name].append(place)
    twice = {name: found for name, found in places.items() if len(found) > 1}
    odd = {
        name: found
        for name, found in twice.items()
        if name not in VERBS or any(place.parts[0] != "handlers" for place in found)
    }
    assert odd == {}
    assert {
        verb for verb in VERBS if f"``{verb}``" in (ROOT / "handlers/__init__.py").read_text()
    } == VERBS


def opened(tree: ast.Module) -> list[int]:
    """Lines in which a transaction is opened."""
    return [
        item.context_expr.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.AsyncWith)
        for item in node.items
        if isinstance(item.context_expr, ast.Call)
        and isinstance(item.context_expr.func, ast.Attribute)
        and item.context_expr.func.attr in {"read", "write", "begin", "connect"}
    ]


def test_only_services_and_credentials_open_transactions() -> None:
    found = {str(place): lines for place, tree in modules() if (lines := opened(tree))}
    assert found
    assert [place for place in found if not place.startswith(("services/", "auth/"))] == []


def test_bodies_are_read_in_one_way_only() -> None:
    raw = {"post", "multipart", "content", "json", "text"}
    found = [
        f"{place}: {ast.unparse(node)}"
        for place, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in raw
        and isinstance(node.value, ast.Name)
        and node.value.id in {"request", "_request"}
    ]
    assert found == ["http/bodies.py: request.content"]


def imported_from_the_store(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sptjobs.store"):
            yield from ((node.module or "", alias.name) for alias in node.names)


@pytest.mark.parametrize(
    "folder", ["browser", "handlers", "http", "middlewares", "representations"]
)
def test_of_the_store_only_records_are_known_above_the_services(folder: str) -> None:
    found = [
        f"{place}: {name}"
        for place, tree in modules(folder)
        for module, name in imported_from_the_store(tree)
        if not inspect.isclass(getattr(importlib.import_module(module), name))
    ]
    assert found == []
