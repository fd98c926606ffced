"""Steps that the control worker takes again and again, whatever becomes of one of them."""

import logging
from collections.abc import Awaitable
from typing import TypeVar

from sptjobs.uws.errors import UnavailableError

_T = TypeVar("_T")

_log = logging.getLogger(__name__)


async def attempt(name: str, step: Awaitable[_T]) -> _T | None:
    """Take a step; None when it failed, which the log says: its next turn comes all the same."""
    try:
        return await step
    except UnavailableError as error:
        _log.warning("%s postponed: %s", name, error)
    except Exception:  # noqa: BLE001 - logged, as said
        _log.exception("%s failed", name)
    return None
