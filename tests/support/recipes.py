"""Recipes of the documents, applied to a copy of the source."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def read_recipe(section: str) -> str:
    """Give the diff of a section of docs/recipes.md."""
    text = (ROOT / "docs/recipes.md").read_text("utf-8")
    body = text.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return body.partition("```diff\n")[2].partition("```")[0]


def apply_recipe(diff: str, copy: Path) -> Path:
    """Copy the source, and apply a recipe to the copy."""
    for folder in ("src/sptjobs", "src/sptapi", "tests/request", "tests/support"):
        ignored = shutil.ignore_patterns("__pycache__", "web")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "README.md", copy)
    subprocess.run(["git", "apply", "-C1", "-"], cwd=copy, input=diff, text=True, check=True)
    return copy


def run(copy: Path, *words: str) -> str:
    """Run Python on the copy, and give what it prints."""
    environment = {"PYTHONPATH": f"{copy / 'src'}:{copy}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
