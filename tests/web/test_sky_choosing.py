"""Three bands at once, and boxes that become targets."""

from pathlib import Path

import numpy as np
import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.web.page import Page
from tests.web.sky_views import canvas, colours, query, settled

PICKED = "document.querySelector('.survey-picked')"
VALUES = "[...document.querySelectorAll('.survey-readout [data-band]')]"


def drag(page: Page, right: int, down: int, *, shift: bool) -> None:
    actions = ActionChains(page.driver).move_to_element_with_offset(canvas(page), -right, -down)
    if shift:
        actions.key_down(Keys.SHIFT)
    actions.click_and_hold().move_by_offset(right, down).move_by_offset(right, down).release()
    if shift:
        actions.key_up(Keys.SHIFT)
    actions.perform()


def size_of_box(page: Page) -> tuple[float, float]:
    page.until(PICKED)
    text = page.js(f"return {PICKED}.querySelector('strong').innerText")
    across, up = text.replace("\u2032", "").strip().removesuffix("about").split("\u00d7")
    return float(across), float(up)


def targets(page: Page) -> list[list[str]]:
    page.until("document.querySelector('textarea') !== null")
    text = page.js("return document.querySelector('textarea').value")
    return [line.split(",") for line in text.split()]


def test_three_bands_are_seen_at_once_with_the_values_of_each(sky: Page) -> None:
    grey = colours(sky)
    sky.click("//label[normalize-space()='RGB']", By.XPATH)
    settled(sky)
    assert query(sky)["composite"] == "on"
    shown = colours(sky)
    assert np.mean(np.abs(shown - grey).max(axis=2) > 8) > 0.1
    # Pixels of noise differ from band to band, so that they have hues.
    assert np.mean(np.ptp(shown, axis=2) > 30) > 0.05
    labels = sky.js(f"return {VALUES}.map(each => each.querySelector('dt').innerText)")
    assert labels == ["90 GHz, red", "150 GHz, green", "220 GHz, blue"]
    values = sky.js(f"return {VALUES}.map(each => Number(each.dataset.value))")
    assert len(set(values)) == 3
    sky.driver.refresh()
    settled(sky)
    assert np.abs(colours(sky) - shown).mean() < 2
    sky.click("//label[normalize-space()='150 GHz']", By.XPATH)
    settled(sky)
    assert "composite" not in query(sky)
    assert sky.js(f"return {VALUES}.length") == 1


def test_a_box_that_is_drawn_with_shift_is_a_target_of_its_size(sky: Page) -> None:
    canvas(sky).send_keys("+", "+")
    settled(sky)
    scale = float(query(sky)["scale"])
    before = query(sky)
    drag(sky, 40, 20, shift=True)
    across, up = size_of_box(sky)
    assert [across, up] == pytest.approx([80 * scale, 40 * scale], rel=0.03)
    settled(sky)
    assert (query(sky)["ra"], query(sky)["dec"]) == (before["ra"], before["dec"])
    sky.press("Cut it out")
    header, row = targets(sky)
    assert header == ["RA", "DEC", "XSIZE", "YSIZE"]
    assert [float(each) for each in row[2:]] == pytest.approx([across, up], abs=0.051)
    sky.until_submittable()


def test_a_box_is_drawn_by_keys_and_dropped_by_escape(sky: Page) -> None:
    canvas(sky).send_keys("+", "+")
    settled(sky)
    scale = float(query(sky)["scale"])
    canvas(sky).send_keys("b", Keys.ARROW_RIGHT)
    canvas(sky).send_keys(Keys.ESCAPE, Keys.ARROW_RIGHT, "b", Keys.ARROW_RIGHT, Keys.ARROW_DOWN)
    canvas(sky).send_keys(Keys.ENTER)
    across, up = size_of_box(sky)
    assert [across, up] == pytest.approx([60 * scale, 60 * scale], rel=0.03)
    assert sky.faults() == []


def test_the_objects_in_a_box_are_targets_and_too_large_a_box_says_so(
    sky: Page, tmp_path: Path
) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("name,ra,dec\nA,0.2499,-57.8066\nB,0.3,-57.7\nfar,0.415,-54.6711\n")
    sky.open("sky?catalogues=none")
    settled(sky)
    sky.upload(table)
    sky.until_text("mine.csv: 3 objects")
    sky.press("Draw a box")
    Select(sky.driver.find_element(By.CSS_SELECTOR, ".survey-catalogue select")).select_by_index(1)
    settled(sky)
    drag(sky, 200, 150, shift=False)
    sky.until(PICKED)
    assert "draw a smaller box" in sky.js(f"return {PICKED}.innerText")
    assert not sky.button("Cut it out").is_enabled()
    sky.press("Take its 2 objects as targets")
    assert [row[0] for row in targets(sky)] == ["OBJID", "A", "B"]
