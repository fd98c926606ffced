"""CPU time of reading a job, beside a bare aiohttp handler that verifies an access token."""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
from aiohttp.test_utils import unused_port

from sptjobs.stack.probes import http_ready
from sptjobs.stack.running import running_stack
from tests.support.processes import cpu_s, wait_until
from tests.support.service import Service

_BATCHES = 5
_WARM_UP = 50
_BARE = """
import sys
import jwt
from aiohttp import web

async def read(request):
    jwt.decode(request.headers["Authorization"][7:], "k" * 32, algorithms=["HS256"])
    return web.json_response({"phase": "PENDING"})

async def live(request):
    return web.Response()

app = web.Application()
app.router.add_get("/job", read)
app.router.add_get("/live", live)
web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor time of the server for a request, and how often that of the bare handler [µs]."""

    what: str
    microseconds: float
    ratio: float


def measure(var: Path, count: int) -> list[Cost]:
    """Read a job ``count`` times in each form, by turns with the bare handler."""
    import jwt

    token = jwt.encode({"sub": "ada"}, "k" * 32, algorithm="HS256")
    with running_stack(var) as stack, _bare() as (peer, address):
        service = Service.of(stack)
        job = service.create({"ra": 0.2499, "dec": -57.8066, "bands": ["150GHz"]})
        service.wait_final(job)
        server, bearer = stack.processes["api"], service.session.headers["Authorization"]
        forms = {"XML": "application/xml", "JSON": "application/json"}
        reads = {"a bare handler": _reads(peer, address, {"Authorization": f"Bearer {token}"})}
        for name, accept in forms.items():
            headers = {"Authorization": str(bearer), "Accept": accept}
            reads[f"a job as {name}"] = _reads(server, job, headers)
        return _by_turns(reads, count)


def _by_turns(reads: Mapping[str, Callable[[int], float]], count: int) -> list[Cost]:
    for read in reads.values():
        read(_WARM_UP)
    spent, each = dict.fromkeys(reads, 0.0), count // _BATCHES
    for _ in range(_BATCHES):
        for what, read in reads.items():
            spent[what] += read(each)
    bare, done = spent["a bare handler"], each * _BATCHES
    return [Cost(what, 1e6 * spent[what] / done, spent[what] / bare) for what in reads]


def _reads(pid: int, url: str, headers: Mapping[str, str]) -> Callable[[int], float]:
    session = requests.Session()
    session.trust_env = False

    def read(count: int) -> float:
        before = cpu_s(pid)
        for _ in range(count):
            session.get(url, headers=headers, timeout=60).raise_for_status()
        return cpu_s(pid) - before

    return read


@contextmanager
def _bare() -> Iterator[tuple[int, str]]:
    port = unused_port()
    with subprocess.Popen([sys.executable, "-c", _BARE, str(port)]) as running:
        try:
            wait_until("it answers", lambda: http_ready("127.0.0.1", port, "/live"), 30)
            yield running.pid, f"http://127.0.0.1:{port}/job"
        finally:
            running.kill()
