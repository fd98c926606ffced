"""The table of a job's targets: sorted by its heads, and gone through in that order."""

import io
import tarfile

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.service import Row, Service
from tests.web.page import Page

TABLE = "OBJID,RA,DEC\nA1,0.2499,-57.8066\nfar,120,20\nA2,0.4153,-54.6711\nA3,358.36,-54.84\n"
ROWS = "[...document.querySelectorAll('.outcome-rows [role=rowgroup] [role=row]')]"
SHOWN = f"{ROWS}.map(row => [row.children[1]?.innerText, row.children[3]?.innerText])"
HEAD = "//*[@role='columnheader']//button[normalize-space()='{0}']"
BUTTON = (
    "(name => [...document.querySelectorAll('[role=dialog] button')]"
    ".find(each => each.innerText.trim() === name) ?? {})"
)
TITLE = "document.querySelector('[role=dialog] h2')?.innerText"


@pytest.fixture(scope="module")
def job(service: Service) -> str:
    """Make a job with rows that have a signal to noise, and some that have none."""
    made = service.create({"positions": TABLE, "products": ["fits", "preview"]})
    service.wait_final(made)
    return made.rpartition("/")[2]


def by_snr(service: Service, job: str) -> list[Row]:
    """Give the rows of a job by falling signal to noise; those without one last."""
    rows = service.manifest(f"{service.jobs}/{job}")
    known = [row for row in rows if row["snr"] is not None]
    assert len(known) > 5
    assert len(known) < len(rows)
    return sorted(known, key=lambda row: -float(row["snr"]))


def names(rows: list[Row]) -> list[list[str]]:
    return [[str(row["objid"]), str(row["map_id"])] for row in rows]


def direction(page: Page, title: str) -> str:
    head = page.driver.find_element(By.XPATH, HEAD.format(title))
    return str(head.find_element(By.XPATH, "..").get_attribute("aria-sort"))


def until_shown(page: Page, rows: list[Row]) -> None:
    count = len(rows)
    page.until(f"JSON.stringify({SHOWN}.slice(0, {count})) === {_json(names(rows))!r}")


def _json(value: list[list[str]]) -> str:
    return "[" + ",".join(f'["{one}","{other}"]' for one, other in value) + "]"


def test_heads_sort_and_a_link_shows_the_same(page: Page, service: Service, job: str) -> None:
    rows = by_snr(service, job)
    page.open(f"jobs/{job}?tab=targets")
    page.until(f"{ROWS}.length > 5")
    assert direction(page, "S/N") == "none"
    head = page.driver.find_element(By.XPATH, HEAD.format("S/N"))
    head.send_keys(Keys.ENTER)
    until_shown(page, rows)
    assert direction(page, "S/N") == "descending"
    page.until("location.search.includes('sort=-snr')")
    page.driver.refresh()
    until_shown(page, rows)
    page.click(HEAD.format("S/N"), By.XPATH)
    until_shown(page, rows[::-1])
    assert direction(page, "S/N") == "ascending"
    page.click(HEAD.format("S/N"), By.XPATH)
    page.until("!location.search.includes('sort=')")
    assert page.faults() == []


def test_only_what_stands_out_is_shown_gone_through_and_downloaded(
    page: Page, service: Service, job: str
) -> None:
    rows = by_snr(service, job)
    least = (float(rows[2]["snr"]) + float(rows[3]["snr"])) / 2
    page.open(f"jobs/{job}?tab=targets&sort=-snr")
    until_shown(page, rows)
    page.driver.find_element(By.CSS_SELECTOR, ".filter-number input").send_keys(f"{least:.4f}")
    page.until(f"{ROWS}.length === 3")
    page.until("location.search.includes('snr=')")
    address = page.driver.current_url
    page.click(".outcome-rows .linkish")
    for row in rows[:3]:
        found = f"{TITLE} === '{row['objid']}' && location.search.includes('map={row['map_id']}')"
        page.until(found)
        # Also before the rows in this order are read: it leads on once they are.
        page.keys("j")
    page.until(f"{BUTTON}('Next target').disabled")
    page.keys("k")
    page.until(f"location.search.includes('map={rows[1]['map_id']}')")
    page.keys(Keys.ESCAPE)
    page.until("!document.querySelector('[role=dialog]')")
    page.driver.get(address)
    page.until(f"{ROWS}.length === 3")
    page.button("Download what is shown as tar")
    tar = f"{service.stack.url}/files/jobs/{job}/out.tar?SNR={least:.4f}%20%2BInf"
    with tarfile.open(fileobj=io.BytesIO(service.get(tar).content)) as files:
        stamps = {name for name in files.getnames() if name.endswith(".fits")}
    assert {name.partition("/")[2] for name in stamps} == {str(row["file"]) for row in rows[:3]}


def test_what_hides_all_rows_says_so_and_shows_them_again(page: Page, job: str) -> None:
    page.open(f"jobs/{job}?tab=targets&snr=1e9&text=A")
    page.until("document.querySelector('[data-empty=action]')")
    page.press("Show all rows")
    page.until(f"{ROWS}.length > 5")
    shown = page.js("return document.querySelector('.filter-number input').value")
    assert (shown, "snr=" in page.driver.current_url) == ("", False)
