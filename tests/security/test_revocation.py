"""What is revoked or lost is felt by every process within five seconds."""

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack

import jwt
from aiohttp.test_utils import unused_port

from tests.api.test_serving import serving

ME = "/spt3g/api/v1/account"
LIMIT_S = 5.0
PROGRAM = "from sptapi.cli import main; import sys; sys.exit(main())"


def run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return subprocess.check_output(command, env=environment, text=True).strip()


def reply(port: str, token: str, path: str = ME, method: str = "GET") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_a_revocation_or_a_lost_group_is_felt_by_another_process_within_five_seconds(
    environment: dict[str, str],
) -> None:
    ports = [environment["SPT_PORT"], str(unused_port())]
    shared = environment | {"SPT_PUBLIC_URL": "https://spt.example.org"}
    ada, bob, eve = (
        run(shared, "token", "--user", name, "--group", "spt3g-users")
        for name in ("ada", "bob", "eve")
    )
    with ExitStack() as stack:
        for port in ports:
            stack.enter_context(serving(shared | {"SPT_PORT": port}))
        assert [reply(port, token) for port in ports for token in (ada, bob, eve)] == [200] * 6
        assert reply(ports[0], ada, "/spt3g/api/v1/account/tokens/" + _id(ada), "DELETE") == 204
        assert reply(ports[0], ada) == 401  # at once where it was said
        revoked = time.monotonic()
        assert run(shared, "revoke", "--user", "bob") == "1 tokens revoked"
        run(shared, "token", "--user", "eve", "--group", "spt3g-alumni")
        ended = time.monotonic()
        for port in ports:
            _await(lambda p=port: reply(p, ada) == 401, revoked)  # type: ignore[misc]
            _await(lambda p=port: reply(p, bob) == 401, ended)  # type: ignore[misc]
            _await(lambda p=port: reply(p, eve) == 403, ended)  # type: ignore[misc]


def _await(holds: Callable[[], bool], since: float) -> None:
    while not holds():
        assert time.monotonic() - since < LIMIT_S
        time.sleep(0.05)


def _id(token: str) -> str:
    return str(jwt.decode(token, options={"verify_signature": False})["jti"])
