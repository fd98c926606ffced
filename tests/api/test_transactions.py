"""How many transactions a response costs: what it shows together is of one moment."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from sptapi.auth import long_requests, session_gate, token_gate
from sptjobs.settings import Limits
from sptjobs.store.sqlite_lookups import SqliteLookups
from tests.api.conftest import GOOD, JOBS, Api, Serve
from tests.support.provider import Provider, running
from tests.support.sign_in import Desk, new_browser, settings_for

Done = Callable[..., Awaitable[dict[str, bytes]]]


@pytest.fixture(autouse=True)
def _credentials_stay_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for gate in (token_gate, session_gate):
        monkeypatch.setattr(gate, "_FRESH_S", 3600.0)
    # The look at who may still go on is no part of a request.
    monkeypatch.setattr(long_requests, "_MIN_AGE_S", 3600.0)


@contextmanager
def counted(api: Api) -> Iterator[list[str]]:
    """Note every transaction that begins, and every statement that reads groups."""
    found: list[str] = []
    database = api.engine.database
    engines = {database.writer.sync_engine, database.reader.sync_engine}

    def begun(_connection: sa.Connection) -> None:
        found.append("begin")

    def executed(_connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if "FROM account_group" in statement:
            found.append("groups")

    look_up = SqliteLookups.fetch

    async def looked_up(self: SqliteLookups, sql: str, parameters: Sequence[Any]) -> list[Any]:
        found.append("begin")  # a statement that is a transaction of its own
        return await look_up(self, sql, parameters)

    for engine in engines:
        sa.event.listen(engine, "begin", begun)
        sa.event.listen(engine, "before_cursor_execute", executed)
    try:
        with pytest.MonkeyPatch.context() as noting:
            noting.setattr(SqliteLookups, "fetch", looked_up)
            yield found
    finally:
        for engine in engines:
            sa.event.remove(engine, "begin", begun)
            sa.event.remove(engine, "before_cursor_execute", executed)


SHOWN = ["", "?WAIT=0", "/phase", "/parameters", "/parameters/RA", "/results", "/targets"]
"""What is shown of a job, below its address."""


@pytest.mark.parametrize("below", SHOWN)
@pytest.mark.parametrize("phase", ["PENDING", "COMPLETED"])
async def test_a_get_of_a_job_is_one_transaction(
    api: Api, cut: Done, below: str, phase: str
) -> None:
    job = await api.new_job(**({} if phase == "PENDING" else {"PHASE": "RUN"}))
    if phase == "COMPLETED":
        await cut(job)
    with counted(api) as found:
        assert (await api.get(job + below)).status == 200
    assert found == ["begin"]


async def test_a_get_of_a_job_by_a_browser_is_one_transaction_too(serve: Serve) -> None:
    async with running(Provider()) as provider, new_browser() as browser:
        api = await serve(sign_in=settings_for(provider.issuer))
        desk = Desk(api, provider, browser)
        await desk.sign_in()
        headers = {"X-CSRF-Token": await desk.csrf()}
        made = await browser.fetch("POST", desk.url(JOBS), data=GOOD, headers=headers)
        job = made.headers["Location"]
        for below in SHOWN:
            await browser.fetch("GET", job + below)
            with counted(api) as found:
                assert (await browser.fetch("GET", job + below)).status == 200
            assert found == ["begin"], below


@pytest.mark.parametrize("path", ["/api/v1/account", JOBS, "/api/v1/account/tokens"])
async def test_a_get_of_a_collection_is_one_transaction(api: Api, path: str) -> None:
    await api.token("ada")
    assert (await api.get(path)).status == 200
    with counted(api) as found:
        assert (await api.get(path)).status == 200
    assert found == ["begin"]


async def test_a_file_is_found_in_one_transaction(api: Api, cut: Done) -> None:
    job = await api.new_job(PHASE="RUN")
    name = next(iter(await cut(job)))
    path = f"/files/jobs/{job.rpartition('/')[2]}/out/{name}"
    with counted(api) as found:
        assert (await api.get(path)).status == 200
    assert found == ["begin"]


@pytest.mark.parametrize("fields", [{}, {"PHASE": "RUN"}])
async def test_the_owner_s_limits_are_read_once_a_creation(
    serve: Serve, fields: dict[str, str]
) -> None:
    api = await serve(group_limits=(("spt3g-users", Limits(targets=7)),))
    await api.new_job()
    with counted(api) as found:
        await api.new_job(**fields)
    assert found.count("groups") == 1
