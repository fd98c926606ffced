"""A quick look: one position in all bands, from the first page to a job of it."""

import json
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median
from urllib.parse import quote

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from tests.support.processes import wait_until
from tests.support.service import Service
from tests.web.page import Page

CLUSTER = "0.2499 -57.8066"
SHOWN = "document.querySelectorAll('.look-stamp').length === 3"
SETTLED = f"{SHOWN} && !document.querySelector('[aria-busy=true]')"
MOST_MS = 10_000
"""Cap on the time to stamps where other tests share the machine; 300 is aimed at on one's own."""
LOOKS = 9


def look_at(page: Page, position: str, more: str = "") -> None:
    page.open(f"look?pos={quote(position)}{more}")
    page.until(SETTLED)


def sheet(page: Page, band: str) -> WebElement:
    return page.driver.find_element(By.CSS_SELECTOR, f"[data-band='{band}'] .look-sheet")


def pixels(page: Page) -> list[int]:
    """Widths of the stamps in their own pixels."""
    widths: list[int] = page.js(
        "return [...document.querySelectorAll('.look-stamp canvas')].map(c => c.width)"
    )
    return widths


def value(page: Page, band: str) -> float:
    field = f".look-readout [data-band='{band}']"
    return float(page.js(f'return document.querySelector("{field}").dataset.value'))


def half(page: Page) -> float:
    return float(page.js("return document.querySelector('.look-scale [data-half]').dataset.half"))


def type_in(page: Page, text: str) -> None:
    field = page.driver.find_element(By.CSS_SELECTOR, ".look-form input")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys(text, Keys.ENTER)


def saved_file(page: Page, folder: Path) -> bytes:
    page.save_to(folder)
    page.driver.find_element(By.XPATH, "//button[starts-with(., 'Download FITS')]").click()
    wait_until("it is saved", lambda: any(folder.glob("*.fits")), 30)
    (file,) = folder.glob("*.fits")
    return file.read_bytes()


def test_three_actions_lead_from_the_first_page_to_stamps_in_all_bands(
    page: Page, service: Service
) -> None:
    page.driver.delete_all_cookies()
    page.driver.get(f"{page.origin}/")
    page.driver.find_element(By.NAME, "pos").send_keys("SPT-CL J0000-5748")
    page.press("Look")
    page.until("document.querySelector('[name=password]') !== null")
    page.browser.fill(username="demo", password=service.stack.password("demo"))
    took = page.until(SETTLED)
    assert took < 20
    words = page.text()
    assert "SPT-CL J0000-5748" in words
    assert "The position is the one in the name, known to 1 min" in words
    bands = page.js("return [...document.querySelectorAll('.look-stamp')].map(s=>s.dataset.band)")
    assert bands == ["90GHz", "150GHz", "220GHz"]
    # So rough a name is shown with room for where its object may be.
    assert page.js("return document.querySelector('.look-size input').value") == "25"


def test_stamps_are_there_within_moments_of_a_position(
    page: Page, record_testsuite_property: Callable[[str, object], None]
) -> None:
    look_at(page, CLUSTER)
    took = []
    for number in range(LOOKS):
        page.js("performance.clearResourceTimings()")
        text = f"{1 + 0.3 * number:.4f} -56.{number}"
        page.js(
            "const shown = document.querySelector('.look-stamps'); window.took = null;"
            "const begun = performance.now();"
            "const watch = () => {"
            "  const now = document.querySelector('.look-stamps');"
            "  const busy = document.querySelector('[aria-busy=true]');"
            "  if (now && now !== shown && !busy) window.took = performance.now() - begun;"
            "  else requestAnimationFrame(watch); };"
            "const field = document.querySelector('.look-form input');"
            "const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set;"
            "set.call(field, arguments[0]);"
            "field.dispatchEvent(new Event('input', {bubbles: true}));"
            "setTimeout(() => { field.form.requestSubmit(); watch(); }, 0);",
            text,
        )
        page.until("window.took !== null && window.took !== undefined")
        took.append(float(page.js("return window.took")))
    record_testsuite_property("p50_ms", round(median(took)))
    record_testsuite_property("most_ms", round(max(took)))
    assert median(took) < MOST_MS


def test_a_value_is_that_of_the_file_that_is_downloaded(page: Page, tmp_path: Path) -> None:
    look_at(page, CLUSTER)
    with fits.open(BytesIO(saved_file(page, tmp_path))) as hdus:
        found = {hdu.header["BAND"]: hdu for hdu in hdus if hdu.header.get("EXTNAME") == "SCI"}
        assert set(found) == {"90GHz", "150GHz", "220GHz"}
        for right, down in ((40, -25), (-71, 66)):
            ActionChains(page.driver).move_to_element_with_offset(
                sheet(page, "150GHz"), right, down
            ).perform()
            page.until("document.querySelector('.look-readout dt').innerText.includes('pointer')")
            ra, dec = (
                float(each)
                for each in page.js(
                    "const {ra, dec} = document.querySelector('.look-readout').dataset;"
                    "return [ra, dec]"
                )
            )
            for band, hdu in found.items():
                x, y = WCS(hdu.header).all_world2pix(ra, dec, 0)
                expected = hdu.data[round(float(y)), round(float(x))]
                assert value(page, band) == pytest.approx(float(expected), rel=1e-5)


def test_size_and_pixels_change_as_one_looks(page: Page) -> None:
    look_at(page, CLUSTER)
    assert pixels(page) == [40, 40, 40]
    slider = page.driver.find_element(By.CSS_SELECTOR, ".look-size [role=slider]")
    slider.send_keys(*[Keys.ARROW_RIGHT] * 5)
    page.until("new URLSearchParams(location.search).get('size') === '15'")
    page.until("document.querySelector('.look-stamp canvas').width === 60")
    page.click("//label[normalize-space()='North up']", By.XPATH)
    page.until("location.search.includes('projection=TAN')")
    page.until("document.querySelector('.look-stamp canvas').width === 60")
    page.driver.refresh()
    page.until(SETTLED)
    assert pixels(page) == [60, 60, 60]
    field = page.driver.find_element(By.CSS_SELECTOR, ".look-size input")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("500")
    page.until_text("must be from")


