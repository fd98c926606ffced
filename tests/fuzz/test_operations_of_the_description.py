"""An independent tool asks what the description says, operators' addresses too: no 5xx."""

import asyncio
import sys
from pathlib import Path

from tests.api.conftest import Serve
from tests.support.scale import SCALE, scaled

LEFT_OUT = (
    "--exclude-path-regex", "^/(app/|api/v1/account/tokens/)|/events$",
    "--exclude-operation-id", "deleteJob", "--exclude-operation-id", "postJob",
)  # fmt: skip
"""It would revoke the token and delete the job that it was given, and streams are no documents."""

CHECKS = (
    "--checks", "all", "--exclude-checks", "positive_data_acceptance,negative_data_rejection",
)  # fmt: skip
"""All but those of what is taken: parameters depend on each other, which no schema says."""

PHASES = () if SCALE > 1 else ("--phases", "fuzzing")


async def test_no_operation_of_the_description_breaks_any_check(
    serve: Serve, tmp_path: Path
) -> None:
    api = await serve(wait_cap_s=0.1)
    job = (await api.new_job(user="root")).rpartition("/")[2]
    (tmp_path / "schemathesis.toml").write_text(f'[parameters]\njobId = "{job}"\n')
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("schemathesis"), "run", f"{api.base}/openapi.json",
        "--header", f"Authorization: Bearer {await api.token('root', 'spt3g-admins')}",
        *CHECKS, *LEFT_OUT, *PHASES, "--max-examples", str(scaled(6, 60)), "--seed", "1",
        "--request-timeout", "60",
        "--no-color", "--warnings", "off",
        cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output = (await process.communicate())[0].decode()
    assert process.returncode == 0, output
