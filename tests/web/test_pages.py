"""Every page: loads, stays at home, is accessible, light, dark and narrow."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.support.service import Service
from tests.web.page import NODE_MODULES, Page

PAGES = (
    "",
    "jobs",
    "account",
    "jobs/ID",
    "jobs/ID?tab=targets",
    "jobs/ID?tab=download",
    "jobs/ID?tab=request",
    "jobs/ID?tab=history",
)
SERVERS_OWN = ("", "docs", "account", "account/logout", "files/jobs/ID/out/A1/", "nothing")
MOST_FIRST_BYTES = 250_000


@pytest.fixture(scope="module")
def job(service: Service) -> str:
    """Make a job whose pages can be looked at."""
    positions = "OBJID,RA,DEC\nA1,0.2499,-57.8066\nfar,120,20\n"
    made = service.create(
        {"positions": positions, "products": ["fits", "preview"], "runid": "looked at"}
    )
    service.wait_final(made)
    return made.rpartition("/")[2]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_by_its_address_and_is_accessible_in_light_and_dark(
    page: Page, job: str, path: str
) -> None:
    page.open(path.replace("ID", job))
    for scheme in ("light", "dark"):
        page.colours(scheme)
        page.until("document.querySelector('.loading') === null")
        page.js("return new Promise(r => setTimeout(r, 500))")
        assert page.faults() == [], scheme


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_telephone(page: Page, job: str, path: str) -> None:
    page.size(390, 844)
    page.open(path.replace("ID", job))
    page.until("document.querySelector('.loading') === null")
    assert page.js("return document.documentElement.scrollWidth") <= 390


def test_the_servers_own_pages_are_accessible_in_light_and_dark_and_fit_a_telephone(
    page: Page, job: str
) -> None:
    for path in SERVERS_OWN:
        page.driver.get(f"{page.origin}/{path.replace('ID', job)}")
        for scheme in ("light", "dark"):
            page.prefer(scheme)
            assert page.faults() == [], (path, scheme)
        page.size(390, 844)
        assert page.js("return document.documentElement.scrollWidth") <= 390, path
        page.wide()
    page.prefer("")
    assert "/nothing" in "".join(page.problems())


def test_the_first_load_is_small(page: Page) -> None:
    page.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    page.open()
    sent = page.js(
        "return performance.getEntriesByType('resource')"
        ".filter(e => e.name.includes('/app/cutout/'))"
        ".reduce((sum, e) => sum + e.encodedBodySize, 0)"
    )
    page.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})
    assert 50_000 < sent <= MOST_FIRST_BYTES


def test_lighthouse_finds_it_accessible_and_well_made(page: Page, tmp_path: Path) -> None:
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.driver.get_cookies())
    report = tmp_path / "report.json"
    subprocess.run(
        [
            str(NODE_MODULES / ".bin/lighthouse"), f"{page.origin}/app/cutout/", "--quiet",
            "--output=json", f"--output-path={report}",
            "--only-categories=accessibility,best-practices",
            f"--extra-headers={json.dumps({'Cookie': cookies})}",
            "--chrome-flags=--headless --no-sandbox --disable-gpu --no-proxy-server",
        ],
        env=os.environ | {"CHROME_PATH": "/usr/bin/chromium"},
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    found = json.loads(report.read_text("utf-8"))["categories"]
    assert found["accessibility"]["score"] >= 0.95
    assert found["best-practices"]["score"] >= 0.95
