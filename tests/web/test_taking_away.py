"""What an astronomer takes away from a job: selections, charts, scripts, headers."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest
from astropy.io import fits
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.service import Row, Service
from tests.web.page import Page

FIVE = "OBJID,RA,DEC\nA1,0.2499,-57.8066\nA2,0.4153,-54.6711\nA3,358.36,-54.84\nfar,120,20\n"


@pytest.fixture(scope="module")
def job(service: Service) -> str:
    """Make the job that all of these look at."""
    made = service.create({"positions": FIVE, "products": ["fits", "preview"], "runid": "taken"})
    service.wait_final(made)
    return made.rpartition("/")[2]


def saved(page: Page, folder: Path, ending: str) -> Path:
    """Wait until the browser has saved a file whole."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = [path for path in folder.iterdir() if path.name.endswith(ending)]
        if found and found[0].stat().st_size:
            return found[0]
        time.sleep(0.05)
    pytest.fail(f"no {ending} was saved\n{page.text()[:1000]}")


def digests(folder: Path) -> set[str]:
    return {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.suffix == ".fits"
    }


def stamps(service: Service, job: str) -> list[Row]:
    return [row for row in service.manifest(f"{service.jobs}/{job}") if row["file"]]


def test_a_tar_of_some_rows_holds_these_and_no_others(
    page: Page, service: Service, job: str, tmp_path: Path
) -> None:
    page.save_to(tmp_path)
    page.open(f"jobs/{job}?tab=targets")
    page.until("document.querySelectorAll('[data-status]').length > 5")
    wanted = stamps(service, job)[1:3]
    for row in wanted:
        page.click(f"[aria-label='Choose {row['file']}']")
    page.press("Download 2 files as tar")
    with tarfile.open(saved(page, tmp_path, ".tar")) as tar:
        content = {each.name: tar.extractfile(each) for each in tar if each.name.endswith(".fits")}
        found = {
            name.partition("/")[2]: hashlib.sha256(f.read()).hexdigest()
            for name, f in content.items()
            if f
        }
    assert found == {row["file"]: row["sha256"] for row in wanted}


def test_the_header_of_a_stamp_can_be_read_and_searched(page: Page, job: str) -> None:
    page.open(f"jobs/{job}?tab=targets")
    page.until("document.querySelector('.outcome-rows .linkish')")
    page.click(".outcome-rows .linkish")
    page.until("document.querySelector('[role=dialog]')")
    page.tab("FITS header")
    page.until("document.querySelectorAll('.cards tr').length > 30")
    page.driver.find_element(By.CSS_SELECTOR, ".find-card").send_keys("targ_ra")
    page.until("document.querySelectorAll('.cards tr').length === 2")  # of SCI and WGT
    assert "0.2499" in page.js("return document.querySelector('.cards tr').innerText")


def test_the_finder_chart_is_a_picture_of_the_stamp(page: Page, job: str, tmp_path: Path) -> None:
    page.save_to(tmp_path)
    page.open(f"jobs/{job}")
    page.until("document.querySelector('.stamp-button canvas')?.width > 20")
    page.click(".stamp-button")
    page.until(
        "[...document.querySelectorAll('[role=dialog] button')]"
        ".some(b => b.innerText === 'Finder chart' && !b.disabled)"
    )
    page.press("Finder chart")
    content = saved(page, tmp_path, "_chart.png").read_bytes()
    page.keys(Keys.ESCAPE)
    with Image.open(io.BytesIO(content)) as chart:
        assert chart.width == 720
        assert 700 <= chart.height <= 900
        inside = chart.convert("RGB").crop((60, 200, 660, 700))
        assert len(inside.getcolors(600 * 500) or []) > 50
        words = chart.convert("L").crop((40, 10, 680, 90))
        assert (words.getextrema()[0], words.getextrema()[1]) != (255, 255)


def test_the_shell_script_and_the_notebook_get_what_the_job_made(
    page: Page, service: Service, job: str, tmp_path: Path
) -> None:
    page.open(f"jobs/{job}?tab=download")
    page.until("document.querySelectorAll('pre.code').length === 2")
    shell, notebook = page.js("return [...document.querySelectorAll('pre')].map(e => e.innerText)")
    environment = dict(os.environ) | {"SPT_TOKEN": service.stack.token}
    wanted = stamps(service, job)
    for _ in range(2):  # the second time it has everything already
        output = subprocess.run(
            ["bash", "-c", shell], cwd=tmp_path, env=environment, check=True,
            capture_output=True, text=True, timeout=60,
        ).stdout  # fmt: skip
        assert f"{len(wanted)} of {len(wanted)} files are whole" in output
    assert digests(tmp_path) == {row["sha256"] for row in wanted}
    page.save_to(tmp_path)
    page.driver.find_elements(By.XPATH, "//button[normalize-space()='Save']")[-1].click()
    document = json.loads(saved(page, tmp_path, ".ipynb").read_text("utf-8"))
    cells = [cell["source"] for cell in document["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 1
    assert "\n\n".join(cells) == notebook.rstrip()
    output = subprocess.run(
        [sys.executable, "-c", "\n\n".join(cells)], cwd=tmp_path, env=environment, check=True,
        capture_output=True, text=True, timeout=60,
    ).stdout  # fmt: skip
    assert f"{len(wanted)} of 12 rows have a stamp" in output
    assert "SkyCoord" in output


def test_the_command_line_cuts_the_same_pixels_as_the_service(
    page: Page, service: Service, tmp_path: Path
) -> None:
    page.positions("A1 0.2499 -57.8066\nA2 00:01:39.6 -54:40:16\n")
    page.until_text("about", 60)
    page.press("Copy as code")
    page.until("document.querySelector('pre.code')")
    page.tab("Command line")
    page.until("document.querySelector('pre.code').textContent.includes('sptjobs cutout')")
    command = str(page.js("return document.querySelector('pre.code').textContent"))
    page.keys(Keys.ESCAPE)
    job = page.submit()
    service.wait_final(f"{service.jobs}/{job}")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        ["bash", "-ec", command], cwd=tmp_path, check=True, capture_output=True, timeout=60,
        env=service.stack.environment | {"PATH": path},
    )  # fmt: skip
    made = json.loads((tmp_path / "stamps/manifest.json").read_text("utf-8"))["rows"]
    key = ("objid", "map_id", "status", "covered", "targ_x", "targ_y")
    rows = service.manifest(f"{service.jobs}/{job}")
    assert sorted([row[name] for name in key] for row in made) == sorted(
        [row[name] for name in key] for row in rows
    )
    files = service.files(f"{service.jobs}/{job}")
    for row in rows:
        assert pixels(files[row["file"]]) == pixels(
            (tmp_path / "stamps" / row["file"]).read_bytes()
        )


def pixels(stamp: bytes) -> list[str]:
    """DATASUM of each extension: the same for the same pixels."""
    with fits.open(io.BytesIO(stamp)) as hdus:
        return [str(hdu.header["DATASUM"]) for hdu in hdus[1:]]
