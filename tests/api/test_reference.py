"""The API's reference as pages: they say all that the description says, and stand on their own."""

import json
import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest

from tests.api.conftest import Api, Serve
from tests.support.browsing import PAGE
from tests.support.page_policy import without_its_script

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


async def read(api: Api, path: str = "") -> Reader:
    response = await api.get(f"/docs{path}", user=None)
    assert response.status == 200, path
    policy = response.headers["Content-Security-Policy"]
    return Reader(without_its_script(await response.text(), policy))


async def chapters(api: Api) -> dict[str, Reader]:
    """Every chapter that the index leads to, by its name, in their order."""
    found = [re.fullmatch(r".*/docs/([\w-]+)", link) for link in (await read(api)).links]
    names = dict.fromkeys(match[1] for match in found if match)
    return {name: await read(api, f"/{name}") for name in names}


async def test_every_operation_schema_field_and_status_of_the_description_is_in_its_chapter(
    serve: Serve,
) -> None:
    api = await serve(base_path="/spt3g")
    pages, described = await chapters(api), description()
    tags = [tag["name"].replace(" ", "-") for tag in described["tags"]]
    assert list(pages) == ["start", *tags, "schemas"]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            page = pages[operation["tags"][0].replace(" ", "-")]
            assert f"{api.base} {path}" in page.text or f"{api.base}{path}" in page.text
            assert operation["operationId"] in page.ids
            assert operation["summary"].replace("`", "") in page.text
            for status in operation["responses"]:
                assert status in page.text
    for name in described["components"]["schemas"]:
        assert f"schema-{name}" in pages["schemas"].ids
    text = " ".join(page.text for page in pages.values())
    for name in re.findall(r'"properties": \{"([^"]+)"', json.dumps(described)):
        assert name in text


async def test_the_pages_are_well_formed_and_their_links_lead_to_sections_that_there_are(
    api: Api,
) -> None:
    pages = await chapters(api)
    everything = {"": await read(api), "?q=a": await read(api, "?q=a")} | pages
    for name, page in everything.items():
        assert len(page.ids) == len(set(page.ids)), name
        assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
        for link in page.links:
            if match := re.fullmatch(r".*/docs/([\w-]+)(?:#(.+))?", link):
                assert match[2] is None or match[2] in pages[match[1]].ids, link
        steps = zip(page.headings, page.headings[1:], strict=False)
        assert page.headings[0] == 1
        assert all(deeper - level <= 1 for level, deeper in steps), name
        assert page.headings.count(1) == 1


async def test_addresses_of_the_time_of_one_page_still_lead_to_their_sections(api: Api) -> None:
    index, described = await read(api), description()
    old = {"first-steps", "tokens", "forms", "errors", "schemas"}
    old |= {f"tag-{tag['name'].replace(' ', '-')}" for tag in described["tags"]}
    old |= {f"schema-{name}" for name in described["components"]["schemas"]}
    for operations in described["paths"].values():
        old |= {operation["operationId"] for operation in operations.values()}
    assert old <= set(index.ids)
    text = await (await api.get("/docs", user=None)).text()
    assert f'<li id="createJob"><a href="{api.base}/docs/jobs#createJob">' in text


async def test_a_chapter_says_where_one_is_and_leads_to_its_neighbours(api: Api) -> None:
    text = await (await api.get("/docs/files", user=None)).text()
    (current,) = re.findall(r'<a href="([^"]*)" aria-current="page">', text)
    assert current == f"{api.base}/docs/files"
    ways = dict(re.findall(r'rel="(prev|next)" href="([^"]*)"', text))
    assert ways == {"prev": f"{api.base}/docs/jobs", "next": f"{api.base}/docs/archive"}
    first, last = [await (await api.get(f"/docs/{n}")).text() for n in ("start", "schemas")]
    assert 'rel="prev"' not in first
    assert 'rel="next"' not in last


async def test_a_search_lists_the_sections_that_have_all_words_and_titles_first(api: Api) -> None:
    page = await read(api, "?q=Tile++SKY")
    found = [
        link.rpartition("/docs/")[2] for link in page.links if "/docs/" in link and "#" in link
    ]
    assert found[0] == "archive#readSkyTile"
    assert "schemas#schema-SkyLayer" in found
    parameter = await read(api, "?q=MASK_OUTSIDE")
    assert any(link.endswith("/docs/jobs#createJob") for link in parameter.links)
    nothing = await read(api, "?q=%3Cb%3Equasar")
    assert "No section has “<b>quasar”" in nothing.text
    assert "All sections" in (await read(api, "?q=+")).text


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("q=" + "a" * 101, "Q: must be at most 100 characters long"),
        ("q=a%01", "Q: holds the character U+0001"),
        ("q=a&q=b", "Q: given 2 times"),
    ],
)
async def test_a_search_that_cannot_be_done_is_refused(api: Api, query: str, message: str) -> None:
    refused = await api.get(f"/docs?{query}", user=None)
    assert refused.status == 400
    assert message in await refused.text()


async def test_the_pages_have_no_script_but_that_of_their_colours_and_nothing_from_elsewhere(
    serve: Serve,
) -> None:
    api = await serve(base_path="/spt3g")
    for page in (await read(api), await read(api, "?q=job"), *(await chapters(api)).values()):
        assert not page.tags & {"script", "img", "iframe", "object"}
        assert not {name for name in page.attributes if name.startswith("on")} | (
            page.attributes & {"style", "src"}
        )
        outside = {link for link in page.links if not link.startswith("#")}
        assert all(link.startswith(api.base + "/") for link in outside)
        for link in {link.partition("#")[0] for link in outside}:
            assert (await api.get(link)).status == 200, link


@pytest.mark.parametrize("path", ["/docs", "/docs/jobs", "/docs?q=job"])
async def test_a_page_is_sent_compressed_and_not_again_while_it_is_the_same(
    api: Api, path: str
) -> None:
    packed = await api.get(path, user=None, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert packed.headers["Cache-Control"] == "public, no-cache"
    known = {"If-None-Match": packed.headers["ETag"]}
    again = await api.get(path, user=None, headers=known)
    assert (again.status, await again.read()) == (304, b"")


async def test_who_may_ask_is_said_of_every_operation(api: Api) -> None:
    for operations in description()["paths"].values():
        for operation in operations.values():
            name = operation["tags"][0].replace(" ", "-")
            text = await (await api.get(f"/docs/{name}", user=None)).text()
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
    [
        ("/api/v1/nothing", "/docs"),
        ("/docs/nothing", "/docs"),
        ("/files/jobs/x/out/", "/app/cutout/jobs"),
        ("/nothing", "/"),
    ],
)
async def test_a_page_about_an_error_leads_on_to_what_was_looked_for(
    api: Api, path: str, way: str
) -> None:
    response = await api.get(path, headers=PAGE)
    assert response.status == 404
    text = await response.text()
    assert f'<a class="button" href="{api.base}{way}">' in text
    assert response.headers["X-Request-ID"] in text
