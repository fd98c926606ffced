"""Releases side by side on one database: what works, what is refused, what stays as it is."""

import ast
import asyncio
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from sptjobs.store import migration
from sptjobs.store.accounts import read_account, upsert_account
from sptjobs.store.database import connect
from sptjobs.store.migration import await_schema, oldest_supported, upgrade
from sptjobs.store.opening import open_database
from sptjobs.store.schema_revision import SchemaError, history
from sptjobs.uws.errors import UnavailableError
from tests.support.releases import Release, db_upgrade, next_release

ROWS = {"execute", "text"}
MIGRATIONS = sorted(
    path
    for path in (Path(migration.__file__).parent / "migrations/versions").glob("*.py")
    if path.stem[:4] > "0002"  # those that are older than the rules
)


@pytest.fixture(scope="module")
def later(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return next_release(tmp_path_factory.mktemp("next release"))


@pytest.fixture
async def url(empty_database_url: str) -> str:
    await upgrade(empty_database_url)
    return empty_database_url


async def shape(url: str) -> list[tuple[str, str]]:
    """Name every column, and the revision that the database says it is at."""

    def read(connection: sa.Connection) -> list[tuple[str, str]]:
        found = sa.inspect(connection)
        tables = sorted(found.get_table_names())
        columns = [(table, each["name"]) for table in tables for each in found.get_columns(table)]
        revision = connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
        return [*columns, ("revision", str(revision))]

    async with connect(url) as database, database.read() as connection:
        return await connection.run_sync(read)


async def test_this_release_works_on_while_the_next_one_migrates_under_it(
    url: str, later: Release
) -> None:
    async with open_database(url) as database:
        migrated = await asyncio.to_thread(later.upgrade, url)
        assert migrated.returncode == 0, migrated.stderr
        async with database.write() as connection:
            made = await upsert_account(connection, issuer="i", subject="s", name="n", groups=[])
    async with open_database(url) as database, database.read() as connection:
        assert await read_account(connection, made.account_id) == made


async def test_an_upgrade_by_the_older_release_leaves_the_newer_schema_as_it_is(
    url: str, later: Release
) -> None:
    assert (await asyncio.to_thread(later.upgrade, url)).returncode == 0
    before = await shape(url)
    again = await asyncio.to_thread(db_upgrade, url, {})
    assert again.returncode == 0, again.stderr
    assert f"{later.revision}, newer than this release's {history()[-1]}" in again.stdout
    assert await upgrade(url) == later.revision
    assert await shape(url) == before


async def test_a_schema_that_does_not_support_this_release_is_refused_and_left_alone(
    url: str, tmp_path: Path
) -> None:
    breaking = next_release(tmp_path, supports_this=False)
    assert (await asyncio.to_thread(breaking.upgrade, url)).returncode == 0
    before = await shape(url)
    with pytest.raises(SchemaError, match=breaking.revision):
        async with open_database(url):
            pass
    refused = await asyncio.to_thread(db_upgrade, url, {})
    assert refused.returncode == 1
    assert f"run a release that knows {breaking.revision}" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert await shape(url) == before


async def test_a_newer_schema_that_says_nothing_is_refused(url: str) -> None:
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
        await connection.execute(sa.text("DELETE FROM schema_support"))
    with pytest.raises(SchemaError, match="9999"):
        async with open_database(url):
            pass


async def test_an_older_schema_is_refused_with_the_command_that_mends_it(
    url: str, later: Release
) -> None:
    async with connect(url) as database, database.write() as connection:
        before = history()[-2]
        await connection.execute(
            sa.text("UPDATE alembic_version SET version_num = :before"), {"before": before}
        )
    with pytest.raises(SchemaError, match=f"{before}.*sptjobs db upgrade"):
        async with open_database(url):
            pass


def test_the_names_of_migrations_say_the_history_that_alembic_reads_in_them() -> None:
    read = [script.revision for script in migration._scripts().walk_revisions()]
    assert list(history()) == read[::-1]


async def test_a_database_that_names_several_revisions_is_refused(url: str) -> None:
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text("INSERT INTO alembic_version VALUES ('0001')"))
    with pytest.raises(SchemaError, match=f"2 revisions \\(0001, {history()[-1]}\\)"):
        async with open_database(url):
            pass


async def test_a_database_whose_revision_was_removed_is_as_an_empty_one(url: str) -> None:
    async with connect(url) as database, database.write() as connection:
        await connection.execute(sa.text("DELETE FROM alembic_version"))
    with pytest.raises(SchemaError, match="at revision none"):
        async with open_database(url):
            pass


def test_no_migration_takes_support_back_to_an_earlier_release_than_the_one_before_it() -> None:
    known = history()
    oldest = [known.index(oldest_supported(revision)) for revision in known]
    assert oldest == sorted(oldest)
    assert all(supported <= own for own, supported in enumerate(oldest))


@pytest.mark.parametrize("path", MIGRATIONS, ids=lambda path: path.stem)
def test_a_migration_keeps_to_the_rules_for_a_database_in_use(path: Path) -> None:
    assert broken_rules(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('op.create_index("ix_job_x", "job", ["x"])', "indexes"),
        (
            'with op.batch_alter_table("job") as job:\n        job.create_index("x", ["x"])',
            "indexes",
        ),
        ('op.drop_index("ix_job_x", "job")', "indexes"),
        ('op.add_column("job", x)\n    op.execute("UPDATE job SET x = 1")', "rows"),
        ('make_index("ix_job_x", "job", ["x"])', "alone"),
    ],
)
def test_a_migration_that_would_freeze_the_service_is_found(body: str, rule: str) -> None:
    assert [rule in said for said in broken_rules(f"def upgrade():\n    {body}\n")] == [True]


def broken_rules(source: str) -> list[str]:
    """Name the rules of docs/development.md that a migration breaks."""
    tree = ast.parse(source)
    calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
    made = {ast.unparse(each.args[0]) for each in calls if called(each) == "create_table"}
    names = {called(each) for each in calls}
    apart = {"make_index", "remove_index"}
    indexed = [
        each
        for each in calls
        if called(each) in {"create_index", "drop_index"}
        and (len(each.args) < 2 or ast.unparse(each.args[1]) not in made)
    ]
    rows = [each for each in calls if called(each) == "execute"]
    concurrent = "concurrently = True" in source
    said = ["indexes on tables that exist are made by make_index"] if indexed else []
    said += ["rows are changed in another migration than tables"] if rows and names - ROWS else []
    if bool(apart & names) != concurrent or (concurrent and not names <= apart | {"text"}):
        said += ["make_index stands alone in a migration with concurrently = True"]
    return said


def called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


async def test_a_process_waits_for_the_schema_and_gives_up_saying_what_is_missing(
    empty_database_url: str,
) -> None:
    with pytest.raises(SchemaError, match="is at revision none"):
        await await_schema(empty_database_url, timeout_s=0)
    waiting = asyncio.create_task(await_schema(empty_database_url, timeout_s=60))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await upgrade(empty_database_url)
    await asyncio.wait_for(waiting, 30)


async def test_a_migration_waits_for_a_database_that_does_not_answer_yet(
    unused_tcp_port: int,
) -> None:
    url = f"postgresql+asyncpg://spt:spt@127.0.0.1:{unused_tcp_port}/spt"
    began = time.monotonic()
    with pytest.raises(UnavailableError, match="does not respond"):
        await upgrade(url, timeout_s=1.5)
    assert time.monotonic() - began > 1.5
