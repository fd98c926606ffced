"""Whether the service can be used: what its parts say, and what users should know."""

import asyncio
import errno
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from sptapi.auth.oidc.sign_in_errors import ProviderError, ProviderUnavailableError
from sptapi.representations.health import notices
from sptapi.representations.times import render_time
from sptapi.services.sign_in import SignIn
from sptjobs import __version__
from sptjobs.engine.back_pressure import disk_shortage, parts_left, queue_shortage
from sptjobs.engine.engine import Engine
from sptjobs.engine.results_owner import foreign_results
from sptjobs.store.database import ping
from sptjobs.uws.errors import UnavailableError

_TIMEOUT_S = 5.0
_FRESH_S = 3.0
_MAX_BANNER_CHARACTERS = 2000

_THREADS: Final = ThreadPoolExecutor(4, thread_name_prefix="probes")
"""Probes share no threads with downloads, nor with anything else that users ask for."""

_P = ParamSpec("_P")
_T = TypeVar("_T")


@dataclass(slots=True)
class LatestStatus:
    """The status as it was looked up last [s of the monotonic clock].

    Attributes
    ----------
    since
        When each part that is away, or short, was first found so.
    up_since
        When the service was first found usable after it was not, or started; None while it is not.
    """

    looked: float = float("-inf")
    document: dict[str, Any] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    up_since: datetime | None = field(default_factory=lambda: datetime.now(UTC))
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def readiness(engine: Engine, sign_in: SignIn | None) -> dict[str, Any]:
    """Check every part at once; one that does not respond in time counts as away."""
    reasons = await asyncio.gather(
        _within_time(ping(engine.database)),
        _within_time(engine.wakeups.ping()),
        _within_time(_probed(_not_writable, engine.settings.results)),
        _within_time(_wrong_provider(sign_in)),
    )
    checks = dict(zip(("database", "broker", "results", "sign-in"), reasons, strict=True))
    ok = not any(checks.values())
    return {
        "status": "ok" if ok else "unavailable",
        "checks": {name: reason or "ok" for name, reason in checks.items()},
        "warnings": await _warnings(engine, sign_in) if ok else {},
    }


async def current_status(
    engine: Engine, sign_in: SignIn | None, latest: LatestStatus
) -> dict[str, Any]:
    """Give the status of a few seconds ago at most, looked up once however many ask."""
    async with latest.lock:
        if time.monotonic() - latest.looked > _FRESH_S:
            latest.document = await _status(engine, sign_in, latest.since)
            latest.looked = time.monotonic()
            latest.up_since = _up_since(latest)
    return latest.document


def _up_since(latest: LatestStatus) -> datetime | None:
    return (latest.up_since or datetime.now(UTC)) if latest.document["ok"] else None


async def _status(
    engine: Engine, sign_in: SignIn | None, since: dict[str, datetime]
) -> dict[str, Any]:
    found = await readiness(engine, sign_in)
    failing = {name: text for name, text in found["checks"].items() if text != "ok"}
    wrong = failing | found["warnings"]
    # Without the broker nobody can tell whether there are workers.
    idle = {} if "broker" in failing else await _missing_workers(engine)
    _keep_times(since, wrong | idle)
    return {
        "ok": not failing,
        "maintenance": await _probed(_maintenance, engine.settings.banner),
        "shortages": wrong,
        "notices": notices(wrong | idle, since),
        "version": __version__,
    }


async def _missing_workers(engine: Engine) -> dict[str, str]:
    there = await engine.wakeups.slots()
    return {} if there else {"workers": "no slots are announced"}


def _keep_times(since: dict[str, datetime], wrong: Mapping[str, str]) -> None:
    """Note when each part was first found wrong, and forget those that are well again."""
    for part in since.keys() - wrong.keys():
        del since[part]
    for part in wrong:
        since.setdefault(part, datetime.now(UTC))


def _maintenance(file: Path | None) -> dict[str, str] | None:
    """Read what the operators have to say, and since when; None when they say nothing."""
    if file is None:
        return None
    try:
        message = file.read_text("utf-8", errors="replace").strip()[:_MAX_BANNER_CHARACTERS]
        since = datetime.fromtimestamp(file.stat().st_mtime, UTC)
    except OSError:
        return None
    return {"message": message, "since": render_time(since)} if message else None


async def _warnings(engine: Engine, sign_in: SignIn | None) -> dict[str, str]:
    """Say why new jobs are refused, nobody can sign in, or files may be missing, for now."""
    reasons = await asyncio.gather(
        _within_time(_probed(disk_shortage, engine.settings)),
        _within_time(_queue_shortage(engine)),
        _within_time(_missing_provider(sign_in)),
        _within_time(_foreign_results(engine)),
    )
    named = zip(("disk", "queue", "sign-in", "results-owner"), reasons, strict=True)
    return {name: reason for name, reason in named if reason is not None}


async def _queue_shortage(engine: Engine) -> str | None:
    try:
        async with engine.database.read() as connection:
            return queue_shortage(await parts_left(connection), engine.settings)
    except UnavailableError as error:
        return error.message


async def _foreign_results(engine: Engine) -> str | None:
    try:
        return await foreign_results(engine.database, engine.settings.results, _THREADS)
    except UnavailableError as error:
        return error.message


async def _wrong_provider(sign_in: SignIn | None) -> str | None:
    """Say what is wrong with the provider; one that is away may well be the right one."""
    try:
        if sign_in is not None:
            await sign_in.client.check()
    except ProviderError as error:
        return error.message
    except ProviderUnavailableError:
        return None
    return None


async def _missing_provider(sign_in: SignIn | None) -> str | None:
    try:
        if sign_in is not None:
            await sign_in.client.check()
    except ProviderUnavailableError as error:
        return error.message
    return None


async def _probed(look: Callable[_P, _T], *arguments: _P.args, **_named: _P.kwargs) -> _T:
    """Look at files without holding up the loop."""
    found = asyncio.get_running_loop().run_in_executor(_THREADS, look, *arguments)
    return await found


async def _within_time(check: Awaitable[str | None]) -> str | None:
    try:
        return await asyncio.wait_for(check, _TIMEOUT_S)
    except TimeoutError:
        return f"no response within {_TIMEOUT_S:g} s"


def _not_writable(folder: Path) -> str | None:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            return None  # a full disk can still be read from: a warning tells of it
        return f"cannot write to the results folder: {error.strerror}"
