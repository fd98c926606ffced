"""Documents against the standards' own schemas, by the validator that STILTS brings."""

import asyncio
import subprocess
from pathlib import Path

import pytest

from tests.api.conftest import Api, Serve, broker_url, serve

__all__ = ["broker_url", "serve"]


async def validate(folder: Path, *documents: bytes) -> None:
    """Validate documents against the schemas of their namespaces, which STILTS has at hand."""
    for number, body in enumerate(documents):
        file = folder / f"{number}.xml"
        file.write_bytes(body)
        done = await asyncio.to_thread(
            subprocess.run,
            ["stilts", "xsdvalidate", "uselocals=true", f"doc={file}"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr, body.decode())


@pytest.fixture
async def api(serve: Serve) -> Api:
    return await serve()


async def test_capabilities_are_valid(api: Api, tmp_path: Path) -> None:
    paths = ("/api/v1/capabilities", "/api/v1/cutout/capabilities", "/api/v1/sia/capabilities")
    bodies = [await (await api.get(path, user=None)).read() for path in paths]
    await validate(tmp_path, *bodies)


async def test_availability_is_valid_while_all_is_well_and_while_it_is_not(
    serve: Serve, tmp_path: Path
) -> None:
    banner = tmp_path / "banner"
    banner.write_text("Down on 2 May <08:00> & later")
    bodies = []
    for changes in ({}, {"banner": banner}, {"broker_url": "unix:///nowhere/broker.sock"}):
        api = await serve(**changes)
        bodies.append(await (await api.get("/api/v1/availability", user=None)).read())
    await validate(tmp_path, *bodies)


async def test_stilts_finds_no_fault_with_capabilities_and_availability(api: Api) -> None:
    found = await asyncio.to_thread(
        subprocess.run,
        [
            "stilts", "taplint", f"tapurl={api.base}/api/v1/cutout", "stages=CPV AVV",
            f"capabilitiesurl={api.base}/api/v1/cutout/capabilities",
            f"availabilityurl={api.base}/api/v1/cutout/availability",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )  # fmt: skip
    assert "Totals: Errors: 0;" in found.stdout, found.stdout + found.stderr
