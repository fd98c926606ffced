"""An operator watches a whole stack at work, and ends a job of somebody else."""

import json
from typing import Any

from sptjobs.stack.signing_in import Visitor, signed_in
from tests.support.browsing import form
from tests.support.processes import wait_until
from tests.support.service import Service, grid_of_targets

AS_JSON = {"Accept": "application/json", "Sec-Fetch-Mode": "cors"}


def overview(operator: Visitor) -> Any:
    return json.loads(operator.open("/ops/", headers=AS_JSON))


def workers(operator: Visitor, role: str) -> list[Any]:
    """Workers of a role, as the overview tells them."""
    return [each for each in overview(operator)["workers"] if each["role"] == role]


def test_an_operator_sees_who_works_on_what_and_aborts_it_by_the_page(service: Service) -> None:
    operator = signed_in(service.stack.url, "admin", service.stack.password("admin"))
    wait_until("a control worker is there", lambda: len(workers(operator, "control")) == 1, 30)
    url = service.create({"positions": grid_of_targets(4000), "size": 10, "runid": "watched"})
    job_id = url.rpartition("/")[2]

    def at_work() -> bool:
        execute = workers(operator, "execute")
        return any(part["job"] == job_id for each in execute for part in each["parts"])

    wait_until("a worker is at the job", at_work, 60)
    found = overview(operator)
    assert found["jobs"]["EXECUTING"] >= 1
    assert found["parts"]["running"] >= 1
    assert found["broker"]["slots"] == sum(each["slots"] or 0 for each in found["workers"]) > 0
    listed = json.loads(operator.open("/ops/jobs?PHASE=EXECUTING&TEXT=watched", headers=AS_JSON))
    assert [each["id"] for each in listed["jobs"]] == [job_id]
    page = operator.open(f"/ops/jobs/{job_id}")
    _, fields = form(page)
    body = "&".join(f"{name}={value}" for name, value in (fields | {"REASON": "journey"}).items())
    form_headers = {
        "Accept": "text/html,application/xhtml+xml",
        "Origin": service.stack.url,
        "Content-Type": "application/x-www-form-urlencoded",
    }
    seen = operator.open(f"/ops/jobs/{job_id}", body=body.encode(), headers=form_headers)
    assert "ABORTED" in seen
    ended = service.wait_final(url)
    assert "aborted: by an operator: journey" in ended["jobInfo"]["notes"]
    wait_until("its parts are let go", lambda: not at_work(), 30)
