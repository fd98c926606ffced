"""One stack for all journeys that leave it as they found it, and one archive for all stacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sptjobs.stack.running import running_stack
from tests.support.service import Service, made_archive


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A stack as `make run` starts it, with one execute worker, in a path with a space."""
    with running_stack(tmp_path_factory.mktemp("the stack")) as stack:
        yield Service.of(stack)


@pytest.fixture(scope="session")
def archive(service: Service) -> Path:
    """The simulated maps that the first stack made."""
    return made_archive(service.stack)
