"""The table of settings says what the programs read."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from sptjobs.settings import Limits, Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[2]
REQUIRED = {
    "SPT_DATABASE_URL": "sqlite+aiosqlite:///spt.db",
    "SPT_BROKER_URL": "redis://broker",
    "SPT_ARCHIVE": "archive",
    "SPT_RESULTS": "results",
}

ONE_MACHINE = {"SPT_VAR", "SPT_EXECUTE_WORKERS"}
"""What only `make run` reads."""


def documented() -> dict[str, str]:
    """Name and default of each setting, as the document has them."""
    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    return dict(re.findall(r"^\| `(SPT_\w+)` \| .* \| (.*) \|$", text, re.MULTILINE))


def read_by_the_programs() -> set[str]:
    """Every word of the source that is a setting's name and nothing more."""
    found = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"\ASPT_[A-Z_]+\Z", node.value))
    return {name.removesuffix("_FILE") for name in found}


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(documented()) == read_by_the_programs()


def test_the_chart_gives_every_setting_of_a_site_and_nothing_else() -> None:
    chart = ROOT / "k8s/charts/spt-api-server"
    files = [chart / "values.yaml", *(chart / "templates").rglob("*.*")]
    named = {
        name for file in files for name in re.findall(r"\bSPT_[A-Z_]+\b", file.read_text("utf-8"))
    }
    # Where it is missing: under config.settings in values.yaml, or a secret under secret.keys.
    assert named == read_by_the_programs() - ONE_MACHINE


def test_the_documented_defaults_are_what_is_read_when_nothing_is_set() -> None:
    defaults = {name: text.strip("`") for name, text in documented().items() if text[0] == "`"}
    assert len(defaults) > 15
    del defaults["SPT_PUBLIC_URL"]  # made of host and port
    assert read_settings(REQUIRED | defaults) == read_settings(REQUIRED)


def test_what_must_be_set_is_documented_as_such() -> None:
    wanted = {name for name, default in documented().items() if default == "must be set"}
    assert wanted == set(REQUIRED)
    with pytest.raises(SettingsError) as caught:
        read_settings({})
    assert set(re.findall(r"SPT_\w+", str(caught.value))) == wanted


def test_what_is_read_agrees_with_settings_made_without_an_environment() -> None:
    read = read_settings(REQUIRED)
    made = Settings(read.database_url, read.broker_url, read.archive, read.results)
    assert read == replace(made, slots=read.slots, public_url=read.public_url)


@pytest.mark.parametrize(
    ("text", "size"), [("0", 0), ("1500", 1500), ("2K", 2000), ("1.5Gi", 3 << 29), ("1T", 10**12)]
)
def test_a_size_is_read_with_its_unit(text: str, size: int) -> None:
    assert read_settings(REQUIRED | {"SPT_MIN_FREE_BYTES": text}).min_free_bytes == size


@pytest.mark.parametrize(
    "text", ["-1", "1 G", "1g", "1GB", "much", "1e9", "nan", "\N{ARABIC-INDIC DIGIT ONE}"]
)
def test_a_size_that_cannot_be_read_is_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match="SPT_MAX_STORED_BYTES: must be a number of bytes"):
        read_settings(REQUIRED | {"SPT_MAX_STORED_BYTES": text})


def test_limits_of_groups_are_read_and_what_they_leave_out_is_as_for_all() -> None:
    text = " pipeline:active=9, stored=2T ;/spt3g:students:pending=5,targets=7;"
    given = {"SPT_GROUP_LIMITS": text, "SPT_MAX_PENDING_JOBS": "70"}
    assert read_settings(REQUIRED | given).group_limits == (
        ("pipeline", Limits(active_jobs=9, pending_jobs=70, stored_bytes=2 * 10**12)),
        ("/spt3g:students", Limits(pending_jobs=5, targets=7)),
    )


@pytest.mark.parametrize(
    "text",
    ["pipeline", "pipeline:", ":active=1", "a:active", "a:active=0", "a:jobs=1", "a:stored=x"],
)
def test_limits_of_groups_that_cannot_be_read_are_refused_by_name(text: str) -> None:
    with pytest.raises(SettingsError, match=r"SPT_GROUP_LIMITS: must be like .*not "):
        read_settings(REQUIRED | {"SPT_GROUP_LIMITS": text})


@pytest.mark.parametrize("name", ["SPT_RECORDS_KEPT_S", "SPT_AUDIT_KEPT_S"])
def test_what_would_purge_all_but_the_last_hours_is_refused_by_name(name: str) -> None:
    for text in ("0", "86400"):
        read_settings(REQUIRED | {name: text})
    for text in ("365", "86399", "-1"):
        with pytest.raises(SettingsError, match=f"{name}: must be"):
            read_settings(REQUIRED | {name: text})


@pytest.mark.parametrize("text", ["ab", ".pole", "pole/maps", "a pole", "ivo://pole", "p" * 256])
def test_an_authority_that_no_identifier_can_have_is_refused_by_name(text: str) -> None:
    assert read_settings(REQUIRED | {"SPT_IVOA_AUTHORITY": "pole.x-1"}).ivoa_authority == "pole.x-1"
    with pytest.raises(SettingsError, match="SPT_IVOA_AUTHORITY: must be 3 to 255"):
        read_settings(REQUIRED | {"SPT_IVOA_AUTHORITY": text})
