"""Presets of requests and lists of targets: kept, used, renamed and removed by their user alone."""

import asyncio
import io
from typing import Any

import aiohttp
import pytest

from tests.api.conftest import JOBS, Api

pytestmark = pytest.mark.any_database

SAVED = "/api/v1/cutout/saved"
TABLE = "name,RA,DEC\nA1,0.2499,-57.8066\nA2,00:01:39.6,-54:40:16\n"
PRESET = {"KIND": "preset", "NAME": "deep", "CONTENT": '{"size": 5, "bands": ["150GHz"]}'}
LIST = {"KIND": "targets", "NAME": "mine", "CONTENT": TABLE}


async def keep(api: Api, fields: dict[str, str], user: str = "ada") -> dict[str, Any]:
    response = await api.post(SAVED, fields, user=user)
    assert response.status == 201, await response.text()
    document: dict[str, Any] = await response.json()
    return document


async def test_a_preset_and_a_list_together_are_a_request(api: Api) -> None:
    preset, targets = await keep(api, PRESET), await keep(api, LIST)
    listed = (await api.document(SAVED))["saved"]
    assert [(each["kind"], each["name"], each["targets"]) for each in listed] == [
        ("preset", "deep", None),
        ("targets", "mine", 2),
    ]
    assert (await api.document(f"{SAVED}?KIND=targets"))["saved"] == [targets]
    content = await api.document(f"{SAVED}/{preset['id']}")
    assert content == {"SIZE": 5, "BANDS": ["150GHz"]}
    response = await api.get(f"{SAVED}/{targets['id']}")
    assert response.content_type == "text/csv"
    table = await response.text()
    made = await api.post(JOBS, json=content | {"positions": table})
    assert made.status == 303, await made.text()
    location = made.headers["Location"]
    shown = {each["id"]: each for each in (await api.document(location))["parameters"]}
    assert shown["SIZE"]["value"] == "5"
    assert "150GHz" in shown["BANDS"]["value"]
    given = await (await api.get(f"{location}/parameters/POSITIONS")).text()
    assert given == table


async def test_a_list_is_taken_as_a_file_and_a_preset_as_json(api: Api) -> None:
    form = aiohttp.FormData({"kind": "targets", "name": "of a file"})
    form.add_field("content", TABLE.encode(), filename="t.csv")
    assert (await api.post(SAVED, form)).status == 201
    document = {"kind": "preset", "name": "of JSON", "content": {"SIZE": 4}}
    made = await api.post(SAVED, json=document)
    assert made.status == 201, await made.text()
    assert await api.document(f"{SAVED}/{(await made.json())['id']}") == {"SIZE": 4}


async def test_one_of_them_is_renamed_and_removed_and_names_are_not_taken_twice(api: Api) -> None:
    deep, wide = await keep(api, PRESET), await keep(api, PRESET | {"NAME": "wide"})
    await keep(api, LIST | {"NAME": "deep"})
    for path, fields in ((SAVED, PRESET), (f"{SAVED}/{wide['id']}", {"NAME": "deep"})):
        refused = await api.post(path, fields)
        assert (refused.status, "name already" in await refused.text()) == (400, True)
    renamed = await api.post(f"{SAVED}/{deep['id']}", {"NAME": " deeper "})
    assert (await renamed.json())["name"] == "deeper"
    assert (await api.call("DELETE", f"{SAVED}/{deep['id']}")).status == 204
    assert (await api.call("DELETE", f"{SAVED}/{deep['id']}")).status == 404


async def test_what_another_user_keeps_is_not_there(api: Api) -> None:
    made = await keep(api, PRESET)
    path = f"{SAVED}/{made['id']}"
    for user in ("eve", "root"):
        assert (await api.document(SAVED, user=user))["saved"] == []
        assert (await api.get(path, user=user)).status == 404
        assert (await api.post(path, {"NAME": "x"}, user=user)).status == 404
        assert (await api.call("DELETE", path, user=user)).status == 404
    assert (await api.document(SAVED))["saved"] == [made]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (PRESET | {"KIND": "job"}, "KIND: must be one of preset, targets"),
        (PRESET | {"NAME": " "}, "NAME: must be one line of 1 to 80 characters"),
        (PRESET | {"NAME": "x" * 81}, "NAME: must be one line of 1 to 80 characters"),
        (PRESET | {"NAME": "a\nb"}, "NAME: must be one line"),
        (PRESET | {"COLOUR": "red"}, "COLOUR"),
        (PRESET | {"CONTENT": "BANDS=150"}, "CONTENT is not JSON"),
        (PRESET | {"CONTENT": "[]"}, "CONTENT: must be a JSON object"),
        (PRESET | {"CONTENT": '{"RA": 1}'}, "RA: is no part of a preset"),
        (PRESET | {"CONTENT": '{"SIZE": 1e9}'}, "SIZE"),
        (PRESET | {"CONTENT": '{"SIZES": 5}'}, "SIZES"),
        (LIST | {"CONTENT": "RA,DEC\n400,-50\n"}, "row 1"),
        (LIST | {"CONTENT": "RA,DEC\n"}, "POSITIONS"),
        ({"KIND": "targets", "NAME": "x"}, "CONTENT: is missing"),
    ],
)
async def test_what_is_wrong_is_named(api: Api, fields: dict[str, str], said: str) -> None:
    refused = await api.post(SAVED, fields)
    assert (refused.status, said in await refused.text()) == (400, True), await refused.text()


