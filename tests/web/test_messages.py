"""Who asks for it is notified when a job is done: by the browser, and by a signed webhook."""

import json
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.support.processes import wait_until
from tests.support.receiver import Receiver, receiving
from tests.support.service import Service
from tests.web.page import Page

TARGET = "OBJID,RA,DEC\nA1,0.2499,-57.8066\n"
RECORDING = """
window.shown = [];
window.Notification = class extends Notification {
  constructor(title, options) { super(title, options); window.shown.push(title); }
};
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def new_job(service: Service, name: str) -> str:
    """Make a job that does not run yet."""
    return service.create({"positions": TARGET, "runid": name}, run=False).rpartition("/")[2]


def run(service: Service, job: str) -> None:
    address = f"{service.jobs}/{job}"
    service.session.post(f"{address}/phase", data={"PHASE": "RUN"}, timeout=30)
    service.wait_final(address)


def allow(page: Page, setting: str) -> None:
    """Let the browser's user have decided on notifications of the site."""
    permission = {"permission": {"name": "notifications"}, "setting": setting}
    page.driver.execute_cdp_cmd("Browser.setPermission", permission | {"origin": page.origin})


def test_a_webhook_of_the_account_page_is_called_when_a_job_is_done_and_no_more_when_it_is_ended(
    page: Page, service: Service, receiver: Receiver
) -> None:
    page.open("account")
    page.until("document.querySelector('input[type=url]')")
    page.driver.find_element(By.CSS_SELECTOR, "input[type=url]").send_keys("https://10.0.0.1/x")
    page.press("Send me that")
    page.until_text("is not on the internet")
    assert all("400" in line for line in page.problems())
    field = page.driver.find_element(By.CSS_SELECTOR, "input[type=url]")
    page.js("arguments[0].select()", field)
    field.send_keys(receiver.url)
    page.press("Send me that")
    page.until_text("whsec_")
    assert page.faults() == []
    job = new_job(service, "called")
    run(service, job)
    wait_until("the webhook is called", lambda: bool(receiver.got), 60)
    ((path, headers, body),) = receiver.got
    assert path == "/ended?of=spt"
    assert headers["webhook-signature"].startswith("v1,")
    data = json.loads(body)["data"]
    assert (data["jobId"], data["runId"], data["phase"]) == (job, "called", "COMPLETED")
    page.open("account")
    page.until("document.querySelector('[data-notice=webhook]')")
    for scheme in ("light", "dark"):
        page.colours(scheme)
        page.until("document.querySelector('[data-notice=webhook]')")
        assert page.faults() == [], scheme
    page.size(390, 844)
    assert page.js("return document.documentElement.scrollWidth") <= 390
    page.wide()
    page.click("[data-notice=webhook] button")
    page.until("!document.querySelector('[data-notice=webhook]')")
    assert service.get(f"{service.stack.url}/api/v1/account/notices").json()["notices"] == []


def test_the_browser_notifies_of_one_job_after_a_click_and_never_before(
    page: Page, service: Service
) -> None:
    allow(page, "granted")
    job, other = new_job(service, "awaited"), new_job(service, "unheard")
    page.open(f"jobs/{job}")
    page.js(RECORDING)
    page.click("[aria-label^='What to do with']")
    page.choose("Tell me when it is done")
    page.until("document.querySelector('[role=dialog] input[type=checkbox]')")
    assert page.faults() == []
    page.click("[role=dialog] input[type=checkbox]")
    page.until("document.querySelector('[role=dialog] input[type=checkbox]').checked")
    run(service, other)
    run(service, job)
    page.until("window.shown.length > 0")
    assert page.js("return window.shown") == ["Job awaited is COMPLETED"]
    assert page.js("return localStorage.getItem('spt3g-notify')") is None


def test_a_browser_that_does_not_allow_it_says_so_and_nothing_is_kept(page: Page) -> None:
    allow(page, "denied")
    page.open("account")
    page.until_text("A notification of this browser")
    page.click("[aria-labelledby=messages-title] input[type=checkbox]")
    page.until_text("This browser does not allow it")
    assert page.js("return localStorage.getItem('spt3g-notify')") is None
    allow(page, "granted")
    page.click("[aria-labelledby=messages-title] input[type=checkbox]")
    page.until("localStorage.getItem('spt3g-notify') !== null")
