"""The audit log says who did what, and operators read it at the machine."""

import json
from typing import Any

import pytest

from sptapi.cli import main
from sptjobs.store.audit import AuditEntry, read_audit
from tests.api.conftest import Api


async def test_an_administrator_who_looks_at_anothers_job_is_written_down_once(api: Api) -> None:
    path = await api.new_job()
    for _ in range(3):
        assert (await api.get(path, user="root")).status == 200
        assert (await api.get(path + "/phase", user="ada")).status == 200
    async with api.engine.database.read() as connection:
        found: list[AuditEntry] = [entry async for entry in read_audit(connection, name="root")]
    assert [(each.action, each.target) for each in found] == [("job.read", path.split("/")[-1])]


@pytest.fixture
def spt(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Any:
    """Run a command of an operator, and give its lines."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str, status: int = 0) -> list[str]:
        assert main(arguments) == status
        said = capsys.readouterr()
        return (said.err if status else said.out).splitlines()

    return run


def test_the_commands_make_revoke_and_tell(spt: Any, capsys: pytest.CaptureFixture[str]) -> None:
    token = spt("token", "--user", "ada", "--group", "spt3g-users", "--scope", "data:read")[0]
    spt("token", "--user", "bob")
    assert spt("revoke", "--user", "ada") == ["1 tokens revoked"]
    assert spt("revoke", "--user", "ada") == ["0 tokens revoked"]
    rows = [json.loads(line) for line in spt("audit")]
    assert [row["action"] for row in rows] == [*["token.create"] * 2, *["token.revoke-all"] * 2]
    assert {row["name"] for row in rows} == {"operator"}
    assert rows[0]["detail"].startswith("for ada")
    assert rows[0]["at"].endswith("Z")
    assert not any(token in line or token.rpartition(".")[2] in line for line in spt("audit"))
    assert spt("audit", "--user", "nobody") == []
    assert len(spt("audit", "--after", rows[2]["at"])) == 2
    assert len(spt("audit", "--before", rows[2]["at"])) == 2
    assert spt("revoke", "--user", "eve", status=2) == ["sptapi: nobody is known as eve"]
    with pytest.raises(SystemExit):
        main(["audit", "--after", "yesterday"])
    assert "is no ISO 8601 time" in capsys.readouterr().err
