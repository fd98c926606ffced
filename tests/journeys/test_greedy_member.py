"""One member's worst requests, sent without pause, keep nobody else waiting."""

import itertools
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from sptjobs.request.parameter_table import PARAMETERS
from tests.fuzz.queries import OPERATIONS
from tests.support.scale import scaled
from tests.support.service import Service
from tests.support.spreadsheets import workbook
from tests.support.table_cases import table_cases

_log = logging.getLogger(__name__)

LOOKS = scaled(100, 1000)
ROUNDS = 3
"""A busy machine may spoil a round; the service would spoil all of them."""

THREADS = 6
BLANKS = "1" + " " * 400
ROWS = "RA,DEC\n" + "0.25,-57.8\n" * 100_000
"""Rows at one position without names, as honest requests for light curves have them."""

VOTABLE = (
    "<VOTABLE><RESOURCE><TABLE><FIELD name='RA' datatype='double'/><FIELD name='f' datatype='char' "
    f"arraysize='{'999999999x' * 50_000}9'/><DATA><BINARY><STREAM encoding='base64'>AAAA</STREAM>"
    "</BINARY></DATA></TABLE></RESOURCE></VOTABLE>"
)
ECSV = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: RA, x: " + "a'a " * 200_000 + "}\nRA\n1\n"
PAGE = "<html><table>" + "<tr><td><a b='" * 100_000
DELUXE = "\\begin{deluxetable}{cc}\n\\tablehead{" + "\\colhead{" * 100_000
SAW = " ".join(f"{ra % 3} {-57 + ra * 0.001:g}" for ra in range(290))
"""Corners of a polygon with as many sides as one may have, or more."""

LONG_BYTES = 1_000_000
CUTOUT = "/api/v1/cutout"


@dataclass(frozen=True)
class Request:
    """What is sent once: method, path, and what ``requests`` makes of the rest."""

    method: str
    path: str
    rest: dict[str, Any] = field(default_factory=dict)


def sent(fields: dict[str, str]) -> list[Request]:
    """Fields, to be checked and to be made a job of."""
    rest = {"data": fields}
    return [Request("POST", f"{CUTOUT}/{name}", rest) for name in ("validate", "async")]


def table(content: bytes) -> list[Request]:
    """A file with a table, to be checked, to be made a job of and to be read alone."""
    fields, files = {"UPLOAD": "positions,param:t"}, {"t": ("t", content)}
    whole = {"data": fields, "files": files}
    requested = [Request("POST", f"{CUTOUT}/{name}", whole) for name in ("validate", "async")]
    return [*requested, Request("POST", f"{CUTOUT}/table", {"files": files})]


def blanks_in_every_parameter() -> list[Request]:
    return [each for one in PARAMETERS for each in sent({one.name: BLANKS * 3 + "x"})]


def every_table_at_length() -> list[Request]:
    contents = (case.content for case in table_cases() if case.content)
    return [each for one in contents for each in table(one * (LONG_BYTES // len(one)))]


def every_search() -> list[Request]:
    """All that takes parameters of a query, each with as much as an address may hold."""
    found = []
    for each in (each for each in OPERATIONS if "{" not in each.path):
        values = {
            name: ",".join([*given, *map(str, range(300))]) for name, given in each.values.items()
        }
        values |= {"POS": f"POLYGON {SAW}"} if "POS" in values else {}
        for name, value in values.items():
            key = "data" if each.method == "POST" else "params"
            found.append(Request(each.method, each.path, {key: {name: value}}))
    return found


WORST: dict[str, Callable[[], list[Request]]] = {
    "a coordinate of blanks": lambda: sent({"RA": BLANKS * 3 + "x", "DEC": "-57"}),
    "rows at one position": lambda: sent({"POSITIONS": ROWS}),
    "dimensions of an array": lambda: sent({"POSITIONS": VOTABLE}),
    "quotes of ECSV": lambda: sent({"POSITIONS": ECSV}),
    "tags without end": lambda: table(PAGE.encode()),
    "braces without end": lambda: table(DELUXE.encode()),
    "a spreadsheet of many cells": lambda: table(workbook([["RA", "DEC"] * 50] * 3000)),
    "blanks in every parameter": blanks_in_every_parameter,
    "every kind of table at length": every_table_at_length,
    "every search": every_search,
}


@contextmanager
def without_pause(member: Service, worst: Sequence[Request]) -> Iterator[Counter[int]]:
    """Send requests in turn again and again, over several connections, and count the statuses."""
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def send(number: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update(member.session.headers)
            for each in itertools.islice(itertools.cycle(worst), number, None):
                if stop.is_set():
                    return
                response = session.request(
                    each.method,
                    member.stack.url + each.path,
                    allow_redirects=False,
                    timeout=120,
                    **each.rest,
                )
                statuses[response.status_code] += 1

    threads = [threading.Thread(target=send, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    try:
        yield statuses
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def slowest(service: Service, addresses: tuple[str, ...]) -> float:
    """Ask for addresses in turn and give the 99th percentile of the times [s]."""
    taken = []
    for number in range(LOOKS):
        begun = time.monotonic()
        response = service.session.get(addresses[number % len(addresses)], timeout=60)
        assert response.status_code == 200, response.text
        taken.append(time.monotonic() - begun)
        time.sleep(0.01)
    return sorted(taken)[int(0.99 * (len(taken) - 1))]


@pytest.mark.parametrize("name", WORST)
def test_anothers_page_and_live_come_within_a_second_while_a_member_sends_the_worst(
    service: Service, name: str
) -> None:
    other, greedy = service.other_user("modest"), service.other_user("greedy")
    url = service.stack.url
    addresses = (f"{url}/live", f"{url}/ready", other.jobs, f"{url}/api/v1/account")
    with without_pause(greedy, WORST[name]()) as statuses:
        time.sleep(1)
        found = [slowest(other, addresses)]
        while found[-1] > 1 and len(found) < ROUNDS:
            found.append(slowest(other, addresses))
    _log.warning("%s: p99 %s s; %s", name, [round(each, 3) for each in found], dict(statuses))
    assert min(found) <= 1
    assert not {500, 502} & statuses.keys()
