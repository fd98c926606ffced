"""What the tests of several packages share."""

from pathlib import Path

import pytest

from sptjobs.archive.record import MapRecord


@pytest.fixture(scope="session")
def tiny_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the smallest set of simulated maps."""
    from sptjobs.archive.synth.maps import make_survey, write_maps

    folder = tmp_path_factory.mktemp("archive")
    for _ in write_maps(folder, make_survey("tiny")):
        pass
    return folder


@pytest.fixture(scope="session")
def tiny_maps(tiny_archive: Path) -> list[MapRecord]:
    """Return the records of the smallest set, in the order of their ids."""
    from sptjobs.archive.scan import scan

    found = [record for record in scan(tiny_archive, {}) if isinstance(record, MapRecord)]
    return sorted(found, key=lambda record: record.map_id)
