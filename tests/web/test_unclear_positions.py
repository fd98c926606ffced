"""Positions that can be read in two ways: both are shown, and the user picks one."""

import pytest

from tests.web.page import Page

MAP = "document.querySelector('.sky-canvas').getAttribute('aria-label')"
TABLE = "OBJID,RA,DEC\na,12:34,-50:10\nb,0.25,-57.8\nc,0:10,-55:00\n"


@pytest.mark.parametrize(
    ("name", "row"), [("hours", "188.5\N{DEGREE SIGN}"), ("degrees", "12.566667\N{DEGREE SIGN}")]
)
def test_both_readings_are_on_the_sky_and_the_one_that_is_picked_is_written(
    page: Page, name: str, row: str
) -> None:
    page.paste(TABLE)
    page.until_text("2 rows need attention")
    page.until_text("Both readings are on the sky")
    page.until(f"{MAP}.includes('2 if read as hours, 2 if read as degrees')")
    assert page.faults() == []
    page.size(390, 844)
    assert page.js("return document.documentElement.scrollWidth") <= 390
    page.js(
        "[...document.querySelectorAll('button')]"
        ".find(b => b.innerText.includes(arguments[0])).click()",
        f"Read as {name}",
    )
    page.until_text("all rows can be read")
    page.until(f"document.querySelector('.row-place').innerText.startsWith('{row}')")
    assert "if read as" not in page.js(f"return {MAP}")
    page.until_submittable()
