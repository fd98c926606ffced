"""The user guide names controls as the pages do."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/users"
OF_PAGES = (
    "access", "messages", "one-stamp", "quick-look", "sharing", "sky", "targets",
    "web-app", "working-together",
)  # fmt: skip
LABEL = re.compile(r"(?<![*\w])\*([A-Z][^*]{2,50})\*(?!\*)|`([A-Z][a-z]+(?: [a-z/N]+)+)`")
"""Words between stars, and several words in a typewriter's letters that begin with one capital."""


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text)


@pytest.fixture(scope="module")
def said() -> str:
    """All that the app and the pages of the server can say."""
    app = (ROOT / "src/cutout-web-app/src").rglob("*.ts*")
    server = (ROOT / "src/sptapi/representations").rglob("*.py")
    return one_line(" ".join(path.read_text("utf-8") for path in (*app, *server)))


@pytest.mark.parametrize("name", OF_PAGES)
def test_what_the_guide_calls_a_control_is_written_on_it(name: str, said: str) -> None:
    guide = one_line((GUIDE / f"{name}.md").read_text("utf-8"))
    # Where a number stands in a label, the guide has three dots.
    labels = {(one or other).partition(" …")[0] for one, other in LABEL.findall(guide)}
    assert [label for label in sorted(labels) if label not in said] == []


def test_every_page_of_the_guide_is_led_to_from_another_document() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    texts = {path: path.read_text("utf-8") for path in documents}
    for page in GUIDE.glob("*.md"):
        assert [each for each, text in texts.items() if each != page and page.name in text], page
