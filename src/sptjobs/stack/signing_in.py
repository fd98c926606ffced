"""Signing in as a browser does, by a program: follow redirects, keep cookies, fill in a form."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, Request, build_opener

_TIMEOUT_S = 30.0
_PAGE = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
_SCRIPT = {"Accept": "application/json"}


class SignInError(Exception):
    """The sign-in did not go as it should; the message says what came instead."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a browser: what is kept between requests is its cookies."""

    url: str
    opener: OpenerDirector

    def open(self, path: str, **options: Any) -> str:
        """Ask for an address of the service, follow redirects, and give the text."""
        return self._ask(self.url + path, **options)[1]

    def new_token(self, name: str) -> str:
        """Make an access token, by the address that users have for it."""
        me = json.loads(self.open("/api/v1/account", headers=_SCRIPT))
        parts = urlsplit(self.url)
        headers = {
            **_SCRIPT,
            "Content-Type": "application/json",
            "Origin": f"{parts.scheme}://{parts.netloc}",
            "X-CSRF-Token": me["csrf"],
        }
        body = json.dumps({"name": name}).encode()
        made = json.loads(self.open("/account/token/create", body=body, headers=headers))
        return str(made["token"])

    def sign_in(self, user: str, password: str) -> None:
        """Ask for the account page, and fill in the form of the provider in between."""
        address, page = self._ask(f"{self.url}/account")
        form = _Form.of(page)
        fields = form.fields | {"username": user, "password": password}
        address, page = self._ask(urljoin(address, form.action), body=urlencode(fields).encode())
        if address != f"{self.url}/account":
            raise SignInError(f"{user} was led to {address.partition('?')[0]}")

    def _ask(
        self, url: str, *, body: bytes | None = None, headers: Mapping[str, str] = _PAGE
    ) -> tuple[str, str]:
        request = Request(url, data=body, headers=dict(headers))  # noqa: S310 - an address of ours
        try:
            with self.opener.open(request, timeout=_TIMEOUT_S) as response:
                return response.geturl(), response.read().decode("utf-8")
        except HTTPError as error:
            with error:
                text = error.read(300).decode("utf-8", "replace")
            raise SignInError(f"{urlsplit(url).path} returned {error.code}: {text}") from error
        except (URLError, OSError, http.client.HTTPException) as error:
            raise SignInError(f"{urlsplit(url).path} did not response: {error}") from error


def signed_in(url: str, user: str, password: str) -> Visitor:
    """Sign in to the service at ``url``.

    Raises
    ------
    SignInError
        Something else came than expected.
    """
    visitor = Visitor(url, build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar())))
    visitor.sign_in(user, password)
    return visitor


@dataclass(slots=True)
class _Form:
    """The first form of a page, with what it has filled in already."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, page: str) -> "_Form":
        reader = _FormReader()
        reader.feed(page)
        if reader.form is None:
            raise SignInError("there is no form to sign in with")
        return reader.form


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form: _Form | None = None
        self._is_open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.form is None:
            self.form, self._is_open = _Form(given.get("action", "")), True
        elif tag == "input" and self._is_open and self.form is not None and "name" in given:
            self.form.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_open = False
