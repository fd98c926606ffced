from pathlib import Path

import pytest

from sptjobs.maps.record import MapRecord
from tests.support.small_surveys import make_coadd, make_survey


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MapRecord, Path]:
    """An archive, its coadd, and the survey of that."""
    archive = tmp_path_factory.mktemp("archive")
    record = make_coadd(archive, hole=(30, 40, 50, 60))
    return archive, record, make_survey(archive, record, tmp_path_factory.mktemp("hips"))
