"""Results that are another database's are said where operators and users look."""

import pytest

from sptjobs.engine.results_owner import OWNER_FILE
from tests.api.conftest import JSON, Serve
from tests.support.browsing import PAGE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"database": "another", "sweeps": 0}', "not of this one"),
        ("{", "cannot be read"),
    ],
)
async def test_results_of_another_database_are_a_warning(
    serve: Serve, text: str, reason: str
) -> None:
    api = await serve()
    assert (await (await api.get("/ready", user=None)).json())["warnings"] == {}
    (api.engine.settings.results / OWNER_FILE).write_text(text)
    ready = await api.get("/ready", user=None)
    assert ready.status == 200
    assert reason in (await ready.json())["warnings"]["results-owner"]


async def test_users_read_that_files_may_be_missing(serve: Serve) -> None:
    api = await serve()
    (api.engine.settings.results / OWNER_FILE).write_text('{"database": "x", "sweeps": 0}')
    (notice,) = [
        each
        for each in (await (await api.get("/api/v1/status", user=None)).json())["notices"]
        if each["part"] == "results-owner"
    ]
    assert "files may be missing" in notice["message"]
    assert notice["jobs"] == "go on"


async def test_operators_see_it_first_of_all(serve: Serve) -> None:
    api = await serve()
    await api.token("olga", "spt3g-admins")
    calm = await (await api.get("/ops/", user="olga", headers=JSON)).json()
    assert calm["results"] == {"foreign": None}
    (api.engine.settings.results / OWNER_FILE).write_text('{"database": "x", "sweeps": 0}')
    alarmed = await (await api.get("/ops/", user="olga", headers=JSON)).json()
    assert "not of this one" in alarmed["results"]["foreign"]
    page = await (await api.get("/ops/", user="olga", headers=PAGE)).text()
    assert "Another database." in page
