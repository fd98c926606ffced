"""Commands and programs of a document, run as a reader does."""

import os
import re
import subprocess
import sys
from pathlib import Path


def block(document: Path, name: str, language: str = "sh") -> str:
    """Find the commands, or the program, that follow a comment with a name."""
    text, begin = document.read_text("utf-8"), rf"<!-- {name} -->\n```{language}\n"
    found = re.search(rf"{begin}(.*?)```", text, re.DOTALL)
    assert found is not None, name
    return found[1]


def paste(script: str, folder: Path, timeout_s: float) -> str:
    """Run commands by bash in a folder; the first that fails ends them, and the test."""
    return _said(["bash", "-euo", "pipefail", "-c", script], folder, timeout_s, {})


def run_python(program: str, folder: Path, **variables: str) -> str:
    """Run a Python program in a folder, with more variables of the environment."""
    return _said([sys.executable, "-c", program], folder, 120, variables)


def _said(command: list[str], folder: Path, timeout_s: float, variables: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"NO_PROXY": "127.0.0.1"} | variables,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout
