"""Which targets the demonstration asks for: the simulated sky's own objects."""

import csv
from pathlib import Path
from typing import NamedTuple

from sptjobs.simulation.simulated_maps import CATALOGUE_NAME

SPECIAL = ("padding", "edge", "outside")
_SOURCES = 12


class DemoTarget(NamedTuple):
    """A row of the table that is sent: position [deg, ICRS], and what is there."""

    objid: str
    ra: float
    dec: float
    kind: str


def choose_targets(archive: Path) -> list[DemoTarget]:
    """Every cluster, the brightest point sources, and the places that test the edges."""
    with (archive / CATALOGUE_NAME).open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    sources = [row for row in rows if row["kind"] == "source"]
    sources.sort(key=lambda row: -float(row["flux_150GHz"]))
    clusters = [row for row in rows if row["kind"] == "cluster"]
    special = [row for row in rows if row["kind"] in SPECIAL]
    return [_target(row) for row in (*clusters, *sources[:_SOURCES], *special)]


def as_csv(targets: list[DemoTarget]) -> str:
    """Write the table that the service reads."""
    lines = [f"{target.objid},{target.ra!r},{target.dec!r}" for target in targets]
    return "\n".join(["OBJID,RA,DEC", *lines]) + "\n"


def _target(row: dict[str, str]) -> DemoTarget:
    objid = row["name"].replace(" ", "")
    return DemoTarget(objid, float(row["ra"]), float(row["dec"]), row["kind"])
