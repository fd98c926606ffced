"""What the tests of the sky share: its canvas, and what it shows."""

from typing import Any

from numpy.typing import NDArray
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.web.page import Page

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
    return page.pixels(".survey-canvas")


def query(page: Page) -> dict[str, str]:
    pairs: list[list[str]] = page.js("return [...new URLSearchParams(location.search)]")
    return {each[0]: each[1] for each in pairs}


def shown_layer(page: Page) -> str:
    return str(page.js("return document.querySelector('.survey-readout').dataset.layer"))


def open_sky(page: Page) -> Page:
    """Open the sky as a member finds it."""
    page.driver.find_element(By.LINK_TEXT, "Sky").click()
    page.until("document.querySelector('.survey-canvas') !== null", WHOLE_S)
    settled(page)
    return page
