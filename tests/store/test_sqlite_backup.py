"""A SQLite database is copied while it is written to."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sptjobs.commands.cli import main
from sptjobs.store.migration import upgrade
from sptjobs.store.sqlite_backup import BackupError, back_up

pytestmark = pytest.mark.any_database


@pytest.fixture
async def file(tmp_path: Path) -> Path:
    await upgrade(f"sqlite+aiosqlite:///{tmp_path / 'spt.db'}")
    return tmp_path / "spt.db"


def test_a_copy_holds_what_was_committed_and_nothing_else(file: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as writing:
        writing.execute("UPDATE database_identity SET sweeps = 7")
        writing.execute("BEGIN IMMEDIATE")
        writing.execute("UPDATE database_identity SET sweeps = 8")
        back_up(f"sqlite+aiosqlite:///{file}", copy)
        writing.execute("COMMIT")
    with closing(sqlite3.connect(copy)) as copied:
        assert copied.execute("SELECT sweeps FROM database_identity").fetchone() == (7,)


def test_a_copy_never_takes_the_place_of_another(file: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(BackupError, match="there already"):
        back_up(f"sqlite+aiosqlite:///{file}", tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


@pytest.mark.parametrize(
    ("url", "target", "reason"),
    [
        ("postgresql+asyncpg://host/spt", "copy.db", "pg_dump"),
        ("sqlite+aiosqlite:///nowhere.db", "copy.db", "there is no database nowhere.db"),
        ("", "no/such/folder/copy.db", "cannot copy"),
    ],
)
def test_what_cannot_be_copied_is_said_and_leaves_nothing(
    file: Path, tmp_path: Path, url: str, target: str, reason: str
) -> None:
    before = set(tmp_path.iterdir())
    with pytest.raises(BackupError, match=reason):
        back_up(url or f"sqlite+aiosqlite:///{file}", tmp_path / target)
    assert not (set(tmp_path.iterdir()) - before)


@pytest.mark.parametrize("words", [["db", "backup"], ["db", "upgrade", "file"]])
def test_the_command_takes_a_file_where_it_needs_one(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert "db backup FILE" in capsys.readouterr().err
