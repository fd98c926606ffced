"""The catalogues that the service offers, on the page of the sky."""

from typing import Any

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.support.service import Service
from tests.web.page import Page
from tests.web.sky_views import canvas, colours, query, settled

CHOICE = "select[aria-label='Choose an object']"
PICKED = "document.querySelector('.survey-picked')"


@pytest.fixture
def clusters(service: Service) -> list[dict[str, Any]]:
    url = f"{service.stack.url}/api/v1/catalogues/clusters"
    rows: list[dict[str, Any]] = service.get(url).json()["rows"]
    return rows


def switch(page: Page, title: str) -> None:
    page.click(f"//label[contains(normalize-space(), '{title}')]", By.XPATH)


def is_on(page: Page, title: str) -> bool:
    place = f"//label[contains(normalize-space(), '{title}')]/ancestor::*[.//input][1]//input"
    return page.driver.find_element(By.XPATH, place).is_selected()


def choices(page: Page) -> list[str]:
    page.until(f'document.querySelectorAll("{CHOICE} option").length > 1')
    names: list[str] = page.js(
        f'return [...document.querySelectorAll("{CHOICE} option")].map(o => o.text).slice(1)'
    )
    return names


def test_the_simulated_clusters_are_on_the_sky_at_once(
    sky: Page, clusters: list[dict[str, Any]]
) -> None:
    sky.until_text(f"Simulated clusters ({len(clusters)} objects)")
    assert is_on(sky, "Simulated clusters")
    assert not is_on(sky, "Simulated point sources")
    assert choices(sky) == [each["name"] for each in clusters]
    Select(sky.driver.find_element(By.CSS_SELECTOR, CHOICE)).select_by_visible_text(
        clusters[0]["name"]
    )
    sky.until(PICKED)
    said = sky.js(f"return {PICKED}.innerText")
    assert clusters[0]["name"] in said
    assert "Simulated clusters" in said
    settled(sky)
    assert float(query(sky)["ra"]) == pytest.approx(clusters[0]["ra"], abs=1e-3)
    assert float(query(sky)["dec"]) == pytest.approx(clusters[0]["dec"], abs=1e-3)


def test_a_mark_is_at_its_place_says_what_it_is_and_is_met_by_a_click(
    sky: Page, clusters: list[dict[str, Any]]
) -> None:
    cluster = clusters[0]
    sky.open(f"sky?ra={cluster['ra']}&dec={cluster['dec']}&scale=0.2")
    settled(sky)
    sky.until_text("Simulated clusters (")
    choices(sky)
    with_mark = colours(sky)
    # Selenium means the middle of what can be seen.
    assert sky.js("return document.querySelector('.survey').getBoundingClientRect().bottom < 900")
    ActionChains(sky.driver).move_to_element(canvas(sky)).perform()
    sky.until("document.querySelector('.survey-canvas').classList.contains('is-on-object')")
    ActionChains(sky.driver).move_to_element_with_offset(canvas(sky), 150, 90).perform()
    sky.until("!document.querySelector('.survey-canvas').classList.contains('is-on-object')")
    ActionChains(sky.driver).move_to_element(canvas(sky)).click().perform()
    sky.until(f"{PICKED}?.innerText.includes({cluster['name']!r})")
    sky.press("Drop it")
    switch(sky, "Simulated clusters")
    settled(sky)
    sky.js("return new Promise(r => setTimeout(r, 200))")
    rows, columns = (side // 2 for side in with_mark.shape[:2])
    around = (slice(rows - 30, rows + 30), slice(columns - 30, columns + 30))
    assert abs(with_mark[around] - colours(sky)[around]).max() > 60


def test_the_address_holds_which_are_shown(sky: Page) -> None:
    sky.until_text("Simulated clusters (")
    switch(sky, "Simulated clusters")
    sky.until("location.search.includes('catalogues=none')")
    sky.until(f'document.querySelector("{CHOICE}") === null')
    switch(sky, "Simulated point sources")
    sky.until("location.search.includes('catalogues=sources')")
    # The rows are read after the address has changed.
    of_sources = f"document.querySelectorAll(\"{CHOICE} option\")[1]?.text.startsWith('SIM J')"
    sky.until(of_sources)
    sky.driver.refresh()
    settled(sky)
    sky.until(of_sources)
    assert (is_on(sky, "Simulated clusters"), is_on(sky, "Simulated point sources")) == (
        False,
        True,
    )


def test_those_in_the_view_become_the_targets_of_a_job_by_keyboard(
    sky: Page, clusters: list[dict[str, Any]]
) -> None:
    cluster = clusters[0]
    sky.open(f"sky?ra={cluster['ra']}&dec={cluster['dec']}&scale=0.1")
    settled(sky)
    sky.until_text("Make a job of the ")
    assert cluster["name"] in choices(sky)
    shown = len(choices(sky))
    assert shown < len(clusters)
    button = sky.driver.find_element(
        By.XPATH, "//button[starts-with(normalize-space(), 'Make a job of the')]"
    )
    button.send_keys(Keys.ENTER)
    sky.until("document.querySelector('textarea') !== null")
    lines = sky.js("return document.querySelector('textarea').value").split("\n")
    assert lines[0] == "OBJID,RA,DEC"
    assert len([line for line in lines[1:] if line]) == shown
    assert any(line.startswith(f"{cluster['name']},{cluster['ra']:.6f},") for line in lines)
    sky.until_submittable()


def test_it_fits_on_a_phone_and_says_what_the_catalogues_are(sky: Page) -> None:
    sky.size(390, 844)
    sky.until_text("About the catalogues")
    sky.click("summary")
    sky.until_text("with made-up strengths")
    sky.until_text("Bleem et al. 2015")
    assert sky.js("return document.documentElement.scrollWidth") <= 390
    switch(sky, "Simulated point sources")
    sky.until("location.search.includes('catalogues=clusters')")
    assert sky.faults() == []
