"""One process that makes packs of tiles, as its parent sees it: started, ordered, killed."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_PROGRAM = "sptjobs.pyramids.building.builder_main"
_MEMORY_BYTES = 400 << 20
"""Cap on private memory: a pyramid takes 200 MiB whatever the map, and libraries the rest."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class BuilderDiedError(Exception):
    """The process ended before it replied."""


@dataclass(slots=True, eq=False)
class Builder:
    """A running process."""

    process: Process

    async def ask(self, order: dict[str, Any]) -> str | None:
        """Send an order and wait; give why it could not be carried out, if it could not.

        Raises
        ------
        BuilderDiedError
            The process ended before.
        """
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            stdin.write(json.dumps(order).encode() + b"\n")
            await stdin.drain()
            line = await stdout.readline()
        except ConnectionError as error:
            raise BuilderDiedError from error
        if not line.endswith(b"\n"):
            raise BuilderDiedError
        reason: str | None = json.loads(line).get("reason")
        return reason

    async def close(self) -> None:
        """Kill the process and wait until it is gone."""
        if self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


async def start_builder() -> Builder:
    """Start a process that makes packs of tiles."""
    return Builder(
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", _PROGRAM, str(os.getpid()), str(_MEMORY_BYTES)),
            stdin=PIPE,
            stdout=PIPE,
            process_group=0,
            env={**os.environ, **_ONE_THREAD},
        )
    )
