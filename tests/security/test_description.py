"""The service keeps what its description says, under the eyes of an independent tool.

The tool knows no browser sessions, and would revoke the token and delete the job that
it was given, and is no operator; what it therefore leaves out, ``test_every_route.py`` covers.
"""

import asyncio
import sys
from pathlib import Path

from tests.api.conftest import Serve
from tests.support.scale import SCALE, scaled

CHECKS = (
    "ignored_auth,object_level_authorization,use_after_free,unsupported_method,not_a_server_error"
)
LEFT_OUT = ("--exclude-path-regex", "^/(app/|ops|api/v1/account/tokens/)")
PHASES = () if SCALE > 1 else ("--phases", "fuzzing,stateful")
"""What it derives of each parameter's bounds takes most of its time, and is the soak's."""

DELETING = ("--exclude-operation-id", "deleteJob", "--exclude-operation-id", "postJob")


async def test_an_independent_tool_finds_no_way_around_the_authorisation(
    serve: Serve, tmp_path: Path
) -> None:
    api = await serve()
    job = (await api.new_job()).rpartition("/")[2]
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\njobId = "{job}"\n')
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"), "run", f"{api.base}/openapi.json",
        "--header", f"Authorization: Bearer {await api.token('ada')}",
        "--checks", CHECKS, *LEFT_OUT, *DELETING, *PHASES,
        "--max-examples", str(scaled(3)), "--seed", "1", "--no-color",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
    assert "unauthorized" not in output.lower().partition("warnings")[2], output
