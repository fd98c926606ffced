"""What the supervisor decides on and what it leaves to the operator."""

import json
import os
from pathlib import Path

import pytest

from sptjobs.settings import read_settings, variables_beside
from sptjobs.stack.stack_plan import make_plan


def test_with_nothing_set_everything_lives_in_the_state_folder(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"})
    settings = read_settings(plan.environment)
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path}/var/spt.db"
    assert settings.archive == tmp_path / "var/archive"
    assert settings.results == tmp_path / "var/results"
    assert settings.port == plan.port > 0
    assert settings.public_url == f"http://127.0.0.1:{plan.port}"


def test_the_token_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"})
    second = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"})
    key = read_settings(first.environment).token_key
    assert len(key) >= 32
    assert read_settings(second.environment).token_key == key
    assert (tmp_path / "var/token.key").stat().st_mode & 0o777 == 0o600


def test_an_operator_s_database_and_broker_are_used_and_none_is_started(tmp_path: Path) -> None:
    theirs = {
        "SPT_PORT": "0",
        "SPT_DATABASE_URL": "postgresql+asyncpg://db/spt",
        "SPT_BROKER_URL": "redis://broker:6379/0",
        "SPT_TOKEN_KEY": "k" * 40,
    }
    plan = make_plan(tmp_path / "var", tmp_path, theirs)
    settings = read_settings(plan.environment)
    assert plan.broker() == ()
    assert settings.database_url == theirs["SPT_DATABASE_URL"]
    assert settings.broker_url == theirs["SPT_BROKER_URL"]
    assert settings.token_key == theirs["SPT_TOKEN_KEY"]


def test_a_variable_given_by_file_is_not_given_again(tmp_path: Path) -> None:
    (tmp_path / "url").write_text("redis://broker:6379/0\n")
    plan = make_plan(
        tmp_path / "var", tmp_path, {"SPT_PORT": "0", "SPT_BROKER_URL_FILE": str(tmp_path / "url")}
    )
    assert plan.broker() == ()
    assert read_settings(plan.environment).broker_url == "redis://broker:6379/0"


def test_an_operator_s_archive_is_never_filled_with_simulated_maps(tmp_path: Path) -> None:
    theirs = {"SPT_PORT": "0", "SPT_ARCHIVE": str(tmp_path / "maps")}
    assert not make_plan(tmp_path / "var", tmp_path, theirs).simulated
    assert make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0"}).simulated


def test_no_process_of_the_stack_sees_a_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("http_proxy", "http://proxy:3128")
    plan = make_plan(tmp_path / "var", tmp_path, os.environ | {"SPT_PORT": "0"})
    assert not {"HTTPS_PROXY", "http_proxy"} & set(plan.environment)


def test_as_many_execute_workers_as_wanted_are_planned(tmp_path: Path) -> None:
    plan = make_plan(tmp_path / "var", tmp_path, {"SPT_PORT": "0", "SPT_EXECUTE_WORKERS": "3"})
    names = [process.name for process in plan.workers()]
    assert names == ["control", "execute-1", "execute-2", "execute-3"]


def described(var: Path, **settings: str) -> dict[str, str]:
    """Describe a running stack, as the supervisor does."""
    (var / "stack.json").write_text(json.dumps({"url": "x", "settings": settings}))
    return {"SPT_VAR": str(var)}


def test_a_command_beside_a_running_stack_needs_its_state_folder_only(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 40)
    plan = make_plan(tmp_path, tmp_path, {"SPT_PORT": "0"})
    given = described(tmp_path, **{n: v for n, v in plan.environment.items() if "SPT_" in n})
    settings = read_settings(variables_beside(given))
    assert settings.database_url == f"sqlite+aiosqlite:///{tmp_path / 'spt.db'}"
    assert settings.token_key
    other = variables_beside(given | {"SPT_TOKEN_KEY": "o" * 40, "SPT_RESULTS": "/elsewhere"})
    assert read_settings(other).token_key == "o" * 40
    assert read_settings(other).results == Path("/elsewhere")


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"settings": 7}', "{"])
def test_a_description_that_is_missing_or_broken_counts_as_none(
    tmp_path: Path, text: str | None
) -> None:
    if text is not None:
        (tmp_path / "stack.json").write_text(text)
    given = {"SPT_VAR": str(tmp_path), "SPT_PORT": ""}
    assert variables_beside(given) == {"SPT_VAR": str(tmp_path)}


def test_who_names_a_database_means_that_one(tmp_path: Path) -> None:
    given = described(tmp_path, SPT_DATABASE_URL="sqlite+aiosqlite:///theirs")
    mine = given | {"SPT_DATABASE_URL": "sqlite+aiosqlite:///mine"}
    assert variables_beside(mine) == mine
    assert variables_beside({"SPT_HOST": "x"}) == {"SPT_HOST": "x"}
