"""One stamp large: its address, its neighbours, its values, and the chart of it."""

import io
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.support.service import Row, Service
from tests.web.page import Page
from tests.web.test_taking_away import saved

TABLE = "OBJID,RA,DEC\nA1,0.2499,-57.8066\nfar,120,20\nA2,0.4153,-54.6711\nA3,358.36,-54.84\n"
TITLE = "document.querySelector('[role=dialog] h2')?.innerText"
FIGURE = "document.querySelector('[role=dialog] .look-stamp')"
READ = "document.querySelector('[role=dialog] .look-readout')"


@pytest.fixture(scope="module")
def job(service: Service) -> str:
    """Make a job whose targets are gone through."""
    made = service.create(
        {"positions": TABLE, "products": ["fits", "preview"], "runid": "gone through"}
    )
    service.wait_final(made)
    return made.rpartition("/")[2]


@pytest.fixture(scope="module")
def epochs(service: Service) -> str:
    """Make a job with several epochs of a target."""
    made = service.create(
        {
            "positions": TABLE,
            "products": ["fits", "preview"],
            "date_start": "2020-01-01",
            "bands": ["150GHz"],
        }
    )
    service.wait_final(made)
    return made.rpartition("/")[2]


def rows_of(service: Service, job: str, objid: str) -> list[Row]:
    rows = service.manifest(f"{service.jobs}/{job}")
    return [row for row in rows if row["objid"] == objid and row["file"]]


def open_stamp(page: Page, job: str, row: Row) -> None:
    page.open(f"jobs/{job}?target={row['objid']}&map={row['map_id']}")
    page.until(FIGURE)


def test_keys_go_through_targets_and_the_address_shows_the_same_stamp_again(
    page: Page, service: Service, job: str
) -> None:
    page.open(f"jobs/{job}")
    page.click(".stamp-button")
    page.until(f"{TITLE} === 'A1' && {FIGURE}")
    band = page.js(f"return {FIGURE}.dataset.band")
    page.keys("j")  # over the target that no map shows
    page.until(f"{TITLE} === 'A2' && {FIGURE}?.dataset.band === '{band}'")
    page.keys("j")
    page.until(f"{TITLE} === 'A3'")
    page.keys("k")
    page.until(f"{TITLE} === 'A2'")
    page.keys("n")
    page.until(f"{FIGURE} && {FIGURE}.dataset.band !== '{band}'")
    address, other = page.driver.current_url, page.js(f"return {FIGURE}.dataset.band")
    page.driver.get(address)
    page.until(f"{TITLE} === 'A2' && {FIGURE}?.dataset.band === '{other}'")
    assert page.faults() == []
    page.keys(Keys.ESCAPE)
    page.until("!location.search.includes('target=') && document.querySelector('.stamp-button')")


def test_bands_blink_on_the_same_place(page: Page, service: Service, job: str) -> None:
    open_stamp(page, job, rows_of(service, job, "A1")[0])
    page.keys("b")
    seen = set()
    for _ in range(80):
        seen.add(page.js(f"return {FIGURE}?.dataset.band"))
        page.js("return new Promise(r => setTimeout(r, 100))")
    assert {"90GHz", "150GHz", "220GHz"} <= seen
    page.keys("b")


def test_values_and_measures_are_those_of_the_file(page: Page, service: Service, job: str) -> None:
    row = rows_of(service, job, "A1")[0]
    open_stamp(page, job, row)
    content = service.get(f"{service.stack.url}/files/jobs/{job}/out/{row['file']}").content
    with fits.open(io.BytesIO(content)) as hdus:
        sci, wgt = np.array(hdus["SCI"].data), np.array(hdus["WGT"].data)
        scale = float(row["pixel_scale"])
    x, y = float(row["targ_x"]) - 1, float(row["targ_y"]) - 1
    shown = page.js(f"return Number({READ}.querySelector('[data-band]').dataset.value)")
    assert shown == pytest.approx(float(sci[round(y), round(x)]), rel=1e-6)
    page.tab("Measures")
    page.until("document.querySelector('[aria-label=Measures]')")
    measures = page.js("return {...document.querySelector('[aria-label=Measures]').dataset}")
    words = page.js("return document.querySelector('#circle-radius').innerText")
    radius = float(words.split()[-1].rstrip("\u2032"))
    rows, columns = np.indices(sci.shape)
    inside = (np.hypot(columns - x, rows - y) * scale <= radius) & (wgt > 0) & np.isfinite(sci)
    assert int(measures["count"]) == int(inside.sum())
    assert float(measures["mean"]) == pytest.approx(float(sci[inside].mean(dtype=float)), rel=1e-5)
    assert page.js("return document.querySelectorAll('.profile-plot circle').length") > 3
    assert page.faults() == []


