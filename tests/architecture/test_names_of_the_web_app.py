"""One name for one thing in the web app, too: files, what modules export; and no circles."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src/cutout-web-app/src"
MODULES = {path.relative_to(ROOT).as_posix(): path for path in ROOT.rglob("*.ts*")}
EXPORTED = re.compile(
    r"^export (?:async )?(?:const|function|class|interface|type|enum) (\w+)", re.MULTILINE
)


def _imports(path: Path) -> set[str]:
    found = set()
    for name in re.findall(r'(?:from|import)\s*\(?\s*"(\.[^"]+)"', path.read_text("utf-8")):
        place = (path.parent / name).resolve().relative_to(ROOT.resolve()).as_posix()
        found |= {place + ending for ending in ("", ".ts", ".tsx")} & MODULES.keys()
    return found


def test_no_two_modules_of_the_web_app_share_a_file_name() -> None:
    names = [path.name for path in MODULES.values()]
    assert len(names) > 100
    assert {name for name in names if names.count(name) > 1} == set()


def test_no_name_is_exported_by_two_modules_of_the_web_app() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for place, path in MODULES.items():
        for name in EXPORTED.findall(path.read_text("utf-8")):
            places[name].append(place)
    assert {name: where for name, where in places.items() if len(set(where)) > 1} == {}


def test_no_modules_of_the_web_app_import_each_other_in_a_circle() -> None:
    left = {place: _imports(path) for place, path in MODULES.items()}
    assert sum(map(len, left.values())) > 200
    while free := [place for place, imported in left.items() if not imported & left.keys()]:
        for place in free:
            del left[place]
    assert left == {}
