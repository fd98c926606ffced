"""What a stack can do without is written where it can be, and said where it cannot."""

import json
import os
from pathlib import Path

import pytest

from sptjobs.stack.provider import make_provider, write_configuration
from sptjobs.stack.reserve import release_reserve, take_reserve
from sptjobs.stack.state import convenient_text, held, private_text
from sptjobs.stack.supervisor import Supervisor
from tests.support.disks import fill_disk, small_disk


def obstruct(path: Path) -> None:
    """Let a file that cannot be replaced stand there, as nothing can on a full disk."""
    path.mkdir()
    (path / "in the way").write_text("")


def test_a_file_that_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    obstruct(tmp_path / "stack.json")
    said: list[str] = []
    convenient_text(tmp_path / "stack.json", "x", said.append)
    (line,) = said
    assert "stack.json" in line
    assert [each.name for each in tmp_path.iterdir()] == ["stack.json"]
    convenient_text(tmp_path / "token", "x", said.append)
    assert len(said) == 1
    assert (tmp_path / "token").read_text() == "x"


def test_the_provider_starts_with_the_configuration_of_the_last_time(tmp_path: Path) -> None:
    provider = make_provider(tmp_path)
    said: list[str] = []
    write_configuration(provider, "http://127.0.0.1/first", said.append)
    assert said == []
    for name in ("settings.yaml", "users.yaml"):
        (provider.folder / name).rename(provider.folder / f"{name} before")
        obstruct(provider.folder / name)
    write_configuration(provider, "http://127.0.0.1/second", said.append)
    assert len(said) == 2


def test_a_log_on_a_full_disk_does_not_end_the_supervisor() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        supervisor = Supervisor(output=full)
        supervisor.say("nobody reads this")
        supervisor.say("nor this")
        # What could not be written is tried again at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), full.fileno())


def test_there_is_room_to_start_on_a_disk_that_is_full(tmp_path: Path) -> None:
    with small_disk(tmp_path, 16 << 20) as is_small:
        take_reserve(tmp_path)
        assert (tmp_path / "reserve").stat().st_size == 4 << 20
        take_reserve(tmp_path)
        assert (tmp_path / "reserve").stat().st_size == 4 << 20
        if is_small:
            fill_disk(tmp_path)
            with pytest.raises(OSError, match="No space left"):
                private_text(tmp_path / "token", "x" * 4096)
            assert {each.name for each in tmp_path.iterdir()} == {"reserve", "filler"}
        with held(tmp_path):
            private_text(tmp_path / "token", "x" * (1 << 20))
            assert not (tmp_path / "reserve").exists()
        # As much as is left.
        assert (tmp_path / "reserve").stat().st_size >= 2 << 20
        release_reserve(tmp_path)
        assert not (tmp_path / "reserve").exists()


def test_the_state_folder_is_held_on_a_full_disk_too(tmp_path: Path) -> None:
    with small_disk(tmp_path, 1 << 20) as is_small:
        if is_small:
            fill_disk(tmp_path)
        for _ in range(2):
            with held(tmp_path) as runtime:
                assert runtime.is_dir()
        content = (tmp_path / "lock").read_text() or "{}"
        assert json.loads(content) == {}
