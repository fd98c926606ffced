"""The same request gives the same bytes, whoever cuts."""

import hashlib
from pathlib import Path
from typing import Any

from tests.journeys.conftest import Siblings
from tests.support.scale import scaled
from tests.support.service import Service, grid_of_targets

REQUESTS: list[dict[str, Any]] = [
    {"positions": grid_of_targets(scaled(300, 3_000)), "size": 8, "products": ["fits", "preview"]},
    {
        "positions": grid_of_targets(scaled(40, 400)),
        "size": 6,
        "projection": "TAN",
        "bands": ["150GHz"],
    },
    {
        "positions": grid_of_targets(scaled(20, 4_000)),
        "bands": ["150GHz"],
        "filetype": "filtered",
        "date_start": "2020-06-01",
        "products": ["lightcurve"],
    },
    {
        "positions": grid_of_targets(scaled(20, 4_000)),
        "bands": ["150GHz"],
        "filetype": "filtered",
        "date_start": "2020-01-01",
        "products": ["coadd", "difference"],
    },
]

TABLES = ("lightcurve.csv", "lightcurve.fits")


def digests(service: Service, request: dict[str, Any]) -> dict[str, str]:
    job = service.create(request)
    assert service.wait_final(job, 300)["phase"] == "COMPLETED"
    files = service.files(job)
    if "lightcurve" in request.get("products", ()):
        out = job.replace("/api/v1/cutout/async/", "/files/jobs/") + "/out"
        files |= {name: service.get(f"{out}/{name}").content for name in TABLES}
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_one_and_three_execute_workers_make_identical_files(
    service: Service, sibling: Siblings, tmp_path: Path
) -> None:
    alone = [digests(service, request) for request in REQUESTS]
    with sibling(tmp_path / "var", {"SPT_EXECUTE_WORKERS": "3"}) as three:
        assert {"execute-1", "execute-2", "execute-3"} <= set(three.stack.processes)
        together = [digests(three, request) for request in REQUESTS]
    assert alone[0]
    assert together == alone
