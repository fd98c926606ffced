"""The texts of a job's row: its parameters and its request."""

import asyncio
import hashlib
import json
from typing import Final

from sptjobs.request.cutout_request import CutoutRequest
from sptjobs.store.shown import Shown

_FEW_TARGETS: Final = 10
_FEW_CHARACTERS: Final = 20_000
"""Of targets, and of the values of parameters, that are written while the event loop waits."""


async def written_texts(
    parameters: tuple[tuple[str, str], ...], request: CutoutRequest
) -> dict[str, str]:
    """Write the columns of a job that are texts."""
    length = sum(len(value) for _, value in parameters)
    if len(request.targets) <= _FEW_TARGETS and length <= _FEW_CHARACTERS:
        return _texts(parameters, request)
    # Writing 100,000 targets takes a while: neither the loop nor the database waits.
    return await asyncio.to_thread(_texts, parameters, request)


def _texts(parameters: tuple[tuple[str, str], ...], request: CutoutRequest) -> dict[str, str]:
    text = request.to_json()
    return {
        "parameters": json.dumps(parameters),
        "request": text,
        "request_digest": hashlib.sha256(text.encode()).hexdigest(),
        "shown": Shown.of(parameters, request.products).to_json(),
    }
