"""VOSI 1.1: what the service says of itself, to whoever asks."""

import asyncio
import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
import requests
from pyvo.auth import AuthSession
from pyvo.io.vosi import parse_availability, parse_capabilities

from sptapi.representations.vosi import CAPABILITIES
from sptapi.routes import ROUTES
from tests.api.conftest import JOBS, Api, Serve
from tests.support.browsing import PAGE
from tests.support.provider import Provider, running
from tests.support.sign_in import settings_for

pytestmark = pytest.mark.any_database

FOLDERS = ("/api/v1", "/api/v1/cutout", "/api/v1/sia")
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def declared(body: bytes) -> dict[str, str]:
    """The URL of each standard that a document of capabilities declares."""
    found = {}
    for capability in ET.fromstring(body):
        (url,) = capability.iter("accessURL")
        assert url.get("use") == "base"
        assert url.text is not None
        found[capability.attrib["standardID"]] = url.text
    return found


@pytest.mark.parametrize("folder", FOLDERS)
async def test_vosi_01_capabilities_are_anonymous_by_get_and_head(
    serve: Serve, folder: str
) -> None:
    async with running(Provider()) as provider:
        api = await serve(sign_in=settings_for(provider.issuer))
        for name in ("capabilities", "availability"):
            for method in ("GET", "HEAD"):
                for headers in ({}, PAGE):
                    response = await api.call(
                        method, f"{folder}/{name}", user=None, headers=headers
                    )
                    assert response.status == 200
                    assert response.headers["Content-Type"] == "application/xml"
                    assert "X-VO-Authenticated" not in response.headers


async def test_vosi_02_capabilities_have_the_names_that_the_schema_gives_them(api: Api) -> None:
    body = await (await api.get("/api/v1/capabilities", user=None)).read()
    root = ET.fromstring(body)
    assert root.tag == "{http://www.ivoa.net/xml/VOSICapabilities/v1.0}capabilities"
    assert {each.tag for each in root} == {"capability"}
    for interface in root.iter("interface"):
        assert interface.attrib == {XSI_TYPE: "vs:ParamHTTP", "role": "std"}
    # cadcutils looks for these prefixes, however they might be spelt otherwise.
    assert b"xmlns:xsi=" in body
    assert b'xmlns:vs="http://www.ivoa.net/xml/VODataService/v1.1"' in body
    assert not list(root.iter("securityMethod"))  # pyvo would go on without credentials


@pytest.mark.parametrize("folder", FOLDERS)
async def test_every_standard_that_is_spoken_is_declared_where_it_is_spoken(
    api: Api, folder: str
) -> None:
    found = declared(await (await api.get(f"{folder}/capabilities", user=None)).read())
    served = {route.path for route in ROUTES}
    spoken = {each.standard_id: each.path for each in CAPABILITIES if each.path in served}
    own = {
        f"ivo://ivoa.net/std/VOSI#{name}": f"{folder}/{name}"
        for name in ("capabilities", "availability")
    }
    assert found == {name: api.base + path for name, path in (spoken | own).items()}
    assert found["ivo://ivoa.net/std/SODA#async-1.0"] == api.base + JOBS


async def test_a_base_path_and_slashes_too_many_leave_the_addresses_right(serve: Serve) -> None:
    api = await serve(base_path="/spt")
    body = await (await api.get("//api/v1/cutout//capabilities/", user=None)).read()
    assert declared(body)["ivo://ivoa.net/std/VOSI#capabilities"] == (
        f"{api.base}/api/v1/cutout/capabilities"
    )


async def test_pyvo_reads_both_documents(api: Api) -> None:
    body = await (await api.get("/api/v1/cutout/capabilities", user=None)).read()
    names = {each.standardid for each in parse_capabilities(BytesIO(body).read)}
    assert names == set(declared(body))
    body = await (await api.get("/api/v1/cutout/availability", user=None)).read()
    assert parse_availability(BytesIO(body).read).available


async def test_auth_01_who_asks_without_credentials_is_stated_how_to_send_them(api: Api) -> None:
    anonymous = await api.get("/api/v1/cutout/capabilities", user=None)
    refused = await api.get(JOBS, user=None)
    assert anonymous.headers.getall("WWW-Authenticate") == refused.headers.getall(
        "WWW-Authenticate"
    )
    browser = await api.get("/api/v1/cutout/capabilities", user=None, headers=PAGE)
    assert browser.headers.getall("WWW-Authenticate") == ['Bearer realm="spt3g"']


async def test_auth_02_a_program_can_try_its_credentials_on_the_capabilities(api: Api) -> None:
    mine = await api.get("/api/v1/capabilities")
    assert mine.headers["X-VO-Authenticated"] == "ada"
    assert "WWW-Authenticate" not in mine.headers
    guessed = await api.get("/api/v1/capabilities", headers={"Authorization": "Bearer x.y.z"})
    assert guessed.status == 401
    assert 'error="invalid_token"' in guessed.headers["WWW-Authenticate"]


async def test_pyvo_signs_in_from_the_capabilities_with_a_bearer_that_is_registered(
    api: Api,
) -> None:
    job = await api.new_job()
    token = await api.token("ada")

    def journey() -> list[int]:
        mine = requests.Session()
        mine.headers["Authorization"] = f"Bearer {token}"
        session = AuthSession()
        session.credentials.set("ivo://ivoa.net/sso#token", mine)
        url = f"{api.base}/api/v1/cutout/capabilities"
        body = requests.get(url, timeout=10).content
        session.update_from_capabilities(parse_capabilities(BytesIO(body).read))
        session.add_security_method_for_url(api.base, "ivo://ivoa.net/sso#token")
        return [session.get(api.base + path).status_code for path in (JOBS, job, f"{job}/phase")]

    assert await asyncio.to_thread(journey) == [200, 200, 200]


async def test_vosi_03_an_available_service_says_since_when(api: Api) -> None:
    body = await (await api.get("/api/v1/availability", user=None)).read()
    found = parse_availability(BytesIO(body).read)
    since = re.search(rb"<vosi:upSince>(.*)Z</vosi:upSince>", body)
    assert found.available
    assert since is not None
    begun = datetime.fromisoformat(since[1].decode()).replace(tzinfo=UTC)
    assert 0 <= (datetime.now(UTC) - begun).total_seconds() < 60


async def test_planned_maintenance_is_a_note_of_the_availability(
    serve: Serve, tmp_path: Path
) -> None:
    banner = tmp_path / "banner"
    banner.write_text("Down on 2 May, 08:00 to 10:00 UTC, for disks & <new> switches")
    api = await serve(banner=banner)
    body = await (await api.get("/api/v1/availability", user=None)).read()
    notes = [each.text for each in ET.fromstring(body) if each.tag.endswith("note")]
    assert banner.read_text() in notes


async def test_a_service_that_cannot_work_says_so_with_200_and_why(
    serve: Serve,
) -> None:
    lost = await serve(broker_url="unix:///nowhere/broker.sock")
    for _ in range(2):
        response = await lost.get("/api/v1/cutout/availability", user=None)
        assert response.status == 200
        body = await response.read()
        assert b"<vosi:available>false</vosi:available>" in body
        assert b"upSince" not in body
        assert b"The broker, which wakes the workers, does not respond" in body
