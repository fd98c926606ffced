"""Synchronous cutouts on an idle stack, as a client sees them."""

import time
from pathlib import Path
from typing import Final

from sptjobs.stack.running import running_stack
from tests.bench.latency import Figures, percentiles
from tests.support.service import Service

_IDLE_S = 0.1
_WARM_UP = 5
_CIRCLE = "0.2499 -57.8066 0.05"
REQUESTS: Final = {
    "sync, one band as FITS": {"CIRCLE": _CIRCLE, "BANDS": "150GHz"},
    "sync, three bands as FITS": {"CIRCLE": _CIRCLE},
    "sync, a picture": {"CIRCLE": _CIRCLE, "RESPONSEFORMAT": "image/png"},
}


def measure(var: Path, count: int) -> list[Figures]:
    """Send each request ``count`` times by turns, on a stack of its own [ms]."""
    seconds: dict[str, list[float]] = {what: [] for what in REQUESTS}
    with running_stack(var) as stack:
        service = Service.of(stack)
        for number in range(_WARM_UP + count):
            for what, parameters in REQUESTS.items():
                time.sleep(_IDLE_S)
                took = _one(service, parameters)
                if number >= _WARM_UP:
                    seconds[what].append(took)
    return [percentiles(what, (1e3 * each for each in took)) for what, took in seconds.items()]


def _one(service: Service, parameters: dict[str, str]) -> float:
    begun = time.perf_counter()
    response = service.session.get(
        f"{service.stack.url}/api/v1/cutout/sync", params=parameters, timeout=30
    )
    took = time.perf_counter() - begun
    assert response.status_code == 200, response.text
    return took
