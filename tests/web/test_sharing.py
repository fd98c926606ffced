"""Jobs are shown to colleagues: by name, by a group, by a link; what they see, and that it ends."""

from selenium.webdriver.common.by import By

from tests.support.service import Service
from tests.web.page import Page

TARGET = "OBJID,RA,DEC\nA1,0.2499,-57.8066\n"


def finished_job(service: Service, name: str) -> str:
    """Make a job, wait for its end and give its id."""
    job = service.create({"positions": TARGET, "products": ["fits", "preview"], "runid": name})
    service.wait_final(job)
    return job.rpartition("/")[2]


def open_shares(page: Page) -> None:
    page.click("[aria-label^='What to do with']")
    page.choose("Share")
    page.until("document.querySelector('[role=dialog] form')")


def shares_of(service: Service, job: str) -> list[tuple[str, str | None]]:
    found = service.get(f"{service.jobs}/{job}/shares").json()["shares"]
    return [(each["kind"], each["name"]) for each in found]


def test_an_owner_shares_with_a_member_a_group_and_by_a_link_and_ends_each(
    page: Page, service: Service
) -> None:
    colleague = service.other_user("colleague")
    job = finished_job(service, "shown around")
    page.open(f"jobs/{job}")
    open_shares(page)
    page.until_text("Nobody but you reads this job yet.")
    page.driver.find_element(
        By.CSS_SELECTOR, "[role=dialog] input[type=text], [role=dialog] input:not([type])"
    ).send_keys("nobody at all")
    page.confirm("Share")
    page.until_text("nobody of this name has signed in yet")
    assert all("400" in line for line in page.problems())
    field = page.driver.find_element(By.CSS_SELECTOR, "[role=dialog] input[maxlength='255']")
    page.js("arguments[0].select()", field)
    field.send_keys("colleague")
    page.confirm("Share")
    page.until("document.querySelector('[data-share=member]')")
    for label, kind in (("A group", "group"), ("A link", "link")):
        page.click(f"//label[normalize-space()='{label}']", By.XPATH)
        page.confirm("Share")
        page.until(f"document.querySelector('[data-share={kind}]')")
    assert page.faults() == []
    assert [kind for kind, _ in shares_of(service, job)] == ["member", "group", "link"]
    assert colleague.job(f"{service.jobs}/{job}")["phase"] == "COMPLETED"
    for left in (2, 1, 0):
        page.click("[role=dialog] [aria-label^='End sharing with']")
        page.until(f"document.querySelectorAll('[data-share]').length === {left}")
    assert shares_of(service, job) == []


def test_a_reader_finds_the_job_sees_it_all_and_is_offered_no_change(
    page: Page, service: Service
) -> None:
    owner = service.other_user("owner-of-the-job")
    job = finished_job(owner, "of a colleague")
    page.open("jobs?list=shared")
    page.until_text("Nobody shares a job with you")
    # By id: other tests make tokens for another account of this name.
    reader = service.get(f"{service.stack.url}/api/v1/account").json()["id"]
    shared = owner.session.post(
        f"{owner.jobs}/{job}/shares", json={"kind": "member", "name": reader}, timeout=30
    )
    assert shared.status_code == 201, shared.text
    page.open("jobs")
    page.click("//label[normalize-space()='Shared with me']", By.XPATH)
    page.until_text("of owner-of-the-job")
    assert (
        page.js("return document.querySelector('main input[type=checkbox][aria-label^=Choose]')")
        is None
    )
    page.click("of a colleague", By.LINK_TEXT)
    page.until_text("It is shared with you")
    page.until("document.querySelector('.stamp canvas, canvas')")
    page.click("[aria-label^='What to do with']")
    page.until("document.querySelector('[role=menuitem]')")
    offered = page.js(
        "return [...document.querySelectorAll('[role=menuitem]')].map(e => e.innerText)"
    )
    assert offered == ["Clone into the form", "Who may read it"]
    page.choose("Who may read it")
    page.until("document.querySelector('[data-share=member]')")
    assert page.js("return document.querySelectorAll('[role=dialog] form').length") == 0
    page.size(390, 800)
    assert page.js("return document.documentElement.scrollWidth") <= 390
