"""The surveys (HiPS) of the coadds that are there, and their files."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sptapi.services.maps import Holdings
from sptjobs.hips.survey_files import PROPERTIES, media_type
from sptjobs.hips.survey_folder import SurveyFolder
from sptjobs.hips.survey_properties import properties_of
from sptjobs.uws.errors import UnavailableError, UnknownResultError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SurveyFile:
    """A file of a survey."""

    path: Path
    media_type: str


def listed_surveys(root: Path | None, holdings: Holdings) -> dict[str, Mapping[str, str]]:
    """Properties of each survey that is there, by the id of its map. Reads the disk.

    One that cannot be read is left out, which the log says.
    """
    if root is None:
        return {}
    found: dict[str, Mapping[str, str]] = {}
    for record in holdings.coadded_images():
        folder = SurveyFolder.of(root, record)
        if not folder.is_made:
            continue
        if (properties := properties_of(folder.path)) is None:
            _log.warning("the survey in %s cannot be read", folder.path)
        else:
            found[record.map_id] = properties
    return found


def survey_properties_of(root: Path | None, holdings: Holdings, map_id: str) -> Mapping[str, str]:
    """Properties of the survey of a map. Reads the disk.

    Raises
    ------
    UnknownResultError
        There is none.
    UnavailableError
        It cannot be read.
    """
    found = properties_of(_survey(root, holdings, map_id).path)
    if found is None:
        raise UnavailableError(
            f"the survey of map {map_id} cannot be read; 'sptjobs archive hips' makes it again"
        )
    return found


def survey_file(root: Path | None, holdings: Holdings, map_id: str, path: str) -> SurveyFile:
    """Find a file of the survey of a map. Reads the disk.

    Raises
    ------
    UnknownResultError
        There is no such survey, or no such file: the map has nothing there, for one.
    """
    folder = _survey(root, holdings, map_id)
    found = media_type(path)
    if found is None:
        raise UnknownResultError(
            f"no file of a survey is called {path[:200]!r}; they are {PROPERTIES}, Moc.fits,"
            " Norder3/Allsky.png and .fits, and Norder../Dir../Npix.. with .png and .fits"
        )
    file = folder.path / path
    if not file.is_file():
        raise UnknownResultError(f"the survey of map {map_id} has no {path}: nothing is there")
    return SurveyFile(file, found)


def _survey(root: Path | None, holdings: Holdings, map_id: str) -> SurveyFolder:
    record = holdings.coadded_image(map_id)
    folder = None if root is None or record is None else SurveyFolder.of(root, record)
    if folder is None or not folder.is_made:
        raise UnknownResultError(
            f"there is no survey of a map {map_id[:200]!r}; /hips/hipslist has those that there are"
        )
    return folder
