"""What the images are built of reaches the build."""

import re
from pathlib import Path

import pytest

from tests.cluster.run import next_context

ROOT = Path(__file__).parents[2]
COPIED = [
    source
    for line in re.findall(
        r"^COPY (?!--)(.+)$", (ROOT / "k8s/Dockerfile").read_text(), re.MULTILINE
    )
    for source in line.split()[:-1]
]
LET_IN = [
    line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
]


@pytest.mark.parametrize("source", sorted(set(COPIED)))
def test_a_source_of_an_image_exists_and_is_not_left_out_of_the_build(source: str) -> None:
    assert (ROOT / source).exists()
    assert any(f"{source}/".startswith(f"{each}/") for each in LET_IN), ".dockerignore"


def test_the_next_release_has_every_source_of_an_image(tmp_path: Path) -> None:
    context = next_context(tmp_path)
    assert [source for source in COPIED if not (context / source).exists()] == []
