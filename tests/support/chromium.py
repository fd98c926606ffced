"""Debian's Chromium without a screen, driven by its own chromedriver."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

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
PATIENCE_S = 20


class Chromium:
    """A browser window with a profile of its own."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self.driver = driver

    @property
    def address(self) -> str:
        return str(self.driver.current_url)

    @property
    def text(self) -> str:
        return str(self.driver.find_element(By.TAG_NAME, "body").text)

    def open(self, url: str) -> None:
        self.driver.get(url)

    def wait_for(self, begin: str) -> None:
        """Wait until it is at an address that begins so."""
        WebDriverWait(self.driver, PATIENCE_S).until(
            lambda driver: driver.current_url.startswith(begin), f"{begin} not reached"
        )

    def fill(self, **fields: str) -> None:
        """Type into the fields of a form, and send it."""
        for name, value in fields.items():
            self.driver.find_element(By.NAME, name).send_keys(value)
        self.driver.find_element(By.CSS_SELECTOR, "[type=submit]").click()

    def press(self, label: str) -> None:
        self.driver.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click()

    def cookies(self) -> dict[str, dict[str, object]]:
        return {cookie["name"]: cookie for cookie in self.driver.get_cookies()}

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
    try:
        yield Chromium(window)
    finally:
        window.quit()
