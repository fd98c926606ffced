"""Every page: loads, stays at home, is accessible, light, dark and narrow."""

import json
import os
import re
import subprocess
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, ProxyHandler, build_opener

import pytest
import requests
from dramatiq.brokers.redis import RedisBroker
from selenium.webdriver.common.by import By

from sptapi.routes import ROUTES
from sptjobs.broker.queues import CONTROL_QUEUE, make_broker, message
from sptjobs.stack.signing_in import Visitor
from tests.support.processes import wait_until
from tests.support.scale import SCALE
from tests.support.service import Service
from tests.web.page import NODE_MODULES, Page

PAGES = (
    "",
    "sky",
    "sky?catalogues=clusters,sources&ra=0.2499&dec=-57.8066&scale=0.3",
    "look",
    "look?pos=0.2499+-57.8066&size=15",
    "jobs",
    "jobs?list=shared",
    "account",
    "jobs/ID",
    "jobs/ID?tab=targets",
    "jobs/ID?tab=download",
    "jobs/ID?tab=request",
    "jobs/ID?tab=history",
    "jobs/ID?target=A1&map=MAP",
    "nothing",
)
SERVERS_OWN = (
    "",
    "docs",
    "docs?q=phase",
    "docs?q=" + "a" * 101,  # refused, with a long word
    "docs/start",
    "docs/files",
    "account",
    "account/logout",
    "files/jobs/ID/out/A1/",
    "nothing",
)
OPERATORS = (
    "ops/",
    "ops/jobs?PHASE=COMPLETED&USER=demo",
    "ops/jobs/ID",
    "ops/access",
    "ops/deadletters",
)
OF_THE_SERVER = ("", "docs", "docs/start", "account")
"""Pages that Lighthouse judges in the soak."""

MAX_FIRST_BYTES = 250_000

VALUES = {
    "chapter": "start",
    "path": "A1/",
    "job_id": "ID",
    "map_id": "MAP",
    "level": "0",
    "x": "0",
    "y": "0",
    "catalogue_name": "clusters",
    "name": "POS",
    "result_id": "result",
    "saved_id": "0" * 32,
}
"""For the placeholders of addresses that are read: another one is to be added with its value."""
ENDLESS = ("/events",)
ROUTES_OF_APP = Path(__file__).parents[2] / "src/cutout-web-app/src/main.tsx"


@pytest.fixture(scope="module")
def job(service: Service) -> str:
    """Make a job whose pages can be looked at."""
    positions = "OBJID,RA,DEC\nA1,0.2499,-57.8066\nfar,120,20\n"
    made = service.create(
        {"positions": positions, "products": ["fits", "preview"], "runid": "looked at"}
    )
    service.wait_final(made)
    return made.rpartition("/")[2]


@pytest.fixture(scope="module")
def map_id(service: Service, job: str) -> str:
    """Choose a map on which that job has found its first target."""
    rows = service.get(f"{service.jobs}/{job}/targets").json()["rows"]
    return next(str(row["map_id"]) for row in rows if row["status"] == "ok")


def test_every_page_of_the_route_table_is_among_those_that_are_looked_at(
    page: Page, service: Service, job: str, map_id: str
) -> None:
    looked_at = {path.partition("?")[0] for path in (*SERVERS_OWN, *OPERATORS)}
    looked_at |= {f"app/cutout/{path.partition('?')[0]}" for path in PAGES}
    member = {each["name"]: each["value"] for each in page.driver.get_cookies()}
    operators = operators_cookies(service)
    browser = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}
    pages = []
    for route in ROUTES:
        if route.method != "GET" or not route.safe or route.path.endswith(ENDLESS):
            continue
        path = re.sub(r"\{(\w+)[^}]*\}", lambda found: VALUES[found[1]], route.path)
        url = f"{page.origin}{path.replace('ID', job).replace('MAP', map_id)}"
        sent = operators if route.admin else member
        response = requests.get(
            url, headers=browser, cookies=sent, timeout=60, stream=True, allow_redirects=False
        )
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            pages.append(route.path)
            form = re.escape(route.path[1:])
            form = re.sub(r"\\\{path.*?\\\}", ".*", form)
            form = re.sub(r"\\\{.*?\\\}", "[^/]+", form)
            assert [each for each in looked_at if re.fullmatch(form, each)], route.path
        response.close()
    assert len(pages) > 10, pages


