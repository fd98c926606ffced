"""Debian's Chromium without a screen, driven by its own chromedriver."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

_SCRIPT_S = 120.0
"""The longest that a script may take, axe on a whole page for one, beside other tests."""

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--window-size=1100,800",
)
TIMEOUT_S = 20


class Chromium:
    """A browser window with a profile of its own."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    @property
    def address(self) -> str:
        return str(self.driver.current_url)

    @property
    def text(self) -> str:
        return str(self.driver.execute_script("return document.body.innerText"))

    def open(self, url: str) -> None:
        self.driver.get(url)

    def wait_for(self, begin: str) -> None:
        """Wait until it is at an address that begins so, and the page is all there."""
        self._until(
            lambda: (
                self.address.startswith(begin)
                and self.driver.execute_script("return document.readyState") == "complete"
            ),
            f"{begin} not reached",
        )

    def shows(self, text: str) -> None:
        """Wait until the page says this."""
        self._until(lambda: text in self.text, f"{text!r} not shown")

    def fill(self, **fields: str) -> None:
        """Type into the fields of a form, and send it."""
        self.write(**fields)
        self.driver.find_element(By.CSS_SELECTOR, "[type=submit]").click()

    def write(self, **fields: str) -> None:
        """Type into the fields of a form."""
        for name, value in fields.items():
            self._until(partial(self.driver.find_elements, By.NAME, name), f"no field {name}")
            self.driver.find_element(By.NAME, name).send_keys(value)

    def press(self, label: str) -> None:
        self.driver.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click()

    def cookies(self) -> dict[str, dict[str, object]]:
        return {cookie["name"]: cookie for cookie in self.driver.get_cookies()}

    def _until(self, holds: Callable[[], object], otherwise: str) -> None:
        # A page that goes away while it is asked makes the driver complain: asked again.
        waiting = WebDriverWait(self.driver, TIMEOUT_S, 0.1, (WebDriverException,))
        waiting.until(lambda _driver: holds(), otherwise)

    def problems(self) -> list[str]:
        """What the page's console complained of, refusals by its policy among it."""
        return [str(entry["message"]) for entry in self.driver.get_log("browser")]  # type: ignore[no-untyped-call]


@contextmanager
def chromium(profile: Path, *, dark: bool = False, flags: Sequence[str] = ()) -> Iterator[Chromium]:
    """Start Chromium with an empty profile."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    assert binary is not None, "no Chromium found: apt-get install chromium"
    assert driver is not None, "no chromedriver found: apt-get install chromium-driver"
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in (*_FLAGS, *flags, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    if dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--blink-settings=preferredColorScheme=0")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    window = webdriver.Chrome(options=options, service=Service(driver))
    window.set_script_timeout(_SCRIPT_S)
    try:
        yield Chromium(window)
    finally:
        window.quit()
