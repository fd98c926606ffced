"""A stack whose public address is not served yet, and commands beside it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sptjobs.stack.probes import free_port
from tests.journeys.conftest import Siblings


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        (f"http://localhost:{free_port('127.0.0.1')}", "The user demo cannot sign in at {proxy}"),
        # There is no provider with made-up users where others can reach it.
        ("https://spt.invalid", "{proxy}/api/v1/cutout/async"),
    ],
    ids=["a port at which nothing listens", "a name that nothing resolves"],
)
def test_a_stack_behind_a_proxy_that_is_not_up_runs_and_its_folder_is_enough_for_a_token(
    tmp_path: Path, sibling: Siblings, proxy: str, said: str
) -> None:
    with sibling(tmp_path / "var", {"SPT_PUBLIC_URL": proxy}) as service:
        assert service.stack.url == proxy
        assert said.format(proxy=proxy) in service.log_end()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SPT_")}
        made = subprocess.run(
            [
                str(Path(sys.executable).parent / "sptapi"),
                "token",
                "--user",
                "ada",
                "--group",
                "spt3g-users",
            ],
            env=kept | {"SPT_VAR": str(service.stack.var)},
            check=True,
            capture_output=True,
            text=True,
        )
        api = f"http://127.0.0.1:{service.stack.environment['SPT_PORT']}"
        for token in (made.stdout.strip(), service.stack.token):
            me = requests.get(
                f"{api}/api/v1/account", headers={"Authorization": f"Bearer {token}"}, timeout=30
            )
            assert me.status_code == 200, me.text
