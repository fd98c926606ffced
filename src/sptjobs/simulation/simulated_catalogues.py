"""The simulated objects as catalogues that the page of the sky offers."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from sptjobs.simulation.instrument import SIMULATED_BANDS
from sptjobs.simulation.objects import Cluster, Source

FOLDER_NAME = ".catalogues"
"""Folder beside the maps, which is passed over when these are sought."""

_CLUSTERS = """\
table = "clusters.csv"
title = "Simulated clusters"
description = "Clusters at published positions, with made-up strengths, as the simulation has them."
credit = "Positions: Bleem et al. 2015, ApJS 216, 27, and others of the table"
label = "name"
size = "y0"
shown = true
"""
_SOURCES = """\
table = "sources.csv"
title = "Simulated point sources"
description = "Point sources that the simulation has drawn; marks grow with the flux at 150 GHz."
label = "name"
size = "flux_150GHz"
"""


def write_sky_catalogues(
    folder: Path, sources: Iterable[Source], clusters: Iterable[Cluster]
) -> None:
    """Write both catalogues into a folder, which is made if it is missing."""
    folder.mkdir(exist_ok=True)
    _write(
        folder / "clusters.csv",
        ["name", "ra", "dec", "y0", "core_arcmin", "redshift", "reference"],
        ([c.name, c.ra, c.dec, c.y0, c.core_arcmin, c.redshift, c.reference] for c in clusters),
    )
    _write(
        folder / "sources.csv",
        ["name", "ra", "dec", *(f"flux_{band.name}" for band in SIMULATED_BANDS)],
        ([s.name, s.ra, s.dec, *s.flux] for s in sources),
    )
    (folder / "clusters.toml").write_text(_CLUSTERS, "utf-8")
    (folder / "sources.toml").write_text(_SOURCES, "utf-8")


def _write(path: Path, titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(titles)
        table.writerows(rows)
