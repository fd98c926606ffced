"""One name for one thing: files, public names, folders; and no circles."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SRC = ROOT / "src"
PACKAGES = ("sptapi", "sptjobs")

RESOURCES = {
    "fits.py",
    "preview.py",
    "lightcurve.py",
    "coadd.py",
    "difference.py",
    "mosaic.py",
    "stack.py",
    "cube.py",
    "animation.py",
    "colour.py",
    "jobs.py",
    "parts.py",
}
"""Files of ``sptjobs`` that are the same thing in two layers."""

TRANSITIONS = {"queue", "execute", "complete", "fail", "abort", "archive"}
"""Transitions of a phase: an actor has the name of the function that it calls."""

SAME_MEANING = {"main", "add_arguments", "run", "Floats", *TRANSITIONS}
"""Public names of ``sptjobs`` that mean the same wherever they stand."""


def _modules(package: str) -> Iterator[Path]:
    for path in sorted((SRC / package).rglob("*.py")):
        if "migrations" not in path.parts:
            yield path


def _public_names(path: Path) -> Iterator[str]:
    for node in _tree(path).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                names = [node.name]
            case ast.Assign():
                names = [each.id for each in node.targets if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                names = []
        yield from (name for name in names if not name.startswith("_"))


def test_no_two_modules_of_the_jobs_side_share_a_file_name() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in _modules("sptjobs"):
        if not path.name.startswith("__"):
            places[path.name].append(path.relative_to(SRC).as_posix())
    shared = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in shared.items() if name not in RESOURCES} == {}
    assert shared.keys() == RESOURCES, "a name that is no longer shared stands in the list"


def test_no_public_name_of_the_jobs_side_is_defined_twice_with_two_meanings() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path in _modules("sptjobs"):
        for name in _public_names(path):
            places[name].append(path.relative_to(SRC).as_posix())
    twice = {
        name: where
        for name, where in places.items()
        if len(where) > 1 and name not in SAME_MEANING and name not in {"PRODUCT", "NAME"}
    }
    assert twice == {}


@pytest.mark.parametrize("package", PACKAGES)
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    graph = {_dotted(path): _imports(path) for path in _modules(package)}
    # Whoever imports nothing that is left is taken away; what remains goes round in circles.
    left = dict(graph)
    while True:
        free = [name for name, imported in left.items() if not imported & left.keys()]
        if not free:
            break
        for name in free:
            del left[name]
    assert left == {}


def _tables() -> list[str]:
    """Folders in the tables of the architecture, from top to bottom."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    return re.findall(r"^\| `((?:sptapi|sptjobs)\.[\w.]+)` \|", text, re.MULTILINE)


def test_the_tables_of_the_architecture_have_every_folder_of_the_source_once() -> None:
    folders = {_folder(path) for package in PACKAGES for path in _modules(package)}
    assert sorted(_tables()) == sorted(folders - set(PACKAGES))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_folder_imports_from_one_above_it_in_its_table(package: str) -> None:
    heights = {folder: -row for row, folder in enumerate(_tables())}
    # What stands in no folder has a place in the contract of layers.
    folders = {_dotted(path): _folder(path) for path in _modules(package)}
    folders = {name: folder for name, folder in folders.items() if folder in heights}
    upward = [
        f"{_dotted(path)} imports {name}"
        for path in _modules(package)
        if _dotted(path) in folders
        for name in _imports(path) & folders.keys()
        if heights[folders[name]] > heights[_folder(path)]
    ]
    assert upward == []


def test_the_recipes_name_files_that_exist() -> None:
    docs = ROOT / "docs"
    named = re.findall(r"\]\(([^)#]+)\)", (docs / "recipes.md").read_text("utf-8"))
    assert len(named) > 10
    assert [name for name in named if not (docs / name).resolve().exists()] == []


def test_what_a_stranger_guessed_is_there_still() -> None:
    (record,) = (ROOT / "docs/adr").glob("0022-*.md")
    guessed = re.findall(
        r"`((?:sptapi|sptjobs|cutout-web-app)/[\w/]+\.(?:py|ts))`", record.read_text("utf-8")
    )
    assert len(guessed) >= 12
    assert [name for name in guessed if not (SRC / name).exists()] == []


def test_the_glossary_is_sorted_and_says_each_word_once() -> None:
    lines = (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()
    words = [line.split("|")[1].strip() for line in lines if line.startswith("| ")][2:]
    assert words == sorted(set(words))


FOREIGN = r"(?i:\b(told|wanted|patien(ce|t)|put[ _]off)\b)|_MOST_|_put_off|_wanted|wanted_"
"""What the field calls response, requested, timeout, postponed, limit, maximum."""

STORED = {'"wanted_duration"', '"wanted_destruction"', '"--patience"'}
"""Names of columns, and of an option, that stay as they were."""


def test_the_source_and_the_documents_use_the_words_of_the_field() -> None:
    files = [path for package in PACKAGES for path in _modules(package)]
    files += [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files
        for line in path.read_text("utf-8").splitlines()
        if re.search(FOREIGN, line) and not any(name in line for name in STORED)
    ]
    assert found == []


def _folder(path: Path) -> str:
    return ".".join(path.parent.relative_to(SRC).parts)


def _dotted(path: Path) -> str:
    parts = path.relative_to(SRC).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def _imports(path: Path) -> set[str]:
    """Modules that are imported, also inside functions; packages only where they define a name."""
    found: set[str] = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module is not None:
            found.add(node.module)
            found |= {f"{node.module}.{each.name}" for each in node.names}
        elif isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
    own = _dotted(path)
    if path.name == "__init__.py":
        return {name for name in found if name.startswith(own + ".")}
    return {name for name in found if not own.startswith(name + ".")}
