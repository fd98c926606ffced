"""A search with a long response: each map is in it once, and the server hardly grows."""

import asyncio
import csv
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import requests

from sptjobs.store.maps import ingest_maps
from sptjobs.store.opening import open_database
from tests.api.test_service import RECORD
from tests.api.test_serving import environment, serving, token_of_ada
from tests.api.test_sia import SIA
from tests.support.memory import anonymous_bytes, peaks
from tests.support.processes import cpu_s
from tests.support.scale import scaled

__all__ = ["environment"]

pytestmark = pytest.mark.alone

_log = logging.getLogger(__name__)

MAPS = scaled(3_000, 100_000)
GROWN_BYTES = 40e6
"""A page of maps, its rows, and what Python keeps of memory that it was given."""

ROW_S = 1e-3
"""Most processor time of the server for a row; what else a machine does costs none of it."""


@pytest.fixture
def ids(environment: dict[str, str]) -> list[str]:
    """Catalogue maps of one place; give their ids in order."""
    maps = [
        replace(RECORD, map_id=f"m{number:06d}", sha256=f"{number:064d}", obsid=str(number))
        for number in range(MAPS)
    ]

    async def ingest() -> None:
        async with open_database(environment["SPT_DATABASE_URL"]) as database:
            await ingest_maps(database, maps)

    asyncio.run(ingest())
    return [each.map_id for each in maps]


def of_csv(file: Path) -> Iterator[dict[str, str | None]]:
    with file.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


def of_json(file: Path) -> Iterator[dict[str, str | None]]:
    read = json.loads(file.read_text("utf-8"))
    assert read["overflow"] is False
    yield from read["rows"]


def of_votable(file: Path) -> Iterator[dict[str, str | None]]:
    """Rows of a VOTable, each cell as its text."""
    names: list[str] = []
    for _, element in ET.iterparse(file):
        tag = element.tag.rpartition("}")[2]
        if tag == "FIELD":
            names.append(element.get("name") or "")
        elif tag == "TR":
            yield dict(zip(names, (cell.text for cell in element), strict=True))
            element.clear()


FORMS: dict[str, Callable[[Path], Iterator[dict[str, str | None]]]] = {
    "csv": of_csv,
    "json": of_json,
    "votable": of_votable,
}


def test_a_search_for_all_of_a_hundred_thousand_maps_is_whole_and_takes_little_memory(
    environment: dict[str, str], ids: list[str], tmp_path: Path
) -> None:
    address = f"http://127.0.0.1:{environment['SPT_PORT']}/spt3g{SIA}"
    headers = {"Authorization": f"Bearer {token_of_ada(environment)}"}
    query = {"POS": "CIRCLE 0.9 -56.8 0.01", "MAXREC": "1000000"}
    with serving(environment) as process:
        requests.get(address, params=query | {"MAXREC": "10"}, headers=headers, timeout=60)
        before = anonymous_bytes(process.pid)
        for form, rows in FORMS.items():
            file, begun, spent = tmp_path / form, time.monotonic(), cpu_s(process.pid)
            with peaks(lambda: [process.pid]) as found, file.open("wb") as out:
                response = requests.get(
                    address, params=query | {"RESPONSEFORMAT": form}, headers=headers,
                    timeout=60, stream=True,
                )  # fmt: skip
                assert response.status_code == 200
                out.writelines(response.iter_content(1 << 16))
            seconds, (most,) = time.monotonic() - begun, found.values()
            spent = cpu_s(process.pid) - spent
            for row, map_id in zip(rows(file), ids, strict=True):
                assert row["map_id"] == map_id
                assert row["s_region"]
                assert map_id in (row["access_url"] or "")
            _log.warning(
                "%d maps as %s: %.1f MB in %.1f s, %.1f s of them the server's; "
                "memory %.0f MB at most, %.0f MB before",
                *(MAPS, form, file.stat().st_size / 1e6, seconds, spent, most / 1e6, before / 1e6),
            )
            assert most < before + GROWN_BYTES
            assert spent < 1 + ROW_S * MAPS
