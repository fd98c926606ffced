"""The audit log."""

from datetime import timedelta

import pytest

from sptjobs.store.audit import Actor, AuditEntry, read_audit, record_audit
from sptjobs.store.database import connect, now
from sptjobs.store.migration import upgrade


@pytest.fixture
async def url(empty_database_url: str) -> str:
    await upgrade(empty_database_url)
    return empty_database_url


async def test_what_is_recorded_is_read_again_by_person_and_by_time(url: str) -> None:
    ada = Actor(account_id="a" * 32, name="ada", address="192.0.2.7", request_id="r1")
    async with connect(url) as database:
        async with database.write() as connection:
            began = await now(connection)
            await record_audit(connection, "token.create", ada, target="t1", detail="x" * 5000)
            await record_audit(connection, "session.begin", Actor(name="eve"), outcome="refused")

        async def found(**wanted: object) -> list[AuditEntry]:
            async with database.read() as connection:
                return [entry async for entry in read_audit(connection, **wanted)]  # type: ignore[arg-type]

        first, second = await found()
        assert (first.action, first.outcome, first.target) == ("token.create", "ok", "t1")
        assert (first.name, first.address, first.request_id) == ("ada", "192.0.2.7", "r1")
        assert first.detail == "x" * 1000
        assert (second.account_id, second.name, second.outcome) == (None, "eve", "refused")
        assert await found(name="ada") == await found(name="a" * 32) == [first]
        assert await found(after=began) == [first, second]
        assert await found(before=began) == await found(after=began + timedelta(hours=1)) == []
