"""The commands of the API reference, pasted as they stand on the page."""

import os
import re
import shlex
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from tests.support.asking import ask_for_access
from tests.support.pasting import paste
from tests.support.service import Service, grid_of_targets

SCRIPT = """
curl() { command curl --fail-with-body "$@"; }
%s
"""
PENDING = ("postParameters", "readParameter", "postExecutionDuration", "postPhase")
LAST = ("endNotice", "endShare", "removeComment", "removeSaved", "deleteJob", "revokeToken")
"""What is asked of a job that does not run yet, and what ends what the others ask for."""


@pytest.fixture(scope="module")
def page(service: Service) -> str:
    """Read all chapters, one behind the other."""
    docs = f"{service.stack.url}/docs"
    names = dict.fromkeys(re.findall(rf'href="{re.escape(docs)}/([\w-]+)"', service.get(docs).text))
    return "".join(service.get(f"{docs}/{name}").text for name in names)


def code(page: str, name: str) -> str:
    found = re.search(rf'<pre id="code-{name}"><code>(.*?)</code></pre>', page, re.DOTALL)
    assert found is not None, name
    return unescape(found[1])


def examples(page: str) -> dict[str, str]:
    """Commands by the id of their operation, in the order of the page."""
    sections = re.findall(r'<section class="operation" id="(\w+)">(.*?)</section>', page, re.DOTALL)
    found = {}
    for name, section in sections:
        command = re.search(r'<pre class="example"><code>(.*?)</code></pre>', section, re.DOTALL)
        if command is not None:
            found[name] = unescape(command[1])
    return found


def pasted(folder: Path, token: str, *commands: str) -> str:
    script = SCRIPT % "\n".join(commands)
    return paste(script.replace("SPT_TOKEN=...", f"SPT_TOKEN={token}"), folder, timeout_s=300)


def test_the_first_steps_end_with_stamps_that_astropy_opens(
    service: Service, page: str, tmp_path: Path
) -> None:
    names = ("start", "targets", "submit", "wait", "fetch")
    commands = [code(page, name) for name in names]
    commands += [f"{shlex.quote(sys.executable)} - <<'PROGRAM'\n{code(page, 'astropy')}\nPROGRAM"]
    said = pasted(tmp_path, service.stack.token, *commands)
    assert "COMPLETED" in said
    assert re.search(r"^SPT-CLJ0000-5748_150GHz_\S+\.fits \(40, 40\)", said, re.MULTILINE)
    assert re.search("^1,elsewhere,120.*,outside,", said, re.MULTILINE), said


def test_the_steps_with_pyvo_end_with_a_tar(service: Service, page: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code(page, "pyvo")],
        cwd=tmp_path,
        env=os.environ | {"NO_PROXY": "127.0.0.1", "SPT_TOKEN": service.stack.token},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "COMPLETED"), done.stderr
    assert (tmp_path / "stamps.tar").stat().st_size > 10_000


def of_operators(service: Service) -> list[str]:
    """The operations that only administrators may use, reading before changing."""
    paths = service.get(f"{service.stack.url}/openapi.json").json()["paths"]
    return [
        operations[method]["operationId"]
        for method in ("get", "post")
        for path, operations in paths.items()
        if path.startswith("/ops") and method in operations
    ]


def test_the_examples_for_operators_work_for_one(
    service: Service, page: str, tmp_path: Path
) -> None:
    job = service.create({"positions": grid_of_targets(1), "size": 5}, run=False)
    token, account = operators_token(service), ask_for_access(service)
    found, names = examples(page), of_operators(service)
    assert len(names) == 10
    commands = [f"echo; echo '# {name}'\n{found[name]}" for name in names]
    given = [code(page, "start"), f"JOB_ID={job.rpartition('/')[2]}", f"ACCOUNT_ID={account}"]
    said = pasted(tmp_path, token, *given, *commands)
    assert '"reached": true' in said.partition("# readOverview")[2]
    assert "by an operator: maintenance on Monday" in said.partition("# operateJob")[2]
    assert service.job(job)["phase"] == "ABORTED"
    assert '"state": "open"' in said.partition("# listAccessRequests")[2]
    assert '"action": "DECLINE"' in said.partition("# decideAccessRequest")[2]


def operators_token(service: Service) -> str:
    sent = service.other_user("operator-of-the-test", "spt3g-admins").session.headers
    return str(sent["Authorization"]).removeprefix("Bearer ")


def make_surveys(service: Service, band: str) -> None:
    """Make those of a band's coadds, as an operator does."""
    command = [sys.executable, "-m", "sptjobs", "archive", "hips", "--band", band]
    environment = {**os.environ, **service.stack.environment}
    subprocess.run(command, env=environment, check=True, timeout=600)


def test_every_example_of_an_operation_works_when_it_is_pasted(
    service: Service, page: str, tmp_path: Path
) -> None:
    found = examples(page)
    assert len(found) > 35
    for name in of_operators(service):
        del found[name]
    streams = {name: found.pop(name) for name in ("events", "jobEvents")}
    # The tests' own token stays good: what is revoked here was made here.
    pending = [found.pop(name) for name in PENDING]
    create = found.pop("createJob")
    layer, *_ = service.get(f"{service.stack.url}/api/v1/sky").json()["layers"]
    make_surveys(service, layer["band"])
    commands = [code(page, "start"), code(page, "targets"), f"MAP_ID={layer['id']}"]
    commands += [f"JOB=$({create.replace('-d PHASE=RUN', '')})", "JOB_ID=${JOB##*/}", *pending]
    commands += [code(page, "wait")]
    chain, why = found.pop("revokeTokenChain"), found.pop("readError")
    made = {"TOKEN_ID": found.pop("refreshToken"), "SHARE_ID": found.pop("shareJob")}
    made |= {"SAVED_ID": found.pop("save"), "COMMENT_ID": found.pop("commentOnJob")}
    program = "import json, sys; print(json.load(sys.stdin)['id'])"
    read_id = shlex.join([sys.executable, "-c", program])
    commands += [f"{name}=$({command} | {read_id})" for name, command in made.items()]
    # No job ends any more: the service calls nobody.
    last = [f"NOTICE_ID=$({found.pop('makeNotice')} | {read_id})"]
    last += [found.pop(name) for name in LAST]
    commands += [f"echo; echo '# {name}'\n{command}" for name, command in found.items()]
    commands += [f"{why} || test $? = 22"]  # nothing failed, so there is no error
    commands += [f"{command} --max-time 1 || test $? = 28" for command in streams.values()]
    said = pasted(tmp_path, service.stack.token, *commands, *last)
    assert "COMPLETED" in said
    assert '"status": "ok"' in said.partition("# readTargets")[2]
    assert "-X DELETE" in chain
