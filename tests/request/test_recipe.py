"""The recipe for a parameter is the whole change: applied to a copy of the source, it works."""

import re
from pathlib import Path

import pytest

from tests.support.recipes import apply_recipe, read_recipe, run

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
    return read_recipe("A parameter")


@pytest.fixture(scope="module")
def changed(recipe: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the source to which the recipe is applied."""
    return apply_recipe(recipe, tmp_path_factory.mktemp("recipe"))


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
