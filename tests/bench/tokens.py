"""What checking an access token costs, in CPU time of the API server's process."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from pathlib import Path

from sptapi.auth.access_tokens import new_token_row, sign
from sptapi.auth.token_gate import TokenGate
from sptjobs.settings import Settings
from sptjobs.store.accounts import upsert_account
from sptjobs.store.database import Database, now
from sptjobs.store.migration import upgrade
from sptjobs.store.opening import open_database
from sptjobs.store.tokens import insert_token
from tests.bench.latency import Figures, percentiles

_BATCH = 500
_KNOWN = 50


def measure(folder: Path, count: int) -> list[Figures]:
    """Check ``count`` tokens, each of them once unknown and then many times known."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tokens.db"
    path.unlink(missing_ok=True)
    url = f"sqlite+aiosqlite:///{path}"
    settings = Settings(url, "", folder, folder, public_url="http://x", token_key="k" * 48)
    return asyncio.run(_measure(settings, max(count, 10 * _BATCH)))


async def _measure(settings: Settings, count: int) -> list[Figures]:
    await upgrade(settings.database_url)
    async with open_database(settings.database_url) as database:
        headers = [f"Bearer {token}" for token in await _tokens(database, settings, count)]
        gate = TokenGate.of(settings, database)

        async def check(header: str) -> None:
            gate._check(header)

        async def admit(header: str) -> None:
            await gate.admit([header])

        uncached = await _costs(check, headers)
        with_rows = await _costs(admit, headers)
        cached = []
        for _ in range(count // _BATCH):
            # Known for four seconds: they are admitted again before they grow stale.
            gate.forget()
            await _costs(admit, headers[:_KNOWN])
            cached += await _costs(admit, headers[:_KNOWN] * (_BATCH // _KNOWN))
    return [
        percentiles("verification, uncached (HS256)", uncached),
        percentiles("verification, cached", cached),
        percentiles("verification, uncached, with its rows from SQLite", with_rows),
    ]


async def _tokens(database: Database, settings: Settings, count: int) -> list[str]:
    async with database.write() as connection:
        account = await upsert_account(
            connection, issuer="i", subject="s", name="ada", groups=["spt3g-users"]
        )
        at = await now(connection)
        rows = [
            new_token_row(account.account_id, ttl=timedelta(days=1), now=at) for _ in range(count)
        ]
        for row in rows:
            await insert_token(connection, row)
    return [sign(row, settings) for row in rows]


async def _costs(check: Callable[[str], Awaitable[None]], headers: Sequence[str]) -> list[float]:
    """Microseconds of CPU for each check, by batches: one alone is below the clock's step."""
    costs = []
    for begin in range(0, len(headers), _BATCH):
        # As a request brings it: a new text, whose hash nobody knows yet.
        batch = [header.encode().decode() for header in headers[begin : begin + _BATCH]]
        begun = time.process_time()
        for header in batch:
            await check(header)
        costs.append(1e6 * (time.process_time() - begun) / len(batch))
    return costs
