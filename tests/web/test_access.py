"""Who is in no group asks for access in their browser, and an administrator answers in theirs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By

from tests.support.chromium import chromium
from tests.support.service import Service
from tests.web.page import Page


@pytest.fixture
def outsider(service: Service, tmp_path: Path) -> Iterator[Page]:
    """A browser in which the outsider of the demo has just been refused."""
    with chromium(tmp_path / "profile") as browser:
        page = Page(browser, service.stack.url)
        page.driver.get(f"{page.origin}/account")
        sign_in(page, service)
        page.until_text("Not authorised yet")
        yield page


@pytest.fixture
def boss(service: Service, tmp_path: Path) -> Iterator[Page]:
    """A browser in which the administrator of the demo is signed in."""
    with chromium(tmp_path / "boss") as browser:
        page = Page(browser, service.stack.url)
        page.sign_in("admin", service.stack.password("admin"))
        yield page


def sign_in(page: Page, service: Service) -> None:
    """Fill in the form of the provider, which keeps no session of its own."""
    page.until("document.querySelector('[name=password]') !== null")
    page.browser.fill(username="outsider", password=service.stack.password("outsider"))


def looks_well(page: Page) -> None:
    """See that a page of the server is accessible in light and dark, and fits a telephone."""
    for scheme in ("light", "dark"):
        page.prefer(scheme)
        assert page.faults() == [], scheme
    page.size(390, 844)
    assert page.js("return document.documentElement.scrollWidth") <= 390
    page.wide()


def write(page: Page, name: str, text: str) -> None:
    page.driver.find_element(By.NAME, name).send_keys(text)


def test_an_outsider_asks_is_declined_asks_again_and_is_approved(
    outsider: Page, boss: Page, service: Service
) -> None:
    looks_well(outsider)
    write(outsider, "INSTITUTE", "South Pole Station")
    write(outsider, "WHY", "I winter over\nand look at clusters.")
    outsider.press("Ask for access")
    outsider.until_text("You have asked for access")
    looks_well(outsider)
    boss.driver.get(f"{boss.origin}/ops/access")
    boss.until_text("South Pole Station")
    looks_well(boss)
    boss.driver.find_elements(By.NAME, "REASON")[1].send_keys("Who knows you?")
    boss.press("Decline outsider")
    boss.until_text("Nobody waits.")
    assert "declined" in boss.text()
    looks_well(boss)
    outsider.press("Look again")
    sign_in(outsider, service)
    outsider.until_text("Your request was declined")
    assert "Who knows you?" in outsider.text()
    looks_well(outsider)
    write(outsider, "INSTITUTE", "South Pole Station")
    write(outsider, "WHY", "The winter-over scientist of last year.")
    outsider.press("Ask for access")
    outsider.until_text("You have asked for access")
    boss.driver.get(f"{boss.origin}/ops/access")
    boss.press("Approve outsider")
    boss.until_text("Nobody waits.")
    outsider.press("Look again")
    sign_in(outsider, service)
    outsider.until_text("Your request was approved")
    looks_well(outsider)
    assert all("403" in line for line in outsider.problems())
    assert boss.problems() == []
