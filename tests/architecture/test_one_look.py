"""The web app and the server's own pages have one look."""

import re
from pathlib import Path

import pytest

from sptapi.representations.style import SCRIPT, STYLE

ROOT = Path(__file__).parents[2]
APP = ROOT / "src/cutout-web-app/src"


@pytest.mark.parametrize("name", ["src/styles/tokens.css", "public/icon.svg"])
def test_the_server_has_the_colours_the_type_and_the_sign_of_the_web_app(name: str) -> None:
    own = APP.parent / name
    copy = ROOT / "src/sptapi/representations" / own.name
    assert copy.read_text("utf-8") == own.read_text("utf-8"), "make fmt copies it"


def test_the_pages_of_the_server_have_no_colour_of_their_own() -> None:
    tokens, _, rules = STYLE.partition("\nbody{")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", rules)
    assert set(re.findall(r"var\((--spt-[a-z0-9-]+)\)", rules)) <= set(
        re.findall(r"(--spt-[a-z0-9-]+):", tokens)
    )
    assert tokens.count("--spt-ink:") == 3  # light, the system's dark, and dark by choice


def test_the_pages_of_the_server_look_for_the_chosen_colours_where_the_web_app_keeps_them() -> None:
    (key,) = re.findall(
        r'localStorageColorSchemeManager\(\{ key: ("[^"]+")', (APP / "main.tsx").read_text("utf-8")
    )
    for script in (SCRIPT, (APP.parent / "public/scheme.js").read_text("utf-8")):
        assert f"localStorage.getItem({key})" in script
        assert '"data-mantine-color-scheme"' in script


ON_STAMPS = re.compile(r"^\s*\.(stamp-|look-marks)", re.MULTILINE)


def test_the_style_of_the_web_app_takes_its_colours_from_the_tokens() -> None:
    sheets = {path.name: path.read_text("utf-8") for path in (APP / "styles").glob("*.css")}
    assert len(sheets) > 5
    del sheets["tokens.css"]
    for name, text in sheets.items():
        rules = [each.strip() for each in text.split("}")]
        # What is drawn on a stamp has the stamp's colours, on light and dark screens alike.
        others = " ".join(each for each in rules if not ON_STAMPS.search(each))
        assert not re.findall(r"#[0-9a-fA-F]{3,8}\b", others), name
    assert 'fontFamily: "var(--spt-text)"' in (APP / "theme.ts").read_text("utf-8")
