"""Jobs as their owner sees and handles them."""

import hashlib
import io
import tarfile
import time

import numpy as np
import pytest
import requests
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.wcs import WCS
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.service import Service, grid_of_targets
from tests.web.page import Page

pytestmark = pytest.mark.filterwarnings("ignore::astropy.wcs.FITSFixedWarning")

FIVE = "A1 0.2499 -57.8066\nA2 00:01:39.6 -54:40:16\nA3 358.36 -54.84\nA4 1.5 -56\nfar, 120, 20\n"


def test_five_positions_become_stamps_that_open_in_astropy(page: Page, service: Service) -> None:
    page.positions(FIVE)
    page.until_text("no data here")
    job = page.submit()
    page.until_phase("COMPLETED")
    page.until("document.querySelectorAll('.stamp-canvas').length >= 6")
    page.until(
        "[...document.querySelectorAll('.stamp-canvas')]"
        ".every(c => c.width > 20 && c.width !== 300 && c.ariaLabel)"
    )
    rows = service.manifest(f"{service.jobs}/{job}")
    assert {row["status"] for row in rows if row["objid"] == "far"} == {"outside"}
    assert {row["status"] for row in rows if row["objid"] != "far"} == {"ok"}
    page.tab("Targets and files")
    page.until_text("3 outside")
    _check_tar(page.js("return document.querySelector('a[href$=\"out.tar\"]').href"), service, rows)


def _check_tar(href: str, service: Service, rows: list[dict[str, object]]) -> None:
    content = {}
    with tarfile.open(fileobj=io.BytesIO(service.get(href).content)) as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            content[member.name.partition("/")[2]] = file.read()
    for row in rows:
        if row["file"] is None:
            continue
        stamp = content[str(row["file"])]
        assert hashlib.sha256(stamp).hexdigest() == row["sha256"]
        with fits.open(io.BytesIO(stamp)) as hdus:
            wcs = WCS(hdus["SCI"].header)
            x, y = wcs.world_to_pixel(SkyCoord(row["ra"], row["dec"], unit="deg"))
            middle = (np.array(hdus["SCI"].data.shape[::-1]) - 1) / 2
        # Half a pixel on either axis: the middle of an even stamp is no pixel's centre.
        assert max(abs(x - middle[0]), abs(y - middle[1])) <= 0.5 + 1e-6


def test_progress_only_rises_and_ends_at_the_whole(page: Page, service: Service) -> None:
    targets = grid_of_targets(100)
    job = service.create({"positions": targets, "bands": ["150GHz"]}).rpartition("/")[2]
    page.open(f"jobs/{job}")
    seen = []
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        text = page.js("return document.querySelector('.progress')?.innerText ?? ''")
        count = text.split(" of ")[0].strip()
        if count.isdigit():
            seen.append(int(count))
        if page.js("return document.querySelector('[data-phase=COMPLETED]') !== null"):
            break
        time.sleep(0.1)
    page.until("document.querySelector('.progress').innerText.startsWith('100 of 100')")
    assert seen == sorted(seen)


def test_an_abort_takes_seconds_and_keeps_what_is_finished(page: Page, service: Service) -> None:
    job = service.create(
        {
            "positions": grid_of_targets(1500),
            "date_start": "2019-01-01",
            "filetype": ["passthrough", "filtered"],
            "products": ["fits", "preview"],
            "runid": "long",
        }
    )
    page.open(f"jobs/{job.rpartition('/')[2]}")
    # What is finished is there while the job runs, without a reload.
    page.until("document.querySelector('.stamp-canvas') !== null", 180)
    assert "Download all" in page.text()
    assert page.js("return document.querySelector('[data-phase=EXECUTING]') !== null")
    page.press("Abort")
    page.confirm("Abort")
    assert page.until_phase("ABORTED", 20) <= 5
    rows = [row for row in service.manifest(job) if row["file"]]
    assert rows
    path = f"{service.stack.url}/files/jobs/{job.rpartition('/')[2]}/out/{rows[0]['file']}"
    assert hashlib.sha256(service.get(path).content).hexdigest() == rows[0]["sha256"]
    everything = page.driver.find_element(By.XPATH, "//a[contains(., 'Download all')]")
    with tarfile.open(
        fileobj=io.BytesIO(service.get(str(everything.get_attribute("href"))).content)
    ) as tar:
        held = {name.partition("/")[2] for name in tar.getnames()}
    assert {row["file"] for row in rows} <= held