def test_epochs_are_a_film_strip(page: Page, service: Service, epochs: str) -> None:
    rows = rows_of(service, epochs, "A1")
    assert len(rows) > 1
    open_stamp(page, epochs, rows[0])
    strip = "[...document.querySelectorAll('.film-strip button')]"
    page.until(f"{strip}.length > 1")
    days = page.js(f"return {strip}.map(each => each.lastElementChild.innerText)")
    assert days == sorted(days)
    last = page.driver.find_elements(By.CSS_SELECTOR, ".film-strip button")[-1]
    ActionChains(page.driver).move_to_element(last).click().perform()
    page.until(f"{strip}.at(-1).hasAttribute('aria-current')")
    assert page.js(f"return {strip}.filter(each => each.hasAttribute('aria-current')).length") == 1
    assert page.faults() == []


def test_stamps_are_about_black_on_a_dark_page_unless_colours_are_chosen(
    page: Page, service: Service, job: str
) -> None:
    page.colours("dark")
    row = rows_of(service, job, "A1")[0]
    for colours, is_dark in (("", True), ("&colours=diverging", False)):
        page.open(f"jobs/{job}?target=A1&map={row['map_id']}{colours}")
        page.until(f"{FIGURE} !== null")
        light = np.median(page.pixels("[role=dialog] .look-stamp canvas"))
        assert light < 60 if is_dark else light > 200
        ink = page.js("return getComputedStyle(document.querySelector('.look-marks')).stroke")
        assert ink == ("rgb(255, 255, 255)" if is_dark else "rgb(16, 22, 29)")


def test_all_stamps_have_one_scale_by_choice(page: Page, job: str) -> None:
    page.open(f"jobs/{job}")
    scales = (
        "return [...document.querySelectorAll('.preview-row .stamp-scale')].map(e => e.innerText)"
    )
    page.until("document.querySelectorAll('.stamp-canvas').length >= 9")
    page.until("![...document.querySelectorAll('.stamp-scale')].some(e => e.innerText === '…')")
    assert len(set(page.js(scales))) > 1
    page.click("//label[normalize-space()='One scale for all']", By.XPATH)
    page.until(
        "new Set([...document.querySelectorAll('.preview-row .stamp-scale')]"
        ".map(e => e.innerText)).size === 1"
    )


def test_a_chart_has_a_title_of_ones_own_and_is_a_pdf_too(
    page: Page, service: Service, job: str, tmp_path: Path
) -> None:
    page.save_to(tmp_path)
    open_stamp(page, job, rows_of(service, job, "A1")[0])
    field = page.driver.find_element(By.XPATH, "//label[text()='Title of the chart']/..//input")
    field.clear()
    field.send_keys("Night 12, field 3")
    page.until(
        "[...document.querySelectorAll('button')]"
        ".some(b => b.innerText === 'as PDF' && !b.disabled)"
    )
    page.press("as PDF")
    content = saved(page, tmp_path, "_chart.pdf").read_bytes()
    assert content.startswith(b"%PDF-1.4")
    assert content.rstrip().endswith(b"%%EOF")
    assert "Night 12, field 3".encode("utf-16-be").hex().encode() in content
    table = int(content.split(b"startxref\n")[1].split()[0])
    assert content[table : table + 4] == b"xref"
    assert page.js("return location.search").startswith("?target=A1")
