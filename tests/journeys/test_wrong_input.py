"""Whatever is sent, the response is a 4xx that names field, row and value, never a 500."""

import random
from typing import Any

import pytest
import requests

from tests.support.service import Service

GOOD = "RA,DEC\n0.25,-57.8\n"


def post(service: Service, **arguments: Any) -> requests.Response:
    response = service.session.post(service.jobs, allow_redirects=False, timeout=60, **arguments)
    assert 400 <= response.status_code < 500, (response.status_code, response.text[:500])
    return response


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"PHASE": "RUN"}, ["POSITIONS"]),
        ({"POSITIONS": "RA,DEC\n0.25,-57.8\nabc,-57.8\n"}, ["RA", "2", "abc"]),
        ({"POSITIONS": "RA,DEC\n400,-57.8\n"}, ["RA", "1", "400"]),
        ({"POSITIONS": GOOD, "SIZE": "0"}, ["SIZE", "0"]),
        ({"POSITIONS": GOOD, "SIZE": "-1"}, ["SIZE", "-1"]),
        ({"POSITIONS": GOOD, "SIZE": "NaN"}, ["SIZE", "NaN"]),
        ({"POSITIONS": GOOD, "SIZE": "1e6"}, ["SIZE", "1e6"]),
        ({"POSITIONS": GOOD, "BANDS": "151GHz"}, ["BANDS", "151GHz"]),
        ({"POSITIONS": ""}, ["POSITIONS"]),
        ({"POSITIONS": "RA,DEC\n"}, ["POSITIONS"]),
        (
            {"POSITIONS": "OBJID,RA,DEC\na,0.25,-57.8\na,0.3,-57.8\n"},
            ["OBJID", "2", "a"],
        ),
        ({"POSITIONS": "OBJID,RA,DEC\n../x,0.25,-57.8\n"}, ["OBJID", "1", "../x"]),
        ({"POSITIONS": GOOD, "PHASE": "STOP"}, ["PHASE", "STOP"]),
    ],
)
def test_a_wrong_field_is_named_with_its_row_and_value(
    service: Service, fields: dict[str, str], named: list[str]
) -> None:
    said = post(service, data=fields).text
    for word in named:
        assert word in said


def test_a_binary_file_is_refused_by_the_name_of_its_field(service: Service) -> None:
    binary = random.Random(1).randbytes(5_000)
    response = post(service, files={"POSITIONS": ("targets.csv", binary, "text/csv")})
    assert "POSITIONS" in response.text


def test_ten_megabytes_of_junk_are_refused(service: Service) -> None:
    junk = random.Random(2).randbytes(10 << 20)
    for content_type in ("application/json", "application/x-www-form-urlencoded"):
        post(service, data=junk, headers={"Content-Type": content_type})
    response = post(service, files={"POSITIONS": ("targets.csv", junk, "text/csv")})
    assert len(response.text) < 10_000


def test_an_unknown_content_type_is_refused_by_name(service: Service) -> None:
    response = post(service, data=b"RA DEC", headers={"Content-Type": "application/x-shapefile"})
    assert response.status_code == 415
    assert "application/x-shapefile" in response.text


@pytest.mark.parametrize("token", [None, "nonsense", "a.b.c"])
def test_without_a_valid_token_nothing_is_disclosed(service: Service, token: str | None) -> None:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = requests.get(
        service.jobs, headers=headers, timeout=10, proxies={"http": "", "https": ""}
    )
    assert response.status_code == 401
    assert "WWW-Authenticate" in response.headers
