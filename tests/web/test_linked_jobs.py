"""Jobs made of jobs, and what is changed of one: by the menu, as its owner does it."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.service import Service, made_archive
from tests.web.page import Page

TWO = "OBJID,RA,DEC\nA1,0.2499,-57.8066\nA2,0.4153,-54.6711\n"


def coadd_at(service: Service, band: str) -> dict[str, Any]:
    """Give the newest filtered coadd of a band, as the archive lists it."""
    maps = service.get(f"{service.stack.url}/api/v1/maps", BAND=band, FILETYPE="filtered").json()
    found: dict[str, Any] = [each for each in maps["maps"] if each["tag"]][-1]
    return found


def id_in_address(page: Page) -> str:
    return str(page.js("return location.pathname.split('/').at(-1)"))


def menu(page: Page, entry: str) -> None:
    page.click("[aria-label^='What to do with']")
    page.choose(entry)


def test_rows_that_failed_are_done_again_in_a_job_that_knows_its_parent(
    page: Page, service: Service
) -> None:
    file = made_archive(service.stack) / coadd_at(service, "220GHz")["file"]
    away = file.with_name(file.name + ".away")
    file.rename(away)
    try:
        job = service.create({"positions": TWO, "bands": ["150GHz", "220GHz"]})
        service.wait_final(job)
    finally:
        away.rename(file)
    parent = job.rpartition("/")[2]
    page.open(f"jobs/{parent}")
    page.until_text("2 rows failed; the reasons are under Targets and files.")
    page.press("Try the failed rows again")
    page.until(f"!location.pathname.endsWith('{parent}')")
    again = id_in_address(page)
    page.until_phase("COMPLETED")
    rows = service.manifest(f"{service.jobs}/{again}")
    assert [(row["objid"], row["band"], row["status"]) for row in rows] == [
        ("A1", "220GHz", "ok"), ("A2", "220GHz", "ok"),
    ]  # fmt: skip
    page.tab("History")
    page.until(f"document.querySelector('a[href$=\"/jobs/{parent}\"]')")


def test_a_job_is_renamed_kept_longer_and_repeated_for_newer_maps_only(
    page: Page, service: Service
) -> None:
    job = service.create({"positions": TWO, "runid": "before"})
    before = service.wait_final(job)
    page.open(f"jobs/{job.rpartition('/')[2]}")
    menu(page, "Rename")
    page.until("document.querySelector('[role=dialog] input')")
    field = page.driver.find_element(By.CSS_SELECTOR, "[role=dialog] input")
    field.clear()
    field.send_keys("after", Keys.ENTER)
    page.until("document.querySelector('h1').innerText === 'after'")
    menu(page, "Keep 30 days longer")
    page.until_text("The job is kept longer")
    after = service.job(job)
    assert (after["runId"], after["destruction"] > before["destruction"]) == ("after", True)
    menu(page, "Repeat for data since this job")
    page.until_text("no map for it that is newer")
    assert all("400" in line for line in page.problems())
    calibrate_anew(service, "90GHz")
    menu(page, "Repeat for data since this job")
    page.until(f"!location.pathname.endsWith('{job.rpartition('/')[2]}')")
    page.until_phase("COMPLETED")
    rows = service.manifest(f"{service.jobs}/{id_in_address(page)}")
    assert [(row["objid"], row["band"]) for row in rows] == [("A1", "90GHz"), ("A2", "90GHz")]


def calibrate_anew(service: Service, band: str) -> None:
    """Put another version of a map into the archive, and catalogue it."""
    file = made_archive(service.stack) / coadd_at(service, band)["file"]
    with fits.open(file, mode="update", disable_image_compression=True) as hdus:
        hdus[0].header["HISTORY"] = "calibrated anew"
    command = [str(Path(sys.executable).parent / "sptjobs"), "archive", "ingest"]
    subprocess.run(command, env=service.stack.environment, check=True, capture_output=True)


def test_progress_and_the_time_left_are_live_by_events_and_without_these_by_asking(
    page: Page, service: Service
) -> None:
    job = service.create(
        {"positions": TWO.splitlines()[0] + many(9000), "filetype": ["filtered", "passthrough"],
         "date_start": "2019-01-01", "xsize": 2, "ysize": 2}
    )  # fmt: skip
    path = f"jobs/{job.rpartition('/')[2]}"
    page.open(path)
    by_events = three_counts(page)
    left = "/(about [0-9.]+ (s|min)|a few seconds) left/"
    page.until(f"{left}.test(document.querySelector('.progress').innerText)")
    page.driver.execute_cdp_cmd("Network.enable", {})
    page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/async/*/events"]})
    try:
        page.open(path)
        by_asking = three_counts(page)
        page.press("Abort")
        page.confirm("Abort")
        page.until_phase("ABORTED")
    finally:
        page.driver.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    assert by_events < by_asking
    assert all("/events" in line for line in page.problems())


def three_counts(page: Page) -> list[int]:
    """Numbers of finished rows as the page tells them, each more than the one before."""
    counts = [0]
    for _ in range(3):
        counts.append(wait_for_more(page, counts[-1]))
    return counts[1:]


def many(count: int) -> str:
    return "".join(
        f"\nt{n},{(355.2 + 9.6 * (n % 50) / 50) % 360:.4f},{-60 + 8 * n / count:.4f}"
        for n in range(count)
    )


def wait_for_more(page: Page, before: int) -> int:
    """Wait until the page tells of more than so many rows, and give the number."""
    shown = "document.querySelector('.progress')?.innerText.split(' of ')[0].replaceAll(',', '')"
    page.until(f"Number({shown}) > {before}", 120)
    return int(page.js(f"return Number({shown})"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_seen_once_a_session_has_ended_is_accessible(page: Page, scheme: str) -> None:
    page.colours(scheme)
    cookies = page.driver.get_cookies()
    page.driver.delete_all_cookies()
    try:
        page.click("Jobs", By.LINK_TEXT)
        page.until_text("You are signed out")
        page.js("return new Promise(r => setTimeout(r, 300))")
        assert page.faults() == []
    finally:
        for cookie in cookies:
            page.driver.add_cookie(cookie)
    assert all("401" in line for line in page.problems())