def test_every_page_of_the_app_is_among_those_that_are_looked_at() -> None:
    routes = re.findall(r'\{ path: "/?([^"]*)", element', ROUTES_OF_APP.read_text("utf-8"))
    assert len(routes) > 5
    looked_at = {path.partition("?")[0] for path in PAGES}
    for route in routes:
        form = re.sub(r":\w+", "[^/]+", route.replace("*", "nothing"))
        assert [each for each in looked_at if re.fullmatch(form, each)], route


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_by_its_address_and_is_accessible_in_light_and_dark(
    page: Page, job: str, map_id: str, path: str
) -> None:
    page.open(path.replace("ID", job).replace("MAP", map_id))
    for scheme in ("light", "dark"):
        page.colours(scheme)
        page.until("document.querySelector('.loading') === null")
        page.js("return new Promise(r => setTimeout(r, 500))")
        assert page.faults() == [], scheme


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_telephone(page: Page, job: str, map_id: str, path: str) -> None:
    page.size(390, 844)
    page.open(path.replace("ID", job).replace("MAP", map_id))
    page.until("document.querySelector('.loading') === null")
    assert page.js("return document.documentElement.scrollWidth") <= 390


def test_a_job_that_cannot_be_shown_is_a_page_with_a_heading_that_leads_on(page: Page) -> None:
    page.open("jobs/" + "0" * 32)
    assert page.js("return document.querySelector('h1').innerText") == "The job cannot be shown"
    for scheme in ("light", "dark"):
        page.colours(scheme)
        assert page.faults() == [], scheme
    page.driver.find_element(By.LINK_TEXT, "Go to your jobs").click()
    page.until("document.querySelector('h1')?.innerText === 'Jobs'")
    assert all("404" in line for line in page.problems())


def test_the_servers_own_pages_are_accessible_in_light_and_dark_and_fit_a_telephone(
    page: Page, job: str
) -> None:
    look_at(page, job, SERVERS_OWN)
    page.prefer("")
    assert "/nothing" in "".join(page.problems())


def test_the_servers_own_pages_for_operators_are_too(
    page: Page, job: str, service: Service
) -> None:
    broker = make_broker(service.stack.environment["SPT_BROKER_URL"])
    broker.enqueue(message("nobody", CONTROL_QUEUE, job))
    wait_until("it is given up", lambda: dead_letters(broker) > 0, 20)
    member = page.driver.get_cookies()
    try:
        for name, value in operators_cookies(service).items():
            page.driver.add_cookie({"name": name, "value": value, "httpOnly": True})
        look_at(page, job, OPERATORS)
        assert "nobody" in page.text()
        page.open("account")
        page.press("Queues, workers and jobs of all users")
        page.until_text("Wake the workers")
    finally:
        for cookie in member:
            page.driver.add_cookie(cookie)
        page.prefer("")


def dead_letters(broker: RedisBroker) -> int:
    return int(broker.client.zcard(f"{broker.namespace}:{CONTROL_QUEUE}.XQ"))


def operators_cookies(service: Service) -> dict[str, str]:
    """Sign an administrator in, beside the browser."""
    jar = CookieJar()
    opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(jar))
    Visitor(service.stack.url, opener).sign_in("admin", service.stack.password("admin"))
    return {cookie.name: cookie.value or "" for cookie in jar if "spt-session" in cookie.name}


def look_at(page: Page, job: str, paths: tuple[str, ...]) -> None:
    """Look at pages in light and dark, and on a telephone."""
    for path in paths:
        page.driver.get(f"{page.origin}/{path.replace('ID', job)}")
        assert page.js("return document.querySelector('main').innerText").strip(), path
        for scheme in ("light", "dark"):
            page.prefer(scheme)
            assert page.faults() == [], (path, scheme)
        page.size(390, 844)
        assert page.js("return document.documentElement.scrollWidth") <= 390, path
        page.wide()


