"""Whatever is sent, nothing of it leads elsewhere, lets anybody in, or breaks."""

import base64
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sptapi.auth.next_page import safe_next
from sptapi.auth.oidc.groups import read_groups
from sptapi.auth.sealing import Sealer
from tests.support.scale import scaled
from tests.support.sign_in import Desk

SEALER = Sealer.of("s" * 40, "a purpose")
PIECES = st.sampled_from(
    ["/", "\\", ".", "..", "//", "%2f", "%5c", "%2e", "%00", "%09", "%25", "\t", "\n", " ", "\x00",
     "@", ":", "?", "#", "account", "account/", "app", "evil.example", "https:", "javascript:",
     "\N{FULLWIDTH SOLIDUS}", "\N{ZERO WIDTH SPACE}", "é"]
)  # fmt: skip
GOALS = st.one_of(
    st.text(max_size=80), st.lists(PIECES, max_size=9).map("".join).map(lambda text: "/" + text)
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(GOALS, st.sampled_from(["", "/spt3g", "/a/b"]))
@example("/\t/evil.example", "")
@example("/%09/evil.example", "")
def test_a_goal_stays_on_this_site_and_below_its_base_path(goal: str, base_path: str) -> None:
    found = safe_next(goal, base_path)
    assert found in {goal, f"{base_path}/"}
    for text in (found, unquote(found)):
        # As browsers read it: white space dropped, backslashes turned.
        seen = "".join(each for each in text if each > " ").replace("\\", "/")
        parts = urlsplit("https://spt3g.example" + seen)
        assert parts.netloc == "spt3g.example"
        assert not seen.startswith("//")
        assert parts.path == base_path or parts.path.startswith(f"{base_path}/")
        assert not parts.path.startswith(f"{base_path}/account/")
        assert not {".", ".."} & set(parts.path.split("/"))
    assert found.isascii()
    assert found.isprintable()


@given(st.from_regex(r"(/[a-z0-9_-]{1,9}){1,4}(\?[a-z]=[0-9]{1,3})?(#[a-z]{1,5})?", fullmatch=True))
def test_a_plain_goal_is_kept(goal: str) -> None:
    if not goal.startswith("/account/"):
        assert safe_next(goal, "") == goal


SEGMENTS = st.text(
    st.characters(exclude_categories=("C", "Z"), exclude_characters="/\\\ufffd") | st.just(" "),
    min_size=1,
    max_size=9,
).filter(lambda text: text not in {".", "..", "account"})


@given(
    st.lists(SEGMENTS, max_size=4),
    st.dictionaries(st.text(max_size=9), st.text(max_size=20), max_size=3),
    st.sampled_from(["", "/spt3g"]),
)
@example(["two words"], {"q": "a b"}, "")
@example(["x"], {"next": "//evil.example/..\\"}, "/spt3g")
def test_any_path_and_query_of_ours_survives(
    segments: list[str], query: dict[str, str], base_path: str
) -> None:
    goal = f"{base_path}/" + "/".join(quote(each, safe="") for each in segments)
    goal += f"?{urlencode(query, quote_via=quote)}" if query else ""
    assert safe_next(goal, base_path) == goal


@given(JSON)
def test_only_a_list_of_texts_is_groups_and_each_is_taken_letter_by_letter(claim: Any) -> None:
    found = read_groups({"groups": claim}, "groups")
    assert found is not None
    assert len(found) == len(set(found))
    if isinstance(claim, list) and all(isinstance(name, str) for name in claim):
        assert set(found) <= set(claim)
    else:
        assert found == ()


@given(st.lists(st.text("abc/ -_.é", min_size=1, max_size=30).filter(str.isprintable)))
def test_every_ordinary_group_is_found(groups: list[str]) -> None:
    assert read_groups({"g": groups}, "g") == tuple(sorted(set(groups)))
    assert read_groups({"h": groups}, "g") is None


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50) | st.integers(), max_size=6))
def test_what_is_sealed_comes_back(document: dict[str, Any]) -> None:
    sealed = SEALER.seal(document)
    assert SEALER.open(sealed) == document
    assert Sealer.of("s" * 40, "another purpose").open(sealed) is None
    assert Sealer.of("t" * 40, "a purpose").open(sealed) is None


@given(st.data())
def test_a_sealed_text_that_was_changed_does_not_open(data: st.DataObject) -> None:
    sealed = SEALER.seal({"id": "x"})
    place = data.draw(st.integers(0, len(sealed.rstrip("=")) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_!é"))
    changed = sealed[:place] + letter + sealed[place + 1 :]
    if changed != sealed:
        assert SEALER.open(changed) is None


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_no_text_opens_by_chance(text: str) -> None:
    assert SEALER.open(text) is None


COOKIES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=";,\"'\\"))


async def test_no_cookie_lets_anybody_in_by_chance_or_breaks_the_service(desk: Desk) -> None:
    await desk.sign_in()
    good = desk.cookie()
    cuts = st.tuples(st.integers(0, len(good)), COOKIES, st.integers(0, len(good)))
    spoilt = cuts.map(lambda cut: good[: cut[0]] + cut[1] + good[cut[2] :])
    tried: list[str] = []

    @settings(max_examples=scaled(100), suppress_health_check=list(HealthCheck))
    @given(COOKIES | spoilt)
    def collect(cookie: str) -> None:
        tried.append(cookie)

    collect()
    for cookie in tried:
        status = await desk.status_with(cookie)
        # The last letter of base64 holds a few bits that mean nothing.
        assert status == (200 if same_bytes(cookie, good) else 401), cookie


def same_bytes(text: str, other: str) -> bool:
    try:
        return base64.b64decode(text, b"-_", validate=True) == base64.urlsafe_b64decode(other)
    except ValueError:
        return False