async def test_a_table_of_more_than_a_megabyte_is_not_kept(api: Api) -> None:
    form = aiohttp.FormData({"kind": "targets", "name": "large"})
    form.add_field("content", io.BytesIO(TABLE.encode() + b" " * (1 << 20)), filename="t.csv")
    refused = await api.post(SAVED, form)
    assert (refused.status, "CONTENT: must be at most 1 MB" in await refused.text()) == (400, True)


async def test_a_user_keeps_at_most_a_hundred(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sptapi.services.saved.MAX_SAVED", 1)
    await keep(api, PRESET)
    full = await api.post(SAVED, LIST)
    assert (full.status, "remove one" in await full.text()) == (403, True)
    await keep(api, LIST, user="eve")


async def test_requests_at_once_do_not_pass_the_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sptapi.services.saved.MAX_SAVED", 2)
    names = [PRESET | {"NAME": f"n{number}"} for number in range(12)]
    responses = await asyncio.gather(*(api.post(SAVED, fields) for fields in names))
    assert sorted(response.status for response in responses) == [201] * 2 + [403] * 10
    assert len((await api.document(SAVED))["saved"]) == 2


async def test_a_preset_and_a_list_are_saved_over(api: Api) -> None:
    preset, targets = await keep(api, PRESET), await keep(api, LIST)
    changed = await api.call("PUT", f"{SAVED}/{preset['id']}", data={"CONTENT": '{"size": 7}'})
    assert changed.status == 200, await changed.text()
    document = await changed.json()
    assert (document["name"], document["etag"]) == ("deep", changed.headers["ETag"])
    assert document["etag"] != preset["etag"]
    assert document["created"] >= preset["created"]
    found = await api.get(f"{SAVED}/{preset['id']}")
    assert (await found.json(), found.headers["ETag"]) == ({"SIZE": 7}, document["etag"])
    longer = await api.call(
        "PUT", f"{SAVED}/{targets['id']}", data={"CONTENT": TABLE + "A3,1,-56\n"}
    )
    assert (await longer.json())["targets"] == 3
    listed = (await api.document(SAVED))["saved"]
    assert listed == [document, await longer.json()]


async def test_what_was_changed_meanwhile_is_not_saved_over(api: Api) -> None:
    made = await keep(api, PRESET)
    path = f"{SAVED}/{made['id']}"
    seen = {"If-Match": made["etag"]}
    first = await api.call("PUT", path, data={"CONTENT": '{"size": 6}'}, headers=seen)
    assert first.status == 200
    late = await api.call("PUT", path, data={"CONTENT": '{"size": 8}'}, headers=seen)
    assert (late.status, "'deep' was changed meanwhile" in await late.text()) == (412, True)
    assert await api.document(path) == {"SIZE": 6}
    renamed = await (await api.post(path, {"NAME": "other"})).json()
    for tag, status in ((first.headers["ETag"], 412), (renamed["etag"], 200), ("*", 200)):
        headers = {"If-Match": tag}
        assert (
            await api.call("PUT", path, data={"CONTENT": "{}"}, headers=headers)
        ).status == status


async def test_of_changes_at_once_one_is_made(api: Api) -> None:
    made = await keep(api, PRESET)
    path, seen = f"{SAVED}/{made['id']}", {"If-Match": made["etag"]}
    bodies = [{"CONTENT": f'{{"size": {size}}}'} for size in range(2, 10)]
    responses = await asyncio.gather(
        *(api.call("PUT", path, data=body, headers=seen) for body in bodies)
    )
    assert sorted(response.status for response in responses) == [200] + [412] * 7


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "CONTENT: is missing"),
        ({"CONTENT": "RA,DEC\n1,-50\n"}, "CONTENT is not JSON"),
        ({"CONTENT": "{}", "KIND": "targets"}, "KIND"),
        ({"CONTENT": "{}", "NAME": "x"}, "NAME"),
        ({"CONTENT": '{"RA": 1}'}, "RA: is no part of a preset"),
    ],
)
async def test_what_is_wrong_replaces_nothing(api: Api, fields: dict[str, str], said: str) -> None:
    made = await keep(api, PRESET)
    path = f"{SAVED}/{made['id']}"
    refused = await api.call("PUT", path, data=fields)
    assert (refused.status, said in await refused.text()) == (400, True), await refused.text()
    assert (await api.document(SAVED))["saved"] == [made]
    assert (await api.call("PUT", path, data={"CONTENT": "{}"}, user="eve")).status == 404