GROUND = "return getComputedStyle(document.body).backgroundColor"


def test_the_servers_own_pages_follow_the_colours_that_are_chosen_in_the_app(page: Page) -> None:
    first = page.driver.current_window_handle
    try:
        for system, choice in (("light", "Dark"), ("dark", "Light")):
            page.prefer(system)
            page.driver.get(f"{page.origin}/docs/start")
            of_the_system = page.js(GROUND)
            page.open("account")
            page.click(f"//label[normalize-space()='{choice}']", By.XPATH)
            page.until(
                f"document.documentElement.dataset.mantineColorScheme === '{choice.lower()}'"
            )
            chosen = page.js(GROUND)
            assert chosen != of_the_system
            for path in ("", "docs/start", "account", "nothing"):
                page.driver.get(f"{page.origin}/{path}")
                assert page.js(GROUND) == chosen, (choice, path)
                assert (
                    page.js("return getComputedStyle(document.documentElement).colorScheme")
                    == choice.lower()
                )
            page.driver.switch_to.new_window("tab")
            page.prefer(system)
            page.open("account")
            page.click("//label[normalize-space()='As the system']", By.XPATH)
            page.until(f"document.documentElement.dataset.mantineColorScheme === '{system}'")
            page.driver.close()
            page.driver.switch_to.window(first)
            page.until(f"({GROUND.removeprefix('return ')}) === '{of_the_system}'")
    finally:
        page.prefer("")
    assert "/nothing" in "".join(page.problems())


HEAD = (
    "const head = document.querySelector('.head'), nav = head.querySelector('nav');"
    "const link = each => [each.innerText.trim(), each.href.replace(/[/]$/, '')];"
    "return {height: head.offsetHeight, fits: nav.scrollWidth <= nav.clientWidth, "
    "links: [head.querySelector('.brand'), ...nav.querySelectorAll('a')].map(link)}"
)


def test_the_app_and_the_servers_pages_have_one_head(page: Page) -> None:
    for width in (1280, 390):
        page.size(width, 844)
        page.open()
        head = page.js(HEAD)
        assert len(head["links"]) == 7
        assert head["fits"], width
        for path in ("", "docs", "account", "nothing"):
            page.driver.get(f"{page.origin}/{path}")
            assert page.js(HEAD) == head, (width, path)
    assert "/nothing" in "".join(page.problems())


def test_the_first_load_is_small(page: Page) -> None:
    page.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
    page.open()
    sent = page.js(
        "return performance.getEntriesByType('resource')"
        ".filter(e => e.name.includes('/app/cutout/'))"
        ".reduce((sum, e) => sum + e.encodedBodySize, 0)"
    )
    page.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})
    assert 50_000 < sent <= MAX_FIRST_BYTES


@pytest.mark.parametrize("path", ["app/cutout/", *(OF_THE_SERVER if SCALE > 1 else ())])
def test_lighthouse_finds_it_accessible_and_well_made_and_said_what_it_is(
    page: Page, tmp_path: Path, path: str
) -> None:
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in page.driver.get_cookies())
    report = tmp_path / "report.json"
    subprocess.run(
        [
            str(NODE_MODULES / ".bin/lighthouse"), f"{page.origin}/{path}", "--quiet",
            "--output=json", f"--output-path={report}",
            "--only-categories=accessibility,best-practices,seo",
            f"--extra-headers={json.dumps({'Cookie': cookies})}",
            "--chrome-flags=--headless --no-sandbox --disable-gpu --no-proxy-server",
        ],
        env=os.environ | {"CHROME_PATH": "/usr/bin/chromium"},
        check=True, capture_output=True, timeout=180,
    )  # fmt: skip
    found = json.loads(report.read_text("utf-8"))
    lost = [name for name, audit in found["audits"].items() if audit["score"] == 0]
    scores = {name: each["score"] for name, each in found["categories"].items()}
    assert len(scores) == 3
    assert all(score >= 0.95 for score in scores.values()), (scores, lost)