def test_all_bands_have_one_scale_which_can_be_kept(page: Page) -> None:
    look_at(page, CLUSTER)
    first = half(page)
    page.driver.find_element(By.XPATH, "//label[contains(., 'Keep this scale')]").click()
    page.until("location.search.includes('half=')")
    kept = half(page)
    assert kept == pytest.approx(first, rel=1e-3)
    type_in(page, "358.36 -54.84")
    page.until(f"{SETTLED} && !location.search.includes('57.8')")
    assert half(page) == kept
    assert "half=" in page.driver.current_url


def test_keys_move_a_cross_that_reads_all_bands_and_enter_centres_there(page: Page) -> None:
    look_at(page, CLUSTER)
    before = page.js("return {...document.querySelector('.look-readout').dataset}")
    stamps = page.driver.find_element(By.CSS_SELECTOR, ".look-stamps")
    stamps.send_keys(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_UP)
    page.until("document.querySelector('.look-cross') !== null")
    after = page.js("return {...document.querySelector('.look-readout').dataset}")
    assert float(after["dec"]) - float(before["dec"]) == pytest.approx(0.25 / 60, rel=0.1)
    assert page.js("return document.querySelectorAll('.look-cross').length") == 3
    stamps.send_keys(Keys.ENTER)
    page.until(f"{SETTLED} && !location.search.includes('57.8066')")
    page.driver.back()
    page.until("location.search.includes('57.8066')")


def test_it_leads_on_to_a_job_to_light_curves_and_to_the_sky(page: Page) -> None:
    look_at(page, "A1 0.2499 -57.8066", "&size=12.5&projection=TAN")
    page.press("Make a job of it")
    page.until("document.querySelector('textarea') !== null")
    table = page.js("return document.querySelector('textarea').value")
    assert table == "OBJID,RA,DEC\nA1,0.2499,-57.8066\n"
    draft = json.loads(page.js("return sessionStorage.getItem('spt3g-draft')"))
    assert (draft["xsize"], draft["projection"], draft["choice"]) == ("12.5", "TAN", "newest")
    page.until_submittable()
    look_at(page, CLUSTER)
    page.press("Light curve")
    page.until_submittable()
    draft = json.loads(page.js("return sessionStorage.getItem('spt3g-draft')"))
    assert (draft["products"], draft["choice"]) == (["lightcurve"], "dates")
    look_at(page, CLUSTER)
    page.press("The sky around it")
    page.until("document.querySelector('.survey-canvas')?.dataset.missing === '0'")
    assert "ra=0.2499" in page.driver.current_url
    ActionChains(page.driver).click(
        page.driver.find_element(By.CSS_SELECTOR, ".survey-canvas")
    ).perform()
    page.press("Look at it")
    page.until(SETTLED)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("120 20", "This position lies outside every map."),
        ("0.2 95", "Declination must be from -90 to 90 degrees"),
        ("12:34 -50:10", "Pick what is meant"),
        ("the Moon", "was not read"),
    ],
)
def test_what_cannot_be_shown_is_said_in_words(page: Page, text: str, words: str) -> None:
    page.open("look")
    page.until("document.activeElement === document.querySelector('.look-form input')")
    type_in(page, text)
    page.until_text(words)
    assert page.faults() == []


def test_of_two_readings_the_one_that_is_picked_is_shown(page: Page) -> None:
    page.open(f"look?pos={quote('0:10 -55:00')}")
    page.click("//button[starts-with(., 'As hours')]", By.XPATH)
    page.until("new URLSearchParams(location.search).get('pos') === '2.50000 -55.00000'")


def test_a_size_that_is_too_large_is_refused_by_the_service(page: Page, service: Service) -> None:
    asked = service.session.get(
        f"{service.stack.url}/api/v1/cutout/sync?RA=0.25&DEC=-57.8&SIZE=500", timeout=60
    )
    page.open(f"look?pos={quote(CLUSTER)}&size=500")
    page.until_text("The stamps could not be cut")
    assert asked.json()["problems"][0]["message"] in page.text()
    assert any("400" in each for each in page.problems())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_telephone(page: Page, scheme: str) -> None:
    look_at(page, CLUSTER)
    page.colours(scheme)
    page.until(SETTLED)
    assert page.faults() == []
    lightness = np.median(page.pixels(".look-stamp canvas"))
    assert lightness > 200 if scheme == "light" else lightness < 60
    page.size(390, 844)
    page.until(SETTLED)
    assert page.js("return document.documentElement.scrollWidth") <= 390
    assert page.faults() == []
    areas: list[int] = page.js(
        "return [...document.querySelectorAll('.look-sheet')]"
        ".map(sheet => sheet.clientWidth * sheet.clientHeight)"
    )
    assert min(areas) > 300 * 300


def test_many_looks_in_a_row_leave_no_job_behind(page: Page, service: Service) -> None:
    look_at(page, CLUSTER)
    slider = page.driver.find_element(By.CSS_SELECTOR, ".look-size [role=slider]")
    slider.send_keys(*[Keys.ARROW_RIGHT] * 12)
    page.until("document.querySelector('.look-stamp canvas').width === 88")
    time.sleep(0.5)
    wait_until(
        "no job is left",
        lambda: not service.get(f"{service.jobs}?PHASE=EXECUTING&PHASE=QUEUED").json()["jobs"],
        30,
    )
