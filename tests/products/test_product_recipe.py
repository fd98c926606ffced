"""The recipe for a product is the whole change: applied to a copy of the source, it is made."""

import json
import re
from pathlib import Path

from tests.support.recipes import apply_recipe, read_recipe, run

USE = """
import sys
from pathlib import Path
from sptjobs.archive.scan import scan
from sptjobs.forecast.map_selection import select_maps
from sptjobs.maps.record import MapRecord
from sptjobs.request.parsing import parse_request
from tests.support.cutting import make

folder, archive = Path(sys.argv[1]), Path(sys.argv[2])
fields = (("RA", "0"), ("DEC", "-57.8"), ("PRODUCTS", "noise"), ("BANDS", "90GHz"))
request = parse_request(fields, {}, max_targets=1)
records = [each for each in scan(archive, {}) if isinstance(each, MapRecord)]
made = make(folder, archive, request, select_maps(records, request))
(name,) = (name for name in made.files if name != "request.json")
print(made.files[name].decode())
"""


def test_a_product_is_four_files_at_most() -> None:
    diff = read_recipe("A product")
    assert 0 < len(re.findall(r"^\+\+\+ b/src/", diff, re.MULTILINE)) <= 4


def test_the_recipe_for_a_product_is_all_that_it_takes(tmp_path: Path, tiny_archive: Path) -> None:
    copy = apply_recipe(read_recipe("A product"), tmp_path / "copy")
    printed = run(copy, "-c", USE, str(tmp_path / "job"), str(tiny_archive))
    assert json.loads(printed)["noise"] > 0
