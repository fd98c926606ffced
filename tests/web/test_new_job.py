"""From positions to a job: what the form takes, refuses, and sends."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from astropy.coordinates import FK4, SkyCoord
from astropy.io.votable import from_table
from astropy.table import Table
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.support.service import Service
from tests.web.page import Page

KEEP_SKY = (
    "const c = document.querySelector('.sky-canvas');"
    "window.sky = c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
)
CHANGE_OF_SKY = (
    "(() => { const c = document.querySelector('.sky-canvas');"
    " const now = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
    " let x = 0, y = 0, n = 0;"
    " for (let i = 0; i < now.length; i += 4)"
    "  if (now[i] !== sky[i] || now[i + 1] !== sky[i + 1] || now[i + 2] !== sky[i + 2])"
    "   { x += (i / 4) % c.width; y += Math.floor(i / 4 / c.width); n += 1; }"
    " return n ? [x / n + 0.5, y / n + 0.5] : null; })()"
)
"""Centre of what was drawn on the sky since it was kept: where a target is marked."""
INSIDE = "A1 0.2499 -57.8066\nA2 00:01:39.6 -54:40:16\nA3 358.36 -54.84\n"


def request_of(service: Service, job: str) -> dict[str, Any]:
    """The request as the service understood it, apart from who asked and when."""
    service.wait_final(f"{service.jobs}/{job}")
    document = service.get(f"{service.stack.url}/files/jobs/{job}/out/request.json").json()
    wanted: dict[str, Any] = document.get("request", document)
    return wanted


def test_a_wrong_row_is_named_with_its_reason_and_cannot_be_submitted(page: Page) -> None:
    page.positions("wrong 400 -50\ngood 0.25 -57.8\nfar, 120, 20")
    page.until_text("must be from 0 to 360 degrees")
    assert "1 row needs attention" in page.text()
    assert not page.button("Submit").is_enabled()
    page.until_text("no data here")
    page.press("Keep good rows")
    page.until_text("all rows can be read")
    # The rows have moved up, and what is known of them with them.
    page.until_submittable()
    rows = page.js("return [...document.querySelectorAll('[role=row]')].map(r => r.innerText)")
    assert ["no data here" in row for row in rows] == [False, False, True]
    assert page.js("return document.querySelectorAll('.cover-inside').length") == 3


@pytest.mark.parametrize(
    "text",
    [
        "188.73625 -57.75", "188.73625,-57.75", "188.73625\t\N{MINUS SIGN}57.75",
        "12:34:56.7 -57:45:00", "12 34 56.7 -57 45 00", "12h34m56.7s -57d45m00s",
    ],
)  # fmt: skip
def test_every_certain_notation_is_the_same_place(page: Page, text: str) -> None:
    page.paste(text)
    page.until_text("12:34:56.70 \N{MINUS SIGN}57:45:00.0")
    assert "188.73625° \N{MINUS SIGN}57.75°" in page.text()


def test_two_numbers_with_a_colon_are_refused(page: Page) -> None:
    page.positions("12:34 -50")
    page.until_text("can be read in two ways")


def test_tables_of_spreadsheets_and_of_the_virtual_observatory_are_read(
    page: Page, tmp_path: Path
) -> None:
    csv = tmp_path / "spreadsheet.csv"
    csv.write_bytes(b"\xef\xbb\xbfname;RAJ2000;DEJ2000;flux\r\nB1;0.25;-57.8;1\r\nB2;1;-55;2\r\n")
    page.upload(csv)
    page.until_text("2 targets")
    assert "RAJ2000 → RA" in page.text()
    assert "Not used: flux" in page.text()
    table = tmp_path / "table.vot"
    table.write_text(
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>'
        '<FIELD name="lon" datatype="double" unit="deg" ucd="pos.eq.ra;meta.main"/>'
        '<FIELD name="lat" datatype="double" unit="deg" ucd="pos.eq.dec;meta.main"/>'
        "<DATA><TABLEDATA><TR><TD>0.25</TD><TD>-57.8</TD></TR><TR><TD>1</TD><TD>-55</TD></TR>"
        "<TR><TD>2</TD><TD>-55</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>"
    )
    page.upload(table)
    page.until_text("3 targets")


def votable_in(system: str) -> str:
    """A VOTable with one row of RA 0.25 and DEC -57.8 in a system of coordinates."""
    return (
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE>'
        f'<COOSYS ID="frame" system="{system}" equinox="B1950"/><TABLE>'
        '<FIELD name="ra" datatype="double" unit="deg" ref="frame"/>'
        '<FIELD name="dec" datatype="double" unit="deg" ref="frame"/>'
        "<DATA><TABLEDATA><TR><TD>0.25</TD><TD>-57.8</TD></TR></TABLEDATA></DATA>"
        "</TABLE></RESOURCE></VOTABLE>"
    )


def test_a_votable_in_fk4_is_shown_where_astropy_puts_it(page: Page, tmp_path: Path) -> None:
    (tmp_path / "table.vot").write_text(votable_in("eq_FK4"))
    page.upload(tmp_path / "table.vot")
    page.until_text("1 target")
    cells = page.js("return document.querySelector('textarea').value").splitlines()[1].split(",")
    shown = SkyCoord(*map(float, cells[-2:]), unit="deg")
    expected = SkyCoord(0.25, -57.8, unit="deg", frame=FK4(equinox="B1950")).icrs
    assert shown.separation(expected).arcsec < 0.01


def test_a_votable_in_an_unknown_frame_is_refused_and_nothing_of_it_is_read(
    page: Page, tmp_path: Path
) -> None:
    (tmp_path / "table.vot").write_text(votable_in("barycentric"))
    page.upload(tmp_path / "table.vot")
    page.until_text("must be ICRS, FK5 or FK4")
    assert page.js("return document.querySelector('textarea').value") == ""
    page.problems()


@pytest.mark.parametrize("stored", ["binary", "binary2"])
def test_a_votable_stored_in_binary_is_read_by_the_service_with_the_errors_of_its_rows(
    page: Page, tmp_path: Path, stored: str
) -> None:
    file = tmp_path / f"{stored}.vot"
    names = ["one", "two", "three"]
    table = Table({"main_id": names, "RAJ2000": [0.25, 400.0, 1.0], "DEJ2000": [-57.8, -50, -55]})
    votable = from_table(table)
    votable.to_xml(str(file), tabledata_format=stored)
    page.upload(file)
    page.until_text("must be from 0 to 360 degrees")
    assert "1 row needs attention" in page.text()
    page.press("Keep good rows")
    page.until_text("2 targets")
    page.until_submittable()


def test_a_size_above_the_limit_is_refused_with_the_limit(page: Page) -> None:
    page.positions(INSIDE)
    size = page.js(
        "return [...document.querySelectorAll('label')].find(l => l.innerText === 'Size').htmlFor"
    )
    field = page.driver.find_element("id", size)
    field.clear()
    field.send_keys("500")
    page.until_text("must be from 0.25 to 120 arcmin")
    assert not page.button("Submit").is_enabled()


def test_a_draft_survives_a_reload(page: Page) -> None:
    page.positions(INSIDE)
    page.until_text("3 targets")
    page.js("return new Promise(r => setTimeout(r, 400))")
    page.driver.refresh()
    page.until_text("3 targets")
    assert "A2" in page.js("return document.querySelector('textarea').value")


def test_two_windows_keep_a_draft_each_whatever_the_other_one_writes_or_submits(
    page: Page,
) -> None:
    page.positions(INSIDE)
    page.until_text("3 targets")
    page.until("(localStorage.getItem('spt3g-draft') ?? '').includes('A3')")
    one = page.driver.current_window_handle
    page.driver.switch_to.new_window("tab")
    try:
        page.open()
        page.until_text("3 targets")  # a new window begins with the last draft
        page.press("Clear")
        page.until("document.querySelector('textarea').value === ''")
        page.positions("B1 0.3 -57.9\n")
        page.until_text("1 target")
        page.until("localStorage.getItem('spt3g-draft').includes('B1')")
        other = page.driver.current_window_handle
        page.driver.switch_to.window(one)
        still_has_its_own(page)
        page.driver.switch_to.window(other)
        page.submit()
    finally:
        page.driver.close()
        page.driver.switch_to.window(one)
    still_has_its_own(page)


def still_has_its_own(page: Page) -> None:
    """Load a window anew, and check that its three targets are there."""
    page.driver.refresh()
    page.until_text("3 targets")
    assert "A2" in page.js("return document.querySelector('textarea').value")


def test_the_code_for_curl_and_python_makes_the_same_request(
    page: Page, service: Service, tmp_path: Path
) -> None:
    page.positions(INSIDE)
    page.until_text("about", 60)
    page.press("Copy as code")
    page.until("document.querySelector('pre.code')")
    curl = str(page.js("return document.querySelector('pre.code').textContent"))
    page.tab("Python (pyvo)")
    page.until("document.querySelector('pre.code').textContent.includes('pyvo')")
    python = str(page.js("return document.querySelector('pre.code').textContent"))
    page.keys(Keys.ESCAPE)
    job = page.submit()
    environment = dict(os.environ) | {"SPT_TOKEN": service.stack.token}
    notes = [
        subprocess.run(
            command,
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=90,
        ).stdout
        for command in (["bash", "-ec", curl], [sys.executable, "-c", python])
    ]
    jobs = [text.split()[0].rstrip("/").rpartition("/")[2] for text in notes]
    wanted = request_of(service, job)
    assert [request_of(service, each) for each in jobs] == [wanted, wanted], json.dumps(wanted)


def test_a_clone_is_the_original_request(page: Page, service: Service) -> None:
    page.positions(INSIDE)
    page.until_text("about", 60)
    job = page.submit()
    page.until_phase("COMPLETED")
    page.open(f"?clone={job}")
    page.until_text("3 targets")
    page.until_text("You made this request", 60)
    page.until(f"document.querySelector('.submit a[href$=\"/jobs/{job}\"]')")
    assert "is completed, its files are kept until 20" in page.text()
    again = page.submit()
    assert request_of(service, again) == request_of(service, job)


def test_a_click_on_the_sky_adds_a_target_at_that_place(page: Page) -> None:
    page.until("document.querySelector('.sky-canvas')?.width > 100")
    page.js("return new Promise(r => setTimeout(r, 500))")
    marks = []
    for place in ("0.25 -57.8\n", "0.25 -55.8\n"):
        page.js(KEEP_SKY)
        page.paste(place)
        page.until(f"({CHANGE_OF_SKY}) !== null")
        page.js("return new Promise(r => setTimeout(r, 1500))")  # its colour comes with the check
        marks.append(page.js(f"return {CHANGE_OF_SKY}"))
    (x, y), (_, top) = marks
    degrees_per_pixel = 2 / abs(y - top)
    canvas = page.driver.find_element("css selector", ".sky-canvas")
    size = canvas.size
    ActionChains(page.driver).move_to_element_with_offset(
        canvas, round(x - size["width"] / 2), round(y - size["height"] / 2)
    ).click().perform()
    page.until_text("3 targets")
    added = page.js("return document.querySelector('textarea').value").splitlines()[-1].split()
    dx = (float(added[0]) - 0.25 + 180) % 360 - 180
    dy = float(added[1]) + 57.8
    assert abs(dy) <= 1.5 * degrees_per_pixel
    assert abs(dx) * 0.533 <= 1.5 * degrees_per_pixel  # cos(57.8 deg)
    assert all("getImageData" in line for line in page.problems())  # it advises against ours
