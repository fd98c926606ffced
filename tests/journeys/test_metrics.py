"""API server and workers, as Prometheus sees them while a job is done."""

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

import pytest

from sptjobs.stack.probes import free_port, http_ready, is_free
from tests.journeys.conftest import Siblings
from tests.support.processes import wait_until
from tests.support.scraping import Samples, documented_names, names, parsed, scraped, value
from tests.support.service import Service, grid_of_targets

TARGETS = 60
HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def port() -> int:
    """The first of three free ports: of the API server, and of the two workers."""
    while True:
        first = free_port(HOST)
        if all(is_free(HOST, first + number) for number in range(3)):
            return first


@pytest.fixture(scope="module")
def watched(
    tmp_path_factory: pytest.TempPathFactory, sibling: Siblings, port: int
) -> Iterator[Service]:
    settings = {"SPT_METRICS_PORT": str(port), "SPT_PART_S": "0.05", "SPT_SLOTS": "1"}
    with sibling(tmp_path_factory.mktemp("watched"), settings) as service:
        # A stack is up before its workers are.
        for number in range(3):
            answers = partial(http_ready, HOST, port + number, "/metrics")
            wait_until(f"port {port + number} answers", answers, 30)
        wait_until(
            "slots are announced", lambda: value(scraped(port + 1), "sptjobs_slots") == 2, 30
        )
        wait_until("children are warm", lambda: idle(port) == 2, 30)
        yield service


def idle(port: int) -> float:
    return value(scraped(port + 2), "sptjobs_children", state="idle")


def parts(samples: Samples, outcome: str) -> float:
    return value(samples, "sptjobs_parts_total", outcome=outcome)


def test_what_prometheus_reads_agrees_with_the_job_that_was_done(
    watched: Service, port: int
) -> None:
    control, execute = scraped(port + 1), scraped(port + 2)
    url = watched.create({"positions": grid_of_targets(TARGETS), "size": 10})
    watched.wait_for(url, lambda job: job["phase"] == "EXECUTING", 60)
    running = scraped(port + 1)
    watched.wait_final(url)
    rows = watched.manifest(url)
    after_api, after_control, after_execute = (scraped(port + number) for number in range(3))
    assert value(running, "sptjobs_jobs", phase="EXECUTING") in {0, 1}
    assert value(after_control, "sptjobs_jobs", phase="COMPLETED") == 1 + value(
        control, "sptjobs_jobs", phase="COMPLETED"
    )
    assert value(after_control, "sptjobs_parts_left", lane="shared") == 0
    done = parts(after_execute, "done") - parts(execute, "done")
    assert done == value(after_execute, "sptjobs_part_duration_seconds_count") - value(
        execute, "sptjobs_part_duration_seconds_count"
    )
    assert done >= 2
    for status in ("ok", "partial", "outside", "no-data", "failed"):
        counted = value(after_execute, "sptjobs_stamps_total", status=status)
        before = value(execute, "sptjobs_stamps_total", status=status)
        assert counted - before == sum(row["status"] == status for row in rows), status
    route = {"method": "POST", "route": "/api/v1/cutout/async", "status": "303"}
    assert value(after_api, "sptapi_requests_total", **route) == 1
    for samples in (after_api, after_control, after_execute):
        assert value(samples, "spt_database_up") == value(samples, "spt_broker_up") == 1
        assert value(samples, "spt_results_free_bytes") > 0


def _struck(watched: Service, port: int) -> bool:
    """Kill what cuts, and tell whether a part was struck: an idle child dies without blame."""
    if value(scraped(port + 2), "sptjobs_children", state="busy"):
        time.sleep(0.3)
        for child in watched.children():
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
    time.sleep(0.3)
    return value(scraped(port + 2), "sptjobs_part_strikes_total", blame="child") > 0


def test_the_death_of_a_child_is_counted(watched: Service, port: int) -> None:
    url = watched.create({"positions": grid_of_targets(40 * TARGETS), "size": 10})
    wait_until("a death is counted", lambda: _struck(watched, port), 90)
    watched.session.post(f"{url}/phase", data={"PHASE": "ABORT"}, timeout=60)
    watched.wait_final(url)
    assert parts(scraped(port + 2), "child-died") >= 1


def test_every_name_is_exported_and_no_label_holds_anybody(watched: Service, port: int) -> None:
    every = [scraped(port + number) for number in range(3)]
    # Nobody was beyond a limit, so that no limit has a series yet.
    unused = {"sptapi_refused_requests_total"}
    assert documented_names() - unused <= set.union(*map(names, every))
    texts = {text for samples in every for _, labels in samples for _, text in labels}
    assert "demo" not in texts
    assert not [text for text in texts if re.search(r"[0-9a-f]{16}", text)]
    # A handful for each route; a deployment of any age has no more.
    assert sum(len(samples) for samples in every) < 3_000


def test_the_port_of_a_stack_on_this_machine_tells_them_too(watched: Service, port: int) -> None:
    texts = watched.get(f"{watched.stack.url}/metrics").text
    assert value(parsed(texts), "spt_database_up") == 1
    assert names(parsed(texts)) == names(scraped(port))
