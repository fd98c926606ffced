"""One stack for all journeys that leave it as it was; its maps and catalogue for all others."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from sptjobs.stack.running import running_stack
from tests.support.service import Service, made_archive
from tests.support.shared_archive import CATALOGUED, running_stack_with_maps

Siblings = Callable[[Path, Mapping[str, str]], AbstractContextManager[Service]]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A stack as `make run` starts it, with one execute worker, in a path with a space."""
    with running_stack_with_maps(tmp_path_factory, "the stack", {"SPT_WEBHOOKS": "true"}) as stack:
        yield Service.of(stack)


@pytest.fixture(scope="session")
def sibling(service: Service) -> Siblings:
    """Starts another stack in a folder, on the maps and the catalogue of the first one."""

    @contextmanager
    def start(var: Path, settings: Mapping[str, str]) -> Iterator[Service]:
        var.mkdir(parents=True, exist_ok=True)
        if not (var / "spt.db").exists():
            catalogued = (service.stack.var / CATALOGUED).read_bytes()
            (var / "spt.db").write_bytes(catalogued)
        archive = str(made_archive(service.stack))
        with running_stack(var, {"SPT_ARCHIVE": archive} | dict(settings)) as stack:
            yield Service.of(stack)

    return start
