"""Each kind of fault that use of the service has shown has two tests at least, which exist."""

from pathlib import Path

import pytest

from tests.architecture.kinds_of_faults import KINDS
from tests.architecture.test_security_items import tests

__all__ = ["tests"]

WEB = Path(__file__).parents[2] / "src/cutout-web-app/tests"


@pytest.fixture(scope="module")
def web_tests() -> str:
    """Give the sources of the web app's tests."""
    return "\n".join(path.read_text("utf-8") for path in sorted(WEB.glob("*.test.ts*")))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_two_tests_that_exist(kind: str, tests: set[str], web_tests: str) -> None:
    named = KINDS[kind]
    assert len(set(named)) == len(named) >= 2
    missing = [name for name in named if name not in tests and f'"{name}"' not in web_tests]
    assert not missing
