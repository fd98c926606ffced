"""``python -m sptjobs.stack``: the whole service in the foreground."""

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from sptjobs.stack.reserve import take_reserve
from sptjobs.stack.signing_in import SignInError, signed_in
from sptjobs.stack.stack_plan import StackPlan, make_plan
from sptjobs.stack.state import convenient_text, held
from sptjobs.stack.supervisor import StackError, StoppedError, Supervisor

_ROOM_BYTES = 64 << 20
"""Free space from which on a running stack keeps a reserve: with less its users need the rest."""

_SECRETS = {"SPT_TOKEN_KEY", "SPT_SESSION_KEY", "SPT_OIDC_CLIENT_SECRET", "SPT_SMTP_URL"}
_SECRETS |= {"SPT_OIDC_GROUPS_CLIENT_SECRET"}


def main() -> int:
    """Run the stack until SIGINT or SIGTERM.

    Returns
    -------
    int
        0 after a stop that was asked for, 1 when it could not start.
    """
    var = Path(os.environ.get("SPT_VAR") or "var").absolute()
    try:
        with held(var) as runtime:
            _run(make_plan(var, runtime, os.environ), var)
    except StackError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The state folder {var} cannot be used: {error}\n")
        return 1
    return 0


def _run(plan: StackPlan, var: Path) -> None:
    description = var / "stack.json"
    supervisor = Supervisor(
        changed=lambda pids: convenient_text(description, _description(plan, pids), supervisor.say)
    )
    supervisor.handle_signals()
    try:
        _start(supervisor, plan, var)
        supervisor.watch()
    except StoppedError:
        pass
    finally:
        description.unlink(missing_ok=True)
        supervisor.say("stopping")
        supervisor.stop()
        description.unlink(missing_ok=True)


def _start(supervisor: Supervisor, plan: StackPlan, var: Path) -> None:
    supervisor.start((*plan.broker(), *plan.identity_provider(supervisor.say)))
    supervisor.run_once(plan.upgrade())
    _fill_archive(supervisor, plan)
    supervisor.run_once(plan.ingest())
    supervisor.start(plan.workers())
    supervisor.start(plan.api())
    token = _token(supervisor, plan)
    if token is not None:
        convenient_text(var / "token", token + "\n", supervisor.say)
    _greet(supervisor, plan, var, token)
    take_reserve(var, leaving_bytes=_ROOM_BYTES)


def _token(supervisor: Supervisor, plan: StackPlan) -> str | None:
    """Make a token as its user does, or as an operator where nobody can sign in.

    None where that does not work, which the log says: the service runs all the same.
    """
    try:
        made = _token_of_demo(supervisor, plan)
        return made or supervisor.run_once(plan.token(), quiet=True).strip()
    except StackError as error:
        supervisor.say(f"no access token for the user demo: {error}")
        return None


def _token_of_demo(supervisor: Supervisor, plan: StackPlan) -> str | None:
    """Sign in as the user demo and make a token; None where nobody can sign in, or not yet."""
    if plan.provider is None:
        return None
    try:
        visitor = signed_in(plan.url, "demo", plan.provider.passwords["demo"])
        return visitor.new_token("make run")
    except SignInError as error:
        supervisor.say(f"The user demo cannot sign in at {plan.url}: {error}")
        supervisor.say("What serves that address may not be up yet; everything else works.")
        return None


def _fill_archive(supervisor: Supervisor, plan: StackPlan) -> None:
    """Make simulated maps, unless there are maps or the folder is the operator's.

    They are made beside the archive and moved in whole, so that a stop half-way
    does not leave an archive that looks complete.
    """
    if not plan.simulated or any(plan.archive.iterdir()):
        return
    supervisor.say("making simulated SPT-3G maps (once)")
    unfinished = plan.archive.with_name("archive-unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    supervisor.run_once(plan.synth(unfinished))
    plan.archive.rmdir()
    unfinished.rename(plan.archive)


def _description(plan: StackPlan, pids: Mapping[str, int]) -> str:
    """Say to programs where the stack is and what it runs with, as JSON."""
    settings = {
        name: value
        for name, value in sorted(plan.environment.items())
        if name.startswith("SPT_") and name not in _SECRETS
    }
    content = {"url": plan.url, "pid": os.getpid(), "processes": pids, "settings": settings}
    return json.dumps(content, indent=1) + "\n"


def _sign_in_lines(plan: StackPlan) -> list[str]:
    if plan.provider is None:
        return []
    users = (f"{name} / {password}" for name, password in plan.provider.passwords.items())
    return [f"Sign in at {plan.url}/account as one of (user / password):", *users]


def _token_lines(plan: StackPlan, var: Path, token: str | None) -> list[str]:
    if token is None:
        return []
    return [
        f"An access token of the user demo, also in {var / 'token'}:",
        token,
        "List the jobs, for example:",
        f'curl --noproxy "*" -H "Authorization: Bearer {token}" {plan.url}/api/v1/cutout/async',
    ]


def _greet(supervisor: Supervisor, plan: StackPlan, var: Path, token: str | None) -> None:
    for line in (
        f"The SPT-3G data service is ready: {plan.url}/",
        *_sign_in_lines(plan),
        *_token_lines(plan, var, token),
        "Ctrl-C stops everything; maps, jobs and results stay.",
    ):
        supervisor.say(line)


if __name__ == "__main__":
    sys.exit(main())
