"""The web app as its users handle it."""

import time
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    ElementNotInteractableException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from tests.support.chromium import Chromium

TIMEOUT_S = 60.0
_BUTTON = "//button[normalize-space()='{0}']|//a[normalize-space()='{0}']"
_NOT_YET = (
    NoSuchElementException,
    StaleElementReferenceException,
    ElementClickInterceptedException,
    ElementNotInteractableException,
)
NODE_MODULES = Path(__file__).parent / "node_modules"


class Page:
    """A window on the app of one service."""

    def __init__(self, browser: Chromium, origin: str) -> None:
        self.browser = browser
        self.driver = browser.driver
        self.origin = origin

    def sign_in(self, user: str, password: str) -> None:
        self.driver.get(f"{self.origin}/app/cutout/")
        self.until("document.querySelector('[name=password]') !== null")
        self.browser.fill(username=user, password=password)
        self.until("document.querySelector('textarea') !== null")

    def open(self, path: str = "") -> None:
        self.driver.get(f"{self.origin}/app/cutout/{path}")
        self.until("document.querySelector('main h1') !== null")

    def begin_anew(self) -> None:
        self.driver.get(f"{self.origin}/app/cutout/icon.svg")
        self.js("localStorage.clear(); sessionStorage.clear()")
        self.open()

    def colours(self, scheme: str) -> None:
        self.js("localStorage.setItem('spt3g-colour-scheme', arguments[0])", scheme)
        self.driver.refresh()
        self.until("document.querySelector('main h1') !== null")

    def prefer(self, scheme: str) -> None:
        """Say which colours the system prefers, as the server's own pages heed it."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def wide(self) -> None:
        self.size(1300, 900)

    def size(self, width: int, height: int) -> None:
        """Set the size of the page itself; windows have a least width."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def js(self, script: str, *values: Any) -> Any:
        return self.driver.execute_script(script, *values)

    def until(self, condition: str, seconds: float = TIMEOUT_S) -> float:
        """Wait until a JavaScript expression holds, and return the seconds that it took."""
        begun = time.monotonic()
        while not self.js(f"return Boolean({condition})"):
            if time.monotonic() - begun > seconds:
                pytest.fail(f"not within {seconds:g} s: {condition}\n{self.text()[:2000]}")
            time.sleep(0.05)
        return time.monotonic() - begun

    def until_text(self, text: str, seconds: float = TIMEOUT_S) -> float:
        return self.until(f"document.body.innerText.includes({text!r})", seconds)

    def text(self) -> str:
        return str(self.js("return document.body.innerText"))

    def pixels(self, place: str) -> NDArray[Any]:
        """Give the colours of what is there, as the screen has them: (rows, columns, 3)."""
        element = self.driver.find_element(By.CSS_SELECTOR, place)
        with Image.open(BytesIO(element.screenshot_as_png)) as shown:
            return np.asarray(shown.convert("RGB"), dtype=int)

    def button(self, label: str) -> WebElement:
        return self.driver.find_element(By.XPATH, _BUTTON.format(label))

    def click(self, place: str, by: str = By.CSS_SELECTOR) -> None:
        """Click on what is or comes there; what is drawn anew meanwhile is sought again."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            try:
                self.driver.find_element(by, place).click()
            except _NOT_YET:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def press(self, label: str) -> None:
        self.click(_BUTTON.format(label), By.XPATH)

    def confirm(self, label: str) -> None:
        """Press a button of a dialog that asks before something is done."""
        self.click(f"//*[@role='dialog']//button[normalize-space()='{label}']", By.XPATH)

    def tab(self, label: str) -> None:
        self.click(f"//*[@role='tab'][normalize-space()='{label}']", By.XPATH)

    def choose(self, label: str) -> None:
        """Choose an entry of an open menu."""
        item = f"//*[@role='menuitem'][normalize-space()='{label}']"
        self.until(f'document.evaluate("{item}", document, null, 9, null).singleNodeValue')
        time.sleep(0.3)  # the menu moves while it opens
        self.click(item, By.XPATH)

    def positions(self, text: str) -> None:
        self.driver.find_element(By.TAG_NAME, "textarea").send_keys(text)

    def paste(self, text: str) -> None:
        """Put text into the positions at once, tabs included, as the clipboard does."""
        field = self.driver.find_element(By.TAG_NAME, "textarea")
        field.click()
        self.driver.execute_cdp_cmd("Input.insertText", {"text": text})

    def upload(self, file: Path) -> None:
        self.driver.find_element(By.CSS_SELECTOR, "input[type=file]").send_keys(str(file))

    def save_to(self, folder: Path) -> None:
        """Save what the page offers as a file without asking."""
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)}
        )

    def keys(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def until_submittable(self, seconds: float = TIMEOUT_S) -> None:
        buttons = "[...document.querySelectorAll('button')]"
        self.until(f"{buttons}.some(b => b.innerText === 'Submit' && !b.disabled)", seconds)

    def submit(self) -> str:
        """Submit what is in the form and return the job's id."""
        self.until_submittable()
        self.press("Submit")
        self.until("/jobs[/][0-9a-f]{32}/.test(location.pathname)")
        return str(self.js("return location.pathname.split('/').at(-1)"))

    def until_phase(self, phase: str, seconds: float = 90) -> float:
        return self.until(f"document.querySelector('[data-phase={phase}]')", seconds)

    def problems(self) -> list[str]:
        """What the console complained of since the last time, but for the provider's own pages."""
        return [
            line
            for line in self.browser.problems()
            if "cdn.jsdelivr.net" not in line and "/favicon.ico" not in line
        ]

    def foreign_requests(self) -> list[str]:
        """Addresses outside the service that this page fetched."""
        return [
            str(name)
            for name in self.js("return performance.getEntriesByType('resource').map(e => e.name)")
            if not str(name).startswith((self.origin + "/", "blob:", "data:"))
        ]

    def faults(self) -> list[str]:
        """Serious violations of WCAG 2 A and AA that axe finds."""
        self.js((NODE_MODULES / "axe-core/axe.min.js").read_text("utf-8"))
        found = self.driver.execute_async_script(
            "const done = arguments[0];"
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})"
            ".then(result => done(result.violations))"
        )
        return [
            f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for each in found
            if each["impact"] in {"serious", "critical"}
            for node in each["nodes"][:3]
        ]
