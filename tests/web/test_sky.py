"""The page of the sky: seen, moved, read and shown to others."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.actions.wheel_input import ScrollOrigin
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select

from tests.support.service import Service
from tests.web.page import Page

READ = "document.querySelector('.survey-readout').dataset"
WHOLE_S = 10.0
"""Time for a first picture where other tests share the machine."""


def canvas(page: Page) -> WebElement:
    return page.driver.find_element(By.CSS_SELECTOR, ".survey-canvas")


def settled(page: Page) -> None:
    """Wait until all tiles of the view are there, and the address names it."""
    page.until("document.querySelector('.survey-canvas')?.dataset.missing === '0'")
    page.js("return new Promise(r => setTimeout(r, 400))")
    page.until("document.querySelector('.survey-canvas').dataset.missing === '0'")


def colours(page: Page) -> NDArray[Any]:
    """Colours of the view, as the screen has them: (rows, columns, 3)."""
    with Image.open(BytesIO(canvas(page).screenshot_as_png)) as shown:
        return np.asarray(shown.convert("RGB"), dtype=int)


def query(page: Page) -> dict[str, str]:
    pairs: list[list[str]] = page.js("return [...new URLSearchParams(location.search)]")
    return {each[0]: each[1] for each in pairs}


def shown_layer(page: Page) -> str:
    return str(page.js("return document.querySelector('.survey-readout').dataset.layer"))


def values_of(service: Service, map_id: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Pixels and weights of a map as astropy reads its file."""
    listed = service.get(f"{service.stack.url}/api/v1/maps").json()["maps"]
    (path,) = (each["file"] for each in listed if each["id"] == map_id)
    with fits.open(Path(service.stack.environment["SPT_ARCHIVE"]) / path) as hdus:
        sci, wgt = (hdu.data for hdu in hdus if hdu.data is not None)
        return np.array(sci), np.array(wgt)


@pytest.fixture
def sky(page: Page) -> Page:
    """Open the sky as a member finds it."""
    page.driver.find_element(By.LINK_TEXT, "Sky").click()
    page.until("document.querySelector('.survey-canvas') !== null", WHOLE_S)
    settled(page)
    return page


def test_the_header_leads_to_a_picture_of_the_whole_map(sky: Page) -> None:
    shown = colours(sky)
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 50
    sky.driver.refresh()
    warm = sky.until("document.querySelector('.survey-canvas')?.dataset.missing === '0'")
    assert warm < WHOLE_S


def test_it_is_moved_and_enlarged_by_pointer_wheel_and_keys(sky: Page) -> None:
    before = query(sky)
    ActionChains(sky.driver).move_to_element(canvas(sky)).click_and_hold().move_by_offset(
        120, 40
    ).release().perform()
    settled(sky)
    moved = query(sky)
    assert (moved["ra"], moved["dec"]) != (before.get("ra"), before.get("dec"))
    assert sky.driver.find_elements(By.CSS_SELECTOR, ".survey-picked") == []
    origin = ScrollOrigin.from_element(canvas(sky), 100, -50)
    ActionChains(sky.driver).scroll_from_origin(origin, 0, -400).perform()
    settled(sky)
    enlarged = query(sky)
    assert float(enlarged["scale"]) < float(moved["scale"]) / 2
    canvas(sky).send_keys(Keys.ARROW_LEFT)
    settled(sky)
    assert query(sky)["ra"] != enlarged["ra"]
    canvas(sky).send_keys("-")
    settled(sky)
    assert float(query(sky)["scale"]) == pytest.approx(1.5 * float(enlarged["scale"]), rel=1e-3)
    canvas(sky).send_keys("0")
    settled(sky)
    assert float(query(sky)["scale"]) > float(moved["scale"]) / 1.01


def test_the_value_under_the_pointer_is_the_maps(sky: Page, service: Service) -> None:
    for _ in range(12):
        if sky.js(f"return {READ}.factor") == "1":
            break
        canvas(sky).send_keys("+")
        sky.js("return new Promise(r => setTimeout(r, 150))")
    settled(sky)
    sci, wgt = values_of(service, shown_layer(sky))
    seen = []
    for right, down in ((0, 0), (37, 21), (-64, 18), (90, -33)):
        ActionChains(sky.driver).move_to_element_with_offset(canvas(sky), right, down).perform()
        sky.js("return new Promise(r => setTimeout(r, 100))")
        read = sky.js(f"return {{...{READ}}}")
        x, y = int(read["x"]), int(read["y"])
        assert read["factor"] == "1"
        expected = float(sci[y, x]) if wgt[y, x] > 0 else float("nan")
        assert float(read["value"]) == pytest.approx(expected, rel=1e-6, nan_ok=True)
        seen.append((x, y, expected))
    assert len({(x, y) for x, y, _ in seen}) == 4
    assert any(np.isfinite(value) for *_, value in seen)


def test_an_address_shows_the_same_view_again(sky: Page) -> None:
    canvas(sky).send_keys("+", "+", Keys.ARROW_UP)
    sky.driver.find_element(By.XPATH, "//label[normalize-space()='90 GHz']").click()
    Select(
        sky.driver.find_element(By.XPATH, "//label[text()='Colours']/..//select")
    ).select_by_visible_text("Black to white")
    settled(sky)
    address, shown, layer = sky.driver.current_url, colours(sky), shown_layer(sky)
    assert "90GHz" in layer
    sky.driver.get(f"{sky.origin}/app/cutout/jobs")
    sky.until("document.querySelector('.survey-canvas') === null")
    sky.driver.get(address)
    settled(sky)
    assert shown_layer(sky) == layer
    assert sky.driver.current_url == address
    again = colours(sky)
    assert np.abs(again - shown).mean() < 2


def test_a_click_leads_to_a_request_with_that_position(sky: Page) -> None:
    ActionChains(sky.driver).move_to_element_with_offset(canvas(sky), 30, 10).click().perform()
    sky.until("document.querySelector('.survey-picked') !== null")
    degrees = sky.js("return document.querySelector('.survey-picked .soft').innerText")
    sky.press("Cut it out")
    sky.until("document.querySelector('textarea') !== null")
    table = sky.js("return document.querySelector('textarea').value").split()
    ra, dec = (float(each) for each in degrees.replace("\u2212", "-").split(","))
    assert table[0] == "RA,DEC"
    assert [float(each) for each in table[1].split(",")] == pytest.approx([ra, dec], abs=2e-6)
    sky.until_submittable()


def test_weights_and_blinking_bands_are_layers_too(sky: Page) -> None:
    before = colours(sky)
    Select(
        sky.driver.find_element(By.XPATH, "//label[text()='Show']/..//select")
    ).select_by_visible_text("Weights")
    settled(sky)
    assert query(sky)["plane"] == "WGT"
    assert np.mean(colours(sky) != before) > 0.1
    sky.press("Blink")
    layers = set()
    for _ in range(60):
        layers.add(shown_layer(sky))
        sky.js("return new Promise(r => setTimeout(r, 100))")
    assert len(layers) == 3
    sky.press("Blink")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_accessible_and_fits_a_telephone(sky: Page, scheme: str) -> None:
    sky.colours(scheme)
    settled(sky)
    assert sky.faults() == []
    sky.size(390, 844)
    settled(sky)
    assert sky.js("return document.documentElement.scrollWidth") <= 390
    assert sky.faults() == []
