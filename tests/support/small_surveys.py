"""Small coadds and their surveys (HiPS)."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from sptjobs.archive.scan import read_map
from sptjobs.hips.making import SurveyMaker, survey_process
from sptjobs.hips.survey_folder import SurveyFolder
from sptjobs.maps.record import MapRecord
from tests.support.service import Service
from tests.support.small_maps import make_map, wcs_cards

SCALE = 2.0
"""Side of a pixel [arcmin]: the survey is of order 3."""


def make_coadd(folder: Path, *, shape: tuple[int, int] = (90, 120), **how: Any) -> MapRecord:
    """Write a small coadd and catalogue it; ``how`` as ``make_map`` and ``wcs_cards`` have it."""
    grid = {name: how.pop(name) for name in ("crval", "frame", "projection") if name in how}
    record = make_map(folder, shape=shape, wcs=wcs_cards(shape, scale=SCALE, **grid), **how)
    found = read_map(folder / record.path, record.path)
    return replace(found, tag="yearly_winter_2020", filetype="filtered", date_beg=None, unit="mK")


def make_survey(archive: Path, record: MapRecord, root: Path, order: int | None = None) -> Path:
    """Make the survey of a coadd as the command does, and give its folder."""
    with survey_process(archive, "spt3g", 600 << 20) as process:
        SurveyMaker(process, root).make(record, order, lambda *_: None)
    return SurveyFolder.of(root, record).path


def make_survey_by_command(service: Service) -> None:
    """Make the survey of the coadd at 150 GHz as an operator does, of order 3."""
    command = [sys.executable, "-m", "sptjobs", "archive", "hips", "--band", "150GHz"]
    environment = {**os.environ, **service.stack.environment}
    subprocess.run([*command, "--order", "3"], env=environment, check=True, timeout=600)
