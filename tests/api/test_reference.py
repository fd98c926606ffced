"""The API's reference as a page: it says all that the description says, and stands on its own."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest

from tests.api.conftest import Api, Serve
from tests.support.browsing import PAGE

pytestmark = pytest.mark.any_database

VOID = {"meta", "link", "img", "path", "rect", "circle", "br", "input"}


class Reader(HTMLParser):
    """Reads a page, and stumbles over tags that are not closed in their order."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.headings: list[int] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        assert len(values) == len(attrs), f"an attribute of <{tag}> stands there twice"
        self.tags.add(tag)
        self.attributes |= set(values)
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if values.get("id"):
            self.ids.append(str(values["id"]))
        if tag == "a":
            self.links.append(str(values["href"]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, (tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def description() -> Any:
    return json.loads(files("sptapi").joinpath("openapi.json").read_text("utf-8"))


async def read(api: Api) -> Reader:
    response = await api.get("/docs", user=None)
    assert response.status == 200
    return Reader(await response.text())


async def test_every_operation_schema_field_and_status_of_the_description_is_on_the_page(
    serve: Serve,
) -> None:
    api = await serve(base_path="/spt3g")
    page = await read(api)
    described = description()
    for path, operations in described["paths"].items():
        assert f"{api.base} {path}" in page.text or f"{api.base}{path}" in page.text
        for operation in operations.values():
            assert operation["operationId"] in page.ids
            assert operation["summary"].replace("`", "") in page.text
            for status in operation["responses"]:
                assert status in page.text
    for name in described["components"]["schemas"]:
        assert f"schema-{name}" in page.ids
    for name in re.findall(r'"properties": \{"([^"]+)"', json.dumps(described)):
        assert name in page.text


async def test_the_page_is_well_formed_and_its_anchors_lead_somewhere(api: Api) -> None:
    page = await read(api)
    assert len(page.ids) == len(set(page.ids))
    inner = {link[1:] for link in page.links if link.startswith("#")}
    assert inner <= set(page.ids)
    assert len(inner) > len(description()["components"]["schemas"])
    steps = zip(page.headings, page.headings[1:], strict=False)
    assert page.headings[0] == 1
    assert all(deeper - level <= 1 for level, deeper in steps)
    assert page.headings.count(1) == 1


async def test_the_page_needs_no_script_and_nothing_from_elsewhere(serve: Serve) -> None:
    api = await serve(base_path="/spt3g")
    page = await read(api)
    assert not page.tags & {"script", "img", "iframe", "object", "form"}
    assert not {name for name in page.attributes if name.startswith("on")} | (
        page.attributes & {"style", "src"}
    )
    outside = {link for link in page.links if not link.startswith("#")}
    assert all(link.startswith(api.base + "/") for link in outside)
    for link in outside:
        assert (await api.get(link)).status == 200, link


async def test_the_page_is_sent_compressed_and_not_again_while_it_is_the_same(api: Api) -> None:
    packed = await api.get("/docs", user=None, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert packed.headers["Cache-Control"] == "public, no-cache"
    known = {"If-None-Match": packed.headers["ETag"]}
    again = await api.get("/docs", user=None, headers=known)
    assert (again.status, await again.read()) == (304, b"")


async def test_who_may_ask_is_said_of_every_operation(api: Api) -> None:
    text = await (await api.get("/docs", user=None)).text()
    for operations in description()["paths"].values():
        for operation in operations.values():
            section = text.partition(f'id="{operation["operationId"]}"')[2]
            section = section.partition("</section>")[0]
            match operation["security"]:
                case []:
                    assert "Open to everybody" in section
                case [{"session": []}]:
                    assert "not with a token" in section
                    assert "With curl" not in section
                case [{"bearer": scopes}]:
                    assert all(f"scope <code>{scope}</code>" in section for scope in scopes)
                    assert "With curl" in section


@pytest.mark.parametrize(
    ("path", "way"),
    [("/api/v1/nothing", "/docs"), ("/files/jobs/x/out/", "/app/cutout/jobs"), ("/nothing", "/")],
)
async def test_a_page_about_an_error_leads_on_to_what_was_looked_for(
    api: Api, path: str, way: str
) -> None:
    response = await api.get(path, headers=PAGE)
    assert response.status == 404
    text = await response.text()
    assert f'<a class="button" href="{api.base}{way}">' in text
    assert response.headers["X-Request-ID"] in text
