"""Light curves from the form to the picture."""

from selenium.webdriver.common.by import By

from tests.support.service import Service
from tests.web.page import Page

SET_DAY = (
    "const day = document.querySelector('input[type=date]');"
    "Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set"
    ".call(day, '2020-01-01');"
    "day.dispatchEvent(new Event('input', {bubbles: true}))"
)
BOX = "document.querySelector('input[value=lightcurve]')"
MARKS = ".curve-plot circle, .curve-plot rect, .curve-plot path"


def test_light_curves_are_offered_for_single_observations_and_drawn(
    page: Page, service: Service
) -> None:
    page.positions("A1 0.2499 -57.8066\n")
    assert page.js(f"return {BOX}.disabled")
    page.click("input[value=dates]")
    page.js(SET_DAY)
    page.until(f"!{BOX}.disabled")
    for name in ("fits", "preview", "lightcurve"):
        page.click(f"input[value={name}]")
    page.until_text("Files\n1\n", 60)
    job = page.submit()
    page.until_phase("COMPLETED")
    page.until("document.querySelector('.preview-name button')")
    page.press("Light curves")
    page.until("document.querySelector('.curve-plot')")
    out = f"{service.stack.url}/files/jobs/{job}/out"
    rows = service.get(f"{out}/lightcurve.json").json()["rows"]
    assert len(rows) == 9
    assert {row["status"] for row in rows} == {"ok"}
    assert len(page.driver.find_elements(By.CSS_SELECTOR, MARKS)) == len(rows)
    title = page.js("return document.querySelector('.curve-plot').getAttribute('aria-label')")
    assert title == "A1, filtered maps: 9 values from 2020-03-23 to 2020-09-02."
    page.click("summary")
    assert len(page.driver.find_elements(By.CSS_SELECTOR, ".curve-numbers tbody tr")) == 9
    assert page.faults() == []
    page.open(f"jobs/{job}?tab=download")
    page.until("document.querySelector('a[href$=\"lightcurve.fits\"]')")
