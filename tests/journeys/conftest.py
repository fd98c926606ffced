"""One stack for all journeys that leave it as it was; its maps and catalogue for all others."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest

from sptjobs.stack.running import running_stack
from tests.support.service import Service, made_archive

Siblings = Callable[[Path, Mapping[str, str]], AbstractContextManager[Service]]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A stack as `make run` starts it, with one execute worker, in a path with a space."""
    with running_stack(tmp_path_factory.mktemp("the stack")) as stack:
        with (
            closing(sqlite3.connect(stack.var / "spt.db")) as live,
            closing(sqlite3.connect(stack.var / "catalogued.db")) as copy,
        ):
            live.backup(copy)
        yield Service.of(stack)


@pytest.fixture(scope="session")
def sibling(service: Service) -> Siblings:
    """Starts another stack in a folder, on the maps and the catalogue of the first one."""

    @contextmanager
    def start(var: Path, settings: Mapping[str, str]) -> Iterator[Service]:
        var.mkdir(parents=True, exist_ok=True)
        if not (var / "spt.db").exists():
            catalogued = (service.stack.var / "catalogued.db").read_bytes()
            (var / "spt.db").write_bytes(catalogued)
        archive = str(made_archive(service.stack))
        with running_stack(var, {"SPT_ARCHIVE": archive} | dict(settings)) as stack:
            yield Service.of(stack)

    return start
