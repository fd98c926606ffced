"""What the guide for Aladin says, done as it stands there."""

import re
from pathlib import Path

from astropy.io import fits
from astropy.io.votable import parse_single_table

from tests.support.pasting import block, paste, run_python
from tests.support.service import Service
from tests.support.small_surveys import make_survey_by_command

GUIDE = Path(__file__).parents[2] / "docs/users/aladin.md"
COUNT = "import numpy; print(values.shape, numpy.isfinite(values).sum())"


def test_the_files_that_are_downloaded_are_those_that_aladin_loads(
    service: Service, tmp_path: Path
) -> None:
    job = service.create({"ra": 0.2499, "dec": -57.8066, "bands": ["150GHz"]})
    service.wait_final(job)
    said = f"SPT={service.stack.url} TOKEN={service.stack.token} JOB={job.rpartition('/')[2]}\n"
    paste(said + block(GUIDE, "download"), tmp_path, timeout_s=120)
    (stamp,) = tmp_path.glob("*/*/*.fits")
    assert fits.getheader(stamp)["CTYPE1"].startswith("RA---")
    (manifest,) = tmp_path.glob("*/manifest.vot")
    places = parse_single_table(manifest).to_table()
    assert (places["ra"][0], places["dec"][0]) == (0.2499, -57.8066)


def test_python_reads_the_picture_of_the_sky_of_a_survey(service: Service, tmp_path: Path) -> None:
    make_survey_by_command(service)
    given = f"service, token = {service.stack.url!r}, {service.stack.token!r}\n"
    said = run_python(given + block(GUIDE, "survey", "python") + COUNT, tmp_path)
    shape, count = said.rsplit(maxsplit=1)
    assert shape == f"({29 * 64}, {27 * 64})"
    assert int(count) > 1000


def test_every_block_of_the_guide_is_run_here() -> None:
    text, here = GUIDE.read_text("utf-8"), Path(__file__).read_text("utf-8")
    names = re.findall(r"<!-- (.*) -->\n```", text)
    assert len(names) == text.count("```") // 2
    assert all(f'"{name}"' in here for name in names)
