"""Files from Maven Central, fetched once and kept between test runs."""

import os
import shutil
import subprocess
from pathlib import Path

STIL = "uk.ac.starlink:stil:4.3.5"
"""Its ``uk.ac.starlink.auth`` is how the TOPCAT and STILTS of today sign in."""


def cache_folder() -> Path:
    """Where large files are kept between test runs: ``SPT_CACHE``, or XDG's cache folder."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = Path(os.environ.get("SPT_CACHE") or home / "spt3g")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def fetched(artifact: str) -> Path:
    """The file of an artifact, named as ``group:name:version`` or ``group:name:version:type``."""
    _, name, version, *kind = artifact.split(":")
    file = cache_folder() / f"{name}-{version}.{(kind or ['jar'])[0]}"
    if not file.exists():
        mvn = shutil.which("mvn")
        assert mvn is not None, "no Maven found: apt-get install maven"
        part = cache_folder() / f"part-{os.getpid()}"
        command = [mvn, "-q", "-B", "dependency:copy", f"-Dartifact={artifact}"]
        done = subprocess.run(
            [*command, f"-DoutputDirectory={part}"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{artifact} cannot be fetched: {done.stdout[-2000:]}"
        (part / file.name).replace(file)
        shutil.rmtree(part, ignore_errors=True)
    return file
