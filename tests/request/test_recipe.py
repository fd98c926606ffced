"""The recipe for a parameter is the whole change: applied to a copy of the source, it works."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
USE = """
from dataclasses import replace
from sptjobs.forecast.map_selection import select_maps
from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.request.parsing import parse_json_request, parse_request
from sptjobs.uws.errors import InvalidRequestError
from tests.request.test_selection import coadd

point = (("RA", "0.25"), ("DEC", "-57.8"))
made = parse_request((*point, ("season", "Winter")), {}, max_targets=1)
assert made.season == "winter"
assert parse_json_request({"ra": "0.25", "dec": "-57.8", "season": "winter"}, max_targets=1) == made
assert CutoutRequest.from_json(made.to_json()) == made
maps = [coadd("w", "y2019", season="winter"), coadd("s", "y2020", season="summer")]
assert [each.map_id for each in select_maps(maps, made)] == ["w"]
plain = parse_request(point, {}, max_targets=1)
assert plain.to_json() == made.to_json().replace('"season":"winter",', "")
try:
    parse_request((*point, ("SEASON", "nonsense")), {}, max_targets=1)
except InvalidRequestError as error:
    print(error.problems[0].message)
"""


@pytest.fixture(scope="module")
def recipe() -> str:
    text = (ROOT / "docs/recipes.md").read_text("utf-8")
    section = text.partition("## A parameter\n")[2].partition("\n## ")[0]
    return section.partition("```diff\n")[2].partition("```")[0]


@pytest.fixture(scope="module")
def changed(recipe: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the source to which the recipe is applied."""
    copy = tmp_path_factory.mktemp("recipe")
    for folder in ("src/sptjobs", "src/sptapi", "tests/request", "tests/support"):
        ignored = shutil.ignore_patterns("__pycache__", "web")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "README.md", copy)
    apply = ["git", "apply", "-C1", "-"]
    subprocess.run(apply, cwd=copy, input=recipe, text=True, check=True)
    return copy


def run(copy: Path, *words: str) -> str:
    environment = {"PYTHONPATH": f"{copy / 'src'}:{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_parameter_is_four_files_at_most(recipe: str) -> None:
    assert 0 < len(re.findall(r"^\+\+\+ b/src/", recipe, re.MULTILINE)) <= 4


def test_the_recipe_for_a_parameter_is_all_that_it_takes(changed: Path) -> None:
    assert "SEASON" in run(changed, "-c", USE)


def test_documents_are_written_from_the_recipe_alone(changed: Path) -> None:
    run(changed, "-m", "sptjobs.request.parameter_document", "README.md")
    run(changed, "-m", "sptapi.openapi")
    for name in ("README.md", "src/sptapi/openapi.json"):
        text = (changed / name).read_text("utf-8")
        assert "Only maps of the `winter` or the `summer` season" in text