def test_filters_and_order_hold_over_all_pages_and_stand_in_the_address(
    page: Page, service: Service
) -> None:
    for number in range(30):
        service.create({"ra": 0.2, "dec": -57, "runid": f"sorted {number:02d}"}, run=False)
    page.open("jobs?text=sorted&sort=runid")
    page.until_text("30 jobs")
    # In one step: an event of one of the jobs may draw the list anew meanwhile.
    names = page.js("return [...document.querySelectorAll('.job-name')].map(e => e.innerText)")
    assert names == [f"sorted {number:02d}" for number in range(25)]
    page.click("[aria-label='page 2']")
    page.until(
        "location.search.includes('page=2') && document.querySelectorAll('.job-name').length === 5"
    )
    page.driver.refresh()
    page.until("document.querySelectorAll('.job-name').length === 5")
    page.click("//label[starts-with(normalize-space(), 'All 5')]", By.XPATH)
    page.press("Delete 5")
    page.until_text("Type 5 to confirm")
    assert not page.button("Delete 5 jobs").is_enabled()
    page.driver.find_element(By.XPATH, "//*[@role='dialog']//input").send_keys("5")
    page.press("Delete 5 jobs")
    page.until_text("25 jobs")


def test_a_token_is_shown_once_works_and_ends_when_it_is_revoked(
    page: Page, service: Service
) -> None:
    page.open("account")
    page.press("Create a token")
    page.until("document.querySelector('[role=dialog] input')")
    page.driver.find_element(By.CSS_SELECTOR, "[role=dialog] input").send_keys("laptop")
    page.press("Create")
    page.until("document.querySelector('.secret')")
    secret = str(page.js("return document.querySelector('.secret').textContent")).strip()
    page.press("Done")
    page.until("document.querySelector('.secret') === null")
    account = f"{service.stack.url}/api/v1/account"
    headers = {"Authorization": f"Bearer {secret}"}
    assert requests.get(account, headers=headers, timeout=30).status_code == 200
    page.until("document.querySelector('[aria-label=\"Revoke laptop\"]')")
    page.click("[aria-label='Revoke laptop']")
    page.confirm("Revoke the token")
    page.until_text("revoked")
    deadline = time.monotonic() + 10
    while requests.get(account, headers=headers, timeout=30).status_code != 401:
        assert time.monotonic() < deadline


def test_a_job_of_somebody_else_is_not_shown(page: Page, service: Service) -> None:
    other = service.other_user("else")
    job = other.create({"ra": 0.2, "dec": -57}, run=False).rpartition("/")[2]
    page.driver.get(f"{page.origin}/app/cutout/jobs/{job}")
    page.until_text("The job cannot be shown")
    assert all("404" in line or "403" in line for line in page.problems())


def test_a_keyboard_is_enough(page: Page) -> None:
    page.js("document.querySelector('.skip').focus()")
    for _ in range(60):
        if page.js("return document.activeElement.tagName") == "TEXTAREA":
            break
        page.keys(Keys.TAB)
    page.keys("K1 0.2499 -57.8066")
    page.until_submittable(60)
    for _ in range(90):
        if page.js("return document.activeElement.innerText") == "Submit":
            break
        page.keys(Keys.TAB)
    assert page.js("return getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keys(Keys.ENTER)
    # Submit is gone: the focus is at the job that came in its place.
    page.until("/jobs[/][0-9a-f]{32}/.test(location.pathname)")
    page.until("document.activeElement.id === 'main'")
    page.until_phase("COMPLETED")
    page.until("document.querySelector('.stamp-button')")
    for _ in range(60):
        if page.js("return document.activeElement.className.includes('stamp-button')"):
            break
        page.keys(Keys.TAB)
    page.js("window.opener_ = document.activeElement")
    page.keys(Keys.ENTER)
    page.until("document.querySelector('[role=dialog]')")
    page.keys(Keys.ESCAPE)
    page.until("document.querySelector('[role=dialog]') === null")
    page.until("document.activeElement === window.opener_")


def test_a_job_of_ten_thousand_targets_scrolls(page: Page, service: Service) -> None:
    job = service.create({"positions": grid_of_targets(10_000), "size": 1, "bands": ["150GHz"]})
    service.wait_final(job, 240)
    page.open(f"jobs/{job.rpartition('/')[2]}?tab=targets")
    page.until("document.querySelectorAll('[data-status]').length > 5")
    slowest = page.driver.execute_async_script(
        "const done = arguments[0], box = document.querySelector('.rows-tall');"
        "let last = performance.now(), slowest = 0, frames = 0;"
        "const step = now => { slowest = Math.max(slowest, now - last); last = now;"
        " box.scrollTop += 3000;"
        " if (++frames < 60) requestAnimationFrame(step); else done(slowest); };"
        "requestAnimationFrame(now => { last = now; requestAnimationFrame(step); })"
    )
    page.until("document.querySelectorAll('[data-status]').length > 5")
    assert slowest < 500
