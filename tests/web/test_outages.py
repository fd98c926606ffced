"""What users see when a part of the service is away, and that it passes by itself."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.processes import is_alive
from tests.support.service import Service
from tests.web.page import Page


@contextmanager
def standing_still(service: Service, part: str) -> Iterator[None]:
    """Hold the processes of a part: the supervisor would start one that ended again."""
    names = {"workers": "execute", "broker": "broker"}
    pids = [p for name, p in service.stack.processes.items() if name.startswith(names[part])]
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@pytest.mark.parametrize(
    ("part", "message"), [("workers", "No worker responds"), ("broker", "The broker")]
)
def test_a_part_that_is_away_is_stated_and_what_is_submitted_meanwhile_waits_for_it(
    page: Page, service: Service, part: str, message: str
) -> None:
    status = f"{service.stack.url}/api/v1/status"
    with standing_still(service, part):
        service.wait_for(status, lambda state: part in [n["part"] for n in state["notices"]], 30)
        page.open()
        page.until("document.querySelector('.banner')", 20)
        banner = page.js("return document.querySelector('.banner').innerText")
        assert message in banner
        assert "since" in banner
        page.positions("A1 0.2499 -57.8066\n")
        page.until_text("Jobs are accepted and wait; they begin by themselves")
        page.js("window.before = 'the same page'")
        page.submit()
        page.until_phase("QUEUED")
    page.until_phase("COMPLETED")
    page.until("document.querySelector('.banner') === null")
    assert page.js("return window.before") == "the same page"
    page.problems()


def test_a_service_that_does_not_respond_shows_within_seconds(page: Page, service: Service) -> None:
    pid = service.stack.processes["api"]
    page.until("document.querySelector('h1')")
    os.kill(pid, signal.SIGSTOP)
    try:
        assert (
            page.until("document.querySelector('.banner')", 30) < 15
        )  # 8 s at the most, undisturbed
    finally:
        os.kill(pid, signal.SIGCONT)
    page.until("document.querySelector('.banner') === null")
    page.problems()


def test_an_outage_of_the_whole_service_is_stated_and_passes_without_a_reload(
    page: Page, service: Service
) -> None:
    pid = service.stack.processes["api"]
    subprocess.run(["kill", "-KILL", str(pid)], check=True)
    page.js("window.before = 'the same page'; window.dispatchEvent(new Event('offline'))")
    service.get(f"{service.stack.url}/live")
    page.positions("A1 0.2499 -57.8066\n")
    page.until_submittable(60)
    assert page.js("return window.before") == "the same page"
    assert not is_alive(pid)
    page.problems()
