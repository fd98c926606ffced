"""One member's worst requests, sent without pause, keep nobody else waiting."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.support.scale import scaled
from tests.support.service import Service

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
WORST: dict[str, Callable[[], dict[str, str]]] = {
    "a coordinate of blanks": lambda: {"RA": BLANKS * 3 + "x", "DEC": "-57"},
    "rows at one position": lambda: {"POSITIONS": ROWS},
    "dimensions of an array": lambda: {"POSITIONS": VOTABLE},
    "quotes of ECSV": lambda: {"POSITIONS": ECSV},
}


@contextmanager
def without_pause(member: Service, fields: dict[str, str]) -> Iterator[Counter[int]]:
    """Send a request again and again, over several connections, and count the statuses."""
    statuses: Counter[int] = Counter()
    stop = threading.Event()

    def send(number: int) -> None:
        path = ("validate", "async")[number % 2]
        with requests.Session() as session:
            session.trust_env = False
            session.headers.update(member.session.headers)
            while not stop.is_set():
                url = f"{member.stack.url}/api/v1/cutout/{path}"
                response = session.post(url, data=fields, allow_redirects=False, timeout=120)
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
