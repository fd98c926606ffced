"""Where nothing is yet, each page says what would be here, and leads on."""

import pytest

from tests.support.service import Service
from tests.web.page import Page

TABLE = "OBJID,RA,DEC\nA1,0.2499,-57.8066\n"
EMPTY = "document.querySelector('[data-empty]')"


@pytest.fixture(scope="module")
def waiting(service: Service) -> str:
    """Make a job that is not run."""
    return service.create({"positions": TABLE}, run=False).rpartition("/")[2]


@pytest.mark.parametrize(
    ("path", "leads_on"),
    [
        ("jobs?text=is-called-like-no-job", True),
        ("jobs?list=shared&text=is-called-like-no-job", True),
        ("jobs/{job}", False),
        ("jobs/{job}?tab=targets", False),
        ("jobs/{job}?tab=targets&snr=5", True),
        ("jobs/{job}?tab=download", False),
        ("jobs/{job}?tab=comments", False),
        ("jobs/{job}?target=nobody&map=none", True),
        ("look?pos=120%2020", True),
    ],
)
def test_a_page_with_nothing_in_it_says_what_would_be_here(
    page: Page, waiting: str, path: str, leads_on: bool
) -> None:
    page.open(path.format(job=waiting))
    dialog = "[role=dialog] " if "target=nobody" in path else ""
    shown = f"document.querySelector('{dialog}[data-empty]')"
    page.until(shown)
    said = page.js(f"return {shown}.querySelector('p').innerText")
    assert said.endswith("."), said
    actions = page.js(f"return {shown}.querySelectorAll('a, button').length")
    assert actions == (1 if leads_on else 0)
    assert page.faults() == []
    page.size(390, 844)
    assert page.js("return document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("button", "words"), [("Presets", "presets"), ("My lists", "lists")])
def test_who_has_saved_nothing_is_told_what_for(page: Page, button: str, words: str) -> None:
    page.press(button)
    page.until("document.querySelector('[role=dialog] [data-empty]')")
    said = page.js("return document.querySelector('[role=dialog] [data-empty] p').innerText")
    assert said.startswith(f"Your {words} would be here")
