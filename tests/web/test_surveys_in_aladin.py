"""Aladin Lite shows a survey to a member, and asks nobody else for anything.

It is the viewer that users have. Its licence is the GPL: it is a tool of this test, no part of
the service, and is distributed with nothing of it.
"""

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from sptjobs.hips.survey_properties import read_properties
from tests.support.chromium import chromium
from tests.support.service import Service
from tests.support.small_surveys import make_survey_by_command
from tests.web.page import NODE_MODULES, Page

WITHOUT_GRAPHICS_CARD = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""Aladin Lite draws by WebGL 2."""
SHOWN_S = 120.0
SHOW = """
const [source, address, form, done] = arguments;
document.body.innerHTML = '<div id="view" style="width: 800px; height: 600px"></div>';
const module = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
import(module).then(async ({default: A}) => {
  await A.init;
  A.aladin('#view', {
    survey: A.imageHiPS(address, {imgFormat: form, colormap: 'redtemperature'}),
    fov: 20, target: '0 -56', log: false, showReticle: false,
  });
  done('shown');
}).catch(error => done(String(error)));
"""


@pytest.fixture(scope="module")
def survey(service: Service) -> str:
    """Make a survey, and find its address as a member does."""
    make_survey_by_command(service)
    listed = service.get(f"{service.stack.url}/hips/hipslist").text
    return read_properties(listed.split("\n\n")[0])["hips_service_url"]


@pytest.fixture(scope="module")
def browser(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Sign in with a browser that can draw as if it had a graphics card."""
    profile = tmp_path_factory.mktemp("profile")
    with chromium(profile, flags=WITHOUT_GRAPHICS_CARD) as window:
        page = Page(window, service.stack.url)
        page.sign_in("demo", service.stack.password("demo"))
        # Aladin is put into a response of the service, whose policy allows no scripts.
        window.driver.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
        window.driver.set_script_timeout(SHOWN_S)
        yield page


def coloured(page: Page) -> float:
    """Part of the view that is not grey."""
    shot = page.driver.find_element(By.ID, "view").screenshot_as_png
    with Image.open(BytesIO(shot)) as shown:
        colours = np.asarray(shown.convert("RGB"), dtype=int)
    return float((np.ptp(colours, axis=-1) > 20).mean())


@pytest.mark.parametrize("form", ["png", "fits"])
def test_aladin_lite_draws_the_survey_and_asks_nobody_else(
    browser: Page, survey: str, form: str
) -> None:
    aladin = (NODE_MODULES / "aladin-lite/dist/aladin.js").read_text("utf-8")
    browser.driver.get(f"{survey}/properties")
    assert browser.driver.execute_async_script(SHOW, aladin, survey, form) == "shown"
    tiles = f"performance.getEntriesByType('resource').some(e => /Npix[0-9]+.{form}/.test(e.name))"
    browser.until(tiles, SHOWN_S)
    WebDriverWait(browser.driver, SHOWN_S).until(lambda _driver: coloured(browser) > 0.02)
    assert coloured(browser) < 0.6
    assert browser.foreign_requests() == []
